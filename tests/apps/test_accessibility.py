"""axe finds nothing on any screen, in both themes and both languages; small and calm screens work."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from apps.browser import show, turn_to, until, violations
from apps.conftest import OpenPage

VIEWS = (
    "#/",
    "#/?help",
    "#/lamp/{lamp}",
    "#/lamp/{lamp}/dim",
    "#/street/{street}",
    "#/district/{district}",
    "#/district/{district}/dim",
    "#/district/{district}/clear",
    "#/list/fault",
    "#/list/silent",
    "#/list/commands",
    "#/choose",
    "#/health",
    "#/draw",
    "#/area/{area}",
    "#/lamp/nobody",
    "#/district/nowhere",
)


@pytest.fixture
def places(ask: Callable[[str], Any]) -> dict[str, str]:
    """Names of things that are in the city under test."""
    lamp = ask("/api/lighting/lamps/du-0000400")
    x, y = lamp["lon"], lamp["lat"]
    area = f"{x - 0.003:.5f},{y - 0.002:.5f};{x + 0.003:.5f},{y - 0.002:.5f};{x:.5f},{y + 0.003:.5f}"
    return {"lamp": lamp["id"], "street": lamp["street"]["id"], "district": lamp["district"]["id"], "area": area}


@pytest.mark.judge("axe")
@pytest.mark.parametrize(
    ("theme", "lang"),
    [
        ("night", "de"),
        ("day", "en"),
        pytest.param("night", "en", marks=pytest.mark.slow),
        pytest.param("day", "de", marks=pytest.mark.slow),
    ],
)
def test_axe_finds_nothing(
    open_page: OpenPage, base: str, libraries: Path, places: dict[str, str], theme: str, lang: str
) -> None:
    page = open_page(theme=theme, lang=lang, allow=("404",))
    found: list[str] = []
    show(page, base, "#/")
    for view in VIEWS:
        turn_to(page, view.format(**places))
        # The frame around the panel is the same on all screens: it is looked at whole on two of them.
        part = "#panel" if view not in ("#/", "#/lamp/{lamp}") else "html"
        found += violations(page, libraries / "axe-core" / "axe.min.js", part="dialog" if "help" in view else part)
    assert page.evaluate("[document.documentElement.lang, document.documentElement.dataset.theme]") == [lang, theme]
    assert not found, "\n".join(found)


@pytest.mark.parametrize("theme", ["night", "day"])
def test_the_sign_in_page_explains_itself(open_page: OpenPage, base: str, libraries: Path, theme: str) -> None:
    page = open_page(theme=theme, state=None)
    page.goto(base + "/")
    assert page.url.endswith("/sign-in")
    assert "stadtwerk link" in page.inner_text("main")
    page.fill("#token", "http://127.0.0.1:8080/sign-in?token=abc-def-123")
    assert page.input_value("#token") == "abc-def-123"
    assert not violations(page, libraries / "axe-core" / "axe.min.js")


def test_a_used_link_is_said_to_be_used(open_page: OpenPage, base: str, libraries: Path) -> None:
    page = open_page(state=None, allow=("401",))
    page.goto(f"{base}/sign-in?token=used-long-ago")
    until(page, "!document.getElementById('failed').hidden")
    assert not violations(page, libraries / "axe-core" / "axe.min.js")


def test_without_scripts_the_page_says_what_to_do(open_page: OpenPage, base: str) -> None:
    page = open_page(java_script_enabled=False)
    page.goto(base + "/")
    assert "JavaScript" in page.inner_text("noscript main")


def test_a_telephone_shows_panels_as_sheets(
    open_page: OpenPage, base: str, libraries: Path, places: dict[str, str]
) -> None:
    page = open_page(size=(360, 740))
    for view in ("#/", "#/lamp/{lamp}", "#/district/{district}/dim"):
        show(page, base, view.format(**places))
        assert page.evaluate("document.documentElement.scrollWidth") == 360, view
        sheet = page.locator(".panel:visible").last.bounding_box()
        assert sheet is not None
        assert (sheet["x"], sheet["width"], sheet["y"] + sheet["height"]) == (0, 360, 740), view
        assert not violations(page, libraries / "axe-core" / "axe.min.js"), view
    show(page, base, "#/")
    low = page.locator("#overview").bounding_box()
    page.locator("#overview .grip").click()
    page.wait_for_timeout(400)
    high = page.locator("#overview").bounding_box()
    assert low is not None
    assert high is not None
    assert high["height"] > low["height"] * 1.3


def test_reduced_motion_jumps_instead_of_flying(open_page: OpenPage, base: str, places: dict[str, str]) -> None:
    page = open_page(reduced_motion="reduce")
    show(page, base, "#/")
    page.evaluate(
        "() => { window.moves = 0; document.querySelector('cr-map').city.map.on('move', () => window.moves++); }"
    )
    page.evaluate(f"() => {{ location.hash = '#/lamp/{places['lamp']}'; }}")
    until(page, "document.querySelector('cr-map').city.map.getZoom() > 15")
    assert page.evaluate("window.moves") <= 2
    assert page.evaluate("getComputedStyle(document.querySelector('.panel')).transitionDuration") in ("0s", "")


def test_theme_and_language_are_remembered(open_page: OpenPage, base: str) -> None:
    page = open_page()
    show(page, base, "#/")
    page.get_by_role("button", name="Tagansicht").click()
    page.get_by_role("button", name="English").click()
    assert page.get_by_role("heading", name="City").is_visible()
    page.reload()
    until(page, "document.querySelector('.counts .n')")
    assert page.evaluate("[document.documentElement.lang, document.documentElement.dataset.theme]") == ["en", "day"]
    assert "theme" not in page.url
