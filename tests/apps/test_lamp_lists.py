"""A list of lamps on the screen: proposed, corrected by keyboard, its doubts seen, and taken away as a city."""

from __future__ import annotations

import zipfile
from pathlib import Path

from apps.browser import show, until, violations
from apps.conftest import OpenPage
from stadtwerk.app.folder import open_folder
from stadtwerk.systems.lighting.inventory import read_inventory

ROWS = [
    f"L-{number};{341_000 + 31 * number + (number % 7) * 2};{5_700_000 + (number % 9) * 28};Allee;{28 + number % 3};6,5;7"
    for number in range(60)
]
LIST = "Leuchtennummer;Rechtswert;Hochwert;Straße;Last;Lichtpunkthöhe;Anschluss\n" + "\n".join(
    [*ROWS, ROWS[3], "L-99;0;0;Allee;30;6,5;7", "L-98;341032;5700028;Allee;30;650;7"]
)


def test_a_list_becomes_a_city_to_take_away(open_page: OpenPage, base: str, libraries: Path, tmp_path: Path) -> None:
    """Nothing of the running city is touched; the zip file is a city folder."""
    file = tmp_path / "lampen.csv"
    file.write_text(LIST, encoding="cp1252")
    page = open_page()
    show(page, base, "#/")
    page.evaluate("() => { location.hash = '#/lists'; }")
    page.get_by_label("Leuchtenliste").set_input_files(str(file))
    until(page, "document.querySelector('cr-lamp-lists .headline')?.innerText.startsWith('61 von 63')")
    until(page, "document.querySelector('cr-places canvas')")
    page.locator("#list-power_w").select_option("Last")
    until(page, "document.querySelector('cr-lamp-lists').innerText.includes('power_w 28')")
    page.get_by_role("button", name="Höhe unmöglich").press("Enter")
    until(page, "document.querySelector('cr-lamp-lists button[aria-pressed=true]')")
    assert not violations(page, libraries / "axe-core" / "axe.min.js", part="#panel")
    page.screenshot(path=str(tmp_path / "list.png"))
    page.get_by_label("Name der Stadt").fill("Musterstadt")
    page.get_by_label("Herkunft der Daten").fill("Stadt M.")
    page.get_by_label("Lizenz").fill("dl-de/by-2-0")
    with page.expect_download() as download:
        page.get_by_role("button", name="Machen und laden").press("Enter")
    zipfile.ZipFile(download.value.path()).extractall(tmp_path / "city")
    inventory = read_inventory(open_folder(tmp_path / "city"))
    assert len(inventory) == 61
    assert inventory.city["title"]["de"] == "Musterstadt"
    assert inventory.city["attribution"] == "Stadt M."
