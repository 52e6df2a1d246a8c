"""Writing entities, clause by clause (ETSI GS CIM 009 clauses 5.6.1 to 5.6.21)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from conformance.ngsild.instance import Instance
from stadtwerk.stores.telemetry import TelemetryStore

PUMP = "urn:ngsi-ld:Pump:1"
NULL = "urn:ngsi-ld:null"


def pump(**attributes: Any) -> dict[str, Any]:
    """Make an entity."""
    return {"id": PUMP, "type": "Pump", "flow": {"type": "Property", "value": 3, "unitCode": "LTR"}, **attributes}


def create(ngsild: Instance, **attributes: Any) -> None:
    """Create the pump."""
    got = ngsild.ask("POST", "/entities", pump(**attributes))
    assert got.status == 201, got


def kept(ngsild: Instance, form: str = "") -> Any:
    """Read the pump."""
    got = ngsild.ask("GET", f"/entities/{PUMP}" + (f"?options={form}" if form else ""))
    assert got.status == 200, got
    return got.json


def test_5_6_1_an_entity_is_created_once(ngsild: Instance) -> None:
    got = ngsild.ask("POST", "/entities", pump())
    assert (got.status, got.headers["location"]) == (201, f"/ngsi-ld/v1/entities/{PUMP}")
    again = ngsild.ask("POST", "/entities", pump())
    assert (again.status, again.problem) == (409, "AlreadyExists")
    assert kept(ngsild, "keyValues") == {"id": PUMP, "type": "Pump", "flow": 3}


def test_5_6_2_attributes_are_updated_and_added(ngsild: Instance) -> None:
    create(ngsild)
    got = ngsild.ask("PATCH", f"/entities/{PUMP}/attrs", {"flow": {"value": 4}, "state": {"value": "on"}})
    assert got.status == 204
    assert kept(ngsild, "keyValues") == {"id": PUMP, "type": "Pump", "flow": 4, "state": "on"}


def test_5_6_2_null_takes_an_attribute_away(ngsild: Instance) -> None:
    create(ngsild, state={"value": "on"})
    assert ngsild.ask("PATCH", f"/entities/{PUMP}/attrs", {"flow": {"value": NULL}}).status == 204
    assert kept(ngsild, "keyValues") == {"id": PUMP, "type": "Pump", "state": "on"}


def test_5_6_3_what_is_there_is_kept_if_wished(ngsild: Instance) -> None:
    create(ngsild)
    got = ngsild.ask("POST", f"/entities/{PUMP}/attrs?options=noOverwrite", {"flow": {"value": 9}, "state": "on"})
    assert got.status == 207
    assert [left["attributeName"].rpartition("/")[2] for left in got.json["notUpdated"]] == ["flow"]
    assert [name.rpartition("/")[2] for name in got.json["updated"]] == ["state"]
    assert kept(ngsild, "keyValues")["flow"] == 3


def test_5_6_4_a_part_of_an_attribute_changes(ngsild: Instance) -> None:
    create(ngsild)
    assert ngsild.ask("PATCH", f"/entities/{PUMP}/attrs/flow", {"value": 7}).status == 204
    assert kept(ngsild)["flow"] == {"type": "Property", "value": 7, "unitCode": "LTR"}
    for name, part in (("none", {"value": 1}), ("flow", {"value": 1, "datasetId": "urn:x:1"})):
        got = ngsild.ask("PATCH", f"/entities/{PUMP}/attrs/{name}", part)
        assert (got.status, got.problem) == (404, "ResourceNotFound")
    wrong = ngsild.ask("PATCH", f"/entities/{PUMP}/attrs/flow", {"type": "Relationship", "object": "urn:x:1"})
    assert (wrong.status, wrong.problem) == (400, "BadRequestData")


def test_5_6_5_instances_are_deleted_by_dataset_or_all(ngsild: Instance) -> None:
    several = [{"type": "Property", "value": 1}, {"type": "Property", "value": 2, "datasetId": "urn:x:2"}]
    create(ngsild, level=several)
    assert ngsild.ask("DELETE", f"/entities/{PUMP}/attrs/level").status == 204
    assert kept(ngsild)["level"] == {"type": "Property", "value": 2, "datasetId": "urn:x:2"}
    assert ngsild.ask("DELETE", f"/entities/{PUMP}/attrs/level").status == 404
    assert ngsild.ask("DELETE", f"/entities/{PUMP}/attrs/level?deleteAll=true").status == 204
    assert "level" not in kept(ngsild)


def test_5_6_6_a_deleted_entity_is_gone(ngsild: Instance) -> None:
    create(ngsild)
    assert ngsild.ask("DELETE", f"/entities/{PUMP}").status == 204
    assert ngsild.ask("DELETE", f"/entities/{PUMP}").problem == "ResourceNotFound"
    assert ngsild.ask("GET", f"/entities/{PUMP}").status == 404


def test_5_6_17_a_merge_goes_deep(ngsild: Instance) -> None:
    create(ngsild, plate={"value": {"maker": "A", "year": 1999}}, state={"value": "on"})
    part = {"plate": {"value": {"year": 2001}}, "state": NULL, "flow": {"value": 5}}
    got = ngsild.ask("PATCH", f"/entities/{PUMP}", part, Content_Type="application/merge-patch+json")
    assert got.status == 204
    told = kept(ngsild)
    assert told["plate"]["value"] == {"maker": "A", "year": 2001}
    assert told["flow"] == {"type": "Property", "value": 5, "unitCode": "LTR"}
    assert "state" not in told


def test_5_6_18_a_replaced_entity_keeps_only_its_birthday(ngsild: Instance) -> None:
    create(ngsild)
    born = kept(ngsild, "sysAttrs")["createdAt"]
    ngsild.clock.move_to(ngsild.clock.now_us() + 60_000_000)
    assert ngsild.ask("PUT", f"/entities/{PUMP}", {"type": "Valve", "open": {"value": True}}).status == 204
    told = kept(ngsild, "sysAttrs")
    assert (told["type"], told["createdAt"]) == ("Valve", born)
    assert told["modifiedAt"] > born
    assert "flow" not in told


def test_5_6_19_an_attribute_is_replaced(ngsild: Instance) -> None:
    create(ngsild)
    assert ngsild.ask("PUT", f"/entities/{PUMP}/attrs/flow", {"type": "Property", "value": 8}).status == 204
    assert kept(ngsild)["flow"] == {"type": "Property", "value": 8}
    named = {"flow": {"type": "Property", "value": 9}}
    assert ngsild.ask("PUT", f"/entities/{PUMP}/attrs/flow", named).status == 204
    assert kept(ngsild)["flow"] == {"type": "Property", "value": 9}
    assert ngsild.ask("PUT", f"/entities/{PUMP}/attrs/none", {"value": 8}).status == 404


def test_batches_tell_what_failed_and_do_the_rest(ngsild: Instance) -> None:
    create(ngsild)
    other = {"id": "urn:ngsi-ld:Pump:2", "type": "Pump"}
    made = ngsild.ask("POST", "/entityOperations/create", [pump(), other])
    assert made.status == 207
    assert made.json["success"] == [other["id"]]
    assert [one["entityId"] for one in made.json["errors"]] == [PUMP]
    assert ngsild.ask("POST", "/entityOperations/upsert", [pump(), {**other, "id": "urn:ngsi-ld:Pump:3"}]).json == [
        "urn:ngsi-ld:Pump:3"
    ]
    merged = ngsild.ask("POST", "/entityOperations/merge", [{"id": PUMP, "flow": {"value": 11}}])
    assert (merged.status, kept(ngsild, "keyValues")["flow"]) == (204, 11)
    gone = ngsild.ask("POST", "/entityOperations/delete", [PUMP, "urn:ngsi-ld:Pump:none"])
    assert (gone.status, gone.json["success"]) == (207, [PUMP])


def test_4_18_scopes(ngsild: Instance) -> None:
    create(ngsild, scope="/Ruhrort/Hafen")
    assert kept(ngsild)["scope"] == "/Ruhrort/Hafen"
    assert ngsild.ask("DELETE", f"/entities/{PUMP}/attrs/scope").status == 204
    assert "scope" not in kept(ngsild)


def test_4_22_a_transient_entity_ends(ngsild: Instance) -> None:
    create(ngsild, expiresAt="2026-11-18T13:00:00Z")
    assert ngsild.ask("GET", f"/entities/{PUMP}").status == 200
    ngsild.clock.move_to(1_795_100_000_000_000)
    assert ngsild.ask("GET", f"/entities/{PUMP}").status == 404
    assert ngsild.ask("POST", "/entities", pump()).status == 201


@pytest.mark.secures("tenants")
def test_4_14_a_tenant_sees_its_own_only(ngsild: Instance) -> None:
    create(ngsild)
    unknown = ngsild.ask("GET", f"/entities/{PUMP}", NGSILD_Tenant="port")
    assert (unknown.status, unknown.problem) == (404, "NonexistentTenant")
    assert ngsild.ask("POST", "/entities", pump(flow={"value": 77}), NGSILD_Tenant="port").status == 201
    assert ngsild.ask("GET", f"/entities/{PUMP}?options=keyValues", NGSILD_Tenant="port").json["flow"] == 77
    assert kept(ngsild, "keyValues")["flow"] == 3


@pytest.mark.secures("personal")
@pytest.mark.parametrize("kind", ["Person", "https://schema.org/Person", "https://example.org#pupil"])
def test_persons_are_no_context(ngsild: Instance, kind: str) -> None:
    got = ngsild.ask("POST", "/entities", {"id": "urn:x:1", "type": kind})
    assert (got.status, got.problem) == (422, "OperationNotSupported")


def test_what_was_acknowledged_is_there_after_a_restart(open_store: Callable[[], TelemetryStore]) -> None:
    first = Instance(open_store())
    create(first, level=[{"value": 1}, {"value": 2, "datasetId": "urn:x:2"}])
    before = kept(first, "sysAttrs")
    first.ask("POST", "/entities", pump(flow={"value": 77}), NGSILD_Tenant="port")
    first.ask("DELETE", f"/entities/{PUMP}", NGSILD_Tenant="port")
    first.close()
    again = Instance(open_store())
    assert kept(again, "sysAttrs") == before
    assert again.ask("GET", f"/entities/{PUMP}", NGSILD_Tenant="port").status == 404
    assert again.ask("POST", "/entities", pump()).problem == "AlreadyExists"
    again.close()
