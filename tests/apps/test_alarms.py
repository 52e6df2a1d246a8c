"""Working on alarms: they come by themselves, are acknowledged and shelved without a mouse, and explain themselves."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from apps.browser import turn_to, until, violations
from apps.conftest import OpenPage, sign_in, token_of
from path.running import RunningCity, eventually
from path.test_storm import GONE, sound_city, table

START = "2026-11-24T20:00:00Z"
FIRST, LATER = "2026-11-24T20:01:00Z", "2026-11-24T20:30:00Z"


@pytest.fixture(scope="module")
def troubled(libraries: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningCity]:
    """A small city, sixty times as fast, in which a feeder, two circuits and a gateway fail."""
    folder = tmp_path_factory.mktemp("troubled")
    city = sound_city(folder / "city")
    cabinets, circuits = table(city, "cabinets"), table(city, "circuits")
    feeder = cabinets[0]["feeder"]
    rest = [row for row in cabinets if row["feeder"] != feeder]
    others = {row["id"] for row in rest}
    broken = [row["id"] for row in circuits if row["cabinet"] in others][:2]
    faults: list[dict[str, Any]] = [{"at": FIRST, "kind": "feeder-out", "feeder": feeder, **GONE}]
    faults += [{"at": FIRST, "kind": "circuit-out", "circuit": circuit, **GONE} for circuit in broken]
    faults += [{"at": LATER, "kind": "cabinet-out", "cabinet": rest[-1]["id"], **GONE}]
    (folder / "data" / "twin").mkdir(parents=True)
    lines = "".join(json.dumps(fault) + "\n" for fault in faults)
    (folder / "data" / "twin" / "drill.jsonl").write_text(lines)
    with RunningCity(city, folder / "data", "--speed", "60", "--start", START, vendor=libraries) as running:
        eventually(lambda: len(running.client.get("/api/alarms")["alarms"]) == 3, timeout_s=60)
        yield running


@pytest.fixture(scope="module")
def base_(troubled: RunningCity) -> str:
    return f"http://127.0.0.1:{troubled.port}"


@pytest.fixture(scope="module")
def operator(browser: Browser, troubled: RunningCity, base_: str) -> Any:
    return sign_in(browser, base_, token_of(troubled))


@pytest.fixture
def screen(open_page: OpenPage, operator: Any, base_: str) -> Page:
    """The alarm list, loaded."""
    page = open_page(state=operator)
    page.goto(f"{base_}/#/alarms")
    until(page, "document.querySelector('table.alarms tbody tr')")
    return page


def rows(page: Page) -> list[str]:
    return page.locator("table.alarms tbody tr").all_inner_texts()


def test_the_most_urgent_stands_first_and_says_what_to_do(screen: Page) -> None:
    assert "Einspeisung ausgefallen" in rows(screen)[0]
    assert "hoch" in rows(screen)[0]
    assert all("Stromkreis ausgefallen" in row for row in rows(screen)[1:3])
    badge = screen.locator("nav.screens .badges").inner_text()
    assert "1 hoch" in badge
    screen.locator("a.what").first.click()
    until(screen, "document.querySelector('cr-alarm .life-lines')")
    words = screen.locator("cr-alarm").inner_text()
    assert "Netzleitstelle anrufen" in words
    assert "10 min" in words
    screen.get_by_role("link", name="Auf der Karte").click()
    until(screen, "location.hash.startsWith('#/feeder/') && document.querySelector('cr-group .big')")
    until(screen, "document.querySelector('cr-map').city.map.getZoom() > 11.5")


def test_keyboard_alone_acknowledges_and_shelves(open_page: OpenPage, operator: Any, base_: str) -> None:
    page = open_page(state=operator)
    page.goto(f"{base_}/#/")
    until(page, "document.querySelector('.counts .n') && document.querySelector('.badges')")
    page.keyboard.press("!")
    until(page, "document.activeElement.matches('tbody a.what')")
    page.keyboard.press("ArrowDown")
    circuit = page.evaluate("() => document.activeElement.getAttribute('href')")
    page.keyboard.press("a")
    until(
        page, f"document.querySelector('a[href=\"{circuit}\"]').closest('tr').innerText.includes('steht an, quittiert')"
    )
    page.keyboard.press("s")
    until(page, "document.activeElement.id === 'alarm-words' && document.querySelector('dialog[open]')")
    page.keyboard.press("Enter")
    assert "warum" in page.locator("dialog [role=alert]").inner_text()
    page.keyboard.type("Kabel wird gemessen, Auftrag 17")
    page.keyboard.press("Enter")
    until(page, f"!document.querySelector('dialog[open]') && !document.querySelector('tbody a[href=\"{circuit}\"]')")
    page.get_by_role("button", name="Zurückgestellt").press("Enter")
    until(
        page,
        f"document.querySelector('tbody a[href=\"{circuit}\"]')?.closest('tr').innerText.includes('zurückgestellt')",
    )
    page.goto(f"{base_}/{circuit}")
    until(page, "document.querySelector('cr-alarm .life-lines')?.innerText.includes('Auftrag 17')")
    lines = page.locator(".life-lines li").all_inner_texts()
    assert ["zurückgestellt" in lines[0], "quittiert" in lines[1], "gekommen" in lines[2]] == [True] * 3


def test_many_are_chosen_and_acknowledged_with_the_mouse(screen: Page) -> None:
    screen.locator("thead input[type=checkbox]").click()
    button = screen.locator("#acknowledge")
    assert "(0)" not in button.inner_text()
    button.click()
    until(
        screen,
        "[...document.querySelectorAll('tbody tr')].every((row) => row.innerText.includes('steht an, quittiert'))",
    )
    until(screen, "document.querySelector('#announcements').textContent.includes('quittiert')")


def test_a_new_alarm_comes_by_itself(screen: Page) -> None:
    until(screen, "document.querySelector('tbody').innerText.includes('Schaltstelle ausgefallen')", patience_ms=90_000)
    until(screen, "document.querySelector('nav.screens .badge.has-unseen')")


def test_lists_say_when_they_are_empty_and_when_they_fail(open_page: OpenPage, operator: Any, base_: str) -> None:
    page = open_page(state=operator, allow=("Failed to load", "503", "404"))
    page.route("**/api/alarms", lambda route: route.fulfill(status=503, body="{}"))
    page.goto(f"{base_}/#/alarms")
    until(page, "document.querySelector('cr-alarm-list .problem')")
    page.unroute("**/api/alarms")
    page.evaluate("() => document.querySelector('cr-alarm-list .problem button')?.click()")
    until(page, "document.querySelector('table.alarms tbody tr')")
    page.locator(".segments .chip").nth(3).click()
    assert "Nichts ist unterdrückt" in page.locator("cr-alarm-list .state").inner_text()
    page.goto(f"{base_}/#/alarms/lighting.lamp-out:nobody")
    until(page, "document.querySelector('cr-alarm .problem')")


@pytest.mark.judge("axe")
@pytest.mark.parametrize(("theme", "lang"), [("night", "de"), ("day", "en")])
def test_axe_finds_nothing(
    open_page: OpenPage, operator: Any, base_: str, libraries: Path, theme: str, lang: str
) -> None:
    page = open_page(state=operator, theme=theme, lang=lang)
    page.goto(f"{base_}/#/alarms")
    until(page, "document.querySelector('table.alarms tbody tr')")
    first = page.locator("a.what").first.get_attribute("href") or ""
    axe, found = libraries / "axe-core" / "axe.min.js", []
    found += violations(page, axe)
    for view in ("#/alarms/figures", "#/alarms/table", first):
        turn_to(page, view)
        until(page, "document.querySelector('#panel .figure, #panel table')")
        found += violations(page, axe, part="#panel")
    page.locator("cr-alarm .actions button", has_text="Zurückstellen" if lang == "de" else "Shelve").click()
    until(page, "document.querySelector('dialog[open] #alarm-words')")
    found += violations(page, axe, part="dialog[open]")
    assert not found, "\n".join(found)


def test_a_telephone_shows_the_list_without_scrolling_sideways(open_page: OpenPage, operator: Any, base_: str) -> None:
    page = open_page(state=operator, size=(360, 740))
    page.goto(f"{base_}/#/alarms")
    until(page, "document.querySelector('table.alarms tbody tr')")
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    assert page.evaluate("document.querySelector('#panel .scroll').scrollWidth <= 360")
