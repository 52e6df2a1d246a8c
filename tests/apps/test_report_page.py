"""A citizen reports a lamp on a phone: axe finds nothing, with a position, by the label, and without JavaScript."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from apps.browser import violations
from apps.conftest import OpenPage

PHONE = (390, 844)


@pytest.mark.judge("axe")
@pytest.mark.parametrize(("theme", "lang"), [("night", "de"), ("day", "en")])
def test_by_position(
    open_page: OpenPage, base: str, libraries: Path, ask: Callable[[str], Any], theme: str, lang: str
) -> None:
    lamp = ask("/api/lighting/lamps/du-0000400")
    place = {"longitude": lamp["lon"], "latitude": lamp["lat"]}
    page = open_page(
        size=PHONE, theme=theme, lang=lang, state=None, geolocation=place, permissions=["geolocation"], has_touch=True
    )
    page.goto(f"{base}/report")
    page.locator("#near button").tap()
    page.wait_for_url("**/report?lon=*")
    nearest = page.locator("input[name=lamp]")
    assert nearest.count() == 3
    assert nearest.first.get_attribute("value") == lamp["id"]
    assert lamp["pole"] in page.locator(".choice").first.inner_text()
    small = page.evaluate(
        "() => [...document.querySelectorAll('a, button, .choice, input:not([type=radio], [type=hidden])')]"
        ".filter(one => one.checkVisibility() && one.getBoundingClientRect().height < 44).map(one => one.outerHTML)"
    )
    assert not small, "targets for a thumb"
    axe = libraries / "axe-core" / "axe.min.js"
    found = violations(page, axe)
    nearest.first.check()
    page.locator("input[value=flickering]").check()
    page.locator("form[method=post] button").tap()
    page.wait_for_url("**/report/r-*")
    assert not found + violations(page, axe)


def test_without_javascript(open_page: OpenPage, base: str, ask: Callable[[str], Any]) -> None:
    pole = ask("/api/lighting/lamps/du-0000500")["pole"]
    page = open_page(size=PHONE, state=None, java_script_enabled=False)
    page.goto(f"{base}/report")
    assert not page.locator("#near").is_visible()
    page.locator("#label").fill(pole)
    page.locator("#find button").click()
    page.locator("input[value=damage]").check()
    page.locator("form[method=post] button").click()
    assert pole in page.locator("main").inner_text()
    assert "Danke" in page.locator("h1").inner_text()
