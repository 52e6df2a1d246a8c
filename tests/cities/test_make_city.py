"""A city is made whole or not at all, tells how far it is, and says no to what it cannot make."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from stadtwerk.cities.make import make_city
from stadtwerk.kernel.refusal import Refused


def quiet(step: str, done: float) -> None:
    pass


def test_a_small_city_is_made_twice_with_the_same_bytes(tmp_path: Path) -> None:
    told: list[tuple[str, float]] = []
    counts = make_city("duisburg", tmp_path / "one", seed=3, progress=lambda *step: told.append(step), lamps=300)
    make_city("duisburg", tmp_path / "two", seed=3, progress=quiet, lamps=300)
    assert [step for step, _ in told] == ["streets and houses", "lamps", "files", "map", "done"]
    shares = [share for _, share in told]
    assert shares == sorted(shares)
    assert 200 <= counts["lamps"] <= 400
    city = json.loads((tmp_path / "one" / "city.json").read_text())
    assert city["counts"] == counts
    assert city["generated"]
    names = sorted(path.relative_to(tmp_path / "one") for path in (tmp_path / "one").rglob("*") if path.is_file())
    assert Path("map.pmtiles") in names
    for name in names:
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes(), name


@pytest.mark.parametrize(
    ("change", "word"),
    [({"name": "atlantis"}, "atlantis"), ({"lamps": 3}, "20 to"), ({"lamps": 10**9}, "20 to"), ({"seed": -1}, "seed")],
)
def test_what_cannot_be_made_is_refused(tmp_path: Path, change: dict[str, object], word: str) -> None:
    asked: dict[str, object] = {"name": "duisburg", "seed": 1, "lamps": 300, **change}
    name = str(asked.pop("name"))
    with pytest.raises(Refused, match=word):
        make_city(name, tmp_path / "city", progress=quiet, **asked)  # type: ignore[arg-type]
    assert not (tmp_path / "city").exists()
