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


def made_hours(street: str) -> dict[str, Any]:
    """Three hours as the city would tell them; of the first it does not know the energy."""
    columns = {
        "at": [f"2026-11-26T{hour}:00:00Z" for hour in (19, 20, 21)],
        "kwh": [None, 1.0, 1.4],
        "kwh_bound": [0.8, 0.9, 1.2],
        "kwh_always_on": [2.0, 2.0, 2.0],
        "kwh_half_night": [2.0, 2.0, 1.0],
        "cars": [3, 4, 5],
        "cyclists": [0, 1, 0],
        "walkers": [2, 0, 1],
        "lit_minutes": [60, 60, 60],
        "unknown_minutes": [0, 0, 0],
        "minutes_below": [0, 0, 12],
    }
    named = {"id": street, "name": "x"}
    return {"at": columns["at"][-1], "streets": [{"street": named, "state": "planned", **columns}], "next": None}


def test_the_last_hours_are_drawn_beside_their_baselines(
    open_page: OpenPage, base: str, ask: Ask, tmp_path: Path
) -> None:
    """Only hours of which all is known are summed: 2.4 of 4 kWh, a bound of 2.1, twelve minutes below."""
    street = suited_street(ask)
    page = open_page(theme="night", lang="en")
    page.route("**/api/lighting/demand/live*", lambda route: route.fulfill(json=made_hours(street)))
    show(page, base, f"#/street/{street}")
    until(page, "document.querySelectorAll('cr-street-policy tbody tr').length === 4")
    shown = page.locator("cr-street-policy td.num").all_inner_texts()
    assert [float(text.rstrip(" %\u00a0")) for text in shown] == [100.0, 75.0, 60.0, 52.5]
    said = page.locator("cr-street-policy").inner_text()
    assert "7.5 points above the lower bound; about 11 road users" in said
    assert "12 minutes below" in said
    page.locator("cr-street-policy").scroll_into_view_if_needed()
    page.screenshot(path=str(tmp_path / "hours.png"))


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
