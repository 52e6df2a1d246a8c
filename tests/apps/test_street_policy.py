"""Light on demand in a street's panel: asked for, in force, drawn beside its baselines, ended and taken back."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from apps.browser import show, until, violations
from apps.conftest import OpenPage
from path.running import eventually

Ask = Callable[[str], Any]
SAYS = "document.querySelector('cr-street-policy')?.textContent"


def suited_street(ask: Ask) -> str:
    """A street of LED lamps that keeps all its classes at full light and has a few poles."""
    for number in range(50, 4900, 50):
        lamp = ask(f"/api/lighting/lamps/du-{number:07}")
        street = lamp["street"]["id"]
        if lamp["lamp_type"] != "led" or ask(f"/api/lighting/policies?street={street}")["policies"]:
            continue
        try:
            areas = ask(f"/api/lighting/class?street={street}")["areas"]
            law = ask(f"/api/lighting/rules/street?street={street}")
        except OSError:
            continue
        bound = [rule for rule in law["rules"] if rule["demand"] == "least-level"]
        if all(area["met"] for area in areas) and 4 <= law["lamps"] <= 30 and not bound:
            return str(street)
    raise AssertionError("no street can be lit on demand")


@pytest.mark.judge("axe")
@pytest.mark.parametrize(("theme", "lang"), [("night", "en"), ("day", "de")])
def test_a_street_is_lit_on_demand_from_its_panel(
    open_page: OpenPage, base: str, ask: Ask, libraries: Path, tmp_path: Path, theme: str, lang: str
) -> None:
    """By keyboard: asked for, calculated, followed by its lamps; then ended."""
    street = suited_street(ask)
    page = open_page(theme=theme, lang=lang)
    show(page, base, f"#/street/{street}")
    until(page, "document.querySelector('cr-street-policy button')")
    page.locator("cr-street-policy button").first.press("Enter")

    def policy() -> Any:
        found = ask(f"/api/lighting/policies?street={street}")["policies"]
        return found and found[0]["in_force"] and found[0]

    now = eventually(policy, 60)
    until(page, f"{SAYS}.includes('{now['lamps']}') && {SAYS}.includes('{now['seals']['full'][:12]}')")
    page.locator("cr-street-policy").scroll_into_view_if_needed()
    page.screenshot(path=str(tmp_path / f"policy-{theme}.png"))
    assert not violations(page, libraries / "axe-core" / "axe.min.js", part="#panel")
    page.locator("cr-street-policy button").first.press("Enter")
    eventually(lambda: ask(f"/api/lighting/policies?street={street}")["policies"][0]["state"] == "ended")
    until(page, "document.querySelectorAll('cr-street-policy button').length === 2")
