"""The time machine on the screen: yesterday 22:00 by keyboard alone, a clear mark, no commands, back to now."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from apps.browser import show, until, violations
from apps.conftest import OpenPage, sign_in, token_of
from path.running import RunningCity, eventually
from path.small_city import write_small_city

BEGIN = "2026-11-22T21:30:00+01:00"


@pytest.fixture(scope="module")
def village(libraries: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningCity]:
    """Forty lamps that began yesterday evening; time has run until after midnight."""
    folder = tmp_path_factory.mktemp("village")
    city = write_small_city(folder / "city", 40, report_period_s=3600)
    with RunningCity(city, folder / "data", "--speed", "3600", "--start", BEGIN, vendor=libraries) as running:
        eventually(lambda: running.client.get("/api/city")["clock"]["now"] > "2026-11-23T00:10", timeout_s=240)
        yield running


@pytest.fixture(scope="module")
def entered(browser: Browser, village: RunningCity) -> Any:
    """Somebody signed in to the village."""
    return sign_in(browser, f"http://127.0.0.1:{village.port}", token_of(village))


@pytest.fixture
def page(open_page: OpenPage, entered: Any, village: RunningCity, request: pytest.FixtureRequest) -> Page:
    """The village's whole screen."""
    theme, lang = getattr(request, "param", ("night", "de"))
    page = open_page(state=entered, theme=theme, lang=lang, allow=("422", "Failed to load resource"))
    show(page, f"http://127.0.0.1:{village.port}", "#/")
    return page


def settled(page: Page) -> None:
    """Wait until the past is on the screen."""
    until(page, "document.querySelector('.stage.is-past') && document.querySelector('.counts .n')")
    until(page, "!document.querySelector('.hint-error')")


def instant(page: Page) -> datetime:
    """The instant in the address."""
    return datetime.fromisoformat(page.evaluate("new URLSearchParams(location.hash.split('?')[1]).get('at')"))


def test_yesterday_at_22_by_keyboard_alone(page: Page) -> None:
    page.keyboard.press("a")
    until(page, "document.activeElement.id === 'when'")
    page.keyboard.type("gestern 22:00")
    page.keyboard.press("Enter")
    settled(page)
    assert instant(page).isoformat() == "2026-11-22T21:00:00+00:00"
    assert page.locator(".clock .time").inner_text() == "22:00:00"
    assert "Vergangenheit" in page.locator(".time-bar").inner_text()
    until(page, "document.querySelector('.counts .n').textContent.trim().startsWith('40')")


def test_steps_slider_and_now(page: Page) -> None:
    page.keyboard.press("a")
    page.keyboard.type("22.11. 22:30")
    page.keyboard.press("Enter")
    settled(page)
    page.get_by_role("button", name="15 min früher").press("Enter")
    until(page, "location.hash.includes('at=2026-11-22T21:15:00Z')")
    until(page, "document.querySelector('#when-slider').getAttribute('aria-valuetext').includes('22:15')")
    page.locator("#when-slider").focus()
    page.keyboard.press("ArrowRight")
    until(page, "!location.hash.includes('at=2026-11-22T21:15:00Z')")
    assert (
        0 < (instant(page) - datetime.fromisoformat("2026-11-22T21:15:00Z")).total_seconds() <= 1200
    )  # a step of the slider, and its rounding to one
    page.get_by_role("button", name="Jetzt").press("Enter")
    until(page, "!document.querySelector('.stage.is-past') && document.querySelector('.connection.is-live')")
    until(page, "document.querySelector('.counts .n')")
    assert "at=" not in page.url


def test_an_address_keeps_its_instant_over_screens(page: Page, village: RunningCity) -> None:
    show(page, f"http://127.0.0.1:{village.port}", "#/lamp/do-0000007?at=2026-11-22T21:40:00Z")
    settled(page)
    until(page, "document.querySelector('cr-lamp .facts')")
    assert not page.locator("cr-lamp .actions").is_visible()
    page.keyboard.press("d")
    until(page, "document.querySelector('#panel').textContent.includes('Befehle gibt es nur jetzt')")
    page.keyboard.press("Escape")
    page.keyboard.press("o")
    until(page, "!document.querySelector('#panel')")
    assert "at=2026-11-22T21:40:00Z" in page.url


def test_a_replay_runs_on_and_ends_at_a_step(page: Page, village: RunningCity) -> None:
    show(page, f"http://127.0.0.1:{village.port}", "#/?at=2026-11-22T21:00:00Z")
    settled(page)
    page.get_by_role("button", name="Ablauf mit 60-facher").press("Enter")
    until(page, "new URLSearchParams(location.hash.split('?')[1]).get('at') > '2026-11-22T21:01'")
    page.get_by_role("button", name="Ablauf anhalten").press("Enter")
    page.wait_for_timeout(600)
    here = instant(page)
    page.wait_for_timeout(900)
    assert instant(page) == here


def test_what_cannot_be_is_said(page: Page, village: RunningCity) -> None:
    page.keyboard.press("a")
    page.keyboard.type("übermorgen")
    page.keyboard.press("Enter")
    until(page, "document.querySelector('.hint-error')?.textContent.includes('Beispiele')")
    page.goto("about:blank")
    page.goto(f"http://127.0.0.1:{village.port}/#/?at=2026-11-20T21:00:00Z")
    until(page, "document.querySelector('.hint-error')?.textContent.includes('liegt vor der ersten Aufzeichnung')")


@pytest.mark.judge("axe")
@pytest.mark.parametrize("page", [("night", "de"), ("day", "en")], indirect=True)
def test_axe_finds_nothing(page: Page, libraries: Path) -> None:
    axe = libraries / "axe-core" / "axe.min.js"
    page.keyboard.press("a")
    until(page, "document.querySelector('.time-bar')")
    found = violations(page, axe)
    page.keyboard.type("22.11.2026 22:00")
    page.keyboard.press("Enter")
    settled(page)
    found += violations(page, axe)
    assert not found, "\n".join(found)


def test_words_become_instants(page: Page) -> None:
    cases = {
        "gestern 22:00": "2026-11-22T21:00:00.000Z",
        "yesterday 22": "2026-11-22T21:00:00.000Z",
        "09:00": "2026-11-22T08:00:00.000Z",
        "heute 00:30": "2026-11-22T23:30:00.000Z",
        "-2h": "2026-11-22T22:00:00.000Z",
        "−90 min": "2026-11-22T22:30:00.000Z",
        "22.11. um 21:45": "2026-11-22T20:45:00.000Z",
        "2026-11-22 21:45": "2026-11-22T20:45:00.000Z",
        "2026-11-22T21:45": "2026-11-22T20:45:00.000Z",
        "2026-11-22T20:45:00Z": "2026-11-22T20:45:00.000Z",
        "25:00": None,
        "irgendwann": None,
    }
    read: Callable[[str], Any] = lambda text: page.evaluate(  # noqa: E731 - one question, many times
        "async text => { const { parseWhen } = await import('/static/js/core/when.js');"
        " const ms = parseWhen(text, Date.parse('2026-11-23T00:00:00Z'), 'Europe/Berlin');"
        " return Number.isNaN(ms) ? null : new Date(ms).toISOString(); }",
        text,
    )
    assert {text: read(text) for text in cases} == cases
