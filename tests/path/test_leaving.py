"""Leaving: a city's export is read by other databases, and brought into a second, empty city it comes out the same."""

from __future__ import annotations

import asyncio
import json
import sqlite3
import subprocess
import sys
from pathlib import Path

import asyncpg
import duckdb
import pytest

from path.running import ROOT, RunningCity
from path.small_city import write_small_city
from stadtwerk.app.export import export_city
from stadtwerk.app.home import Home
from stadtwerk.app.push import push
from stadtwerk.kernel.refusal import Refused
from stadtwerk.stores.postgres.address import parse_address
from stores.server import PostgresServer

LAMPS = 40
FOREIGN = [
    {
        "id": f"urn:ngsi-ld:Bench:{number}",
        "type": ["Bench", "https://example.org/Furniture"],
        "scope": "/Park",
        "seats": {"type": "Property", "value": number, "observedAt": "2026-11-26T10:00:00Z", "unitCode": "C62"},
        "title": {"type": "LanguageProperty", "languageMap": {"de": "Bänkchen 'Eins'", "en": "bench"}},
        "location": {"type": "GeoProperty", "value": {"type": "Point", "coordinates": [6.76, 51.43]}},
    }
    for number in range(30)
]


def entities(folder: Path, tenant: str = "") -> dict[str, str]:
    """Read a dump in canonical form: an entity's members in order, without the @context."""
    path = (folder / "tenants" / tenant if tenant else folder) / "entities.ngsild.jsonl"
    found = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        entity = json.loads(line)
        del entity["@context"]
        found[entity["id"]] = json.dumps(entity, sort_keys=True)
    return found


@pytest.fixture(scope="module")
def left(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The exports of a village with benches, and of a second one that took all of it in."""
    folder = tmp_path_factory.mktemp("leaving")
    first, second = folder / "first", folder / "second"
    with RunningCity(write_small_city(folder / "city", LAMPS), folder / "data") as city:
        for tenant in ("", "park"):
            dump = folder / "benches.jsonl"
            core = "https://uri.etsi.org/ngsi-ld/v1/ngsi-ld-core-context-v1.9.jsonld"
            dump.write_text("\n".join(json.dumps({**one, "@context": core}) for one in FOREIGN))
            assert push(dump, address(city), key=city.key, tenant=tenant) == len(FOREIGN)
        export_city(Home.of(city.data), first)
    other = write_small_city(folder / "other", 1)
    (other / "lamps.csv").write_text((other / "lamps.csv").read_text().replace("do-", "xx-"))
    with RunningCity(other, folder / "data2", "--no-twin") as city:
        push(first / "entities.ngsild.jsonl", address(city), key=city.key)
        push(first / "tenants" / "park" / "entities.ngsild.jsonl", address(city), key=city.key, tenant="park")
        export_city(Home.of(city.data), second)
    return first, second


def address(city: RunningCity) -> str:
    """Return the root of a city's API."""
    return f"http://127.0.0.1:{city.port}/ngsi-ld/v1"


@pytest.mark.secures("leave")
def test_a_second_city_has_all_of_the_first(left: tuple[Path, Path]) -> None:
    first, second = (entities(folder) for folder in left)
    assert len(first) > LAMPS + len(FOREIGN)
    assert {name: second.get(name) for name in first} == first


@pytest.mark.secures("tenants")
def test_tenants_stay_apart(left: tuple[Path, Path]) -> None:
    first, second = (entities(folder, "park") for folder in left)
    assert len(first) == len(FOREIGN)
    assert first == second


@pytest.mark.judge("DuckDB reads the export")
def test_another_engine_reads_the_parquet(left: tuple[Path, Path]) -> None:
    folder, _ = left
    rows = duckdb.sql(
        f"SELECT count(*), sum(CAST(value AS DOUBLE)) FROM '{folder}/attributes.parquet' "
        "WHERE tenant='park' AND name LIKE '%seats'"
    ).fetchone()
    assert rows == (len(FOREIGN), sum(range(len(FOREIGN))))


@pytest.mark.judge("SQLite and PostgreSQL read the export")
def test_other_databases_take_the_sql(left: tuple[Path, Path]) -> None:
    script = (left[0] / "city.sql").read_text(encoding="utf-8")
    wanted = len(entities(left[0])) + len(FOREIGN)
    db = sqlite3.connect(":memory:")
    db.executescript(script)
    assert db.execute("SELECT count(*) FROM entity").fetchone() == (wanted,)
    with PostgresServer() as server:
        assert asyncio.run(_loaded(parse_address(server.url()).dsn, script)) == wanted


async def _loaded(dsn: str, script: str) -> int:
    db = await asyncpg.connect(dsn)
    try:
        await db.execute(script)
        return int(await db.fetchval("SELECT count(*) FROM entity"))
    finally:
        await db.close()


def test_a_broker_that_refuses_is_told_in_words(left: tuple[Path, Path]) -> None:
    with pytest.raises(Refused, match="Connection refused"):
        push(left[0] / "entities.ngsild.jsonl", "http://127.0.0.1:1/ngsi-ld/v1")
    with pytest.raises(Refused):
        push(left[0] / "entities.ngsild.jsonl", "ftp://example.org")


def test_the_command_line_pushes(left: tuple[Path, Path]) -> None:
    command = [sys.executable, "-m", "stadtwerk", "push", str(left[0] / "entities.ngsild.jsonl")]
    done = subprocess.run(
        [*command, "--to", "http://127.0.0.1:1/ngsi-ld/v1"],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={"PYTHONPATH": str(ROOT / "src"), "PATH": "/usr/bin"},
        check=False,
    )
    assert done.returncode == 1
    assert "The broker does not answer" in done.stderr
