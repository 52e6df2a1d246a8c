"""The energy screen in the browser: tonight live, a told night with its baselines by keyboard, the year, the wall, 360 px."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import msgspec
import numpy as np
import pytest
from playwright.sync_api import Page, Route

from apps.browser import show, turn_to, until, violations
from apps.conftest import OpenPage
from path.running import eventually
from stadtwerk.kernel.clock import parse_iso
from stadtwerk.systems.lighting.energy import views
from stadtwerk.systems.lighting.energy.account import Trend, account_of
from stadtwerk.systems.lighting.energy.registers import Registers
from stadtwerk.systems.lighting.energy.replay import OfReplay, replay_view
from stadtwerk.systems.lighting.energy.report import report_view
from stadtwerk.systems.lighting.energy.surveying import survey_of
from stadtwerk.systems.lighting.energy.table import table_of
from stadtwerk.systems.lighting.energy.window import noons_us
from stadtwerk.systems.lighting.state import Lighting
from systems.lighting.energy.town import lighting_of, write_town

Ask = Callable[[str], Any]
LAST = date(2026, 11, 20)


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Lighting:
    """A town whose lamps told their meters for twelve nights; a tenth of them were silent."""
    made = lighting_of(write_town(tmp_path_factory.mktemp("town")))
    made.energy.table = table_of(survey_of(made.inventory, "", parse_iso("2026-11-20T12:00:00Z"), lambda done: None))
    n, watts = len(made.inventory), made.inventory.power_w
    for back in range(12):
        day = LAST - timedelta(days=back)
        span = noons_us(day, "Europe/Berlin")
        ends = [
            Registers(np.full(n, at), kwh, np.full(n, 0.5), np.full(n, 3_000.0))
            for at, kwh in ((span[0], np.full(n, 100.0)), (span[1], 100.0 + watts * (12 + back / 4) / 1000))
        ]
        ends[1].at_us[:12] = span[0] + 8 * 3_600_000_000
        at_us = np.arange(span[0], span[1], 900_000_000)
        trend = Trend(at_us, np.where((at_us > span[0] + 18e9) & (at_us < span[0] + 72e9), 5.0, 0.1))
        assert made.energy.table
        made.energy.nights.put(
            account_of(made, made.energy.table, day, (ends[0], ends[1]), trend=trend, now_us=span[1])
        )
    return made


def tell(page: Page, town: Lighting) -> None:
    """Let the door tell the town's nights: a night takes longer than a test may."""
    now_us = parse_iso("2026-11-21T12:00:00Z")

    def answer(route: Route) -> None:
        path, _, query = route.request.url.partition("/api/lighting/energy/")[2].partition("?")
        asked = {name: values[0] for name, values in parse_qs(query).items()}
        day = asked.get("day") or LAST.isoformat()
        if path == "nights":
            route.fulfill(json=views.nights_view(town, "", now_us))
        elif path == "replay":
            route.fulfill(json=replay_view(town, msgspec.convert(asked, OfReplay, strict=False), now_us))
        elif path == "report":
            route.fulfill(json=report_view(town, asked["month"], now_us))
        elif path == "night":
            route.fulfill(json=views.night_view(town, None, day, now_us))  # type: ignore[arg-type]
        else:
            route.continue_()

    page.route("**/api/lighting/energy/**", answer)


def test_the_gap_is_on_the_wall_and_tonight_is_live(open_page: OpenPage, base: str, ask: Ask) -> None:
    """What the wall shows is what the city tells of now; the screen without a day shows the night under way."""
    page = open_page(lang="en")
    show(page, base, "")
    until(page, "document.querySelector('cr-gap p')")
    eventually(lambda: ask("/api/lighting/energy/now")["state"] != "surveying", timeout_s=120, pause_s=1)
    told = ask("/api/lighting/energy/now")
    assert told["bound_kw"] <= told["always_kw"]
    assert (told["gap_points"] is None) == (told["state"] == "day")
    turn_to(page, "#/energy")
    until(page, "document.querySelector('cr-energy .energy-curve .bound')")
    assert ask("/api/lighting/energy/night")["state"] == "running"


@pytest.mark.judge("axe")
@pytest.mark.parametrize(("theme", "lang"), [("night", "de"), ("day", "en")])
def test_a_night_by_keyboard_and_the_year_around_it(
    open_page: OpenPage, base: str, town: Lighting, libraries: Path, tmp_path: Path, *, theme: str, lang: str
) -> None:
    """Numbers are those of the door; arrows go through quarters and nights, Enter opens one; nothing axe minds."""
    page = open_page(theme=theme, lang=lang, size=(1280, 1700), allow=("404",))
    tell(page, town)
    show(page, base, f"#/energy/{LAST}")
    until(page, "document.querySelector('cr-energy .energy-districts')")
    told = views.account_view(town, town.energy.nights.get(LAST.isoformat()))  # type: ignore[arg-type]
    shown = page.locator("cr-energy .energy-headline .value").inner_text()
    assert shown.replace(",", ".") == f"+{told['city']['gap_points']:.1f}"
    curve = page.locator("cr-energy .energy-curve[role=slider]").first
    before = int(curve.get_attribute("aria-valuenow") or 0)
    curve.press("ArrowRight")
    assert int(curve.get_attribute("aria-valuenow") or 0) == before + 1
    curve.press("End")
    assert curve.get_attribute("aria-valuenow") == curve.get_attribute("aria-valuemax")
    strip = page.locator("cr-energy .energy-year")
    for _ in range(3):
        strip.press("ArrowLeft")
    strip.press("Enter")
    until(page, f"location.hash.startsWith('#/energy/{LAST - timedelta(days=3)}')")
    until(page, "document.querySelector('cr-energy .energy-districts')")
    page.locator("cr-energy summary").first.click()
    rows = page.locator("cr-energy table tbody tr")
    assert rows.count() >= 3
    assert violations(page, libraries / "axe-core" / "axe.min.js", part="#panel") == []
    page.screenshot(path=str(tmp_path / f"energy-{lang}.png"))


@pytest.mark.judge("axe")
@pytest.mark.parametrize(("theme", "lang"), [("night", "en")])
def test_a_night_is_replayed_and_a_month_reported(
    open_page: OpenPage, base: str, town: Lighting, libraries: Path, tmp_path: Path, *, theme: str, lang: str
) -> None:
    """A question has an address; a month of nights goes on with progress; the report carries seal, CSV and a print view."""
    page = open_page(theme=theme, lang=lang, size=(1280, 2000), allow=("404",))
    tell(page, town)
    show(page, base, f"#/energy/{LAST}")
    until(page, "document.querySelector('cr-energy-replay form')")
    page.locator("#replay-policy").select_option("always")
    page.locator("cr-energy-replay form button").click()
    until(page, "location.hash.endsWith('/always')")
    until(page, "document.querySelector('cr-energy-replay tbody td')")
    asked = OfReplay(day=LAST.isoformat(), policy="always")
    would = replay_view(town, asked, parse_iso("2026-11-21T12:00:00Z"))["would_be"]
    cell = page.locator("cr-energy-replay tbody tr").first.locator("td").nth(1).inner_text()
    assert float(cell.replace(",", ".").split()[0]) == pytest.approx(would["kwh"], abs=0.06)
    page.locator("cr-energy-replay input[type=checkbox]").check()
    page.locator("cr-energy-replay form button").click()
    until(page, "document.querySelector('cr-energy-replay caption')?.innerText.includes('12')")
    assert violations(page, libraries / "axe-core" / "axe.min.js", part="#panel") == []
    page.screenshot(path=str(tmp_path / f"replay-{lang}.png"))
    turn_to(page, "#/energy/report/2026-11")
    until(page, "document.querySelector('cr-energy-report article code')")
    seal = report_view(town, "2026-11", parse_iso("2026-11-21T12:00:00Z"))["seal"]
    assert page.locator("cr-energy-report code").inner_text() == seal
    assert page.locator("cr-energy-report a[download]").count() == 1
    assert violations(page, libraries / "axe-core" / "axe.min.js", part="#panel") == []
    page.emulate_media(media="print")
    assert not page.locator("cr-energy-report .no-print").first.is_visible()
    assert not page.locator("cr-top").is_visible()
    page.screenshot(path=str(tmp_path / f"report-{lang}.png"), full_page=True)


def test_on_a_telephone_and_when_the_city_does_not_answer(open_page: OpenPage, base: str, town: Lighting) -> None:
    """360 px without scrolling sideways; an answer that fails says so and can be asked again."""
    page = open_page(size=(360, 800), allow=("404", "503"))
    tell(page, town)
    show(page, base, f"#/energy/{LAST}")
    until(page, "document.querySelector('cr-energy .energy-districts')")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    page.route("**/api/lighting/energy/nights*", lambda route: route.fulfill(status=503, json={"title": "no"}))
    page.evaluate("location.hash = '#/energy/2026-11-12'")
    until(page, "document.querySelector('cr-energy .problem button')")
