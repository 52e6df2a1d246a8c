"""Map tiles: the same bytes for the same layers, and a clear word when they fail."""

from __future__ import annotations

import gzip
import json
import struct
from pathlib import Path

import pytest

from cities.small_plans import town
from stadtwerk.cities import tiles
from stadtwerk.cities.layers import write_layers
from stadtwerk.kernel.refusal import Refused


def header(pmtiles: bytes) -> tuple[int, int, dict[str, object]]:
    """Zoom range and metadata by the PMTiles version 3 layout."""
    assert pmtiles[:8] == b"PMTiles\x03"
    start, length = struct.unpack("<QQ", pmtiles[24:40])
    return pmtiles[100], pmtiles[101], json.loads(gzip.decompress(pmtiles[start : start + length]))


def test_tiles_are_the_same_in_any_folder(tmp_path: Path) -> None:
    made = []
    for name in ("one", "two"):
        write_layers(town(), tmp_path / name / "layers")
        made.append(tiles.make_tiles(tmp_path / name).read_bytes())
        assert {path.name for path in (tmp_path / name).iterdir()} == {"layers", "map.pmtiles"}
    assert made[0] == made[1]
    least, most, said = header(made[0])
    assert (least, most) == (8, 14)
    assert {layer["id"] for layer in said["vector_layers"]} == {  # type: ignore[attr-defined,index]
        "districts",
        "water",
        "landuse",
        "rail",
        "streets",
        "buildings",
    }
    assert str(tmp_path) not in json.dumps(said)


def test_nothing_to_draw_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="no layer"):
        tiles.make_tiles(tmp_path)


def test_broken_layers_are_refused_with_tippecanoe_s_words(tmp_path: Path) -> None:
    write_layers(town(), tmp_path / "layers")
    (tmp_path / "layers" / "water.geojsonl").write_text('{"type":"Feature","geometry":{"type":"Point"]}')
    with pytest.raises(Refused, match="water"):
        tiles.make_tiles(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {"layers"}


def test_a_missing_program_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_layers(town(), tmp_path / "layers")
    monkeypatch.setattr(tiles, "tippecanoe", lambda: tmp_path / "absent")
    with pytest.raises(Refused, match="does not start"):
        tiles.make_tiles(tmp_path)
