"""Every screen follows the time machine: alarms, their badge, rules and the audit are those of then; the others say so."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from apps.browser import show, turn_to, until, violations
from apps.conftest import OpenPage, sign_in, token_of
from path.running import RunningCity, eventually
from path.small_city import write_small_city
from stadtwerk.kernel.clock import iso

BEGIN, END = "2026-11-22T21:45:00+01:00", "2026-11-22T21:35"
BROKEN, FAILED = "do-0000005", "2026-11-22T21:00:00Z"
EARLIER, LATER = "2026-11-22T20:55:00Z", "2026-11-22T21:30:00Z"
"""Before the lamp failed; when its alarm stood and nobody had seen it."""
LIGHT = {
    "kind": "lighting.set-level",
    "content": {"target": {"street": "s1"}, "level_percent": 50, "until": {"$clock": "05:00"}},
}
PLAN = {"id": "night", "title": "Nachts weniger", "rule": {"times": ["22:00"]}, "order": LIGHT}
DARK = {"target": {"street": "s1"}, "level_percent": 0, "until": "2026-11-23T04:00:00Z", "reason": "Sternenpark"}
TWO_PERSONS = '[[four_eyes]]\nkind = "lighting.set-level"\nlevel_below_percent = 10\n'
OFF = {"rule": "lighting.repeat-after-outage", "on": False}


@pytest.fixture(scope="module")
def village(libraries: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningCity]:
    """A lamp failed; only half an hour later somebody acknowledged it, made a schedule, switched a reaction off."""
    folder = tmp_path_factory.mktemp("screens")
    city, data = write_small_city(folder / "city", 40), folder / "data"
    fault = {"at": FAILED, "kind": "lamp-failed", "lamp": BROKEN, "dark": True}
    (data / "twin").mkdir(parents=True)
    (data / "twin" / "drill.jsonl").write_text(json.dumps(fault) + "\n")
    (data / "access.toml").write_text(TWO_PERSONS)
    with RunningCity(city, data, "--speed", "3600", "--start", BEGIN, vendor=libraries) as running:
        eventually(lambda: running.client.get("/api/city")["clock"]["now"] > END, timeout_s=240)
    with RunningCity(city, data, "--speed", "3", vendor=libraries) as running:
        alarms = eventually(lambda: running.client.get("/api/alarms")["alarms"], timeout_s=60)
        acknowledge = {"alarms": [one["id"] for one in alarms]}
        given = (("alarm.acknowledge", acknowledge), ("schedule.create", PLAN), ("react.switch", OFF))
        for kind, content in (*given, ("lighting.set-level", DARK)):
            running.client.post(f"/api/commands/{kind}?wait=2", content)
        yield running


@pytest.fixture(scope="module")
def entered(browser: Browser, village: RunningCity) -> Any:
    """Somebody signed in to the village."""
    return sign_in(browser, f"http://127.0.0.1:{village.port}", token_of(village))


@pytest.fixture
def page(open_page: OpenPage, entered: Any, village: RunningCity) -> Page:
    """The village's whole screen, now; the village has no map of its own."""
    page = open_page(state=entered, allow=("Failed to load resource",))
    show(page, f"http://127.0.0.1:{village.port}", "#/")
    return page


def see(page: Page, screen: str, at: str = "") -> None:
    """Turn to a screen at an instant, now if none is given."""
    turn_to(page, f"#/{screen}?at={at}" if at else f"#/{screen}")
    past = "document.querySelector('.stage.is-past')"
    until(page, past if at else f"!{past}")


ALARMS = 'nav.screens a[href^="#/alarms"]'
BADGE = f"document.querySelector('{ALARMS} .badge')"
ROW = "document.querySelector('table.alarms tbody tr')"


def test_the_list_of_alarms_and_its_badge_are_those_of_then(page: Page) -> None:
    see(page, "alarms")
    until(page, f"{ROW}?.innerText.includes('steht an, quittiert') && {BADGE}")
    assert page.locator(f"{ALARMS} .badge.has-unseen").count() == 0
    see(page, "alarms", LATER)
    until(page, f"{ROW}?.innerText.includes('steht an, unquittiert')")
    until(page, f"{BADGE}.classList.contains('has-unseen')")
    see(page, "alarms", EARLIER)
    until(page, f"document.querySelector('cr-alarm-list .state') && !{ROW} && !{BADGE}")
    see(page, "alarms")
    until(page, f"{ROW}?.innerText.includes('steht an, quittiert') && {BADGE}")


def test_a_night_is_looked_at_again(page: Page, libraries: Path) -> None:
    """Its strip, a mark jumped to, the scrubber, a replay, a place; and axe finds nothing then."""
    see(page, "night/2026-11-22")
    until(page, "document.querySelector('cr-night .night-strip path.power')?.getAttribute('d').includes('L')")
    mark = page.locator(".night-marks button", has_text=BROKEN).first
    mark.press("Enter")
    until(page, "document.querySelector('.stage.is-past') && document.querySelector('.night-strip line.now')")
    assert "at=2026-11-22T21:" in page.url
    until(page, "document.querySelector('.night-marks button[aria-current]')")
    page.locator("#night-at").press("ArrowLeft")
    until(page, "!document.querySelector('.night-marks button[aria-current]')")
    page.get_by_label("Straße oder Bezirk").fill("Dorfstr")
    page.get_by_label("Straße oder Bezirk").press("Enter")
    until(page, "document.querySelector('cr-night .status strong')?.innerText === 'Dorfstraße'")
    assert not violations(page, libraries / "axe-core" / "axe.min.js", part="#panel")
    before = page.url
    page.get_by_role("group", name="Ablauf zeigen").last.get_by_role("button").first.click()
    until(page, f"location.href !== {json.dumps(before)} && document.querySelector('cr-night [aria-pressed=true]')")
    see(page, "night/1999-01-01")
    until(page, "document.querySelector('cr-night .problem')")


def test_the_badge_follows_on_every_screen(page: Page) -> None:
    until(page, BADGE)
    see(page, "", EARLIER)
    until(page, f"!{BADGE}")
    see(page, "", LATER)
    until(page, f"{BADGE}?.classList.contains('has-unseen')")
    see(page, "")
    until(page, f"{BADGE} && !{BADGE}.classList.contains('has-unseen')")


def test_an_alarm_and_the_figures_are_those_of_then(page: Page, village: RunningCity) -> None:
    show(page, f"http://127.0.0.1:{village.port}", f"#/alarms/lighting.lamp-out:{BROKEN}?at={LATER}")
    until(page, "document.querySelectorAll('cr-alarm .life-lines li').length === 1")
    see(page, f"alarms/lighting.lamp-out:{BROKEN}")
    until(page, "document.querySelectorAll('cr-alarm .life-lines li').length === 2")
    see(page, "alarms/figures", LATER)
    until(page, "document.querySelector('cr-alarm-figures')?.innerText.includes('bis So., 22.11., 22:30')")


def test_rules_are_those_of_then_and_cannot_be_changed(page: Page) -> None:
    plan = "document.querySelector('cr-rules')?.innerText.includes('Nachts weniger')"
    off = "document.querySelector('.arrow.is-off')"
    see(page, "rules")
    until(page, f"{plan} && {off}")
    see(page, "rules", LATER)
    until(page, f"document.querySelector('cr-rules .graph') && !{plan} && !{off}")
    assert page.get_by_role("link", name="Neuer Zeitplan").count() == 0
    assert page.locator("cr-rules .switch:enabled").count() == 0
    see(page, "rules/new", LATER)
    until(page, "document.querySelector('cr-rules').innerText.includes('Befehle gibt es nur jetzt')")
    see(page, "rules")
    until(page, f"{plan} && {off}")


def test_the_audit_is_that_of_then(page: Page) -> None:
    entries = "document.querySelector('table.audit')?.innerText"
    see(page, "audit")
    until(page, f"{entries}.includes('Nachts weniger')")
    see(page, "audit", LATER)
    until(page, f"document.querySelector('cr-audit') && !{entries}?.includes('Nachts weniger')")
    assert page.get_by_role("button", name="Suchen").is_visible()


def test_what_waited_for_a_second_person_is_that_of_then(page: Page, village: RunningCity) -> None:
    held = village.client.get("/api/approvals")["waiting"][0]["command"]
    asked_ms = datetime.fromisoformat(held["requested_at"]).timestamp() * 1000
    eventually(lambda: village.client.get("/api/city")["clock"]["now"] > iso(round((asked_ms + 5000) * 1000)))
    row = "document.querySelector('cr-approvals .waiting')?.innerText"
    see(page, "approvals")
    until(page, f"{row}.includes('Sternenpark')")
    see(page, "approvals", LATER)
    until(page, f"document.querySelector('cr-approvals .state') && !{row}")
    see(page, "approvals", iso(round((asked_ms + 2000) * 1000))[:19] + "Z")
    until(page, f"{row}?.includes('Befehle gibt es nur jetzt')")
    assert page.locator("cr-approvals form").count() == 0


def test_screens_of_now_say_so(page: Page) -> None:
    for screen in ("health", "people"):
        see(page, screen, LATER)
        until(page, "document.querySelector('.now-only')?.innerText.includes('Stand von jetzt')")
        until(page, f"document.querySelector('cr-{screen}').children.length")
        see(page, screen)
        until(page, "!document.querySelector('.now-only')")


@pytest.mark.judge("axe")
def test_axe_finds_nothing(page: Page, libraries: Path) -> None:
    found: list[str] = []
    for screen in ("alarms", "alarms/figures", "rules", "rules/night", "audit", "health", "people", "approvals"):
        see(page, screen, LATER)
        found += violations(page, libraries / "axe-core" / "axe.min.js", part="#panel")
    assert not found, "\n".join(found)
