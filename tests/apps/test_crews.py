"""Crews in the control room: set up, changed, retired, each taken back; the depot from the map, by mouse and by keyboard."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from apps.browser import show, turn_to, until, violations
from apps.conftest import OpenPage

Ask = Callable[[str], Any]
ROWS = "document.querySelectorAll('cr-crews ol.rows li').length"


def crews(ask: Ask) -> dict[str, Any]:
    """Return the crews as the city has them, by id."""
    return {one["id"]: one for one in ask("/api/lighting/crews")["crews"]}


def press(page: Page, name: str) -> None:
    """Press a button of the panel."""
    page.locator("cr-crews").get_by_role("button", name=name).click()


def write(page: Page, name: str) -> None:
    """Fill a new crew's form but for its depot."""
    page.get_by_label("Name", exact=True).fill(name)
    page.get_by_label("Fahrzeug").fill("DU-ST 12")
    page.get_by_label("Kabel und Tiefbau").check()
    page.get_by_label("Schicht ab").fill("06:00")


@pytest.mark.judge("axe")
def test_a_crew_is_set_up_changed_and_retired_and_each_is_taken_back(
    open_page: OpenPage, base: str, ask: Ask, libraries: Path, tmp_path: Path
) -> None:
    """Without a depot it is not sent; what the city keeps is what was written; a crew that is gone comes back as it was."""
    axe = libraries / "axe-core" / "axe.min.js"
    page = open_page(size=(1280, 1000))
    show(page, base, "#/crews")
    until(page, "document.querySelector('cr-crews .actions')")
    others = len(crews(ask))
    page.get_by_role("link", name="Neue Kolonne").click()
    until(page, "document.querySelector('form.crew')")
    write(page, "Süd Straße")
    press(page, "Sichern")
    assert len(crews(ask)) == others
    press(page, "Mitte der Karte nehmen")
    until(page, "document.querySelector('#crew-lon').value")
    box = page.locator("cr-map .map").bounding_box()
    assert box
    page.mouse.click(box["x"] + box["width"] / 2 - 60, box["y"] + box["height"] / 2)
    until(page, "location.hash.startsWith('#/crews/new')")
    assert violations(page, axe) == []
    page.screenshot(path=str(tmp_path / "form.png"))
    press(page, "Sichern")
    until(page, f"{ROWS} === {others + 1}")
    made = crews(ask)["sud-strasse"]
    assert (made["name"], made["begin"], made["skills"]) == ("Süd Straße", "06:00", ["lift", "cable"])
    lon, lat = made["depot"]
    assert 6.6 < lon < 6.9
    assert 51.3 < lat < 51.6
    assert violations(page, axe) == []
    page.screenshot(path=str(tmp_path / "list.png"))
    page.locator("cr-crews ol.rows a[href$=sud-strasse]").click()
    page.get_by_label("Schicht bis").fill("14:00")
    press(page, "Sichern")
    until(page, f"{ROWS} === {others + 1}")
    assert crews(ask)["sud-strasse"]["end"] == "14:00"
    press(page, "Süd Straße geändert: zurücknehmen")
    until(page, "!document.querySelector('cr-crews button')")
    assert crews(ask)["sud-strasse"] == made
    page.locator("cr-crews ol.rows a[href$=sud-strasse]").click()
    press(page, "Auflösen")
    until(page, f"{ROWS} === {others}")
    press(page, "Süd Straße aufgelöst: zurücknehmen")
    until(page, f"{ROWS} === {others + 1}")
    assert crews(ask)["sud-strasse"] == made


def test_a_wrong_shift_is_told_and_a_telephone_suffices(
    open_page: OpenPage, base: str, ask: Ask, tmp_path: Path
) -> None:
    """What the city refuses is said in German; nothing is wider than the screen; a depot can be typed."""
    page = open_page(size=(360, 740), allow=("409",), theme="day")
    show(page, base, "#/crews/new")
    until(page, "document.querySelector('form.crew')")
    write(page, "Nacht")
    page.get_by_label("Länge, Grad").fill("6.76")
    page.get_by_label("Breite, Grad").fill("51.43")
    page.get_by_label("Schicht ab").fill("25:00")
    press(page, "Sichern")
    assert "nacht" not in crews(ask), "there is no such time"
    page.get_by_label("Schicht ab").fill("15:40")
    press(page, "Sichern")
    until(page, "document.querySelector('cr-crews .problem')")
    assert "15:40" in page.locator("cr-crews .problem").inner_text()
    page.screenshot(path=str(tmp_path / "phone.png"))
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    page.get_by_label("Schicht bis").fill("23:30")
    press(page, "Sichern")
    until(page, "document.querySelector('cr-crews ol.rows')")
    assert crews(ask)["nacht"]["depot"] == [6.76, 51.43]
    turn_to(page, "#/crews/nobody")
    until(page, "document.querySelector('cr-crews .problem')")
    turn_to(page, "#/works")
    until(page, "document.querySelector('cr-works .gantt')")
