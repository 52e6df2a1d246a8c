"""Every screen the navigation leads to shows itself, in both languages and themes, and axe finds nothing on it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from apps.browser import show, turn_to, until, violations
from apps.conftest import OpenPage


@pytest.mark.parametrize(("theme", "lang"), [("night", "de"), ("day", "en")])
def test_every_screen_of_the_navigation_renders(
    open_page: OpenPage, base: str, libraries: Path, ask: Callable[[str], Any], theme: str, lang: str
) -> None:
    """The systems' own panels are among them; none shows a key where words should be."""
    page = open_page(theme=theme, lang=lang)
    show(page, base, "#/")
    addresses = page.eval_on_selector_all("nav.screens a", "links => links.map((one) => one.getAttribute('href'))")
    panels = [system["name"] for system in ask("/api/systems")["systems"] if system["panel"]]
    assert {f"#/{name}" for name in panels} <= set(addresses)
    found: list[str] = []
    for address in addresses:
        turn_to(page, address)
        words = page.inner_text("#panel") if address != "#/" else page.inner_text("nav.screens")
        assert f"nav.{address[2:]}" not in words
        found += violations(page, libraries / "axe-core" / "axe.min.js", part="#panel" if address != "#/" else ".top")
    assert not found, "\n".join(found)


@pytest.mark.parametrize(("theme", "lang"), [("night", "de"), ("day", "en")])
def test_menus_of_screens_open_and_close_by_keyboard(
    open_page: OpenPage, base: str, libraries: Path, theme: str, lang: str
) -> None:
    """A menu opens, leads to its screen and says which one is on; Escape and leaving close it."""
    page = open_page(theme=theme, lang=lang)
    show(page, base, "#/")
    menus = page.locator("nav.screens details")
    house = menus.nth(1)
    house.locator("summary").press("Enter")
    assert house.evaluate("one => one.open")
    assert not violations(page, libraries / "axe-core" / "axe.min.js", part=".top")
    page.keyboard.press("Escape")
    assert not house.evaluate("one => one.open")
    assert house.locator("summary").evaluate("one => one === document.activeElement")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    until(page, "location.hash.startsWith('#/health') && document.querySelector('cr-health')")
    assert not house.evaluate("one => one.open")
    assert house.locator(".here").inner_text() in ("Zustand", "Health")
    menus.first.locator("summary").press("Enter")
    page.locator("nav.screens > ul > li > a").first.focus()
    assert not menus.first.evaluate("one => one.open")
