"""The class map in the browser: list, legend, filters, map and detail tell the same, by hand and by keyboard, then and now."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from apps.browser import show, turn_to, until, violations
from apps.conftest import OpenPage

Ask = Callable[[str], Any]
DRAWN = "document.querySelector('cr-map').city.map.getSource('classes')._data?.geojson?.features ?? []"
LISTED = "!document.querySelector('cr-classes [role=status]') && document.querySelector('.class-rows li')"
DETAIL = "document.querySelector('cr-class-detail table.demands')"


def all_streets(ask: Ask, level: str = "") -> list[dict[str, Any]]:
    """Every street of the class map, from all pages."""
    rows: list[dict[str, Any]] = []
    start: int | None = 0
    while start is not None:
        page = ask(f"/api/lighting/classes?start={start}{level and f'&level_percent={level}'}")
        start = page["next"]
        columns = {name: column for name, column in page.items() if isinstance(column, list)}
        rows += [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]
    return rows


def test_the_worst_streets_come_first_and_open_by_enter(open_page: OpenPage, base: str, ask: Ask) -> None:
    rows = all_streets(ask, "100")
    missed = [row for row in rows if row["state"] == "missed"]
    page = open_page()
    show(page, base, "#/classes/all/100")
    until(page, LISTED)
    counts = page.locator(".class-legend .n").all_inner_texts()
    assert next(int(text.replace(".", "")) for text in counts) == len(missed)
    assert sum(int(text.replace(".", "")) for text in counts) == len(rows)
    worst = min(missed, key=lambda row: (row["margin"], row["place"]))
    first = page.locator(".class-rows a").first
    assert worst["required"] in first.inner_text()
    first.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    until(page, DETAIL)
    assert page.locator("table.demands tr.is-missed").count() >= 1
    page.get_by_role("link", name="Alle Straßen").click()
    page.get_by_label("Straße oder Klasse").fill(worst["required"])
    until(
        page,
        f"[...document.querySelectorAll('.class-rows .n')].every(n => n.innerText.includes('{worst['required']}'))",
    )
    turn_to(page, "#/classes/missed/100")
    until(page, "[...document.querySelectorAll('.class-rows .stroke')].every(s => s.matches('.is-missed'))")


def test_the_map_draws_every_street_and_a_click_opens_it(open_page: OpenPage, base: str, ask: Ask) -> None:
    rows = all_streets(ask, "100")
    page = open_page()
    show(page, base, "#/classes/all/100")
    until(page, LISTED)
    drawn = page.evaluate(f"() => ({DRAWN}).map(one => [one.properties.id, one.properties.state])")
    assert len(drawn) == len(rows)
    street, _ = drawn[0]
    turn_to(page, f"#/classes/{street}/100")
    until(page, DETAIL)
    at = page.evaluate(
        f"""() => {{ const map = document.querySelector('cr-map').city.map;
        const line = ({DRAWN}).find(one => one.properties.id === '{street}').geometry.coordinates[0];
        map.jumpTo({{center: line[Math.floor(line.length / 2)], zoom: 16}});
        const box = map.getContainer().getBoundingClientRect(); return [box.x + box.width / 2, box.y + box.height / 2]; }}"""
    )
    turn_to(page, "#/classes/all/100")
    until(page, LISTED)
    until(page, "document.querySelector('cr-map').city.map.loaded()")
    page.mouse.click(*at)
    until(page, DETAIL)
    assert street in page.url
    turn_to(page, "#/classes")
    page.locator("header a.button.icon").last.click()
    until(page, f"({DRAWN}).length === 0")


@pytest.mark.judge("axe")
@pytest.mark.parametrize(("theme", "lang"), [("night", "de"), ("day", "en")])
def test_the_class_map_passes_axe_now_and_then(
    open_page: OpenPage, base: str, libraries: Path, ask: Ask, theme: str, lang: str
) -> None:
    street = ask("/api/lighting/lamps/du-0000400")["street"]["id"]
    page = open_page(theme=theme, lang=lang, allow=("404",))
    show(page, base, "#/classes")
    found: list[str] = []
    now = ask("/api/city")["clock"]["now"]
    for view in ("#/classes", "#/classes/missed/30", f"#/classes/{street}", "#/classes/nowhere", f"#/classes?at={now}"):
        turn_to(page, view)
        until(page, "!document.querySelector('cr-classes [role=status]')")
        found += violations(page, libraries / "axe-core" / "axe.min.js", part="#panel")
    until(page, "document.querySelector('.stage.is-past') && document.querySelector('.class-rows li')")
    assert not found, "\n".join(found)
