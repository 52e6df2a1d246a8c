"""Snapshots: what queries found stays as it was, on both stores (ETSI GS CIM 009 clauses 5.2.41, 5.5.15, 5.16, 6.3.22)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from conformance.ngsild.instance import Got
from conformance.ngsild.whole import LINK, Whole, told
from context.lamps import street
from stadtwerk.app.context import snapshots as keeping
from stadtwerk.app.leave import foreign_lines
from stadtwerk.context.holders import tenant_and_snapshot
from stadtwerk.context.rights import Grant, Rights
from stadtwerk.doors.ngsild import make_ngsild
from stadtwerk.doors.ngsild import snapshot_filling as filling
from stadtwerk.kernel.clock import US
from stadtwerk.stores.sqlite.writer import SqliteFile
from stadtwerk.stores.telemetry import TelemetryStore

FAST, SLOW = "urn:ngsi-ld:Vehicle:fast", "urn:ngsi-ld:Vehicle:slow"
CARS = {"type": "Query", "entities": [{"type": "Vehicle"}]}
BEFORE = {"timerel": "before", "timeAt": "2030-01-01T00:00:00Z"}
CORE = "https://uri.etsi.org/ngsi-ld/default-context/"
HOUR_S = 3_600


class City(Whole):
    """A broker with two vehicles, one fast and one slow, and what is done with snapshots of them."""

    def __init__(self, store: TelemetryStore) -> None:
        super().__init__(store)
        self.letters: list[tuple[str, str, dict[str, Any]]] = []
        for scheme in ("http", "https"):
            self.house.notifier.lanes._senders[scheme] = self  # type: ignore[index]

    async def send(self, endpoint: Any, head: str, body: bytes) -> None:
        """Take a notification."""
        self.letters.append((endpoint.uri, head, msgspec.json.decode(body)))

    async def close_sender(self) -> None:
        """Have nothing to close."""

    def drive(self) -> None:
        """Put the vehicles on the road."""
        for name, speed in ((FAST, 80), (SLOW, 30)):
            assert (
                self.ask("POST", "/entities", {"id": name, "type": "Vehicle", "speed": {"value": speed}}).status == 201
            )

    def freeze(self, *queries: Any, **members: Any) -> str:
        """Make a snapshot, of all vehicles if nothing is said, and return its id."""
        got = self.ask("POST", "/snapshots", {"type": "Snapshot", "snapshotQueries": queries or [CARS]} | members)
        assert (got.status, got.body) == (201, b""), got
        return got.headers["location"].removeprefix("/ngsi-ld/v1/snapshots/")

    def ready(self, snapshot_id: str, **headers: str) -> Any:
        """Wait until a snapshot is made, and return what is told of it."""
        for _ in range(100):
            got = self.ask("GET", f"/snapshots/{snapshot_id}", **headers)
            if got.json["snapshotStatus"] != "preparing":
                return got.json
            self.run(asyncio.sleep(0.01))
        raise AssertionError(got)

    def within(self, snapshot_id: str, method: str, path: str, body: Any = None, **headers: str) -> Got:
        """Ask a snapshot."""
        return self.ask(method, path, body, ngsild_snapshot=snapshot_id, **headers)

    def cars(self, snapshot_id: str) -> list[str]:
        """Return the vehicles in a snapshot."""
        got = self.within(snapshot_id, "GET", "/entities?type=Vehicle")
        assert (got.status, got.headers["ngsild-snapshot"]) == (200, snapshot_id), got
        return sorted(one["id"] for one in got.json)

    def holders(self) -> list[str]:
        """Return the names of snapshots' holdings."""
        return [name for name in self.broker.tenants if tenant_and_snapshot(name)[1]]


@pytest.fixture
def city(open_store: Callable[[], TelemetryStore]) -> Iterator[City]:
    """Two vehicles on the road, on each store."""
    made = City(open_store())
    made.drive()
    yield made
    made.close()


@pytest.fixture
def light(tmp_path: Path) -> Iterator[City]:
    """The same on one store, for what no store has to do with."""
    made = City(TelemetryStore(SqliteFile(tmp_path / "telemetry.db"), {}))
    made.drive()
    yield made
    made.close()


def test_what_was_found_stays_as_it_was(city: City) -> None:
    """5.16.1: queries run when a snapshot is made; 5.5.15: what happens later happens elsewhere."""
    snapshot = city.freeze({**CARS, "q": "speed>50"})
    shown = city.ready(snapshot)
    assert (shown["snapshotStatus"], shown["snapshotQueriesDetails"]) == ("success", [{"resultStatus": "success"}])
    assert city.cars(snapshot) == [FAST]
    assert city.ask("PATCH", f"/entities/{FAST}/attrs", {"speed": {"value": 10}}).status == 204
    assert city.ask("DELETE", f"/entities/{SLOW}").status == 204
    assert city.within(snapshot, "GET", f"/entities/{FAST}").json["speed"]["value"] == 80
    assert (
        city.within(snapshot, "GET", "/entities?q=speed==80&type=Vehicle&count=true").headers["ngsild-results-count"]
        == "1"
    )
    assert city.within(snapshot, "GET", f"/entities/{SLOW}").status == 404
    assert city.ask("GET", f"/entities/{FAST}").json["speed"]["value"] == 10
    got = city.within(snapshot, "GET", "/types")
    assert got.json["typeList"] == ["Vehicle"]
    assert city.within(snapshot, "GET", "/attributes/speed").json["attributeCount"] == 1
    posted = city.within(snapshot, "POST", "/entityOperations/query", CARS)
    assert [one["id"] for one in posted.json] == [FAST]


def test_what_is_told_of_a_snapshot(city: City) -> None:
    """5.2.41: members, defaults, instants."""
    snapshot = city.freeze(id="urn:ngsi-ld:Snapshot:mine", snapshotLifetime="PT6H", snapshotPriority=9)
    assert snapshot == "urn:ngsi-ld:Snapshot:mine"
    shown = city.ready(snapshot)
    assert shown["type"] == "Snapshot"
    assert (shown["snapshotQueries"], shown["snapshotPriority"], shown["snapshotLifetime"]) == ([CARS], 9, "PT6H")
    assert shown["expiresAt"] > shown["modifiedAt"] >= shown["createdAt"]
    used = shown["lastUsedAt"]
    city.clock.advance(HOUR_S)
    city.cars(snapshot)
    assert city.ready(snapshot)["lastUsedAt"] > used
    assert city.ready(city.freeze())["snapshotPriority"] == 5
    assert city.ask("POST", "/snapshots", {"type": "Snapshot", "id": snapshot, "snapshotQueries": [CARS]}).status == 409
    linked = city.ask("GET", f"/snapshots/{snapshot}", accept="application/ld+json")
    assert linked.json["@context"].startswith("https://uri.etsi.org/ngsi-ld/v1/ngsi-ld-core-context")


BAD: tuple[dict[str, Any], ...] = (
    {},
    {"snapshotQueries": []},
    {"snapshotQueries": [{"type": "Query"}]},
    {"snapshotQueries": [{"entities": [{"type": "V"}]}]},
    {"snapshotQueries": [{**CARS, "q": "((("}]},
    {"snapshotQueries": [{**CARS, "temporalQ": BEFORE}]},
    {"snapshotQueries": [CARS] * 21},
    {"snapshotTemporalQueries": [CARS]},
    {"snapshotTemporalQueries": [{**CARS, "temporalQ": {"timerel": "sometime"}}]},
    {"snapshotQueries": [CARS], "type": "Query"},
    {"snapshotQueries": [CARS], "id": "mine"},
    {"snapshotQueries": [CARS], "id": 7},
    {"snapshotQueries": [CARS], "snapshotPriority": 11},
    {"snapshotQueries": [CARS], "snapshotPriority": True},
    {"snapshotQueries": [CARS], "snapshotLifetime": "an hour"},
    {"snapshotQueries": [CARS], "snapshotLifetime": "PT0S"},
    {"snapshotQueries": [CARS], "endpoint": "nowhere"},
    {"snapshotQueries": [CARS], "endpoint": {}},
    {"snapshotQueries": [CARS], "receiverInfo": [{"key": "a"}]},
    {"snapshotQueries": [CARS], "colour": "red"},
)


def test_what_cannot_be_held_fast(light: City) -> None:
    """5.2.41, 5.16.1.4: BadRequestData, and nothing is made."""
    for bad in BAD:
        assert told(light.ask("POST", "/snapshots", {"type": "Snapshot"} | bad)) == (400, "BadRequestData"), bad
    assert light.holders() == []


def test_results_of_queries(light: City, monkeypatch: pytest.MonkeyPatch) -> None:
    """5.16.1.4, 5.2.42: each query has its result, and all together give the status."""
    none = {"type": "Query", "entities": [{"type": "Tram"}]}
    assert light.ready(light.freeze(none))["snapshotStatus"] == "empty"
    shown = light.ready(light.freeze(none, CARS))
    assert (shown["snapshotStatus"], [one["resultStatus"] for one in shown["snapshotQueriesDetails"]]) == (
        "partial",
        ["empty", "success"],
    )
    monkeypatch.setattr(filling, "SNAPSHOT_ENTITIES", 1)
    shown = light.ready(light.freeze(CARS))
    assert shown["snapshotStatus"] == "failure"
    assert shown["snapshotQueriesDetails"][0]["problemDetails"]["type"].endswith("TooManyResults")


def test_queries_choose_attributes_and_are_integrated(light: City) -> None:
    """5.7.2: attrs, pick and omit choose; what several queries find of one entity comes together."""
    more = {"colour": {"value": "red"}, "doors": {"value": 4}}
    assert light.ask("POST", f"/entities/{FAST}/attrs", more).status == 204
    snapshot = light.freeze({**CARS, "attrs": ["speed"]}, {**CARS, "attrs": ["doors"]})
    assert light.ready(snapshot)["snapshotStatus"] == "success"
    assert light.within(snapshot, "GET", f"/entities/{FAST}").json.keys() == {"id", "type", "speed", "doors"}
    assert light.within(snapshot, "GET", f"/entities/{SLOW}").json.keys() == {"id", "type", "speed"}


def test_a_snapshot_can_be_played_with(city: City) -> None:
    """4.3.7, 5.5.15: all that can be done with entities can be done in a snapshot, and the city knows nothing of it."""
    snapshot = city.freeze()
    city.ready(snapshot)
    assert city.within(snapshot, "PATCH", f"/entities/{FAST}/attrs", {"speed": {"value": 120}}).status == 204
    assert city.within(snapshot, "DELETE", f"/entities/{SLOW}").status == 204
    tram = {"id": "urn:ngsi-ld:Tram:1", "type": "Tram", "line": {"value": 903}}
    got = city.within(snapshot, "POST", "/entities", tram)
    assert (got.status, got.headers["location"]) == (201, "/ngsi-ld/v1/entities/urn:ngsi-ld:Tram:1")
    assert city.cars(snapshot) == [FAST]
    assert city.within(snapshot, "GET", f"/entities/{FAST}").json["speed"]["value"] == 120
    past = city.within(snapshot, "GET", f"/temporal/entities/{FAST}?options=temporalValues")
    assert [value for value, _ in past.json["speed"]["values"]] == [120]
    assert city.ask("GET", f"/entities/{FAST}").json["speed"]["value"] == 80
    assert city.ask("GET", f"/entities/{SLOW}").status == 200
    assert city.ask("GET", "/entities/urn:ngsi-ld:Tram:1").status == 404
    assert {name for name, _ in foreign_lines(city.broker.store.reader)} == {""}
    assert b"120" not in b"".join(line for _, line in foreign_lines(city.broker.store.reader))


def test_the_past_is_held_fast_too(city: City) -> None:
    """5.16.1.4: temporal queries bring what they find of the past, and no more than that."""
    for speed in (81, 82):
        city.clock.advance(1)
        assert city.ask("PATCH", f"/entities/{FAST}/attrs", {"speed": {"value": speed}}).status == 204
    ask = {**CARS, "temporalQ": {**BEFORE, "timeproperty": "modifiedAt", "lastN": 2}}
    got = city.ask("POST", "/snapshots", {"type": "Snapshot", "snapshotTemporalQueries": [ask]})
    snapshot = got.headers["location"].removeprefix("/ngsi-ld/v1/snapshots/")
    shown = city.ready(snapshot)
    assert (shown["snapshotStatus"], shown["snapshotTemporalQueriesDetails"]) == (
        "success",
        [{"resultStatus": "success"}],
    )
    city.clock.advance(1)
    assert city.ask("PATCH", f"/entities/{FAST}/attrs", {"speed": {"value": 83}}).status == 204
    live = city.ask("GET", f"/temporal/entities/{FAST}?timeproperty=modifiedAt&options=sysAttrs").json["speed"]
    past = city.within(snapshot, "GET", f"/temporal/entities/{FAST}?timeproperty=modifiedAt&options=sysAttrs").json[
        "speed"
    ]
    assert [one["value"] for one in past] == [81, 82]
    assert [one["modifiedAt"] for one in past] == [one["modifiedAt"] for one in live[1:3]]
    assert city.within(snapshot, "GET", f"/entities/{FAST}").status == 404  # nothing was asked of the present
    twin = city.ask("POST", f"/snapshots/{snapshot}/clone", {"type": "Snapshot"}).headers["location"].rpartition("/")[2]
    assert city.ready(twin)["snapshotStatus"] == "success"
    assert city.ask("DELETE", f"/snapshots/{snapshot}").status == 204
    found = city.within(twin, "GET", "/temporal/entities?type=Vehicle&timeproperty=modifiedAt").json
    assert {one["id"]: [each["value"] for each in one["speed"]] for one in found} == {FAST: [81, 82], SLOW: [30]}


def test_a_twin_goes_its_own_way(city: City) -> None:
    """5.16.2: a clone has what the snapshot has by now, and outlives it."""
    snapshot = city.freeze()
    city.ready(snapshot)
    assert city.within(snapshot, "PATCH", f"/entities/{FAST}/attrs", {"speed": {"value": 99}}).status == 204
    got = city.ask("POST", f"/snapshots/{snapshot}/clone", {"type": "Snapshot", "snapshotPriority": 9})
    twin = got.headers["location"].rpartition("/")[2]
    shown = city.ready(twin)
    assert (got.status, shown["snapshotStatus"], shown["snapshotPriority"]) == (201, "success", 9)
    assert shown["snapshotQueries"] == [CARS]
    assert city.within(twin, "PATCH", f"/entities/{SLOW}/attrs", {"speed": {"value": 1}}).status == 204
    assert city.within(snapshot, "GET", f"/entities/{SLOW}").json["speed"]["value"] == 30
    assert city.ask("DELETE", f"/snapshots/{snapshot}").status == 204
    assert city.cars(twin) == [FAST, SLOW]
    assert city.within(twin, "GET", f"/entities/{FAST}").json["speed"]["value"] == 99
    for bad, refusal in (
        ({"snapshotQueries": [CARS]}, (400, "BadRequestData")),
        ({"id": twin}, (409, "AlreadyExists")),
    ):
        assert told(city.ask("POST", f"/snapshots/{twin}/clone", bad)) == refusal
    assert told(city.ask("POST", f"/snapshots/{snapshot}/clone", {})) == (404, "ResourceNotFound")


def test_changing_how_a_snapshot_is_kept(light: City) -> None:
    """5.16.4: lifetime, priority and receiver; the answer tells what it is now."""
    snapshot = light.freeze()
    before = light.ready(snapshot)
    got = light.ask("PATCH", f"/snapshots/{snapshot}", {"snapshotPriority": 2, "snapshotLifetime": "P3D"})
    assert (got.status, got.json["snapshotPriority"]) == (200, 2)
    assert got.json["expiresAt"] > before["expiresAt"]
    got = light.ask(
        "PATCH", f"/snapshots/{snapshot}", {"snapshotPriority": None}, content_type="application/merge-patch+json"
    )
    assert (got.json["snapshotPriority"], got.json["snapshotLifetime"]) == (5, "P3D")
    assert (
        light.ask("PATCH", f"/snapshots/{snapshot}", {"snapshotStatus": "failure"}).json["snapshotStatus"] == "success"
    )
    for bad in ({"snapshotQueries": []}, {"id": "urn:x:1"}, {"type": "T"}, {"snapshotPriority": 0}, {"x": 1}):
        assert told(light.ask("PATCH", f"/snapshots/{snapshot}", bad)) == (400, "BadRequestData"), bad
    long = light.ask("PATCH", f"/snapshots/{snapshot}", {"snapshotLifetime": "P900Y"}).json["expiresAt"]
    assert long < "2027", "bounded"


def test_purging(light: City) -> None:
    """5.16.7, 6.36.3.2: by a query about the members of snapshots, which must be there and fit some."""
    low, high = light.freeze(snapshotPriority=2), light.freeze(snapshotPriority=8)
    light.ready(low), light.ready(high)
    for bad in ("", "?q=speed>50", "?q=snapshotPriority<", "?q=standsOn{Street:name}==1"):
        assert told(light.ask("DELETE", f"/snapshots{bad}")) == (400, "BadRequestData"), bad
    assert told(light.ask("DELETE", "/snapshots?q=snapshotPriority>9")) == (404, "ResourceNotFound")
    assert light.ask("DELETE", "/snapshots?q=snapshotPriority<5").status == 204
    assert [light.ask("GET", f"/snapshots/{one}").status for one in (low, high)] == [404, 200]
    for q in (f'id=="{high}";type=="Snapshot"', 'snapshotStatus=="success";createdAt>2020-01-01T00:00:00Z'):
        assert light.ask("DELETE", f"/snapshots?q={q};lastUsedAt<2020-01-01T00:00:00Z").status == 404
    assert light.ask("DELETE", f'/snapshots?q=id=="{high}";expiresAt>2020-01-01T00:00:00Z').status == 204
    assert light.holders() == []


def test_snapshots_that_are_not_there(light: City) -> None:
    """6.3.22: 404 wherever one is named, and the header comes back; no other resource has anything to do with it."""
    nobody = "urn:ngsi-ld:Snapshot:nobody"
    for method, path, body in (
        ("GET", "/entities?type=Vehicle", None),
        ("GET", f"/entities/{FAST}", None),
        ("GET", "/types", None),
        ("GET", f"/temporal/entities/{FAST}", None),
        ("DELETE", f"/entities/{FAST}", None),
        ("POST", "/entityOperations/delete", [FAST]),
    ):
        got = light.within(nobody, method, path, body)
        assert (told(got), got.headers["ngsild-snapshot"]) == ((404, "ResourceNotFound"), nobody), path
    assert told(light.within("mine", "GET", "/types")) == (400, "BadRequestData")
    assert told(light.within(nobody, "GET", "/csourceRegistrations?type=Vehicle")) == (422, "OperationNotSupported")
    assert light.ask("GET", f"/entities/{FAST}").status == 200
    for method in ("GET", "DELETE", "PATCH"):
        assert told(light.ask(method, f"/snapshots/{nobody}", {})) == (404, "ResourceNotFound")
        assert told(light.ask(method, "/snapshots/mine", {})) == (400, "BadRequestData")


def test_snapshots_belong_to_their_tenant(city: City) -> None:
    """5.5.15: tenant and snapshot are both to be named; no name of a tenant leads into a snapshot."""
    assert (
        city.ask(
            "POST", "/entities", {"id": FAST, "type": "Vehicle", "speed": {"value": 7}}, ngsild_tenant="other"
        ).status
        == 201
    )
    body = {"type": "Snapshot", "snapshotQueries": [CARS]}
    got = city.ask("POST", "/snapshots", body, ngsild_tenant="other")
    snapshot = got.headers["location"].rpartition("/")[2]
    city.ready(snapshot, ngsild_tenant="other")
    got = city.within(snapshot, "GET", "/entities?type=Vehicle", ngsild_tenant="other")
    assert [one["speed"]["value"] for one in got.json] == [7]
    assert got.headers["ngsild-tenant"] == "other"
    assert city.within(snapshot, "GET", "/entities?type=Vehicle").status == 404
    assert told(city.ask("GET", "/types", ngsild_tenant=city.holders()[0])) == (400, "BadRequestData")
    assert told(city.ask("POST", "/snapshots", body, ngsild_tenant="nobody")) == (404, "NonexistentTenant")


def test_time_is_over(city: City) -> None:
    """5.5.15: a snapshot ends when it said; then nothing of it is left in memory or on disk."""
    snapshot = city.freeze(snapshotLifetime="PT1H")
    city.ready(snapshot)
    city.within(snapshot, "PATCH", f"/entities/{FAST}/attrs", {"speed": {"value": 1}})
    city.clock.advance(HOUR_S + 1)
    assert city.within(snapshot, "GET", "/entities?type=Vehicle").status == 404
    assert city.ask("GET", f"/snapshots/{snapshot}").status == 404

    async def tick() -> None:
        city.house.snapshots.tick()
        await city.broker.durable()

    city.run(tick())
    assert city.holders() == []
    reader = city.broker.store.reader
    assert {row[0] for row in reader.execute("SELECT tenant FROM ngsi_entity")} == {""}
    assert not reader.execute("SELECT 1 FROM ngsi_kept WHERE kind='snapshot'").fetchall()
    numbers = {record.number for record in city.broker.tenants[""].by_id.values()}
    assert {int(row[0]) for row in reader.execute("SELECT number FROM ngsi_change")} - {0} == numbers
    assert city.ready(city.freeze(id=snapshot))["snapshotStatus"] == "success"


def test_what_ends_in_the_city_stays_in_a_snapshot(light: City) -> None:
    """4.22: a transient entity goes; where it was held fast, it is still as it was."""
    end = {"id": "urn:ngsi-ld:Vehicle:brief", "type": "Vehicle", "expiresAt": "2027-01-01T00:00:00Z"}
    assert light.ask("POST", "/entities", end).status == 201
    snapshot = light.freeze(snapshotLifetime="P30D")
    light.ready(snapshot)
    light.clock.advance(25 * 24 * HOUR_S)
    while light.clock.now_us() < 1_798_761_600 * US:
        light.ask("PATCH", f"/snapshots/{snapshot}", {"snapshotLifetime": "P30D"})
        light.clock.advance(20 * 24 * HOUR_S)
    assert light.ask("GET", f"/entities/{end['id']}").status == 404
    assert end["id"] in light.cars(snapshot)


def test_a_snapshot_is_there_after_a_start(open_store: Callable[[], TelemetryStore]) -> None:
    """Nothing acknowledged is lost: entities, what was done to them, the past, and how it is kept."""
    first = City(open_store())
    first.drive()
    ask = {**CARS, "temporalQ": {**BEFORE, "timeproperty": "modifiedAt"}}
    snapshot = first.freeze(snapshotTemporalQueries=[ask], snapshotPriority=3, endpoint="http://news.example/")
    first.ready(snapshot)
    for speed in (90, 91):
        assert first.within(snapshot, "PATCH", f"/entities/{FAST}/attrs", {"speed": {"value": speed}}).status == 204
    gone = first.freeze()
    first.ready(gone)
    assert first.ask("DELETE", f"/snapshots/{gone}").status == 204
    first.close()
    again = City(open_store())
    shown = again.ready(snapshot)
    assert (shown["snapshotStatus"], shown["snapshotPriority"]) == ("success", 3)
    assert again.within(snapshot, "GET", f"/entities/{FAST}").json["speed"]["value"] == 91
    past = again.within(snapshot, "GET", f"/temporal/entities/{FAST}?timeproperty=modifiedAt").json["speed"]
    assert [one["value"] for one in past] == [80, 90, 91]
    assert len(again.holders()) == 1
    assert again.ask("DELETE", f"/snapshots/{snapshot}").status == 204
    again.close()


def test_what_a_stop_cut_short_has_failed(open_store: Callable[[], TelemetryStore]) -> None:
    """A snapshot in preparation when the process ended never gets ready: its status says so, also to its receiver."""
    first = City(open_store())
    first.drive()
    snapshot = first.freeze(endpoint="http://news.example/")
    first.ready(snapshot)
    holdings = first.broker.tenants[""]
    half = msgspec.json.decode(holdings.kept["snapshot"][snapshot]) | {"status": "preparing", "details": []}

    async def as_if_cut_short() -> None:
        first.broker.keep(holdings, "snapshot", snapshot, msgspec.json.encode(half))

    first.run(as_if_cut_short())
    first.close()
    again = City(open_store())
    assert again.ask("GET", f"/snapshots/{snapshot}").json["snapshotStatus"] == "failure"

    async def tick() -> None:
        again.house.snapshots.tick()
        await again.broker.durable()

    again.run(tick())
    (letter,) = again.house.notifier.outbox.boxes["", f"snapshot {snapshot}"].waiting
    assert msgspec.json.decode(letter.body)["snapshotStatus"] == "failure"
    again.close()


def test_news(city: City) -> None:
    """5.16.6, 5.3.4: who is named is told when it is done and of every change, with what the receiver wants."""

    async def sending(work: Callable[[], Any]) -> Any:
        task = asyncio.create_task(city.house.notifier.run())
        await asyncio.sleep(0.05)
        got = await asyncio.to_thread(lambda: None) or await work()
        await asyncio.sleep(0.2)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        return got

    body = {
        "type": "Snapshot",
        "snapshotQueries": [CARS],
        "snapshotTemporalQueries": [{**CARS, "temporalQ": BEFORE}],
        "endpoint": "http://news.example/here",
        "receiverInfo": [{"key": "X-Key", "value": "secret"}],
    }
    got = city.run(sending(lambda: city._ask("POST", "/ngsi-ld/v1/snapshots", body, {})))
    snapshot = got.headers["location"].rpartition("/")[2]
    ((uri, head, news),) = city.letters
    assert (uri, msgspec.json.decode(head)) == ("http://news.example/here", {"Content-Type": "application/json"})
    shown = city.ready(snapshot)
    assert (news["type"], news["snapshotId"], news["snapshotStatus"]) == ("SnapshotNotification", snapshot, "partial")
    assert news["snapshotQueriesDetails"] == shown["snapshotQueriesDetails"]
    assert news["temporalSnapshotQueriesDetails"] == shown["snapshotTemporalQueriesDetails"]
    assert news["expiresAt"] == shown["expiresAt"]
    assert news["notifiedAt"] < news["expiresAt"]
    city.run(sending(lambda: city._ask("PATCH", f"/ngsi-ld/v1/snapshots/{snapshot}", {"snapshotPriority": 1}, {})))
    assert [one[2]["snapshotPriority"] for one in city.letters] == [5, 1]
    assert city.house.notifier.figures()["delivered"] == 2


def test_subscriptions_in_a_snapshot(light: City) -> None:
    """5.5.15, 6.3.22: what happens in a snapshot is told to who subscribed there, with the snapshot's name."""
    snapshot = light.freeze()
    light.ready(snapshot)
    wanted = {
        "type": "Subscription",
        "entities": [{"type": "Vehicle"}],
        "notification": {"endpoint": {"uri": "http://here.example/"}},
    }
    got = light.within(snapshot, "POST", "/subscriptions", wanted)
    assert got.status == 201, got
    assert light.ask("GET", "/subscriptions").json == []
    name = got.headers["location"].rpartition("/")[2]
    light.ask("PATCH", f"/entities/{FAST}/attrs", {"speed": {"value": 1}})
    light.within(snapshot, "PATCH", f"/entities/{FAST}/attrs", {"speed": {"value": 2}})
    assert light.within(snapshot, "GET", f"/subscriptions/{name}/deadLetters").json["due"] == 1
    (letter,) = light.house.notifier.outbox.boxes[light.holders()[0], name].waiting
    assert msgspec.json.decode(letter.head)["NGSILD-Snapshot"] == snapshot
    assert "NGSILD-Tenant" not in msgspec.json.decode(letter.head)
    assert light.ask("DELETE", f"/snapshots/{snapshot}").status == 204
    assert light.house.notifier.figures()["subscriptions"] == 0


def test_the_citys_own_entities_in_a_snapshot(light: City) -> None:
    """They are held fast like all others, under the names that their maker's @context gives them; so rights hold."""
    sources, services = street(), light.house.services()
    light.door = make_ngsild(light.broker, sources, library=light.house.library, services=services)
    lamps = {"type": "Query", "entities": [{"type": "Streetlight"}]}
    count = light.ask("GET", "/entities?type=Streetlight&count=true&limit=0").headers["ngsild-results-count"]
    plain = light.freeze(lamps)
    link = LINK.format("http://city.example/ngsi-ld/v1/jsonldContexts/stadtwerk.jsonld")
    got = light.ask("POST", "/snapshots", {"type": "Snapshot", "snapshotQueries": [lamps]}, link=link)
    home = got.headers["location"].rpartition("/")[2]
    for snapshot, said in ((plain, {}), (home, {"link": link})):
        assert light.ready(snapshot)["snapshotStatus"] == "success"
        got = light.within(snapshot, "GET", "/entities?type=Streetlight&count=true&limit=1", **said)
        assert (got.headers["ngsild-results-count"], got.json[0]["type"]) == (count, "Streetlight"), snapshot
        name = got.json[0]["id"]
        assert (
            light.within(snapshot, "GET", f"/entities/{name}", **said).json
            == light.ask("GET", f"/entities/{name}", **said).json
        )
        written = light.within(snapshot, "PATCH", f"/entities/{name}/attrs", {"remark": {"value": "x"}}, **said)
        assert written.status == 204, written
        assert "remark" not in light.ask("GET", f"/entities/{name}", **said).json
    public = Rights([Grant(who=("*",), types=(light.house.library.home.terms.expand("Streetlight"),))])
    light.door._rights_of = lambda principal, tenant: public
    counted = "/entities?type=Streetlight&count=true&limit=0"
    assert light.within(home, "GET", counted, link=link).headers["ngsild-results-count"] == count
    assert light.within(plain, "GET", counted).headers["ngsild-results-count"] == count
    light.door._rights_of = lambda principal, tenant: Rights([Grant(who=("*",), types=(f"{CORE}Vehicle",))])
    assert light.within(plain, "GET", counted).headers["ngsild-results-count"] == "0"


@pytest.mark.secures("AR-1")
def test_a_snapshot_shows_only_what_its_asker_may_read(light: City) -> None:
    """What somebody may not read in the city, they may not read in a snapshot that somebody else made."""
    assert light.ask("POST", "/entities", {"id": "urn:ngsi-ld:Safe:1", "type": "Safe"}).status == 201
    snapshot = light.freeze(CARS, {"type": "Query", "entities": [{"type": "Safe"}]}, endpoint="http://news.example/")
    light.ready(snapshot)
    reader = Rights([Grant(who=("*",), types=(f"{CORE}Vehicle",))])
    light.door._rights_of = lambda principal, tenant: reader
    assert light.cars(snapshot) == [FAST, SLOW]
    assert light.within(snapshot, "GET", "/entities?type=Safe").json == []
    assert light.within(snapshot, "GET", "/entities/urn:ngsi-ld:Safe:1").status == 404
    assert light.within(snapshot, "GET", "/types").json["typeList"] == ["Vehicle"]
    assert light.within(snapshot, "DELETE", f"/entities/{FAST}").status == 401
    assert light.ask("POST", "/snapshots", {"type": "Snapshot", "snapshotQueries": [CARS]}).status == 401
    assert light.ask("GET", f"/snapshots/{snapshot}").status == 401  # it names who is told, and with which secret
    writer = Rights([Grant(who=("*",), may=("read", "write"), types=(f"{CORE}Vehicle",))])
    light.door._rights_of = lambda principal, tenant: writer
    mine = light.freeze({"type": "Query", "entities": [{"type": "Vehicle"}, {"type": "Safe"}]})
    light.ready(mine)
    light.door._rights_of = lambda principal, tenant: Rights([Grant(who=("*",))])
    assert light.within(mine, "GET", "/types").json["typeList"] == ["Vehicle"]


def test_limits(light: City, monkeypatch: pytest.MonkeyPatch) -> None:
    """Refused rather than held at the cost of others: nothing that somebody asked to keep gives way."""
    monkeypatch.setattr(keeping, "SNAPSHOTS", 1)
    snapshot = light.freeze()
    light.ready(snapshot)
    body = {"type": "Snapshot", "snapshotQueries": [CARS]}
    assert told(light.ask("POST", "/snapshots", body)) == (403, "TooManyResults")
    assert light.ask("PATCH", f"/snapshots/{snapshot}", {"snapshotPriority": 1}).status == 200
    monkeypatch.setattr(keeping, "SNAPSHOTS", 9)
    monkeypatch.setattr(filling, "SNAPSHOT_ENTITIES_ALL", 2)
    assert light.ready(light.freeze())["snapshotStatus"] == "failure"


def test_other_sources_are_asked_once(light: City) -> None:
    """5.16.1.4: what other sources have is held fast, too; 5.5.15: nobody but here is asked afterwards."""
    elsewhere = light.sources
    light.house.federation._sources = elsewhere
    registration = {
        "type": "ContextSourceRegistration",
        "information": [{"entities": [{"type": "Vehicle"}]}],
        "endpoint": "http://neighbour.example",
    }
    assert light.ask("POST", "/csourceRegistrations", registration).status == 201
    far = {"id": "urn:ngsi-ld:Vehicle:far", "type": "Vehicle", "speed": {"type": "Property", "value": 88}}
    elsewhere.answer("POST", "http://neighbour.example/ngsi-ld/v1/entityOperations/query", 200, [far])
    elsewhere.answer("GET", "http://neighbour.example/ngsi-ld/v1/entities", 200, [far])
    snapshot = light.freeze({**CARS, "q": "speed>50"})
    assert light.ready(snapshot)["snapshotStatus"] == "success"
    asked = len(elsewhere.asked)
    assert asked > 0
    assert light.cars(snapshot) == ["urn:ngsi-ld:Vehicle:far", FAST]
    assert len(elsewhere.asked) == asked
    elsewhere.answers.clear()
    shown = light.ready(light.freeze())
    assert (shown["snapshotStatus"], shown["snapshotQueriesDetails"][0]["resultStatus"]) == ("partial", "partial")
