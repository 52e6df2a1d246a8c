"""The class map says of each street what its certificate says, page by page, and no more than its lamps allow."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import msgspec
import pytest

from path.small_city import write_small_city
from stadtwerk.app.folder import open_folder
from stadtwerk.kernel.clock import US, parse_iso
from stadtwerk.systems.lighting import SYSTEM, class_map
from stadtwerk.systems.lighting.inventory import read_inventory
from stadtwerk.systems.lighting.state import Lighting, make_lighting

NOW_US = parse_iso("2026-11-24T22:00:00Z") + 123_000
STREETS = 7


@pytest.fixture
def town(tmp_path: Path) -> Lighting:
    """Seven streets of six lamps; the fourth is a motorway, which nobody lights by rule."""
    folder = tmp_path / "town"
    write_small_city(folder, 6 * STREETS)
    rows = list(csv.DictReader((folder / "streets.csv").open()))
    streets = [{**rows[0], "id": f"s{n}", "name": f"Weg {n}"} for n in range(STREETS)]
    streets[3]["highway"] = "motorway"
    _write(folder / "streets.csv", streets)
    lamps = list(csv.DictReader((folder / "lamps.csv").open()))
    for number, lamp in enumerate(lamps):
        lamp["street"] = f"s{number // 6}"
    _write(folder / "lamps.csv", lamps)
    lighting = make_lighting(read_inventory(open_folder(folder)))
    lighting.seen["level_percent"][:] = 80.0
    lighting.seen.observed_at_us[:] = NOW_US
    return lighting


def _write(path: Path, rows: list[dict[str, str]]) -> None:
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def ask(lighting: Lighting, path: str, at_us: int = NOW_US, **asked: Any) -> dict[str, Any]:
    """Ask as a door does."""
    query = next(query for query in SYSTEM.queries if query.path == path)
    return query.run(lighting, None, msgspec.convert(asked, query.params, strict=False), at_us)


def street(page: dict[str, Any], place: int) -> dict[str, Any]:
    """Read one street out of the columns."""
    at = page["place"].index(place)
    return {name: column[at] for name, column in page.items() if isinstance(column, list)}


def test_each_street_tells_what_its_certificate_tells(town: Lighting) -> None:
    """State, margin and seal are those of `/lighting/certificate` at the named second and level."""
    page = ask(town, "/lighting/classes")
    assert page["next"] is None
    assert page["place"] == [0, 1, 2, 4, 5, 6]
    for place in page["place"]:
        row = street(page, place)
        asked = {"street": f"s{place}", "level_percent": row["level_percent_now"]}
        whole = ask(town, "/lighting/certificate", parse_iso(row["certified_at"]), **asked)["certificates"][0]
        assert whole["seal"].startswith(row["seal"])
        margins = [demand["margin"] for verdict in whole["verdicts"] for demand in verdict["demands"]]
        assert row["margin"] == pytest.approx(min(margins), abs=1e-4)
        assert (row["state"] == "proven") == all(verdict["met"] for verdict in whole["verdicts"])


def test_the_lamps_own_levels_count(town: Lighting) -> None:
    """Off, never heard, uneven, broken and silent are told apart; a level asked for counts instead."""
    level = town.seen["level_percent"]
    level[0:6], level[6:12], level[12], town.seen["flags"][24] = 0.0, float("nan"), 90.0, 1
    town.seen.observed_at_us[30] = 1
    page = ask(town, "/lighting/classes")
    assert [street(page, place)["state"] for place in (0, 1)] == ["off", "unknown"]
    bright = {place: street(page, place) for place in (2, 4, 5, 6)}
    assert [bright[place]["level_percent_now"] for place in (2, 4, 5)] == [80.0, 80.0, 80.0]
    assert bright[4]["faulty"] == 1
    assert bright[5]["silent"] == 1
    assert bright[6]["state"] == "proven"
    assert [bright[place]["reason"] for place in (2, 4, 5)] == ["uneven", "fault", "silent"]
    assert {bright[place]["state"] for place in (2, 4, 5)} == {"unproven"}
    full = ask(town, "/lighting/classes", level_percent=100.0)
    assert set(full["level_percent_now"]) == {100.0}
    assert street(full, 0)["state"] == street(full, 6)["state"]


def test_less_light_is_missed_with_the_quantity_that_fails(town: Lighting) -> None:
    """At two percent nothing holds, and the reason is the requirement furthest from being met."""
    page = ask(town, "/lighting/classes", level_percent=2.0)
    assert set(page["state"]) == {"missed"}
    assert all(margin < 0 for margin in page["margin"])
    assert page["reason"] == page["quantity"]


def test_pages_bound_the_work_and_add_up(town: Lighting, monkeypatch: pytest.MonkeyPatch) -> None:
    """A page makes so many certificates and no more; what is at hand is told at once, until it is a day old."""
    whole = ask(town, "/lighting/classes")
    fresh = make_lighting(town.inventory)
    fresh.seen["level_percent"][:] = 80.0
    fresh.seen.observed_at_us[:] = NOW_US
    monkeypatch.setattr(class_map, "CLASSES_PAGE", 2)
    pages, start = [], 0
    while start is not None:
        pages.append(ask(fresh, "/lighting/classes", start=start))
        start = pages[-1]["next"]
    assert [page["place"] for page in pages] == [[0, 1], [2], [4, 5], [6]]
    assert [seal for page in pages for seal in page["seal"]] == whole["seal"]
    assert ask(fresh, "/lighting/classes")["next"] is None
    later = ask(fresh, "/lighting/classes", NOW_US + 2 * 86_400 * US)
    assert later["next"] is not None
    assert ask(fresh, "/lighting/classes", start=99)["place"] == []
