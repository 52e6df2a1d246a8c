"""The fault board in the browser, on a village whose twin lived a night by a script of faults nobody told the platform of."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from apps.browser import show, turn_to, until, violations
from apps.conftest import OpenPage, sign_in, token_of
from path.night import EARLIER, FOUND, live_a_night
from path.running import RunningCity


@pytest.fixture(scope="module")
def village(libraries: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningCity]:
    """Forty lamps on the morning after a night with six faults, found and given to crews; then time goes slowly."""
    city, data = live_a_night(tmp_path_factory.mktemp("board"), libraries)
    with RunningCity(city, data, "--speed", "2", vendor=libraries) as running:
        yield running


@pytest.fixture(scope="module")
def entered(browser: Browser, village: RunningCity) -> Any:
    """Somebody signed in to the village."""
    return sign_in(browser, at(village), token_of(village))


def at(village: RunningCity) -> str:
    """Return the village's address."""
    return f"http://127.0.0.1:{village.port}"


def test_a_night_of_faults_is_on_the_board_as_it_was_then(village: RunningCity) -> None:
    """Each fault of the script by its cause and place, and no other; half an hour before nothing was known, nor ordered."""
    ask = village.client.get
    now = ask("/api/lighting/faults")
    assert {(one["kind"], one["entity"]) for one in now["faults"]} == FOUND
    assert ask(f"/api/lighting/faults?at={EARLIER}")["total"] == 0
    assert ask(f"/api/lighting/jobs?at={EARLIER}")["total"] == 0
    assert ask(f"/api/lighting/ageing?at={EARLIER}")["watched_since"] is None
    moment = ask("/api/city")["clock"]["now"]
    then = ask(f"/api/lighting/faults?at={moment}")
    assert then == now
    assert ask(f"/api/lighting/jobs?which=all&at={moment}")["total"] == len(FOUND) - 1
    aged = ask(f"/api/lighting/ageing?at={moment}")
    assert aged["watched_since"] == "2026-10-06T00:00:00.000Z"
    assert sum(model["waiting"] for model in aged["models"]) == 3


@pytest.mark.judge("axe")
@pytest.mark.parametrize(("theme", "lang"), [("night", "de"), ("day", "en")])
def test_the_board_by_cause_by_keyboard_and_one_fault_with_its_night(
    open_page: OpenPage, village: RunningCity, entered: Any, libraries: Path, tmp_path: Path, theme: str, lang: str
) -> None:
    """The cable first; by keys to the lamp in doubt, its night drawn; dismissed for a reason and taken back."""
    page = open_page(state=entered, theme=theme, lang=lang, allow=("Failed to load resource",), size=(1280, 1400))
    show(page, at(village), f"#/faults?at={EARLIER}")
    until(page, "document.querySelector('cr-faults p.state:not([role])') && document.querySelector('.stage.is-past')")
    turn_to(page, "#/faults")
    rows = "cr-faults section > ol.rows a[href*='f-']"
    until(page, f'document.querySelectorAll("{rows}").length === {len(FOUND)}')
    assert violations(page, libraries / "axe-core" / "axe.min.js", part="#panel") == []
    page.screenshot(path=str(tmp_path / "board.png"))
    assert "c1" in page.locator(rows).first.inner_text()
    page.locator(rows).first.press("Enter")
    until(page, "document.querySelector('cr-fault-detail cr-trend canvas')")
    assert page.locator("cr-fault-detail .chips a").count() == 6
    assert violations(page, libraries / "axe-core" / "axe.min.js", part="#panel") == []
    turn_to(page, "#/faults")
    page.locator(rows).first.focus()
    for _ in range(len(FOUND) - 1):
        page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    until(page, "document.querySelector('cr-fault-detail cr-trend canvas')")
    said = page.locator("cr-fault-detail").inner_text()
    assert "do-0000008" in said
    assert "09:00" in said, "in the city's time"
    assert re.search(r"\b[67]\d.%", said), said
    assert violations(page, libraries / "axe-core" / "axe.min.js", part="#panel") == []
    page.screenshot(path=str(tmp_path / "fault.png"))
    decided(page, lang)


def decided(page: Page, lang: str) -> None:
    """Dismiss the fault that is shown with a reason, which is then said, and take that back."""
    words = ("Verwerfen", "Grund", "Zurücknehmen") if lang == "de" else ("Dismiss", "Reason", "Take back")
    dismiss = page.get_by_role("button", name=words[0])
    assert dismiss.is_disabled()
    page.get_by_label(words[1]).fill("other lamps were fitted")
    dismiss.click()
    until(page, "document.querySelector('cr-fault-detail').innerText.includes('other lamps were fitted')")
    page.get_by_role("button", name=words[2]).click()
    until(page, "!document.querySelector('cr-fault-detail').innerText.includes('other lamps were fitted')")
    dismiss.wait_for()


@pytest.mark.parametrize(("theme", "lang"), [("night", "de"), ("day", "en")])
def test_ageing_by_model_says_what_it_rests_on(
    open_page: OpenPage, base: str, libraries: Path, tmp_path: Path, theme: str, lang: str
) -> None:
    """From the board to all models; one chosen by keyboard has its curve; on a first day what is assumed is said."""
    page = open_page(theme=theme, lang=lang, size=(1280, 1600))
    show(page, base, "#/faults")
    page.get_by_role("link", name="Alterung und Ersatzteile" if lang == "de" else "Ageing and spare parts").click()
    until(page, "document.querySelector('cr-ageing .ageing-curve')")
    second = page.locator("cr-ageing ol.rows a").nth(1)
    name = second.locator(".ageing-row span").first.inner_text()
    second.focus()
    page.keyboard.press("Enter")
    until(page, "document.querySelector('cr-ageing ol.rows li:nth-child(2) a[aria-current]')")
    assert name in (page.locator("cr-ageing .ageing-curve").get_attribute("aria-label") or "")
    text = page.locator("cr-ageing").inner_text()
    assert ("angenommen" if lang == "de" else "assumed") in text
    assert page.locator("cr-ageing table").count() == 3
    assert violations(page, libraries / "axe-core" / "axe.min.js", part="#panel") == []
    page.screenshot(path=str(tmp_path / f"ageing-{lang}.png"))


def test_the_jobs_of_the_night_are_those_of_then(open_page: OpenPage, village: RunningCity, entered: Any) -> None:
    """The works screen lists five open jobs; half an hour before the night was searched there were none."""
    page = open_page(state=entered, allow=("Failed to load resource",))
    show(page, at(village), "#/works")
    until(page, f"document.querySelectorAll('ul.works-open > li').length === {len(FOUND) - 1}")
    turn_to(page, f"#/works?at={EARLIER}")
    until(page, "document.querySelector('.stage.is-past')")
    until(page, "document.querySelector('cr-works') && !document.querySelector('ul.works-open')")
    turn_to(page, "#/works")
    until(page, f"document.querySelectorAll('ul.works-open > li').length === {len(FOUND) - 1}")
