"""A pole from its lamp: a slot is reserved, refused to another, put into use and released, by keyboard alone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from apps.browser import show, turn_to, until, violations
from apps.conftest import OpenPage

Ask = Callable[[str], Any]
LAMP = "du-0000010"


def reserve(page: Page, slot: str, holder: str, watts: str) -> None:
    """Fill in the form of a slot and send it."""
    page.get_by_role("button", name=f"Reservieren: {slot}").press("Enter")
    until(page, "document.querySelector('#poles-holder')")
    page.get_by_label("Inhaber, zahlt die Miete").fill(holder)
    page.get_by_label("Leistung, W").fill(watts)
    page.get_by_label("Windfläche, m²").fill("0.05")
    page.locator("cr-poles form button.primary").press("Enter")


@pytest.mark.refusal("poles.reserve-slot")
def test_a_slot_is_shared(open_page: OpenPage, base: str, ask: Ask, libraries: Path, tmp_path: Path) -> None:
    """What is asked stands in the ledger and in the picture; too much is refused in words; axe finds nothing."""
    page = open_page(allow=("409",))
    show(page, base, f"#/lamp/{LAMP}")
    pole = ask(f"/api/lighting/lamps/{LAMP}")["pole"]
    until(page, f"document.querySelector('a[href=\"#/poles/{pole}\"]')")
    page.locator(f'a[href="#/poles/{pole}"]').press("Enter")
    until(page, "document.querySelector('cr-poles svg[role=img]')")
    reserve(page, "Unten", "Stadtnetz", "24000")
    until(page, "document.querySelector('cr-poles .problem')?.innerText.includes('es bräuchte 24000')")
    page.get_by_label("Leistung, W").fill("8")
    page.locator("cr-poles form button.primary").press("Enter")
    until(page, "document.querySelector('cr-poles svg[role=img]').getAttribute('aria-label').includes('Stadtnetz')")
    page.get_by_role("button", name="In Betrieb: Unten").press("Enter")
    until(page, "document.querySelector('cr-poles').innerText.includes('in Betrieb seit')")
    assert not violations(page, libraries / "axe-core" / "axe.min.js", part="#panel")
    page.screenshot(path=str(tmp_path / "pole.png"))
    turn_to(page, "#/poles")
    until(page, "document.querySelector('cr-poles').innerText.includes('1 in Betrieb, 0 reserviert, 8 W')")
    page.screenshot(path=str(tmp_path / "ledger.png"))
    turn_to(page, f"#/poles/{pole}")
    page.get_by_role("button", name="Freigeben: Unten").press("Enter")
    until(page, "document.querySelector('cr-poles').innerText.includes('War einmal hier')")
    assert ask(f"/api/poles/poles/{pole}")["gone"][0]["holder"] == "Stadtnetz"
