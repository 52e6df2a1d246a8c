"""Reading entities, clause by clause (ETSI GS CIM 009 clauses 4.5, 4.15, 4.21, 5.7.1, 5.7.2, 5.7.5 to 5.7.10, 6.3)."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conformance.ngsild.instance import Instance

POINT = {"type": "Point", "coordinates": [6.76, 51.43]}
LINK = '<https://uri.etsi.org/ngsi-ld/v1/ngsi-ld-core-context-v1.9.jsonld>; rel="http://www.w3.org/ns/json-ld#context"'


def pump(number: int, **attributes: Any) -> dict[str, Any]:
    """Make an entity."""
    return {"id": f"urn:ngsi-ld:Pump:{number}", "type": "Pump", **attributes}


def create(ngsild: Instance, *entities: dict[str, Any], **headers: str) -> None:
    """Create entities."""
    got = ngsild.ask("POST", "/entityOperations/create", list(entities), **headers)
    assert got.status == 201, got


def ids(ngsild: Instance, query: str, **headers: str) -> list[str]:
    """Query and return the last parts of the ids found."""
    got = ngsild.ask("GET", f"/entities?{query}", **headers)
    assert got.status == 200, got
    return [entity["id"].rpartition(":")[2] for entity in got.json]


def test_5_7_1_an_entity_in_all_forms(ngsild: Instance) -> None:
    create(
        ngsild,
        pump(
            1,
            flow={"value": 3, "unitCode": "LTR", "accuracy": {"value": 0.1}},
            location=POINT,
            says={"languageMap": {"de": "laut", "en": "loud"}},
            ways={"objectList": ["urn:x:1", "urn:x:2"]},
            steps={"valueList": [1, 2], "expiresAt": "2030-01-01T00:00:00Z"},
            speed=[{"value": 1}, {"value": 2, "datasetId": "urn:d:2"}],
            scope="/Duisburg",
        ),
    )
    path = "/entities/urn:ngsi-ld:Pump:1"
    whole = ngsild.ask("GET", path).json
    assert whole["flow"] == {
        "type": "Property",
        "value": 3,
        "unitCode": "LTR",
        "accuracy": {"type": "Property", "value": 0.1},
    }
    concise = ngsild.ask("GET", path + "?format=concise").json
    assert (concise["location"], concise["says"]) == (POINT, {"languageMap": {"de": "laut", "en": "loud"}})
    simple = ngsild.ask("GET", path + "?format=simplified&options=normalized").json
    assert (simple["flow"], simple["ways"], simple["steps"]) == (3, ["urn:x:1", "urn:x:2"], [1, 2])
    assert simple["speed"] == {"dataset": {"@none": 1, "urn:d:2": 2}}
    english = ngsild.ask("GET", path + "?lang=fr;q=0.9,en;q=0.8,*;q=0.1").json
    assert english["says"] == {"type": "Property", "value": "loud", "lang": "en"}
    one = ngsild.ask("GET", path + "?datasetId=urn:d:2").json
    assert (one["speed"]["value"], "flow" in one) == (2, False)
    feature = ngsild.ask("GET", path, accept="application/geo+json").json
    assert (feature["type"], feature["geometry"]) == ("Feature", POINT)
    assert feature["properties"]["scope"] == "/Duisburg"
    times = ngsild.ask("GET", path + "?options=sysAttrs").json
    assert times["createdAt"] == times["modifiedAt"] == times["flow"]["createdAt"]
    assert "expiresAt" not in whole["steps"]
    assert times["steps"]["expiresAt"] == "2030-01-01T00:00:00Z"


def test_5_7_1_what_is_refused(ngsild: Instance) -> None:
    create(ngsild, pump(1, flow={"value": 3}))
    path = "/entities/urn:ngsi-ld:Pump:1"
    for query, status, problem in (
        ("?attrs=none", 404, "ResourceNotFound"),
        ("?pick=none", 404, "ResourceNotFound"),
        ("?omit=id,type,flow", 404, "ResourceNotFound"),
        ("?type=Valve", 404, "ResourceNotFound"),
        ("?options=what", 400, "InvalidRequest"),
        ("?what=1", 400, "InvalidRequest"),
        ("?pick=id&omit=id", 400, "BadRequestData"),
        ("?pick=a{b}", 400, "BadRequestData"),
        ("?geometryProperty=location", 400, "BadRequestData"),
    ):
        got = ngsild.ask("GET", path + query)
        assert (got.status, got.problem) == (status, problem), query
    assert ngsild.ask("GET", path, ngsild_tenant="nobody").problem == "NonexistentTenant"
    assert ngsild.ask("GET", "/entities?type=Pump", ngsild_tenant="nobody").status == 404


def test_5_7_2_pages_and_counts(ngsild: Instance) -> None:
    create(ngsild, *(pump(number, flow={"value": number}) for number in range(7)))
    got = ngsild.ask("GET", "/entities?type=Pump&q=flow>0&limit=2&offset=2&count=true")
    assert [entity["flow"]["value"] for entity in got.json] == [3, 4]
    assert got.headers["ngsild-results-count"] == "6"
    assert ids(ngsild, "type=Pump&q=flow>4&limit=2") == ["5", "6"]
    assert ngsild.ask("GET", "/entities?type=Pump&limit=0&count=true").json == []
    assert ngsild.ask("DELETE", "/entities/urn:ngsi-ld:Pump:5").status == 204
    assert ngsild.ask("PATCH", "/entities/urn:ngsi-ld:Pump:0/attrs", {"flow": {"value": 50}}).status == 204
    assert ids(ngsild, "type=Pump&q=flow>4") == ["0", "6"]


@pytest.mark.parametrize("open_store", ["sqlite"], indirect=True)
def test_6_3_13_counts_are_the_same_however_little_is_shown(ngsild: Instance) -> None:
    create(ngsild, *(pump(number, flow={"value": number % 10}, location=POINT) for number in range(1_500)))
    create(
        ngsild,
        {
            "id": "urn:ngsi-ld:Pump:x",
            "type": ["Pump", "Well"],
            "flow": [{"value": 1}, {"value": 9, "datasetId": "urn:d:1"}],
        },
    )
    near = "georel=near;maxDistance==9&geometry=Point&coordinates=[6.76,51.43]"

    def counted(query: str) -> set[int]:
        answers = (ngsild.ask("GET", f"/entities?{query}&count=true&limit={limit}") for limit in (0, 1, 700, 1000))
        return {int(got.headers["ngsild-results-count"]) for got in answers}

    expected = {
        "type=Pump": 1_501,
        "type=*": 1_501,
        "type=Pump,Well": 1_501,
        "type=(Pump;Well)": 1,
        "type=Pump&q=flow>7": 301,
        f"type=Pump&{near}": 1_500,
        f"type=Pump&{near}&q=flow==1": 150,
        "type=Pump&idPattern=99$": 15,
        "type=Pump&q=flow>7;createdAt>2020-01-01": 301,
    }
    assert {query: counted(query) for query in expected} == {query: {number} for query, number in expected.items()}
    assert ngsild.ask("DELETE", "/entities/urn:ngsi-ld:Pump:0").status == 204
    assert counted("type=Pump") == {1_500}


def test_5_7_2_posted_queries(ngsild: Instance) -> None:
    create(ngsild, *(pump(number, flow={"value": number}, location=POINT) for number in range(3)))
    query = {
        "type": "Query",
        "entities": [{"type": "Pump", "id": "urn:ngsi-ld:Pump:1"}, {"type": "Pump", "idPattern": "2$"}],
        "geoQ": {"georel": "near;maxDistance==10", "geometry": "Point", "coordinates": [6.76, 51.43]},
        "ordering": {"orderBy": ["flow;desc"]},
        "pick": ["id", "flow"],
    }
    got = ngsild.ask("POST", "/entityOperations/query?options=keyValues&count=true", query)
    assert got.json == [{"id": "urn:ngsi-ld:Pump:2", "flow": 2}, {"id": "urn:ngsi-ld:Pump:1", "flow": 1}]
    assert got.headers["ngsild-results-count"] == "2"
    for body, problem in (
        (b"", "InvalidRequest"),
        (b"{", "InvalidRequest"),
        ({"type": "Query"}, "BadRequestData"),
        ({"type": "Query", "entities": [{"type": "Pump"}], "q": "(("}, "BadRequestData"),
        ({"type": "Query", "entities": [{"type": "Pump"}], "@context": "x"}, "BadRequestData"),
    ):
        assert ngsild.ask("POST", "/entityOperations/query", body).problem == problem
    assert ngsild.ask("POST", "/entityOperations/query", query, content_type="text/plain").status == 415


def test_4_5_23_linked_entities_respect_the_tenant(ngsild: Instance) -> None:
    well = {"id": "urn:ngsi-ld:Well:1", "type": "Well", "depth": {"value": 9}}
    create(ngsild, pump(1, drains={"object": "urn:ngsi-ld:Well:1"}), well)
    create(ngsild, pump(1, drains={"object": "urn:ngsi-ld:Well:1"}), ngsild_tenant="other")
    path = "/entities/urn:ngsi-ld:Pump:1?join=inline"
    assert ngsild.ask("GET", path).json["drains"]["entity"]["depth"]["value"] == 9
    assert "entity" not in ngsild.ask("GET", path, ngsild_tenant="other").json["drains"]
    assert ids(ngsild, "type=Pump&q=drains{Well:depth}==9&join=flat") == ["1", "1"]


def test_5_14_entity_maps_hold_the_entities_of_a_question_fast(ngsild: Instance) -> None:
    create(ngsild, *(pump(number, flow={"value": number}) for number in range(4)))
    got = ngsild.ask("GET", "/entities?type=Pump&q=flow>0&limit=2&entityMap=true&entityMapLifetime=PT5M")
    assert (got.status, [one["flow"]["value"] for one in got.json]) == (201, [1, 2])
    where = got.headers["ngsild-entitymap"]
    path = where.removeprefix("/ngsi-ld/v1")
    held = ngsild.ask("GET", path).json
    assert (held["type"], list(held["entityMap"].values())) == ("EntityMap", [["@none"]] * 3)
    create(ngsild, pump(9, flow={"value": 9}))
    ngsild.ask("DELETE", "/entities/urn:ngsi-ld:Pump:2")
    again = ngsild.ask("GET", "/entities?type=Pump&q=flow>0&count=true", ngsild_entitymap=where)
    assert (again.status, [one["flow"]["value"] for one in again.json]) == (200, [1, 3])
    assert (again.headers["ngsild-entitymap"], again.headers["ngsild-results-count"]) == (where, "2")
    assert ngsild.ask("PATCH", path, {"expiresAt": "soon"}).problem == "BadRequestData"
    assert ngsild.ask("PATCH", path, {"expiresAt": "2027-01-01T00:00:00Z", "entityMap": {}}).status == 204
    assert ngsild.ask("GET", path, ngsild_tenant="other").status == 404
    ngsild.clock.advance(3_600)
    assert len(ngsild.ask("GET", path).json["entityMap"]) == 3
    ngsild.clock.advance(86_400)
    assert ngsild.ask("GET", path).problem == "ResourceNotFound"
    fresh = ngsild.ask("GET", "/entities?type=Pump&q=flow>0", ngsild_entitymap=where)
    assert (fresh.status, fresh.headers["ngsild-entitymap"] != where) == (201, True)
    path = fresh.headers["ngsild-entitymap"].removeprefix("/ngsi-ld/v1")
    assert ngsild.ask("DELETE", path).status == 204
    assert ngsild.ask("DELETE", path).status == 404
    assert ngsild.ask("GET", "/entityMaps/nothing").problem == "BadRequestData"
    one = ngsild.ask("GET", "/entities/urn:ngsi-ld:Pump:1?entityMap=true")
    again = ngsild.ask("GET", "/entities/urn:ngsi-ld:Pump:1", ngsild_entitymap=one.headers["ngsild-entitymap"])
    assert (one.status, again.headers["ngsild-entitymap"]) == (200, one.headers["ngsild-entitymap"])


def test_4_22_what_has_ended_is_not_shown(ngsild: Instance) -> None:
    create(ngsild, pump(1, expiresAt="2026-11-20T00:00:00Z"), pump(2))
    assert ids(ngsild, "type=Pump") == ["1", "2"]
    ngsild.clock.advance(10 * 86_400)
    assert ids(ngsild, "type=Pump") == ["2"]
    assert ngsild.ask("GET", "/entities/urn:ngsi-ld:Pump:1").status == 404


def test_5_7_5_types_and_attributes(ngsild: Instance) -> None:
    create(
        ngsild,
        pump(1, flow={"value": 3}),
        pump(2, flow=[{"value": 3}, {"object": "urn:x:1", "datasetId": "urn:d:1"}], name="b"),
        {"id": "urn:x:1", "type": ["Pump", "Well"], "name": "c"},
        link=LINK,
    )
    types = ngsild.ask("GET", "/types", link=LINK).json
    assert sorted(types["typeList"]) == ["Pump", "Well"]
    info = ngsild.ask("GET", "/types/Pump", link=LINK).json
    assert info["entityCount"] == 3
    details = {one["attributeName"]: one["attributeTypes"] for one in info["attributeDetails"]}
    assert details == {"flow": ["Property", "Relationship"], "name": ["Property"]}
    flow = ngsild.ask("GET", "/attributes/flow", link=LINK).json
    assert (flow["attributeCount"], flow["typeNames"]) == (3, ["Pump"])
    listed = {
        one["attributeName"]: one["typeNames"] for one in ngsild.ask("GET", "/attributes?details=true", link=LINK).json
    }
    assert listed == {"flow": ["Pump"], "name": ["Pump", "Well"]}
    assert ngsild.ask("GET", "/types/Valve", link=LINK).problem == "ResourceNotFound"
    ngsild.ask("DELETE", "/entities/urn:x:1")
    assert ngsild.ask("GET", "/types", link=LINK).json["typeList"] == ["Pump"]


def test_6_3_6_the_context_stands_where_the_media_type_says(ngsild: Instance) -> None:
    create(ngsild, pump(1, flow={"value": 3}))
    inside = ngsild.ask("GET", "/entities?type=Pump", accept="application/ld+json", link=LINK)
    assert inside.json[0]["@context"] == LINK[1 : LINK.index(">")]
    assert "link" not in inside.headers
    assert "json-ld#context" in ngsild.ask("GET", "/entities?type=Pump").headers["link"]
    features = ngsild.ask("GET", "/entities?type=Pump", accept="application/geo+json").json
    assert (features["type"], features["features"][0]["geometry"]) == ("FeatureCollection", None)
    assert "@context" in features


PARAMETERS = (
    *("type", "id", "idPattern", "q", "scopeQ", "csf", "attrs", "pick", "omit", "options", "format", "lang", "limit"),
    *("offset", "count", "georel", "geometry", "coordinates", "geoproperty", "orderBy", "collation", "join", "x"),
    *("joinLevel", "containedBy", "datasetId", "expandValues", "orderFrom", "local", "geometryProperty"),
)
TEXTS = [
    "Pump",
    "urn:x:1",
    "a==1",
    "(",
    "/a",
    "flow",
    "inline",
    "5",
    "true",
    "near;maxDistance==5",
    "Point",
    "[1,2]",
    "a{b}",
    "*",
    "1e999",
]


@pytest.mark.parametrize("open_store", ["sqlite"], indirect=True)
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(asked=st.dictionaries(st.sampled_from(PARAMETERS), st.sampled_from(TEXTS) | st.text(max_size=8), max_size=6))
def test_no_question_breaks_the_broker(ngsild: Instance, asked: dict[str, str]) -> None:
    if not ngsild.broker.tenants[""].by_id:
        create(ngsild, pump(1, flow={"value": 3}, location=POINT), pump(2, flow={"object": "urn:ngsi-ld:Pump:1"}))
    query = "&".join(f"{name}={quote(text, safe='')}" for name, text in asked.items())
    for path in ("/entities", "/entities/urn:ngsi-ld:Pump:2", "/types", "/attributes/flow"):
        for accept in ("application/json", "application/geo+json"):
            got = ngsild.ask("GET", f"{path}?{query}", accept=accept)
            assert got.status in (200, 400, 403, 404, 406), got
