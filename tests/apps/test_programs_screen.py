"""Programs on the screen: the year as a picture, its nights by keyboard and mouse, a change on trial, a past date."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from apps.browser import show, turn_to, until, violations
from apps.conftest import OpenPage

Ask = Callable[[str], Any]
TRIAL = "90,20,22:00,05:30,-1.5"
QUESTION = "program=half-night&full_percent=90&dim_percent=20&dim_from=22:00&dim_until=05:30&on_elevation_deg=-1.5"


def night_shown(page: Page) -> int:
    return int(page.locator("cr-programs .year").get_attribute("aria-valuenow") or 0)


def digits(text: str) -> int:
    return int("".join(sign for sign in text if sign.isdigit()))


@pytest.mark.parametrize(("lang", "theme"), [("de", "night"), ("en", "day")])
def test_the_year_is_seen_and_a_change_tried(
    open_page: OpenPage, base: str, ask: Ask, libraries: Path, tmp_path: Path, *, lang: str, theme: str
) -> None:
    """Nights are chosen by keys and mouse; a trial has an address, shows what the question says, and saves nothing."""
    page = open_page(size=(1440, 1000), lang=lang, theme=theme)
    show(page, base, "#/programs/half-night")
    until(page, "document.querySelectorAll('cr-programs .year .lit').length === 2")
    before = ask("/api/lighting/programs/year?program=half-night")
    assert night_shown(page) == before["tonight"] + 1
    page.locator("cr-programs .year").press("Home")
    page.locator("cr-programs .year").press("ArrowRight")
    assert night_shown(page) == 2
    box = page.locator("cr-programs .year svg").bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    assert 170 < night_shown(page) < 185
    page.screenshot(path=str(tmp_path / f"year-{lang}.png"))
    page.locator("#try-dim_percent").fill("20")
    page.locator("#try-dim_percent").press("Tab")
    until(page, "location.hash.startsWith('#/programs/half-night/')")
    turn_to(page, f"#/programs/half-night/{TRIAL}")
    kwh = ask(f"/api/lighting/programs/year?{QUESTION}")["energy_kwh"]
    assert kwh < before["energy_kwh"]
    row = page.locator("cr-programs .program-figures tbody tr").nth(1)
    until(
        page,
        "!document.querySelector('.program-figures tbody tr:nth-child(2) td:nth-child(3)').innerText.includes('–')",
    )
    page.wait_for_timeout(300)
    assert digits(row.locator("td").nth(0).inner_text().split("kWh")[0]) == before["energy_kwh"]
    assert digits(row.locator("td").nth(1).inner_text().split("kWh")[0]) == kwh
    assert not violations(page, libraries / "axe-core" / "axe.min.js")
    page.locator("cr-programs .program-figures").scroll_into_view_if_needed()
    page.screenshot(path=str(tmp_path / f"trial-{lang}.png"))
    assert ask("/api/lighting/programs/year?program=half-night")["tried"] == before["tried"]


def test_a_program_nobody_knows_and_a_trial_nobody_can_try(open_page: OpenPage, base: str) -> None:
    page = open_page(allow=("404", "422", "400"))
    show(page, base, "#/programs/half-night/100,300,23:00,05:00,-1.5")
    until(page, "document.querySelector('cr-programs .problem') && document.querySelector('cr-programs .year svg')")
    turn_to(page, "#/programs/nobody")
    until(page, "document.querySelector('cr-programs .problem') && !document.querySelector('cr-programs .year svg')")


def test_a_past_moment_shows_its_own_year_and_night(open_page: OpenPage, base: str, ask: Ask) -> None:
    page = open_page()
    show(page, base, "#/programs/half-night")
    until(page, "document.querySelector('cr-programs .year svg')")
    now = ask("/api/lighting/programs")["at"]
    then = f"{now[:19]}Z"
    found = ask(f"/api/lighting/programs/year?program=half-night&at={then}")
    turn_to(page, f"#/programs/half-night?at={then}")
    until(page, "document.querySelector('cr-programs .year svg')")
    assert night_shown(page) == found["tonight"] + 1
