"""The screen of rules: a schedule is written, seen, run, changed, switched and deleted, and each step can be taken back."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from apps.browser import show, turn_to, until, violations
from apps.conftest import OpenPage

Ask = Callable[[str], Any]

SHOWN = "document.querySelector('cr-rules .plans')"


def delete_all(page: Page, ask: Ask) -> None:
    """Leave no schedule of another test behind."""
    for plan in ask("/api/schedule/plans")["schedules"]:
        body = f'{{"id": "{plan["id"]}"}}'
        page.evaluate(
            "async body => fetch('/api/commands/schedule.delete', "
            "{method: 'POST', headers: {'content-type': 'application/json'}, body})",
            body,
        )


def fill_form(page: Page, *, level: str, name: str) -> None:
    """Choose the first district and say when, as somebody would who never touches the mouse."""
    until(page, "document.querySelector('cr-place select.list option')")
    page.get_by_label("Bezirk", exact=True).press("Home")
    page.get_by_label("Bezirk", exact=True).press("ArrowDown")
    page.get_by_label("Dimmstufe %").fill(level)
    page.get_by_label("Dimmstufe %").press("Tab")
    page.get_by_label("Woran gemessen").select_option("sunset")
    page.get_by_label("Minuten danach, negativ davor").fill("-15")
    page.get_by_role("button", name="Weitere Zeit").press("Enter")
    page.get_by_label("Uhrzeit", exact=True).fill("23:30")
    for day in ("Sa", "So"):
        page.get_by_role("button", name=day, exact=True).press("Enter")
    page.get_by_label("Feiertage", exact=True).select_option("as-sunday")
    page.get_by_label("Name", exact=True).fill(name)


def test_a_schedule_from_writing_to_deleting(open_page: OpenPage, base: str, ask: Ask) -> None:
    page = open_page()
    show(page, base, "#/")
    delete_all(page, ask)
    turn_to(page, "#/rules")
    until(page, "document.querySelector('cr-rules .week svg')")
    page.get_by_role("link", name="Neuer Zeitplan").press("Enter")
    fill_form(page, level="35", name="Wochenende")
    until(page, "document.querySelectorAll('cr-rule-form .runs li').length === 8")
    page.get_by_role("button", name="Einplanen").press("Enter")
    until(page, "location.hash.startsWith('#/rules/s') && document.querySelector('cr-rules .facts')")
    (plan,) = ask("/api/schedule/plans")["schedules"]
    assert plan["title"] == "Wochenende"
    assert plan["rule"] == {
        "times": ["23:30"],
        "sun": [{"event": "sunset", "offset_s": -900}],
        "weekdays": ["sa", "su"],
        "holidays": "as-sunday",
    }
    assert plan["order"]["content"]["level_percent"] == 35
    assert plan["order"]["content"]["until"] == {"$clock": "05:00"}
    page.get_by_role("button", name="Jetzt ausführen").press("Enter")
    until(page, "document.querySelector('cr-rules .runs a[href^=\"#/command/schedule-\"]')")
    page.get_by_role("switch").press("Enter")
    until(page, "document.querySelector('.undo')")
    assert ask("/api/schedule/plans")["schedules"][0]["enabled"] is False
    page.get_by_role("button", name="Rückgängig").press("Enter")
    until(page, "!document.querySelector('.undo')")
    assert ask("/api/schedule/plans")["schedules"][0]["enabled"] is True
    page.get_by_role("button", name="Löschen").press("Enter")
    until(page, "/^#.rules([?]|$)/.test(location.hash)")
    assert ask("/api/schedule/plans")["schedules"] == []
    page.get_by_role("button", name="Rückgängig").press("Enter")
    until(page, SHOWN + "?.textContent.includes('Wochenende')")
    assert ask("/api/schedule/plans")["schedules"][0]["rule"] == plan["rule"]


def test_changing_keeps_what_the_form_does_not_show(open_page: OpenPage, base: str, ask: Ask) -> None:
    page = open_page(allow=("422",))
    show(page, base, "#/")
    delete_all(page, ask)
    made = {
        "id": "months", "title": "Winter", "rule": {"times": ["22:00"], "months": [12, 1]}, "grace_s": 600,
        "order": {"kind": "lighting.set-level", "content": {"target": {"lamp": "du-0000401"}, "level_percent": 20, "until": {"$after": "PT2H"}}},
    }  # fmt: skip
    page.evaluate(
        "async body => fetch('/api/commands/schedule.create', "
        "{method: 'POST', headers: {'content-type': 'application/json'}, body: JSON.stringify(body)})",
        made,
    )
    turn_to(page, "#/rules/months/edit")
    until(page, "document.querySelector('#rule-title')?.value === 'Winter'")
    page.get_by_label("Nummer der Leuchte").fill("du-9999999")
    page.get_by_role("button", name="Speichern").press("Enter")
    until(page, "document.querySelector('cr-place .hint-error')")
    page.get_by_label("Nummer der Leuchte").fill("du-0000402")
    page.get_by_role("button", name="Speichern").press("Enter")
    until(page, "location.hash === '#/rules/months'")
    (plan,) = ask("/api/schedule/plans")["schedules"]
    assert plan["rule"] == {"times": ["22:00"], "months": [12, 1]}
    assert plan["order"]["content"]["target"] == {"lamp": "du-0000402"}
    assert plan["order"]["content"]["until"] == {"$after": "PT2H"}
    page.get_by_role("button", name="Rückgängig").press("Enter")
    until(page, "!document.querySelector('.undo')")
    assert ask("/api/schedule/plans")["schedules"][0]["order"]["content"]["target"] == {"lamp": "du-0000401"}


def test_a_reaction_is_switched_off_and_on(open_page: OpenPage, base: str, ask: Ask) -> None:
    page = open_page()
    show(page, base, "#/rules")
    until(page, "document.querySelector('cr-rules .graph .pill')")
    name = "Nach der Störung noch einmal"
    page.get_by_role("switch", name=name).press("Enter")
    until(page, "document.querySelector('.graph .arrow.is-off')")
    assert not next(rule for rule in ask("/api/react/rules")["rules"] if rule["title"]["de"] == name)["on"]
    page.get_by_role("button", name="Rückgängig").press("Enter")
    until(page, "!document.querySelector('.graph .arrow.is-off')")


@pytest.mark.judge("axe")
@pytest.mark.parametrize(("theme", "lang"), [("night", "de"), ("day", "en")])
def test_axe_finds_nothing(open_page: OpenPage, base: str, libraries: Path, ask: Ask, theme: str, lang: str) -> None:
    page = open_page(theme=theme, lang=lang)
    found: list[str] = []
    show(page, base, "#/")
    plans = ask("/api/schedule/plans")["schedules"]
    views = [
        "#/rules",
        "#/rules/new",
        "#/rules/nobody",
        *(f"#/rules/{plan['id']}{edit}" for plan in plans[:1] for edit in ("", "/edit")),
    ]
    for view in views:
        turn_to(page, view)
        until(page, "!document.querySelector('cr-rules .state .dots')")
        found += violations(page, libraries / "axe-core" / "axe.min.js", part="#panel")
    assert not found, "\n".join(found)


def test_a_telephone_has_room_for_it(open_page: OpenPage, base: str) -> None:
    page = open_page(size=(360, 740))
    for view in ("#/rules", "#/rules/new"):
        show(page, base, view)
        until(page, "document.querySelector('cr-rules .week, cr-rule-form form')")
        assert page.evaluate("document.documentElement.scrollWidth") == 360, view
        assert page.evaluate(
            "document.querySelector('#panel .scroll').scrollWidth <= document.querySelector('#panel .scroll').clientWidth"
        ), view


def test_what_the_city_does_not_answer_is_said_and_asked_again(open_page: OpenPage, base: str) -> None:
    page = open_page(allow=("503",))
    page.route(
        "**/api/schedule/plans", lambda route: route.fulfill(status=503, body="{}", content_type="application/json")
    )
    show(page, base, "#/rules")
    again = page.wait_for_selector("cr-rules .problem button")
    assert again
    page.unroute("**/api/schedule/plans")
    # The screen also asks by itself now and then: the button may be gone by the time a pointer has got there.
    again.evaluate("button => button.click()")
    until(page, "document.querySelector('cr-rules .week svg')")
