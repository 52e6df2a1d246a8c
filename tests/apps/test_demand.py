"""Light on demand in a street's panel: asked for a traffic, drawn beside its baselines, refused in words."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from apps.browser import show, until, violations
from apps.conftest import OpenPage

Ask = Callable[[str], Any]
ROWS = "document.querySelectorAll('cr-street-demand tbody tr').length === 4"


def lit_street(ask: Ask) -> str:
    """A street that keeps all its classes at full light."""
    for number in range(100, 1400, 100):
        street = ask(f"/api/lighting/lamps/du-{number:07}")["street"]["id"]
        if all(area["met"] for area in ask(f"/api/lighting/class?street={street}")["areas"]):
            return str(street)
    raise AssertionError("no street keeps its classes")


@pytest.mark.judge("axe")
@pytest.mark.parametrize(("theme", "lang"), [("night", "de"), ("day", "en")])
def test_a_street_is_asked_for_its_light_on_demand(
    open_page: OpenPage, base: str, ask: Ask, libraries: Path, tmp_path: Path, theme: str, lang: str
) -> None:
    """By keyboard; the bars say what the question says, which is checked apart."""
    street = lit_street(ask)
    page = open_page(theme=theme, lang=lang)
    show(page, base, f"#/street/{street}")
    until(page, "document.querySelector('cr-street-demand form')")
    page.locator("cr-street-demand input[name=cars]").fill("60")
    page.locator("cr-street-demand input[name=cars]").press("Enter")
    until(page, ROWS)
    told = ask(f"/api/lighting/demand?street={street}&cars=60&cyclists=0&walkers=0")
    shown = page.locator("cr-street-demand td.num").all_inner_texts()
    values = [float(text.replace(",", ".").rstrip(" %\u00a0")) for text in shown]
    wanted = [100.0, told["half_night_percent"], told["demand_percent"], told["bound_percent"]]
    assert values == pytest.approx(wanted, abs=0.06)
    page.locator("cr-street-demand").scroll_into_view_if_needed()
    page.screenshot(path=str(tmp_path / f"demand-{theme}.png"))
    assert not violations(page, libraries / "axe-core" / "axe.min.js", part="#panel")
