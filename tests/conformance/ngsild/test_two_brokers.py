"""Two of our brokers, one a source of the other: what one says the other understands (ETSI GS CIM 009 clause 4.3.6)."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from conformance.ngsild.instance import Instance
from stadtwerk.stores.sqlite.writer import SqliteFile
from stadtwerk.stores.telemetry import TelemetryStore

PUMP = "urn:ngsi-ld:Pump:1"
EVERYTHING = ["redirectionOps", "createBatch", "upsertBatch", "updateBatch", "deleteBatch", "mergeBatch", "queryBatch"]


class Wire:
    """Carries requests from one broker to another in the same process."""

    def __init__(self, other: Instance) -> None:
        self.other, self.carried = other, 0

    async def ask(
        self, method: str, url: str, *, headers: Mapping[str, str], body: Any, timeout_s: float
    ) -> tuple[int, Mapping[str, str], Any]:
        """Hand over a request."""
        self.carried += 1
        parts = urlsplit(url)
        got = await self.other._ask(method, f"{parts.path}?{parts.query}", body, dict(headers))
        return got.status, got.headers, json.loads(got.body) if got.body else None


class Two:
    """A broker in the middle that clients ask, and one in the north that is its source."""

    def __init__(self, folder: Path) -> None:
        self.middle, self.north = (
            Instance(TelemetryStore(SqliteFile(folder / f"{name}.db"), {})) for name in ("middle", "north")
        )
        self.wire = Wire(self.north)
        self.middle.door = self.middle.rewired(self.wire)

    def north_has(self, path: str) -> Any:
        """Ask the north itself, in the loop in which it works."""
        got = self.middle.run(self.north._ask("GET", f"/ngsi-ld/v1{path}", None, {}))
        return got.json if got.status == 200 else got.status

    def close(self) -> None:
        """End."""
        self.middle.close()
        self.north.close()


@pytest.fixture
def two(tmp_path: Path) -> Iterator[Two]:
    """Two empty brokers."""
    made = Two(tmp_path)
    yield made
    made.close()


def register(two: Two, mode: str, **entry: Any) -> None:
    """Make the north a source of the middle."""
    content = {
        "id": f"urn:r:{mode}",
        "type": "ContextSourceRegistration",
        "information": [{"entities": [{"type": "Pump"}], **entry}],
        "mode": mode,
        "operations": EVERYTHING,
        "endpoint": "http://north.example",
    }
    assert two.middle.ask("POST", "/csourceRegistrations", content).status == 201


def pump(**values: Any) -> dict[str, Any]:
    """Make an entity."""
    return {
        "id": PUMP,
        "type": "Pump",
        **{name: {"type": "Property", "value": value} for name, value in values.items()},
    }


def simple(two: Two, path: str) -> Any:
    """Read values through the middle."""
    got = two.middle.ask("GET", path + ("&" if "?" in path else "?") + "options=keyValues")
    assert got.status == 200, got
    assert "ngsild-warning" not in got.headers, got
    return got.json


def test_a_redirected_entity_lives_in_the_north_for_its_whole_life(two: Two) -> None:
    register(two, "redirect")
    ask = two.middle.ask
    assert ask("POST", "/entities", pump(flow=1)).status == 201
    assert ask("GET", f"/entities/{PUMP}?local=true").status == 404
    assert two.north_has(f"/entities/{PUMP}?options=keyValues") == {"id": PUMP, "type": "Pump", "flow": 1}
    assert ask("POST", f"/entities/{PUMP}/attrs", {"level": {"value": 2}}).status == 204
    assert ask("PATCH", f"/entities/{PUMP}/attrs", {"flow": {"value": 3}}).status == 204
    assert ask("PATCH", f"/entities/{PUMP}/attrs/flow", {"unitCode": "LTR"}).status == 204
    assert ask("PUT", f"/entities/{PUMP}/attrs/level", {"type": "Property", "value": 5}).status == 204
    assert ask("PATCH", f"/entities/{PUMP}", {"state": {"value": "on"}}).status == 204
    whole = {"id": PUMP, "type": "Pump", "flow": 3, "level": 5, "state": "on"}
    assert simple(two, f"/entities/{PUMP}") == simple(two, "/entities?type=Pump")[0] == whole
    assert simple(two, '/entities?type=Pump&q=state=="on"&idPattern=Pump')[0] == whole
    assert ask("DELETE", f"/entities/{PUMP}/attrs/state").status == 204
    assert ask("PUT", f"/entities/{PUMP}", pump(flow=9)).status == 204
    assert simple(two, f"/entities/{PUMP}")["flow"] == 9
    assert ask("DELETE", f"/entities/{PUMP}").status == 204
    assert two.north_has(f"/entities/{PUMP}") == ask("GET", f"/entities/{PUMP}").status == 404
    assert ask("DELETE", f"/entities/{PUMP}").problem == "ResourceNotFound"


def test_batches_live_in_the_north(two: Two) -> None:
    register(two, "redirect")
    other = {**pump(flow=2), "id": "urn:ngsi-ld:Pump:2"}
    for operation, status in (("create", 201), ("upsert", 204), ("update", 204), ("merge", 204)):
        got = two.middle.ask("POST", f"/entityOperations/{operation}", [pump(flow=1), other])
        assert got.status == status, (operation, got)
    again = two.middle.ask("POST", "/entityOperations/create", [pump(flow=1), {**other, "id": "urn:ngsi-ld:Pump:3"}])
    assert (again.status, again.json["success"]) == (207, ["urn:ngsi-ld:Pump:3"])
    assert again.json["errors"][0]["entityId"] == PUMP
    query = {"type": "Query", "entities": [{"type": "Pump"}], "q": "flow==2"}
    found = two.middle.ask("POST", "/entityOperations/query", query)
    assert sorted(one["id"] for one in found.json) == ["urn:ngsi-ld:Pump:2", "urn:ngsi-ld:Pump:3"]
    assert two.middle.ask("POST", "/entityOperations/delete", [PUMP, other["id"]]).status == 204
    assert [one["id"] for one in two.north_has("/entities?type=Pump")] == ["urn:ngsi-ld:Pump:3"]


def test_the_middle_and_the_north_have_parts_of_one_entity(two: Two) -> None:
    register(two, "exclusive", entities=[{"id": PUMP, "type": "Pump"}], propertyNames=["flow"])
    assert two.middle.ask("POST", "/entities", pump(flow=1, level=2)).status == 201
    assert two.north_has(f"/entities/{PUMP}?options=keyValues") == {"id": PUMP, "type": "Pump", "flow": 1}
    both = {"id": PUMP, "type": "Pump", "level": 2, "flow": 1}
    assert simple(two, f"/entities/{PUMP}") == both
    assert simple(two, "/entities?type=Pump&q=flow==1;level==2") == [both]
    assert simple(two, f"/entities/{PUMP}?attrs=flow") == {"id": PUMP, "type": "Pump", "flow": 1}


def test_both_are_purged_and_described(two: Two) -> None:
    register(two, "inclusive")
    assert two.middle.ask("POST", "/entities", pump(flow=1)).status == 201
    assert two.middle.ask("GET", "/types/Pump").json["entityCount"] == 2
    assert [a["attributeName"] for a in two.middle.ask("GET", "/types/Pump").json["attributeDetails"]] == ["flow"]
    assert two.middle.ask("DELETE", "/entities?type=Pump").status == 204
    assert two.north_has("/entities?type=Pump") == []


def test_a_circle_of_two_ends(two: Two) -> None:
    register(two, "inclusive")
    two.north.door = two.north.rewired(Wire(two.middle))
    back = {
        "type": "ContextSourceRegistration",
        "endpoint": "http://middle.example",
        "information": [{"entities": [{"type": "Pump"}]}],
        "operations": EVERYTHING,
        "contextSourceAlias": two.middle.ask("GET", "/info/sourceIdentity").json["contextSourceAlias"],
    }
    assert two.middle.run(two.north._ask("POST", "/ngsi-ld/v1/csourceRegistrations", back, {})).status == 201
    assert two.middle.ask("POST", "/entities", pump(flow=1)).status == 201
    assert simple(two, "/entities?type=Pump") == [{"id": PUMP, "type": "Pump", "flow": 1}]
    assert two.middle.ask("DELETE", f"/entities/{PUMP}").status == 204
    assert two.wire.carried == 3
