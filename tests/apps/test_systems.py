"""Every screen the navigation leads to shows itself, in both languages and themes, and axe finds nothing on it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from apps.browser import show, turn_to, violations
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
