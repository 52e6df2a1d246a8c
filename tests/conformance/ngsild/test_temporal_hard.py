"""The past under load, and asked badly: nothing is lost between memory and store, nothing ends in an error of ours."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conformance.ngsild.instance import Instance
from stadtwerk.stores.sqlite.writer import SqliteFile
from stadtwerk.stores.telemetry import TelemetryStore

METER = "urn:ngsi-ld:Meter:{}"
AT = "2026-11-01T12:00:00Z"


async def put(ngsild: Instance, number: int, value: int) -> None:
    """Change a meter."""
    body = {"power": {"value": value}}
    got = await ngsild._ask("PATCH", f"/ngsi-ld/v1/entities/{METER.format(number)}/attrs", body, {})
    assert got.status == 204, got


async def read(ngsild: Instance, number: int) -> list[int]:
    """Return all values a meter ever had, by what memory has or the store."""
    query = "options=aggregatedValues&aggrMethods=totalCount,sum,max&timeproperty=modifiedAt"
    got = await ngsild._ask("GET", f"/ngsi-ld/v1/temporal/entities/{METER.format(number)}?{query}", None, {})
    assert got.status == 200, got
    return [got.json["power"][method][0][0] for method in ("totalCount", "sum", "max")]


def test_reading_while_others_write_misses_nothing(ngsild: Instance) -> None:
    chance = random.Random(7)
    for number in range(3):
        ngsild.ask("POST", "/entities", {"id": METER.format(number), "type": "Meter", "power": {"value": 0}})
    done = [0, 0, 0]

    async def write(number: int) -> None:
        for value in range(1, 120):
            await put(ngsild, number, value)
            done[number] = value

    async def ask(number: int) -> None:
        while done[number] < 119:
            if chance.random() < 0.4:
                ngsild.history._drop(ngsild.broker.tenants[""].by_id[METER.format(number)].number)
            before = done[number]
            count, total, highest = await read(ngsild, number)
            assert highest >= before
            assert (count, total) == (highest + 1, highest * (highest + 1) / 2)
            await asyncio.sleep(0)

    async def both() -> None:
        await asyncio.gather(*(work(number) for number in range(3) for work in (write, ask, ask)))

    ngsild.run(both())


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Instance]:
    """A broker with a past."""
    folder: Path = tmp_path_factory.mktemp("told")
    instance = Instance(TelemetryStore(SqliteFile(folder / "telemetry.db"), {}))
    instances = [
        {"type": "Property", "value": value, "observedAt": AT.replace("12:00", f"12:{minute:02d}")}
        for minute, value in enumerate((1, 2.5, True, "word", [1, 2], {"a": 1}, 10**30))
    ]
    spot = {"type": "GeoProperty", "value": {"type": "Point", "coordinates": [6.7, 51.4]}, "observedAt": AT}
    body = {"id": METER.format(1), "type": "Meter", "scope": "/a", "power": instances, "location": spot}
    assert instance.ask("POST", "/temporal/entities", body).status == 201
    yield instance
    instance.close()


words = st.one_of(
    st.sampled_from(
        [
            *("after", "before", "between", AT, "2026-11-01T13:00:00Z", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"),
            *("observedAt", "modifiedAt", "deletedAt", "aggregatedValues", "temporalValues", "sysAttrs", "concise"),
            *("avg", "min,max", "distinctCount", "stddev,sumsq", "PT1S", "P1M", "P1Y", "PT0S", "P999Y", "PT1H"),
            *("1", "0", "-1", "1000000000000", "true", "Meter", "power", "location", "id", "scope", "@none", "de,en"),
            *(
                "id;desc",
                "power>1",
                "power[a]==1",
                "location",
                "near;maxDistance==10",
                "Point",
                "[6.7,51.4]",
                "/a",
                "/#",
            ),
            *(METER.format(1), "urn:x", ".*", "(", "", "\0", "ü", "😀"),
        ]
    ),
    st.text(max_size=12),
)
names = st.sampled_from(
    [
        *("timerel", "timeAt", "endTimeAt", "timeproperty", "lastN", "aggrMethods", "aggrPeriodDuration"),
        *("options", "format", "attrs", "pick", "omit", "datasetId", "lang", "type", "id", "idPattern", "q", "scopeQ"),
        *("georel", "geometry", "coordinates", "geoproperty", "limit", "offset", "count", "local", "orderBy"),
    ]
)


def asked(parameters: dict[str, str]) -> str:
    """Write parameters."""
    return "&".join(f"{name}={quote(value, errors='surrogatepass')}" for name, value in parameters.items())


@settings(max_examples=400, deadline=None)
@given(st.dictionaries(names, words, max_size=7))
def test_no_question_ends_in_an_error_of_ours(told: Instance, parameters: dict[str, str]) -> None:
    for path in ("/temporal/entities", f"/temporal/entities/{METER.format(1)}"):
        got = told.ask("GET", f"{path}?{asked(parameters)}")
        assert got.status < 500, (got, parameters)


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | words,
    lambda part: st.lists(part, max_size=3) | st.dictionaries(words, part, max_size=3),
    max_leaves=8,
)
members = st.sampled_from(
    ["id", "type", "scope", "power", "value", "observedAt", "datasetId", "languageMap", "unitCode"]
)
bodies = st.dictionaries(
    members, values | st.lists(st.dictionaries(members, values, max_size=4), max_size=3), max_size=5
)


@settings(max_examples=400, deadline=None)
@given(bodies, st.booleans())
def test_nothing_told_ends_in_an_error_of_ours(told: Instance, body: dict[str, Any], named: bool) -> None:
    whole = {"id": METER.format(2), "type": "Meter", **body} if named else body
    assert told.ask("POST", "/temporal/entities", whole).status < 500, whole
    assert told.ask("POST", f"/temporal/entities/{METER.format(1)}/attrs", body).status < 500, body
    name = f"/temporal/entities/{METER.format(1)}/attrs/power/urn:ngsi-ld:Instance:1-0-0"
    assert told.ask("PATCH", name, body).status < 500, body
    assert told.ask("GET", f"/temporal/entities/{METER.format(1)}").status < 500


@settings(max_examples=200, deadline=None)
@given(
    st.dictionaries(st.sampled_from(["entities", "q", "geoQ", "temporalQ", "attrs", "datasetId"]), values, max_size=4)
)
def test_no_posted_query_ends_in_an_error_of_ours(told: Instance, body: dict[str, Any]) -> None:
    got = told.ask("POST", "/temporal/entityOperations/query", {"type": "Query", **body})
    assert got.status < 500, (got, body)


def test_a_list_that_was_deleted_leaves_a_past_that_can_be_read(told: Instance) -> None:
    """What ends a list is a text, not a list: `urn:ngsi-ld:null`."""
    entity = {"id": "urn:t:list", "type": "Meter", "tariff": {"type": "ListProperty", "valueList": [1, 2]}}
    assert told.ask("POST", "/entities", entity).status == 201
    assert told.ask("DELETE", "/entities/urn:t:list/attrs/tariff").status == 204
    got = told.ask("GET", "/temporal/entities/urn:t:list")
    assert (got.status, len(got.json["tariff"])) == (200, 2), got
