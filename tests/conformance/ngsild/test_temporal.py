"""How entities evolve, clause by clause, on both databases (ETSI GS CIM 009 clauses 5.6.11 to 5.6.16, 5.7.3, 5.7.4)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from conformance.ngsild.instance import START_US, Instance
from stadtwerk.app.context.history import DAY_US, History
from stadtwerk.stores.telemetry import TelemetryStore

METER = "urn:ngsi-ld:Meter:1"
PAST = f"/temporal/entities/{METER}"
NULL = "urn:ngsi-ld:null"
EVER = "timeproperty=modifiedAt&timerel=after&timeAt=1970-01-01T00:00:00Z"


def at(minute: int) -> str:
    """Return an instant of an hour."""
    return f"2026-11-01T12:{minute:02d}:00Z"


def power(*told: tuple[int, float]) -> dict[str, Any]:
    """Make the temporal representation of a meter."""
    instances = [{"type": "Property", "value": value, "observedAt": at(minute)} for minute, value in told]
    return {"id": METER, "type": "Meter", "power": instances}


def tell(ngsild: Instance, *told: tuple[int, float]) -> None:
    """Tell about the past of the meter."""
    got = ngsild.ask("POST", "/temporal/entities", power(*told))
    assert got.status in (201, 204), got


def seen(ngsild: Instance, query: str = "") -> Any:
    """Return the values of the meter's power."""
    got = ngsild.ask("GET", f"{PAST}?options=temporalValues&{query}".rstrip("&"))
    assert got.status in (200, 206), got
    return [value for value, _ in got.json.get("power", {}).get("values", [])]


def test_5_6_11_a_past_is_told_and_told_more_of(ngsild: Instance) -> None:
    first = ngsild.ask("POST", "/temporal/entities", power((1, 10), (2, 20)))
    assert (first.status, first.headers["location"]) == (201, f"/ngsi-ld/v1{PAST}")
    assert ngsild.ask("POST", "/temporal/entities", power((2, 21), (3, 30))).status == 204
    assert seen(ngsild) == [10, 21, 30]
    assert ngsild.ask("GET", f"/entities/{METER}").status == 404


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (b"", "InvalidRequest"),
        (b"{", "InvalidRequest"),
        ({"type": "Meter"}, "BadRequestData"),
        ({"id": METER}, "BadRequestData"),
        ({"id": "meter", "type": "Meter"}, "BadRequestData"),
        ({"id": METER, "type": "Meter", "power": [3]}, "BadRequestData"),
        ({"id": METER, "type": "Meter", "power": [{"type": "Property"}]}, "BadRequestData"),
        ({"id": METER, "type": "Meter", "power": [{"value": 1, "observedAt": "noon"}]}, "BadRequestData"),
    ],
)
def test_5_6_11_what_is_malformed_is_refused(ngsild: Instance, body: Any, problem: str) -> None:
    got = ngsild.ask("POST", "/temporal/entities", body)
    assert (got.status, got.problem) == (400, problem)
    assert ngsild.ask("GET", PAST).status == 404


def test_5_6_12_attributes_are_added_to_a_past(ngsild: Instance) -> None:
    more = {"voltage": [{"value": 230, "observedAt": at(5)}]}
    assert ngsild.ask("POST", f"{PAST}/attrs", more).status == 404
    tell(ngsild, (1, 10))
    assert ngsild.ask("POST", f"{PAST}/attrs", more).status == 204
    assert set(ngsild.ask("GET", PAST).json) == {"id", "type", "power", "voltage"}


def test_5_6_13_attributes_are_deleted_from_a_past(ngsild: Instance) -> None:
    tell(ngsild, (1, 10))
    other = {"power": [{"value": 5, "observedAt": at(1), "datasetId": "urn:d:1"}]}
    assert ngsild.ask("POST", f"{PAST}/attrs", other).status == 204
    assert ngsild.ask("DELETE", f"{PAST}/attrs/power?datasetId=urn:d:2").status == 404
    assert ngsild.ask("DELETE", f"{PAST}/attrs/power").status == 204
    assert [one["value"] for one in ngsild.ask("GET", PAST).json["power"]] == [5]
    assert ngsild.ask("DELETE", f"{PAST}/attrs/power?deleteAll=true").status == 204
    assert "power" not in ngsild.ask("GET", PAST).json
    assert ngsild.ask("DELETE", f"{PAST}/attrs/power").status == 404


def test_5_6_14_an_instance_is_changed_and_keeps_its_name(ngsild: Instance) -> None:
    tell(ngsild, (1, 10), (2, 20))
    first = ngsild.ask("GET", PAST).json["power"][0]
    name = first["instanceId"]
    got = ngsild.ask("PATCH", f"{PAST}/attrs/power/{name}", {"type": "Property", "value": 11})
    assert got.status == 204
    assert ngsild.ask("GET", PAST).json["power"][0] == {**first, "value": 11}
    moved = ngsild.ask("PATCH", f"{PAST}/attrs/power/{name}", {"value": 12, "observedAt": at(3)})
    assert (moved.status, seen(ngsild)) == (204, [20, 12])
    for wrong in (f"{PAST}/attrs/power/urn:x:1", f"{PAST}/attrs/other/{name}", f"{PAST}2/attrs/power/{name}"):
        assert ngsild.ask("PATCH", wrong, {"value": 1}).status == 404


def test_5_6_15_an_instance_is_deleted_and_what_it_replaced_stays_away(ngsild: Instance) -> None:
    tell(ngsild, (1, 10), (2, 20))
    tell(ngsild, (1, 11))
    name = ngsild.ask("GET", PAST).json["power"][0]["instanceId"]
    assert ngsild.ask("DELETE", f"{PAST}/attrs/power/{name}").status == 204
    assert seen(ngsild) == [20]
    assert ngsild.ask("DELETE", f"{PAST}/attrs/power/{name}").status == 404


def test_5_6_16_a_past_is_deleted_the_present_stays(ngsild: Instance) -> None:
    assert ngsild.ask("POST", "/entities", {"id": METER, "type": "Meter", "power": {"value": 1}}).status == 201
    assert ngsild.ask("DELETE", PAST).status == 204
    assert (ngsild.ask("GET", PAST).status, ngsild.ask("DELETE", PAST).status) == (404, 404)
    assert METER in ngsild.broker.tenants[""].by_id
    ngsild.ask("PATCH", f"/entities/{METER}/attrs", {"power": {"value": 2}})
    assert seen(ngsild) == [2]


def test_4_3_every_write_is_recorded(ngsild: Instance) -> None:
    entity = {"id": METER, "type": "Meter", "power": {"value": 1}, "name": {"value": "one"}}
    ngsild.ask("POST", "/entities", entity)
    ngsild.ask("PATCH", f"/entities/{METER}/attrs", {"power": {"value": 2}})
    ngsild.ask("PATCH", f"/entities/{METER}", {"power": {"value": 3}})
    ngsild.ask("POST", "/entityOperations/upsert", [{**entity, "power": {"value": 4}}])
    assert seen(ngsild) == [1, 2, 3, 4]
    name = ngsild.ask("GET", f"{PAST}?options=temporalValues").json["name"]["values"]
    assert [value for value, _ in name] == ["one", "one"]


def test_4_5_0_ends_are_told_with_their_time(ngsild: Instance) -> None:
    ngsild.ask(
        "POST", "/entities", {"id": METER, "type": "Meter", "power": {"value": 1}, "name": {"languageMap": {"de": "Z"}}}
    )
    ngsild.ask("DELETE", f"/entities/{METER}/attrs/power")
    ended = ngsild.ask("GET", f"{PAST}?timeproperty=deletedAt").json
    assert set(ended) == {"id", "type", "power"}
    (only,) = ended["power"]
    assert (only["value"], set(only)) == (NULL, {"type", "value", "deletedAt", "instanceId"})
    ngsild.ask("DELETE", f"/entities/{METER}")
    ended = ngsild.ask("GET", f"{PAST}?timeproperty=deletedAt").json
    assert ended["name"][0]["languageMap"] == {"@none": NULL}
    assert seen(ngsild, EVER) == [1]


def test_4_5_0_what_was_only_told_about_ends_too(ngsild: Instance) -> None:
    tell(ngsild, (1, 10))
    assert ngsild.ask("DELETE", f"/entities/{METER}/attrs/power").status == 204
    assert ngsild.ask("GET", f"{PAST}?timeproperty=deletedAt").json["power"][0]["value"] == NULL
    assert ngsild.ask("DELETE", f"/entities/{METER}/attrs/power").status == 404
    assert ngsild.ask("DELETE", f"/entities/{METER}/attrs/other").status == 404


def test_4_18_scopes_evolve(ngsild: Instance) -> None:
    ngsild.ask("POST", "/entities", {"id": METER, "type": "Meter", "scope": "/a", "power": {"value": 1}})
    ngsild.ask("PATCH", f"/entities/{METER}/attrs", {"scope": ["/a", "/b"]})
    assert [one["value"] for one in ngsild.ask("GET", PAST).json["scope"]] == [["/a"], ["/a", "/b"]]


def test_5_7_3_attributes_and_members_are_projected(ngsild: Instance) -> None:
    tell(ngsild, (1, 10))
    assert ngsild.ask("GET", f"{PAST}?attrs=voltage").status == 404
    assert set(ngsild.ask("GET", f"{PAST}?pick=power").json) == {"power"}
    assert ngsild.ask("GET", f"{PAST}?omit=id,type,power").status == 404
    assert ngsild.ask("GET", f"{PAST}?timerel=after&timeAt={at(9)}").json == {"id": METER, "type": "Meter"}
    assert ngsild.ask("GET", "/temporal/entities/meter").problem == "BadRequestData"


def test_4_5_19_periods_begin_where_the_question_does(ngsild: Instance) -> None:
    tell(ngsild, (1, 10), (2, 20), (12, 40))
    query = "options=aggregatedValues&aggrMethods=avg,totalCount&aggrPeriodDuration=PT10M"
    first = ngsild.ask("GET", f"{PAST}?{query}").json["power"]
    assert first["avg"] == [[15, at(1), at(11)], [40, at(11), at(21)]]
    asked = ngsild.ask("GET", f"{PAST}?{query}&timerel=after&timeAt={at(0)}").json["power"]
    assert asked["totalCount"] == [[2, at(0), at(10)], [1, at(10), at(20)]]
    whole = ngsild.ask("GET", f"{PAST}?options=aggregatedValues&aggrMethods=max&timerel=before&timeAt={at(30)}").json
    assert whole["power"] == {"type": "Property", "max": [[40, at(1), at(30)]]}


def test_4_5_19_texts_and_mixtures_are_aggregated(ngsild: Instance) -> None:
    tell(ngsild, (1, 10), (2, 20))
    texts = [{"value": text, "observedAt": at(minute)} for minute, text in enumerate(("b", "a", "b"))]
    ngsild.ask("POST", f"{PAST}/attrs", {"state": texts})
    query = "options=aggregatedValues&aggrMethods=min,avg,distinctCount&attrs=state"
    state = ngsild.ask("GET", f"{PAST}?{query}").json["state"]
    assert (state["min"][0][0], state["avg"], state["distinctCount"][0][0]) == ("a", [], 2)


def test_6_3_10_a_long_past_comes_in_pages(ngsild: Instance) -> None:
    tell(ngsild, *((minute, minute) for minute in range(50)))
    got = ngsild.ask("GET", f"{PAST}?options=temporalValues")
    assert (got.status, got.headers["content-range"]) == (206, f"date-time {at(0)}-{at(29)}/*")
    rest = ngsild.ask("GET", f"{PAST}?options=temporalValues&timerel=after&timeAt={at(29)}")
    assert (rest.status, len(rest.json["power"]["values"])) == (200, 20)


def test_5_7_4_pasts_are_queried(ngsild: Instance) -> None:
    tell(ngsild, (1, 10), (2, 20))
    ngsild.ask("POST", "/entities", {"id": "urn:ngsi-ld:Meter:2", "type": "Meter", "power": {"value": 99}})

    def ids(query: str) -> list[str]:
        got = ngsild.ask("GET", f"/temporal/entities?{query}")
        assert got.status == 200, got
        return [one["id"] for one in got.json]

    assert ids("type=Meter") == [METER, "urn:ngsi-ld:Meter:2"]
    assert ids("type=Meter&orderBy=id;desc&limit=1") == ["urn:ngsi-ld:Meter:2"]
    assert ids(f"type=Meter&timerel=after&timeAt={at(0)}") == [METER]
    assert ids("q=power>15;power<15") == [METER]
    assert ids("q=power>50") == ["urn:ngsi-ld:Meter:2"]
    assert ids(f"q=power>15&timerel=before&timeAt={at(2)}") == []
    assert ids("attrs=voltage") == []
    assert ids(f"type=Meter&idPattern=1$&id={METER}") == [METER]
    counted = ngsild.ask("GET", "/temporal/entities?type=Meter&count=true&limit=0")
    assert (counted.json, counted.headers["ngsild-results-count"]) == ([], "2")
    for wrong in ("", f"id={METER}", "type=Meter&orderBy=power", "type=Meter&limit=0"):
        assert ngsild.ask("GET", f"/temporal/entities?{wrong}".rstrip("?")).problem == "BadRequestData"


def test_5_7_4_pasts_are_queried_by_place(ngsild: Instance) -> None:
    spot = {"type": "GeoProperty", "value": {"type": "Point", "coordinates": [6.76, 51.43]}, "observedAt": at(1)}
    ngsild.ask("POST", "/temporal/entities", {"id": METER, "type": "Meter", "location": [spot]})
    near = "geometry=Point&coordinates=[6.761,51.43]&georel=near;maxDistance=="
    assert len(ngsild.ask("GET", f"/temporal/entities?{near}100").json) == 1
    assert ngsild.ask("GET", f"/temporal/entities?{near}10").json == []


def test_5_2_23_queries_are_posted(ngsild: Instance) -> None:
    tell(ngsild, (1, 10), (2, 20))
    query = {
        "type": "Query",
        "entities": [{"type": "Meter"}],
        "temporalQ": {"timerel": "after", "timeAt": at(1), "lastN": 1, "aggrMethods": ["sum"]},
    }
    got = ngsild.ask("POST", "/temporal/entityOperations/query?options=aggregatedValues", query)
    assert got.json[0]["power"]["sum"] == [[20, at(1), at(2)]]
    for wrong in ({**query, "type": "Q"}, {**query, "temporalQ": {"timerel": "after"}}, {"type": "Query"}):
        assert ngsild.ask("POST", "/temporal/entityOperations/query", wrong).problem == "BadRequestData"


def test_a_past_survives_a_restart(open_store: Callable[[], TelemetryStore]) -> None:
    ngsild = Instance(open_store())
    tell(ngsild, (1, 10), (2, 20))
    ngsild.ask("POST", "/entities", {"id": "urn:ngsi-ld:Meter:2", "type": "Meter", "power": {"value": 99}})
    ngsild.ask("DELETE", "/entities/urn:ngsi-ld:Meter:2")
    ngsild.close()
    again = Instance(open_store())
    try:
        assert seen(again) == [10, 20]
        got = again.ask("GET", f"/temporal/entities?type=Meter&{EVER}").json
        assert [one["id"] for one in got] == [METER, "urn:ngsi-ld:Meter:2"]
    finally:
        again.close()


def test_numbers_are_never_given_out_twice(open_store: Callable[[], TelemetryStore]) -> None:
    ngsild = Instance(open_store())
    tell(ngsild, (1, 10))
    seq = ngsild.broker.next_seq()
    ngsild.ask("DELETE", PAST)
    ngsild.close()
    again = Instance(open_store())
    try:
        assert again.broker.next_seq() > seq
    finally:
        again.close()


def test_what_is_old_is_dropped(ngsild: Instance) -> None:
    tell(ngsild, (1, 10))
    ngsild.ask("POST", "/entities", {"id": "urn:ngsi-ld:Meter:2", "type": "Meter", "power": {"value": 99}})
    history: History = ngsild.history
    assert ngsild.run(history.prune(START_US)) == 0
    ngsild.clock.move_to(START_US + 401 * DAY_US)
    ngsild.ask("PATCH", "/entities/urn:ngsi-ld:Meter:2/attrs", {"power": {"value": 100}})
    assert ngsild.run(history.prune(ngsild.clock.now_us())) == 2
    assert ngsild.ask("GET", PAST).status == 404
    assert METER not in ngsild.broker.tenants[""].kept.get("ended", {})
    got = ngsild.ask("GET", f"/temporal/entities?type=Meter&{EVER}&options=temporalValues").json
    assert [[value for value, _ in one["power"]["values"]] for one in got] == [[100]]


def test_rows_read_from_the_store_are_what_memory_had(ngsild: Instance) -> None:
    ngsild.ask("POST", "/entities", {"id": METER, "type": "Meter", "power": {"value": 0}})
    for value in range(1, 6):
        ngsild.ask("PATCH", f"/entities/{METER}/attrs", {"power": {"value": value}})
        assert seen(ngsild) == list(range(value + 1))
    ngsild.history._drop(ngsild.broker.tenants[""].by_id[METER].number)
    assert seen(ngsild) == [0, 1, 2, 3, 4, 5]
