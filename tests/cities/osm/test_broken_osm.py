"""A broken file is refused with what to do, and leaves nothing behind."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from cities.osm.tiny import osm_xml
from stadtwerk.cities.osm import import_osm, reader
from stadtwerk.kernel.refusal import Refused

GOOD = osm_xml().encode()
ZIPPED = gzip.compress(GOOD)
FAR = osm_xml().replace('id="4" lon="7.772"', 'id="4" lon="9.9"')

BROKEN = {
    "empty": ("a.osm", b"", "is empty"),
    "empty gzip": ("a.osm.gz", gzip.compress(b""), "can not be read"),
    "empty pbf": ("a.osm.pbf", b"", "is empty"),
    "not xml": ("a.osm", b"hello city", "XML parsing error"),
    "html": ("a.osm", b"<html><body>404</body></html>", "can not be read"),
    "cut xml": ("a.osm", GOOD[: len(GOOD) // 2], "XML parsing error"),
    "truncated gzip": ("a.osm.gz", ZIPPED[: len(ZIPPED) // 2], "can not be read"),
    "not gzip": ("a.osm.gz", b"hello city, this is no gzip at all", "can not be read"),
    "not pbf": ("a.osm.pbf", GOOD, "can not be read"),
    "damaged pbf": ("a.osm.pbf", b"\x00\x00\x00\x0d\x0a\x09OSMHeader\x18\x05abcde", "can not be read"),
    "old version": ("a.osm", GOOD.replace(b'version="0.6"', b'version="0.5"'), "can not be read"),
    "other form": ("a.geojson", b"{}", "does not end with"),
    "no highways": ("a.osm", GOOD.replace(b"highway", b"lowway"), "no highways"),
    "latitude 95": ("a.osm", GOOD.replace(b'lat="49.4402"', b'lat="95.0"'), "outside the earth"),
    "latitude 500": ("a.osm", GOOD.replace(b'lat="49.4402"', b'lat="500.0"'), "can not be read"),
    "latitude NaN": ("a.osm", GOOD.replace(b'lat="49.4402"', b'lat="NaN"'), "can not be read"),
    "half a country": ("a.osm", FAR.encode(), "cut one city out"),
    "bad utf-8": ("a.osm", GOOD.replace("ß".encode(), b"\xff"), "can not be read"),
}


@pytest.mark.parametrize("case", BROKEN)
def test_broken_files_are_refused(case: str, tmp_path: Path) -> None:
    name, content, words = BROKEN[case]
    file = tmp_path / name
    file.write_bytes(content)
    with pytest.raises(Refused, match=words) as caught:
        import_osm(file, tmp_path / "city")
    assert caught.value.refusal.status in (413, 422)
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_an_absent_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="is not a file") as caught:
        import_osm(tmp_path / "nowhere.osm", tmp_path / "city")
    assert caught.value.refusal.status == 404


@pytest.mark.parametrize(
    ("limit", "value"), [("NODES_MAX", 5), ("WAYS_MAX", 3), ("WAY_NODES_MAX", 4), ("FILE_BYTES_MAX", 9)]
)
def test_limits_are_kept(limit: str, value: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader, limit, value)
    file = tmp_path / "a.osm"
    file.write_bytes(GOOD)
    with pytest.raises(Refused, match="cut one city out") as caught:
        import_osm(file, tmp_path / "city")
    assert caught.value.refusal.status == 413
