"""Other context sources through the door: registered, asked, written to (ETSI GS CIM 009 clauses 4.3.6, 5.9, 5.10, 6.3)."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.ngsild.instance import Instance
from stadtwerk.context.rights import Grant, Rights
from stadtwerk.context.terms import VOCAB

PUMP, SOURCE = "urn:ngsi-ld:Pump:1", "http://north.example"
THEIRS = f"{SOURCE}/ngsi-ld/v1"
REGISTRATIONS = "/csourceRegistrations"
ALL = ["redirectionOps", "createBatch", "upsertBatch", "updateBatch", "deleteBatch", "mergeBatch"]


def pump(**attributes: Any) -> dict[str, Any]:
    """Make an entity."""
    return {"id": PUMP, "type": "Pump", **{name: {"type": "Property", "value": v} for name, v in attributes.items()}}


def register(ngsild: Instance, mode: str = "inclusive", **members: Any) -> str:
    """Register a source of pumps."""
    content = {
        "id": f"urn:ngsi-ld:ContextSourceRegistration:{mode}",
        "type": "ContextSourceRegistration",
        "information": [{"entities": [{"type": "Pump"}]}],
        "mode": mode,
        "operations": ALL,
        "endpoint": SOURCE,
        **members,
    }
    got = ngsild.ask("POST", REGISTRATIONS, content)
    assert got.status == 201, got
    return got.headers["location"].removeprefix("/ngsi-ld/v1")


def exclusive(ngsild: Instance, **members: Any) -> str:
    """Register a source that alone has the flow of the pump."""
    information = [{"entities": [{"id": PUMP, "type": "Pump"}], "propertyNames": ["flow"]}]
    return register(ngsild, "exclusive", information=information, **members)


def values(ngsild: Instance, path: str) -> Any:
    """Read values."""
    got = ngsild.ask("GET", path + ("&" if "?" in path else "?") + "options=keyValues")
    assert got.status == 200, got
    return got.json


def test_5_9_a_registration_is_kept_changed_and_forgotten(ngsild: Instance) -> None:
    path = register(ngsild, "inclusive", contextSourceInfo=[{"key": "X-Key", "value": "k"}])
    assert ngsild.ask("POST", REGISTRATIONS, {**ngsild.ask("GET", path).json}).problem == "AlreadyExists"
    assert ngsild.ask("PATCH", path, {"endpoint": "http://south.example"}).status == 204
    assert ngsild.ask("GET", path).json["endpoint"] == "http://south.example"
    assert ngsild.ask("PATCH", path, {"information": None}).problem == "BadRequestData"
    assert ngsild.ask("DELETE", path).status == 204
    for method in ("GET", "PATCH", "DELETE"):
        assert ngsild.ask(method, path, {}).problem == "ResourceNotFound"
    assert ngsild.ask("GET", f"{REGISTRATIONS}/nonsense").problem == "BadRequestData"


def test_5_10_2_registrations_are_found_by_what_they_have(ngsild: Instance) -> None:
    register(ngsild, location={"type": "Point", "coordinates": [6.76, 51.43]}, vendor="ACME")
    register(ngsild, "auxiliary", observationInterval={"startAt": "2020-01-01T00:00:00Z"})

    def found(query: str) -> list[str]:
        got = ngsild.ask("GET", f"{REGISTRATIONS}?{query}")
        assert got.status == 200, got
        return [one["id"].rpartition(":")[2] for one in got.json]

    near = "georel=near;maxDistance==500&geometry=Point&coordinates=[6.76,51.431]"
    assert found("type=Pump") == found("id=urn:p:1") == found("attrs=flow") == found(near) == ["inclusive"]
    assert found("type=Tank") == found(near.replace("51.431", "51.5")) == found('csf=vendor=="other"') == []
    assert found('csf=vendor=="ACME"') == ["inclusive"]
    assert found("type=Pump&timerel=after&timeAt=2021-01-01T00:00:00Z") == ["auxiliary"]
    for wrong in ("", "id=x", "csf=(", "timerel=before", "georel=within", "limit=0&type=Pump", "type=Pump&nonsense=1"):
        assert ngsild.ask("GET", f"{REGISTRATIONS}?{wrong}").status == 400, wrong


@pytest.mark.parametrize("mode", ["exclusive", "redirect"])
def test_5_9_2_4_what_is_here_already_cannot_be_held_elsewhere(ngsild: Instance, mode: str) -> None:
    ngsild.ask("POST", "/entities", pump(flow=1))
    information = [{"entities": [{"id": PUMP, "type": "Pump"}], "propertyNames": ["flow"]}]
    content = {"type": "ContextSourceRegistration", "endpoint": SOURCE, "mode": mode, "information": information}
    assert ngsild.ask("POST", REGISTRATIONS, content).status == 409
    content["information"][0]["propertyNames"] = ["level"]  # type: ignore[index]
    assert ngsild.ask("POST", REGISTRATIONS, content).status == 201
    assert ngsild.ask("POST", REGISTRATIONS, {**content, "mode": "exclusive"}).status == 409


def test_4_3_6_3_an_exclusive_source_gets_its_part_alone(ngsild: Instance) -> None:
    exclusive(ngsild)
    ngsild.sources.answer("POST", f"{THEIRS}/entities", 201)
    assert ngsild.ask("POST", "/entities", pump(flow=1, level=2)).status == 201
    (method, url, headers, body), *more = ngsild.sources.asked
    assert (method, url, body, more) == ("POST", f"{THEIRS}/entities", pump(flow=1), [])
    assert headers["Via"].startswith("1.1 stadtwerk-")
    assert "json-ld#context" in headers["Link"]
    assert values(ngsild, f"/entities/{PUMP}?local=true") == {"id": PUMP, "type": "Pump", "level": 2}
    ngsild.sources.answer("GET", f"{THEIRS}/entities/{PUMP}", 200, pump(flow=7, level=9))
    assert values(ngsild, f"/entities/{PUMP}") == {"id": PUMP, "type": "Pump", "level": 2, "flow": 7}
    ngsild.sources.answer("PATCH", f"{THEIRS}/entities/{PUMP}/attrs/flow", 204)
    assert ngsild.ask("PATCH", f"/entities/{PUMP}/attrs/flow", {"value": 3}).status == 204
    assert ngsild.sources.asked[-1][3] == {"value": 3}


def test_4_3_6_3_a_redirect_source_keeps_everything_away(ngsild: Instance) -> None:
    register(ngsild, "redirect")
    ngsild.sources.answer("POST", f"{THEIRS}/entities", 201)
    got = ngsild.ask("POST", "/entities", pump(flow=1))
    assert (got.status, got.headers["location"]) == (201, f"/ngsi-ld/v1/entities/{PUMP}")
    assert ngsild.ask("GET", f"/entities/{PUMP}?local=true").status == 404
    ngsild.sources.answer("POST", f"{THEIRS}/entities", 409, {"type": "x", "title": "there already"})
    assert (again := ngsild.ask("POST", "/entities", pump(flow=1))).status == 409
    assert again.json["title"] == "there already"


def test_6_3_17_some_places_did_it_and_some_did_not(ngsild: Instance) -> None:
    path = register(ngsild)
    got = ngsild.ask("POST", "/entities", pump(flow=1))
    assert got.status == 207
    (error,) = got.json["errors"]
    assert (got.json["success"], error["entityId"], error["error"]["status"]) == ([PUMP], PUMP, 504)
    assert error["registrationId"] == path.rpartition("/")[2]
    ngsild.sources.answer("PATCH", f"{THEIRS}/entities/{PUMP}/attrs", 404)
    told = ngsild.ask("PATCH", f"/entities/{PUMP}/attrs", {"flow": {"value": 2}})
    assert (told.status, told.json["updated"]) == (207, [VOCAB + "flow"])
    assert told.json["notUpdated"][0]["registrationId"] == error["registrationId"]


def test_what_is_malformed_goes_to_nobody(ngsild: Instance) -> None:
    register(ngsild)
    assert ngsild.ask("POST", "/entities", {**pump(flow=1), "id": "x"}).problem == "BadRequestData"
    assert ngsild.ask("POST", "/entities", pump() | {"flow": {"type": "Nonsense"}}).problem == "BadRequestData"
    assert ngsild.ask("GET", "/entities?type=Pump&q=(").problem == "BadRequestData"
    assert ngsild.sources.asked == []


def test_5_7_2_a_query_is_asked_of_what_all_know_together(ngsild: Instance) -> None:
    ngsild.ask("POST", "/entities", pump(flow=1))
    register(ngsild)
    other = {**pump(flow=5, level=1), "id": "urn:ngsi-ld:Pump:2"}
    ngsild.sources.answer("GET", f"{THEIRS}/entities", 200, [other, pump(level=9)])
    assert values(ngsild, "/entities?type=Pump&q=level>5") == [{"id": PUMP, "type": "Pump", "flow": 1, "level": 9}]
    assert "type=Pump" in ngsild.sources.asked[0][1]
    assert len(values(ngsild, "/entities?type=Pump")) == 2
    assert len(values(ngsild, "/entities?type=Pump&local=true")) == 1
    assert values(ngsild, "/entities?type=Pump&orderBy=flow;desc&limit=1")[0]["flow"] == 5
    got = ngsild.ask("GET", "/entities?type=Pump&count=true&limit=1")
    assert got.headers["ngsild-results-count"] == "2"


def test_5_7_2_a_posted_query_goes_the_way_its_source_knows(ngsild: Instance) -> None:
    register(ngsild, operations=["queryBatch"])
    ngsild.sources.answer("POST", f"{THEIRS}/entityOperations/query", 200, [pump(flow=5)])
    assert [one["id"] for one in values(ngsild, f"/entities?type=Pump&id={PUMP}")] == [PUMP]
    assert ngsild.sources.asked[0][3]["entities"] == [{"type": "Pump", "id": PUMP}]
    got = ngsild.ask("POST", "/entityOperations/query", {"type": "Query", "entities": [{"type": "Pump"}]})
    assert [one["id"] for one in got.json] == [PUMP]


def test_6_3_17_a_silent_source_is_a_warning(ngsild: Instance) -> None:
    ngsild.ask("POST", "/entities", pump(flow=1))
    register(ngsild)
    got = ngsild.ask("GET", f"/entities/{PUMP}")
    assert got.status == 200
    assert "nobody is there" in got.headers["ngsild-warning"]
    ngsild.sources.answer("GET", f"{THEIRS}/entities/{PUMP}", 200, {"id": PUMP, "type": "Pump", "flow": {"type": "?"}})
    assert "cannot be read" in ngsild.ask("GET", f"/entities/{PUMP}").headers["ngsild-warning"]


def test_a_source_that_fails_is_left_alone_for_a_while(ngsild: Instance) -> None:
    ngsild.ask("POST", "/entities", pump(flow=1))
    register(ngsild, management={"cooldown": 5_000})
    for _ in range(3):
        got = ngsild.ask("GET", f"/entities/{PUMP}")
        assert (got.status, "ngsild-warning" in got.headers) == (200, True)
    assert len(ngsild.sources.asked) == 1
    ngsild.clock.advance(6)
    ngsild.ask("GET", f"/entities/{PUMP}")
    assert len(ngsild.sources.asked) == 2


def test_6_3_18_a_loop_is_refused_or_cut(ngsild: Instance) -> None:
    path = register(ngsild, "redirect")
    ngsild.sources.answer("POST", f"{THEIRS}/entities", 201)
    ngsild.ask("POST", "/entities", pump(flow=1))
    via = ngsild.sources.asked[0][2]["Via"]
    assert ngsild.ask("DELETE", f"/entities/{PUMP}", via=via).status == 508
    assert ngsild.ask("PATCH", path, {"mode": "inclusive"}).status == 204
    ngsild.ask("POST", "/entities?local=true", pump(flow=1))
    assert ngsild.ask("DELETE", f"/entities/{PUMP}", via=via).status == 204
    assert len(ngsild.sources.asked) == 1
    ngsild.ask("GET", f"/entities/{PUMP}", via="1.1 elsewhere")
    assert ngsild.sources.asked[-1][2]["Via"].startswith("1.1 elsewhere, 1.1 stadtwerk-")


def test_6_3_18_a_source_is_not_asked_for_what_it_asked_itself(ngsild: Instance) -> None:
    register(ngsild, contextSourceAlias="north")
    assert ngsild.ask("GET", f"/entities/{PUMP}", via="1.1 north").status == 404
    assert ngsild.sources.asked == []


def test_a_source_is_told_what_it_wants_and_nothing_else(ngsild: Instance) -> None:
    told = [{"key": "X-Key", "value": "k"}, {"key": "X-Who", "value": "urn:ngsi-ld:request"}]
    register(ngsild, tenant="pumps", contextSourceInfo=told, management={"localOnly": True})
    ngsild.ask("GET", f"/entities/{PUMP}", x_who="me", authorization="Bearer secret")
    _, url, headers, _ = ngsild.sources.asked[0]
    assert (headers["NGSILD-Tenant"], headers["X-Key"], headers["X-Who"]) == ("pumps", "k", "me")
    assert "Authorization" not in headers
    assert "local=true" in url


def test_batches_go_in_one_request_each(ngsild: Instance) -> None:
    exclusive(ngsild)
    other = {**pump(flow=5), "id": "urn:ngsi-ld:Pump:2"}
    ngsild.sources.answer("POST", f"{THEIRS}/entityOperations/create", 201, [PUMP])
    got = ngsild.ask("POST", "/entityOperations/create", [pump(flow=1, level=2), other])
    assert (got.status, sorted(got.json)) == (201, [PUMP, other["id"]])
    assert [body for *_, body in ngsild.sources.asked] == [[pump(flow=1)]]
    assert values(ngsild, f"/entities/{PUMP}?local=true") == {"id": PUMP, "type": "Pump", "level": 2}
    ngsild.sources.answer("POST", f"{THEIRS}/entityOperations/delete", 404)
    told = ngsild.ask("POST", "/entityOperations/delete", [PUMP, other["id"]])
    assert (told.status, told.json["success"]) == (207, [other["id"]])


def test_types_are_those_of_all(ngsild: Instance) -> None:
    ngsild.ask("POST", "/entities", {**pump(flow=1), "id": "urn:ngsi-ld:Tank:1", "type": "Tank"})
    register(ngsild)
    ngsild.sources.answer("GET", f"{THEIRS}/types", 200, {"type": "EntityTypeList", "typeList": ["Pump"]})
    assert sorted(ngsild.ask("GET", "/types").json["typeList"]) == ["Pump", "Tank"]


def test_tenants_have_sources_of_their_own(ngsild: Instance) -> None:
    register(ngsild)
    ngsild.ask("POST", "/entities", pump(flow=1), ngsild_tenant="other")
    assert ngsild.ask("GET", f"/entities/{PUMP}", ngsild_tenant="other").status == 200
    assert ngsild.sources.asked == []


def test_5_2_9_how_asking_a_source_went_stands_in_its_registration(ngsild: Instance) -> None:
    path = register(ngsild)
    assert "status" not in ngsild.ask("GET", path).json
    ngsild.ask("GET", f"/entities/{PUMP}")
    shown = ngsild.ask("GET", path).json
    assert (shown["status"], shown["timesSent"], shown["timesFailed"]) == ("failed", 1, 1)
    ngsild.sources.answer("GET", f"{THEIRS}/entities/{PUMP}", 200, pump(flow=1))
    ngsild.clock.advance(1)
    ngsild.ask("GET", f"/entities/{PUMP}")
    assert ngsild.ask("GET", path).json["status"] == "ok"
    assert ngsild.ask("PATCH", path, {"description": "north"}).status == 204


def test_5_15_who_this_is(ngsild: Instance) -> None:
    register(ngsild)
    ngsild.ask("GET", f"/entities/{PUMP}")
    ngsild.clock.advance(90)
    told = ngsild.ask("GET", "/info/sourceIdentity").json
    assert ngsild.sources.asked[0][2]["Via"] == f"1.1 {told['contextSourceAlias']}"
    assert told["contextSourceUptime"] == "PT90S"


def limited(ngsild: Instance, *types: str) -> None:
    """Let callers read and write some types only."""
    rights = Rights([Grant(who=("*",), may=("read", "write"), types=tuple(VOCAB + name for name in types))])
    ngsild.door._rights_of = lambda principal, tenant: rights


def test_who_may_write_some_types_writes_no_others_elsewhere(ngsild: Instance) -> None:
    register(ngsild)
    limited(ngsild, "Tank")
    for method, path, body in (
        ("POST", "/entities", pump(flow=1)),
        ("DELETE", f"/entities/{PUMP}", None),
        ("DELETE", f"/entities/{PUMP}/attrs/flow", None),
        ("DELETE", "/entities?type=Pump", None),
        (
            "POST",
            REGISTRATIONS,
            {
                "type": "ContextSourceRegistration",
                "endpoint": SOURCE,
                "information": [{"entities": [{"type": "Pump"}]}],
            },
        ),
    ):
        got = ngsild.ask(method, path, body)
        assert got.status == 403, (method, path, got)
    assert ngsild.ask("POST", "/entityOperations/delete", [PUMP]).status in (207, 403)
    assert ngsild.sources.asked == []


def test_who_may_read_some_types_reads_no_others_elsewhere(ngsild: Instance) -> None:
    register(ngsild)
    for path in (f"entities/{PUMP}", "entities", f"temporal/entities/{PUMP}", "types/Pump"):
        ngsild.sources.answer("GET", f"{THEIRS}/{path}", 200, pump(flow=1))
    limited(ngsild, "Tank")
    assert ngsild.ask("GET", f"/entities/{PUMP}").status == 404
    assert ngsild.ask("GET", "/entities?type=Pump").json == []
    assert ngsild.ask("GET", f"/temporal/entities/{PUMP}").status == 404
    assert ngsild.ask("GET", "/types/Pump").status == 404


def test_pasts_are_told_together(ngsild: Instance) -> None:
    told = {"type": "Property", "value": 1, "observedAt": "2026-11-01T00:00:00Z"}
    past = {"id": PUMP, "type": "Pump", "flow": [told, {**told, "value": 2, "observedAt": "2026-11-02T00:00:00Z"}]}
    register(ngsild, operations=["upsertTemporal", "retrieveTemporal"])
    ngsild.sources.answer("POST", f"{THEIRS}/temporal/entities", 201)
    assert ngsild.ask("POST", "/temporal/entities", past).status == 201
    assert ngsild.sources.asked[-1][3] == past
    assert ngsild.ask("POST", "/temporal/entities", {**past, "flow": [{"type": "Nonsense"}]}).status == 400
    assert len(ngsild.sources.asked) == 1
    other = {"id": PUMP, "type": "Pump", "flow": [{**told, "value": 3, "observedAt": "2026-11-03T00:00:00Z"}]}
    ngsild.sources.answer("GET", f"{THEIRS}/temporal/entities/{PUMP}", 200, other)
    shown = ngsild.ask("GET", f"/temporal/entities/{PUMP}").json
    assert sorted(one["value"] for one in shown["flow"]) == [1, 2, 3]


def test_5_6_21_a_purge_is_done_everywhere(ngsild: Instance) -> None:
    ngsild.ask("POST", "/entities", pump(flow=1))
    register(ngsild)
    ngsild.sources.answer("DELETE", f"{THEIRS}/entities", 204)
    assert ngsild.ask("DELETE", "/entities?type=Pump").status == 204
    assert ngsild.sources.asked[0][1] == f"{THEIRS}/entities?type=Pump"
    assert ngsild.ask("GET", f"/entities/{PUMP}?local=true").status == 404
    ngsild.sources.answers.clear()
    assert ngsild.ask("DELETE", "/entities?type=Pump").status == 207
