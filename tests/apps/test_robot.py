"""A robot with nothing but a keyboard does what an operator does in a night; axe looks at every screen it meets."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from apps.browser import show, until, violations
from apps.conftest import OpenPage, sign_in, token_of
from path.running import RunningCity, eventually
from path.small_city import write_small_city

BEGIN, NEXT_DAY = "2026-11-22T21:30:00+01:00", "2026-11-23T00:10"
LAMP, BROKEN = "do-0000007", "do-0000005"
TABS_MAX = 120


@pytest.fixture(scope="module")
def village(libraries: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningCity]:
    """Forty lamps since yesterday evening, one of them broken; time ran fast until after midnight, now slower."""
    folder = tmp_path_factory.mktemp("robot")
    city, data = write_small_city(folder / "city", 40), folder / "data"
    fault = {"at": "2026-11-22T21:00:00Z", "kind": "lamp-failed", "lamp": BROKEN, "dark": True}
    (data / "twin").mkdir(parents=True)
    (data / "twin" / "drill.jsonl").write_text(json.dumps(fault) + "\n")
    with RunningCity(city, data, "--speed", "3600", "--start", BEGIN, vendor=libraries) as running:
        eventually(lambda: running.client.get("/api/city")["clock"]["now"] > NEXT_DAY, timeout_s=240)
    with RunningCity(city, data, "--speed", "3", vendor=libraries) as running:
        eventually(lambda: running.client.get("/api/alarms")["alarms"], timeout_s=60)
        yield running


@pytest.fixture
def page(open_page: OpenPage, browser: Browser, village: RunningCity) -> Page:
    """The whole screen of somebody on duty."""
    base = f"http://127.0.0.1:{village.port}"
    # The village has no map of its own.
    page = open_page(state=sign_in(browser, base, token_of(village)), allow=("Failed to load resource",))
    show(page, base, "#/")
    return page


def tab_to(page: Page, words: str) -> None:
    """Press Tab until what has the focus says these words."""
    for _ in range(TABS_MAX):
        page.keyboard.press("Tab")
        if words in page.evaluate("() => document.activeElement.textContent"):
            return
    raise AssertionError(f"no way by keyboard to {words!r}")


def find(page: Page, words: str, title: str) -> None:
    """Type words into the search and open the first that is found."""
    page.keyboard.press("/")
    page.keyboard.type(words)
    until(page, f"document.querySelector('.search-list [role=option]')?.textContent.includes('{title}')")
    page.keyboard.press("Enter")
    until(
        page, f"document.activeElement.id === 'panel-title' && document.activeElement.textContent.includes('{title}')"
    )


def dim(page: Page) -> None:
    """Ask for 30 %, confirm, and wait until all lamps have."""
    page.keyboard.press("d")
    until(page, "document.activeElement.id === 'dim-level'")
    page.keyboard.press("Home")
    for _ in range(3):
        page.keyboard.press("PageUp")
    page.keyboard.press("Enter")
    until(page, "document.activeElement.closest('.confirm')")
    page.keyboard.press("Enter")
    until(page, "document.querySelector('cr-command .life')")


def acknowledge(page: Page) -> None:
    """Open the alarms and acknowledge the first."""
    page.keyboard.press("!")
    until(page, "document.activeElement.matches('tbody a.what')")
    page.keyboard.press("a")
    until(page, "document.querySelector('tbody tr').innerText.includes('quittiert')")


def shelve(page: Page) -> None:
    """Shelve the alarm at hand, with a reason."""
    page.keyboard.press("s")
    until(page, "document.activeElement.id === 'alarm-words'")
    page.keyboard.type("Austausch am Mittwoch")
    page.keyboard.press("Enter")
    until(page, "!document.querySelector('dialog[open]') && !document.querySelector('tbody a.what')")


def who_commanded(page: Page) -> str:
    """Open the audit and read who asked for less light."""
    tab_to(page, "Betrieb")
    page.keyboard.press("Enter")
    tab_to(page, "Prüfung")
    page.keyboard.press("Enter")
    until(page, "document.querySelector('table.audit tbody')?.innerText.includes('Dorfstraße')")
    rows = page.locator("table.audit tbody tr").all_inner_texts()
    return next(row for row in rows if "Dorfstraße" in row)


def look_at_yesterday(page: Page) -> None:
    """Go back to the map and see it as it was at 22:00."""
    page.keyboard.press("o")
    until(page, "!document.querySelector('#panel')")
    page.keyboard.press("a")
    until(page, "document.activeElement.id === 'when'")
    page.keyboard.type("gestern 22:00")
    page.keyboard.press("Enter")
    until(page, "document.querySelector('.stage.is-past') && document.querySelector('.counts .n')")
    assert page.locator(".clock .time").inner_text() == "22:00:00"


@pytest.mark.judge("axe")
def test_six_tasks_by_keyboard_alone(page: Page, libraries: Path) -> None:
    axe, found = libraries / "axe-core" / "axe.min.js", list[str]()
    find(page, LAMP, LAMP)
    found += violations(page, axe)
    find(page, "Dorf", "Dorfstraße")
    dim(page)
    found += violations(page, axe)
    acknowledge(page)
    found += violations(page, axe)
    shelve(page)
    found += violations(page, axe)
    assert "operator" in who_commanded(page)
    found += violations(page, axe)
    look_at_yesterday(page)
    found += violations(page, axe)
    assert not found, "\n".join(found)
