"""The fault board in the browser: empty in a city without faults; a told night by cause, one fault opened and decided."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, Route

from apps.browser import show, turn_to, until, violations
from apps.conftest import OpenPage

HOURS = [f"2026-10-05T{hour:02d}:00:00.000Z" for hour in range(24)]
NIGHT = [0.4 if 6 < hour < 18 else 40.0 for hour in range(24)]


def fault(number: int, kind: str, cause: str, lamps: list[str], **more: Any) -> dict[str, Any]:
    """Return a fault as the door tells it."""
    return {
        "id": f"f-{number:06d}",
        "kind": kind,
        "cause": cause,
        "entity": lamps[0],
        "phase": "",
        "lamps": lamps,
        "lamp_count": len(lamps),
        "state": "confirmed",
        "since": "2026-10-06T07:00:00.000Z",
        "changed_at": None,
        "changed_by": "",
        "reason": "",
        "evidence": {"value": 0.0, "measure": "share of expected", "after": "", "before": ""},
        "job_id": "",
        "can_undo": False,
        "street": "Dorfstraße",
        "lon": 6.76,
        "lat": 51.43,
        **more,
    }


def tell(page: Page, faults: list[dict[str, Any]]) -> None:
    """Let the door tell these faults: a night takes longer than a test may."""
    causes = {one["cause"]: sum(other["cause"] == one["cause"] for other in faults) for one in faults}

    def answer(route: Route) -> None:
        path = route.request.url.partition("/api/lighting/faults")[2].partition("?")[0]
        one = next((one for one in faults if path.startswith(f"/{one['id']}")), None)
        if path.endswith("/night") and one:
            dark = [0.4] * 24
            route.fulfill(json={"lamp": one["lamps"][0], "at": HOURS, "power_w": dark, "expected_w": NIGHT})
        else:
            route.fulfill(json=one or {"total": len(faults), "states": {}, "causes": causes, "faults": faults})

    page.route("**/api/lighting/faults**", answer)


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
    assert page.locator("cr-ageing table").count() == 2
    assert violations(page, libraries / "axe-core" / "axe.min.js", part="#panel") == []
    page.screenshot(path=str(tmp_path / f"ageing-{lang}.png"))


@pytest.mark.judge("axe")
@pytest.mark.parametrize(("theme", "lang"), [("night", "de"), ("day", "en")])
def test_the_board_by_cause_by_keyboard_and_one_fault_with_its_night(
    open_page: OpenPage, base: str, libraries: Path, tmp_path: Path, theme: str, lang: str
) -> None:
    """First nothing; then the cable before the lamp, opened by Enter, its lamp marked on the map, then decided."""
    page = open_page(theme=theme, lang=lang, allow=("404",))
    show(page, base, "#/faults")
    until(page, "document.querySelector('cr-faults')")
    until(page, "document.querySelector('cr-faults p.state:not([role])')")
    out = fault(2, "lamp-out", "light", ["du-000002"], state="suspected")
    cable = fault(
        1,
        "cable-break",
        "cable",
        ["du-000010", "du-000011"],
        evidence={"value": 2.0, "measure": "lamps dark", "after": "du-000009", "before": "du-000010"},
    )
    tell(page, [out, cable])
    turn_to(page, "#/")
    turn_to(page, "#/faults")
    until(page, "document.querySelectorAll('cr-faults ol.rows a').length === 2")
    assert violations(page, libraries / "axe-core" / "axe.min.js", part="#panel") == []
    page.screenshot(path=str(tmp_path / "board.png"))
    first = page.locator("cr-faults ol.rows a").first
    assert "du-000010" in first.inner_text()
    first.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    until(page, "document.querySelector('cr-fault-detail cr-trend canvas')")
    assert violations(page, libraries / "axe-core" / "axe.min.js", part="#panel") == []
    page.screenshot(path=str(tmp_path / "fault.png"))
    dismiss = page.get_by_role("button", name="Verwerfen" if lang == "de" else "Dismiss")
    assert dismiss.is_disabled()
    page.get_by_label("Grund" if lang == "de" else "Reason").fill("is replaced today")
    dismiss.click()
    # The city itself knows no such fault: what it refuses is said in words.
    until(page, "document.querySelector('cr-fault-detail .problem')")
