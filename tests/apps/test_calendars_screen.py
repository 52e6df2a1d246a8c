"""Programs and calendars on the screen: saved, edited by keyboard and mouse, assigned from the map, taken back."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from apps.browser import show, turn_to, until, violations
from apps.conftest import OpenPage

Ask = Callable[[str], Any]
DEEP = "90,20,22:00,05:30,-1.5"


def shown(page: Page) -> str:
    return str(page.locator("cr-calendars .year[role=slider]").get_attribute("aria-valuetext"))


def axe(libraries: Path) -> Path:
    return libraries / "axe-core" / "axe.min.js"


@pytest.fixture
def street(ask: Ask) -> str:
    """The street of the first lamp."""
    return str(ask("/api/lighting/lamps/du-0000001")["street"]["id"])


def test_a_program_is_saved_put_in_a_calendar_and_assigned(
    open_page: OpenPage, base: str, ask: Ask, libraries: Path, tmp_path: Path, street: str
) -> None:
    """By keyboard and mouse from a trial to the lamps, and every step back again."""
    page = open_page(size=(1440, 1000), allow=("409", "404"))
    show(page, base, f"#/programs/half-night/{DEEP}")
    until(page, "document.querySelector('cr-plan-versions .versions')")
    page.locator("#plan-title").fill("Nacht")
    page.locator(".save-copy").press("Enter")
    until(page, "location.hash.includes('/nacht')")
    until(page, "document.querySelectorAll('cr-plan-versions .versions > li').length === 1")
    assert not violations(page, axe(libraries))
    page.screenshot(path=str(tmp_path / "program.png"), full_page=True)

    turn_to(page, "#/calendars/new")
    until(page, "document.querySelector('cr-calendars .year .ruler')")
    slider = page.locator("cr-calendars .year[role=slider]")
    slider.press("Home")
    slider.press("Shift+ArrowRight")
    slider.press("Shift+ArrowRight")
    page.locator(".rule-for-choice").press("Enter")
    until(page, "document.activeElement?.id === 'rule-0-program'")
    page.locator("#rule-0-program").select_option("nacht")
    until(page, "document.querySelectorAll('cr-calendars .rulers .ruler').length === 2")
    page.locator("#add-rule").click()
    page.locator("#rule-1-program").select_option("half-night")
    page.locator("#rule-1-holidays").select_option("only")
    until(page, "document.querySelectorAll('cr-calendars .rulers .ruler').length === 3")
    page.locator("#rule-1 .up").press("Enter")
    until(page, "document.querySelector('#rule-0-holidays')?.value === 'only'")
    slider.press("Home")
    until(page, "document.querySelector('cr-calendars .year[role=slider]').getAttribute('aria-valuenow') === '1'")
    assert "Neujahr" in shown(page)
    box = page.locator("cr-calendars .year[role=slider] svg").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] / 2 + 30, box["y"] + box["height"] / 2, steps=4)
    page.mouse.up()
    page.locator(".rule-for-choice").click()
    until(page, "document.querySelectorAll('.calendar-rules > li').length === 3")
    assert page.locator("#rule-1-holidays").input_value() == "only"
    assert not violations(page, axe(libraries))
    page.locator("cr-calendars .program-choice").scroll_into_view_if_needed()
    page.screenshot(path=str(tmp_path / "calendar.png"))
    page.locator("cr-plan-save").scroll_into_view_if_needed()
    page.screenshot(path=str(tmp_path / "rules.png"))
    page.locator("#plan-title").fill("Woche")
    page.locator(".save-version").click()
    until(page, "location.hash.includes('/woche')")
    until(page, "document.querySelectorAll('cr-plan-versions .versions > li').length === 1")
    rules = ask("/api/lighting/plans/woche")["rules"]
    assert (rules[1]["holidays"], rules[2]["program"]) == ("only", "nacht")
    assert (rules[2]["start_date"], rules[2]["end_date"]) == ("--01-01", "--01-03")
    assert rules[0]["start_date"] < rules[0]["end_date"]

    turn_to(page, f"#/street/{street}")
    page.locator("cr-group .actions a[href$='/assign']").click()
    until(page, "document.querySelector('cr-assign input[type=radio]')")
    page.locator("cr-assign input[value='woche']").check()
    assert not violations(page, axe(libraries))
    page.screenshot(path=str(tmp_path / "assign.png"))
    page.locator("cr-assign button.primary").click()
    until(page, "location.hash.startsWith('#/calendars/') || document.querySelector('cr-assign .problem')")
    if page.locator("cr-assign .problem").count():
        page.locator("cr-assign .actions button").first.click()
    until(page, "location.hash.startsWith('#/calendars/woche')")
    until(page, "document.querySelector('cr-plan-versions .rollout .progress')")
    plan = ask("/api/lighting/plans/woche")
    assert plan["lamps"] > 0
    until(page, "document.querySelector('cr-plan-versions .key-confirmed')", patience_ms=60_000)
    page.locator("cr-plan-versions").scroll_into_view_if_needed()
    page.screenshot(path=str(tmp_path / "rollout.png"))
    page.locator(".undo-assignment").click()
    until(page, "document.querySelector('cr-assignments .is-undone')")
    assert ask("/api/lighting/plans/woche")["lamps"] == 0
    page.locator(".undo-plan").click()
    until(
        page, "document.querySelector('cr-plan-versions .is-undone') || document.querySelector('cr-calendars .state')"
    )
    assert "woche" not in [one["id"] for one in ask("/api/lighting/calendars")["calendars"]]


def test_a_version_shows_what_it_changed_and_the_past_saves_nothing(open_page: OpenPage, base: str, ask: Ask) -> None:
    """The differences stand beside each version; a past moment shows what was in force and has no way to change it."""
    page = open_page(lang="en")
    show(page, base, f"#/programs/half-night/{DEEP}")
    until(page, "document.querySelector('cr-plan-versions .versions')")
    page.locator("#plan-title").fill("Old")
    page.locator(".save-copy").click()
    until(page, "location.hash.endsWith('#/programs/old')")
    page.wait_for_timeout(1_100)
    then = ask("/api/lighting/programs")["at"]
    turn_to(page, "#/programs/old/90,30,22:00,05:30,-1.5")
    until(page, "!document.querySelector('.save-version').disabled")
    page.locator("#plan-reason").fill("too dark")
    page.locator(".save-version").click()
    until(page, "document.querySelectorAll('cr-plan-versions .versions > li').length === 2")
    first = page.locator("cr-plan-versions .versions > li").first.inner_text()
    assert "Dimmed to, %: 20 % → 30 %" in first.replace("\xa0", " ").replace("\u202f", " ")
    assert "too dark" in first
    turn_to(page, f"#/programs/old?at={then[:19]}Z")
    until(page, "document.querySelector('cr-plan-versions .versions') && !document.querySelector('cr-plan-save')")
    until(page, "document.querySelectorAll('cr-plan-versions .versions > li').length === 1")
    assert page.locator("cr-plan-versions button").count() == 0
    turn_to(page, "#/programs/old")
    until(page, "document.querySelector('.undo-plan')")
    page.locator(".undo-plan").click()
    until(page, "document.querySelector('cr-plan-versions .is-undone')")
    page.locator(".retire-plan").click()
    until(page, "document.querySelector('cr-programs > .problem')")
    page.locator(".undo-plan").click()
    until(page, "document.querySelector('.program-choice [href$=\"/old\"]')")


def test_a_calendar_in_english_by_day(open_page: OpenPage, base: str, libraries: Path, tmp_path: Path) -> None:
    page = open_page(size=(1440, 1000), lang="en", theme="day")
    show(page, base, "#/calendars/new")
    until(page, "document.querySelector('cr-calendars .year .ruler')")
    page.locator(".rule-for-choice").press("Enter")
    until(page, "document.querySelectorAll('cr-calendars .rulers .ruler').length === 2")
    page.locator("cr-calendars .year[role=slider]").press("Home")
    until(page, "document.querySelector('cr-calendars .year[role=slider]').getAttribute('aria-valuenow') === '1'")
    assert "New Year's Day" in shown(page)
    assert not violations(page, axe(libraries))
    page.screenshot(path=str(tmp_path / "calendar-en.png"))


def test_an_unknown_calendar_says_so(open_page: OpenPage, base: str) -> None:
    page = open_page(allow=("404",))
    show(page, base, "#/calendars/nowhere")
    until(page, "document.querySelector('cr-calendars .state') && !document.querySelector('cr-calendars .dots')")
