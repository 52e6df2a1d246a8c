"""The street designer in the browser: from a street or a file to judged variants, undone, compared and taken along."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Page

import verify_light
from apps.browser import show, turn_to, until, violations
from apps.conftest import OpenPage
from systems.lighting.en13201 import made

Ask = Callable[[str], Any]
LAMP = "du-0000400"
DRAWN = "document.querySelectorAll('cr-light-picture canvas').length >= 2"
CALM = "!document.querySelector('.is-busy, cr-design .dots')"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A luminaire's file without any symmetry."""
    path = tmp_path / "eigene.ldt"
    path.write_bytes(made.ldt(0, np.random.default_rng(3)).encode("latin-1"))
    return path


def results(page: Page) -> list[dict[str, Any]]:
    """What each variant was told by the city."""
    until(page, CALM)
    return page.evaluate("() => [...document.querySelectorAll('cr-design-result')].map(one => one.found)")


def test_from_a_street_of_the_city_to_two_variants(open_page: OpenPage, base: str, ask: Ask, tmp_path: Path) -> None:
    street = ask(f"/api/lighting/lamps/{LAMP}")["street"]["id"]
    begun = ask(f"/api/lighting/class?street={street}")
    page = open_page(accept_downloads=True)
    show(page, base, f"#/design/street/{street}")
    until(page, DRAWN)
    (first,) = results(page)
    judged = {area["area"]: area["verdict"]["met"] for area in first["areas"] if area["verdict"]}
    assert judged == {area["area"]: area["met"] for area in begun["areas"]}
    page.get_by_role("button", name="Vergleichen").press("Enter")
    until(page, "document.querySelectorAll('cr-design-result').length === 2")
    page.get_by_label("Dimmstufe %").fill("50")
    page.get_by_label("Dimmstufe %").press("Tab")
    until(page, "document.querySelectorAll('cr-design-result').length === 2")
    until(page, f"{CALM} && document.querySelectorAll('cr-design-result')[1].design.level_percent === 50")
    page.wait_for_timeout(300)
    one, other = results(page)
    assert other["areas"][0]["mean_lux"] == pytest.approx(one["areas"][0]["mean_lux"] / 2, rel=1e-2)
    address = page.url
    page.get_by_role("button", name="Rückgängig").press("Enter")
    until(page, "document.getElementById('design-level_percent').value === '100'")
    show(page, base, address.partition("/")[2].partition("/")[2].partition("/")[2])
    until(page, "document.querySelectorAll('cr-design-result').length === 2 && " + DRAWN)
    assert results(page)[1]["areas"] == other["areas"]
    with page.expect_download() as told:
        page.get_by_role("button", name="Nachweis (JSON)").last.click()
    told.value.save_as(tmp_path / "b.json")
    assert verify_light.main([str(tmp_path / "b.json")]) == 0
    for name in ("JSON", "Bild (PNG)"):
        with page.expect_download() as told:
            page.get_by_role("button", name=name, exact=True).first.click()
        told.value.save_as(tmp_path / "taken")
        assert (tmp_path / "taken").stat().st_size > 3000


def test_a_file_is_read_only_with_its_street_side(open_page: OpenPage, base: str, file: Path) -> None:
    page = open_page()
    show(page, base, "#/design")
    until(page, DRAWN)
    page.set_input_files("#design-file", file)
    until(page, "document.querySelector('#design-frame option:checked')?.value === ''")
    assert results(page)[0]["luminaire"]["generated"] is True
    page.get_by_label("Wo ist die Straßenseite der Datei?").select_option("c0-street")
    until(page, "document.querySelector('cr-design-result').found?.luminaire.frame === 'c0-street'")
    assert "Lichtstrom aus der Verteilung" in page.locator(".warnings").inner_text()
    page.evaluate("localStorage.clear()")
    page.reload()
    until(page, "document.querySelector('cr-design .problem')?.innerText.includes('eigene.ldt')")


def test_bad_files_and_numbers_are_named(open_page: OpenPage, base: str, tmp_path: Path) -> None:
    bad = tmp_path / "bad.ies"
    bad.write_text("IESNA:LM-63-2002\nTILT=NONE\n1 2 three")
    page = open_page(allow=("422",))
    show(page, base, "#/design")
    until(page, DRAWN)
    page.get_by_label("Breite m").fill("1")
    page.locator("#design-lanes").fill("6")
    page.locator("#design-lanes").press("Tab")
    until(page, "document.querySelector('cr-design .problem')")
    until(page, "document.getElementById('design-width_m').getAttribute('aria-invalid') === 'true'")
    turn_to(page, "#/design")
    page.set_input_files("#design-file", bad)
    page.get_by_label("Wo ist die Straßenseite der Datei?").select_option("h0-street-clockwise")
    until(page, "document.querySelector('cr-design .problem')?.innerText.includes('keine IES-Datei')")
    turn_to(page, "#/design/nonsense")
    assert "keinen lesbaren Entwurf" in page.locator("cr-design").inner_text()


@pytest.mark.judge("axe")
@pytest.mark.parametrize(("theme", "lang"), [("night", "de"), ("day", "en")])
def test_the_designer_passes_axe_and_tells_its_pictures(
    open_page: OpenPage, base: str, libraries: Path, theme: str, lang: str
) -> None:
    page = open_page(theme=theme, lang=lang)
    show(page, base, "#/design")
    until(page, DRAWN)
    page.locator("cr-light-picture summary").first.click()
    assert not violations(page, libraries / "axe-core" / "axe.min.js", part="#panel")
    (found,) = results(page)
    shown = page.locator("table.grid-values").first.locator("td").first.inner_text()
    assert float(shown.replace(",", ".")) == pytest.approx(found["areas"][0]["grid"]["lux"][0][0], abs=0.06)
    page.locator("cr-light-picture canvas").first.hover(position={"x": 300, "y": 60})
    until(page, "document.querySelector('cr-light-picture output').innerText.startsWith('x ')")
    assert json.dumps(found["energy"])
