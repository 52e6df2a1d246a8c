"""Subscriptions through the door, on both databases (ETSI GS CIM 009 clauses 5.8, 5.2.12 to 5.2.15)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from conformance.ngsild.telling import URI, Telling
from context import lamps
from stadtwerk.app.context.notify import lanes, outbox
from stadtwerk.stores.telemetry import TelemetryStore

ENTITY = {"id": "urn:t:1", "type": "Thing", "name": {"type": "Property", "value": "first"}}


@pytest.fixture
def city(open_store: Callable[[], TelemetryStore]) -> Iterator[Telling]:
    """An empty broker with a receiver."""
    telling = Telling(open_store())
    yield telling
    telling.close()


def wish(**members: Any) -> dict[str, Any]:
    """Return a subscription as a client writes it."""
    return {
        "id": "urn:s:1",
        "type": "Subscription",
        "entities": [{"type": "Thing"}],
        "notification": {"endpoint": {"uri": URI}},
        **members,
    }


def patch(city: Telling, value: Any, name: str = "name", entity: str = "urn:t:1") -> None:
    """Change an attribute."""
    got = city.ask("PATCH", f"/entities/{entity}/attrs", {name: {"type": "Property", "value": value}})
    assert got.status == 204, got


@pytest.mark.parametrize(
    "members",
    [
        {"id": "no uri"},
        {"type": "Wish"},
        {"entities": []},
        {"entities": [{"id": "urn:t:1"}]},
        {"entities": [{"type": "Thing", "idPattern": "("}]},
        {"watchedAttributes": []},
        {"watchedAttributes": ["id"]},
        {"notificationTrigger": ["entityBorn"]},
        {"throttling": -1},
        {"timeInterval": 0},
        {"timeInterval": 5, "throttling": 5},
        {"timeInterval": 5, "watchedAttributes": ["name"]},
        {"q": "name=="},
        {"scopeQ": "//"},
        {"geoQ": {"georel": "near", "geometry": "Point", "coordinates": [1, 2]}},
        {"isActive": "yes"},
        {"expiresAt": "2001-01-01T00:00:00Z"},
        {"expiresAt": "tomorrow"},
        {"jsonldContext": "unknown"},
        {"temporalQ": {"timerel": "before"}},
        {"notification": {}},
        {"notification": {"endpoint": {"uri": "ftp://x.example/"}}},
        {"notification": {"endpoint": {"uri": "mqtt://x.example"}}},
        {"notification": {"endpoint": {"uri": URI, "accept": "text/html"}}},
        {"notification": {"endpoint": {"uri": URI, "receiverInfo": [{"key": "a:b", "value": "c"}]}}},
        {"notification": {"endpoint": {"uri": URI, "receiverInfo": [{"key": "a", "value": "b\r\nc: d"}]}}},
        {"notification": {"endpoint": {"uri": URI, "notifierInfo": [{"key": "MQTT-QoS", "value": "3"}]}}},
        {"notification": {"endpoint": {"uri": URI}, "format": "verse"}},
        {"notification": {"endpoint": {"uri": URI}, "pick": ["name"], "omit": ["name"]}},
        {"notification": {"endpoint": {"uri": URI}, "pick": ["name"], "attributes": ["name"]}},
        {"notification": {"endpoint": {"uri": URI}, "showChanges": True, "format": "keyValues"}},
        {"notification": {"endpoint": {"uri": URI}, "join": "sideways"}},
    ],
)
def test_a_malformed_subscription_is_refused(open_store: Callable[[], TelemetryStore], members: dict[str, Any]) -> None:
    """Clause 5.8.1.4: whatever is wrong is 400, and nothing is kept."""
    city = Telling(open_store())
    got = city.ask("POST", "/subscriptions", wish(**members))
    assert (got.status, got.problem) == (400, "BadRequestData")
    assert city.ask("GET", "/subscriptions").json == []
    city.close()


def test_a_subscription_is_shown_as_it_was_sent(city: Telling) -> None:
    """Clause 5.8.3: nothing is added but its status and its triggers."""
    assert city.ask("POST", "/subscriptions", wish(q="name=='a'", isActive=False)).status == 201
    got = city.ask("GET", "/subscriptions/urn:s:1")
    assert got.json == {
        **wish(q="name=='a'", isActive=False),
        "notificationTrigger": ["attributeCreated", "attributeUpdated"],
        "status": "paused",
    }
    assert city.ask("POST", "/subscriptions", wish()).problem == "AlreadyExists"
    assert city.ask("GET", "/subscriptions/urn:s:2").problem == "ResourceNotFound"
    assert city.ask("GET", "/subscriptions/no-uri").problem == "BadRequestData"
    assert city.ask("DELETE", "/subscriptions/").status == 405


def test_a_change_replaces_members_and_null_takes_away(city: Telling) -> None:
    """Clause 5.8.2."""
    city.ask("POST", "/subscriptions", wish(q="name=='a'", description="old"))
    assert city.ask("PATCH", "/subscriptions/urn:s:1", {"q": None, "description": "new"}).status == 204
    shown = city.ask("GET", "/subscriptions/urn:s:1").json
    assert "q" not in shown
    assert shown["description"] == "new"
    assert city.ask("PATCH", "/subscriptions/urn:s:1", {"notification": {"format": "concise"}}).status == 400
    assert city.ask("PATCH", "/subscriptions/urn:s:1", {"notification": None}).status == 400


def test_subscriptions_survive_and_so_do_their_figures(open_store: Callable[[], TelemetryStore]) -> None:
    """What was kept works after a start; letters that waited are sent, under the name they had."""
    city = Telling(open_store())
    city.subscribe()
    city.subscribe("gone", "http://gone.example/")
    city.receiver.broken.add("http://gone.example/")
    city.ask("POST", "/entities", ENTITY)
    city.until(lambda: city.notifier.figures()["delivered"] == 1 and city.receiver.tries == 2)
    told = city.ask("GET", "/subscriptions/urn:s:gone").json["notification"]
    assert (told["status"], told["timesSent"], told["timesFailed"]) == ("failed", 1, 1)
    city.close()
    again = Telling(open_store())
    assert [one.uri for one in again.settled()] == ["http://gone.example/"]
    figures = again.notifier.figures()
    assert (figures["due"], figures["delivered"], figures["dead"], figures["pending"]) == (2, 2, 0, 0)
    told = again.ask("GET", "/subscriptions/urn:s:gone").json["notification"]
    assert (told["status"], told["timesSent"], told["timesFailed"]) == ("ok", 2, 1)
    patch(again, "second")
    assert len(again.settled()) == 2
    again.close()


def test_a_notification_tells_the_whole_entity(city: Telling) -> None:
    """Clause 5.3.1, 6.3.8: id, type, subscription, instant, data; the @context in a header."""
    city.subscribe(told={"endpoint": {"uri": URI, "receiverInfo": [{"key": "X-Key", "value": "1"}]}})
    assert city.ask("POST", "/entities", ENTITY, ngsild_tenant="other").status == 201
    city.ask("POST", "/entities", ENTITY)
    (one,) = city.settled()
    assert one.body["id"].startswith("urn:ngsi-ld:Notification:")
    assert (one.body["type"], one.body["subscriptionId"]) == ("Notification", "urn:s:s")
    assert one.entity == ENTITY
    assert one.head["Content-Type"] == "application/json"
    assert one.head["Link"].startswith("<https://uri.etsi.org/ngsi-ld/v1/")
    assert "NGSILD-Tenant" not in one.head
    city.ask("POST", "/subscriptions", wish(), ngsild_tenant="other")
    city.ask("PATCH", "/entities/urn:t:1/attrs", {"name": {"type": "Property", "value": 2}}, ngsild_tenant="other")
    (one,) = city.settled()
    assert one.head["NGSILD-Tenant"] == "other"


TRIGGERS = (
    "entityCreated",
    "entityUpdated",
    "entityDeleted",
    "attributeCreated",
    "attributeUpdated",
    "attributeDeleted",
)


def test_each_trigger_tells_what_it_says(city: Telling) -> None:
    """Clause 5.2.12, table of triggers: what happens to an entity reaches just those who wait for it."""
    for name in TRIGGERS:
        city.subscribe(name, entities=[{"type": "Thing"}], notificationTrigger=[name])
    city.subscribe("default")

    def after(method: str, path: str, body: Any = None) -> set[str]:
        assert city.ask(method, path, body).status in (201, 204)
        return {one.body["subscriptionId"].removeprefix("urn:s:") for one in city.settled()}

    other = {"other": {"type": "Property", "value": 1}}
    assert after("POST", "/entities", ENTITY) == {"entityCreated", "attributeCreated", "default"}
    assert after("POST", "/entities/urn:t:1/attrs", other) == {"entityUpdated", "attributeCreated", "default"}
    assert after("PATCH", "/entities/urn:t:1/attrs", other) == {"entityUpdated", "attributeUpdated", "default"}
    assert after("DELETE", "/entities/urn:t:1/attrs/other") == {"entityUpdated", "attributeDeleted"}
    assert after("DELETE", "/entities/urn:t:1") == {"entityDeleted", "attributeDeleted"}


def test_filters_decide_together(city: Telling) -> None:
    """Clause 5.8.6: entities, watched attributes, q, scopes and places must all agree."""
    place = {"type": "GeoProperty", "value": {"type": "Point", "coordinates": [6.76, 51.43]}}
    body = {**ENTITY, "scope": "/a/b", "location": place, "level": {"type": "Property", "value": 5}}
    near = {"georel": "near;maxDistance==500", "geometry": "Point", "coordinates": [6.76, 51.43]}
    thing = [{"type": "Thing"}]
    wishes: dict[str, tuple[bool, dict[str, Any]]] = {
        "type": (True, {"entities": [{"type": "(Other|Thing)"}]}),
        "other": (False, {"entities": [{"type": "Other"}]}),
        "id": (True, {"entities": [{"type": "*", "id": "urn:t:1"}]}),
        "pattern": (True, {"entities": [{"type": "Thing", "idPattern": "^urn:t:"}]}),
        "no-pattern": (False, {"entities": [{"type": "Thing", "idPattern": "^urn:x:"}]}),
        "watched": (True, {"watchedAttributes": ["level"]}),
        "not-watched": (False, {"watchedAttributes": ["missing"]}),
        "q": (True, {"entities": thing, "q": "level>4"}),
        "no-q": (False, {"entities": thing, "q": "level>5"}),
        "encoded-q": (True, {"entities": thing, "q": "name==%22first%22"}),
        "scope": (True, {"entities": thing, "scopeQ": "/a/#"}),
        "no-scope": (False, {"entities": thing, "scopeQ": "/b/#"}),
        "near": (True, {"entities": thing, "geoQ": near}),
        "far": (False, {"entities": thing, "geoQ": {**near, "coordinates": [7, 51]}}),
        "paused": (False, {"entities": thing, "isActive": False}),
    }
    for name, (_, members) in wishes.items():
        city.subscribe(name, **members)
    assert city.ask("POST", "/entities", body).status == 201
    came = {one.body["subscriptionId"].removeprefix("urn:s:") for one in city.settled()}
    assert came == {name for name, (wanted, _) in wishes.items() if wanted}


def test_forms_and_projections(city: Telling) -> None:
    """Clause 5.2.14.1: attributes, pick, omit, formats, instants, media."""
    forms: dict[str, dict[str, Any]] = {
        "simple": {"format": "keyValues"},
        "concise": {"format": "concise"},
        "picked": {"pick": ["id", "name"]},
        "omitted": {"omit": ["name"]},
        "chosen": {"attributes": ["other"]},
        "times": {"sysAttrs": True, "format": "simplified"},
        "linked-data": {"endpoint": {"uri": URI, "accept": "application/ld+json"}},
        "features": {"endpoint": {"uri": URI, "accept": "application/geo+json"}},
    }
    for name, told in forms.items():
        city.subscribe(name, told=told)
    city.ask("POST", "/entities", ENTITY)
    came = {one.body["subscriptionId"].removeprefix("urn:s:"): one for one in city.settled()}
    data = {name: one.body["data"] for name, one in came.items()}
    head = {"id": "urn:t:1", "type": "Thing"}
    assert data["simple"] == [{**head, "name": "first"}]
    assert data["concise"] == [{**head, "name": "first"}]
    assert data["picked"] == [{"id": "urn:t:1", "name": ENTITY["name"]}]
    assert data["omitted"] == [head]
    assert data["chosen"] == [head]
    assert data["times"][0].keys() == {"id", "type", "name", "createdAt", "modifiedAt"}
    assert data["linked-data"][0]["@context"].startswith("https://uri.etsi.org/")
    assert "Link" not in came["linked-data"].head
    assert data["features"]["features"][0]["properties"] == {"type": "Thing", "name": ENTITY["name"]}


def test_what_went_away_is_told_as_null_beside_what_it_was(city: Telling) -> None:
    """Clauses 4.5.0, 5.2.14.1 (showChanges)."""
    thing = [{"type": "Thing"}]
    city.subscribe("past", told={"showChanges": True}, entities=thing)
    gone = ["attributeDeleted"]
    city.subscribe("gone", told={"showChanges": True}, entities=thing, notificationTrigger=gone)
    city.subscribe("end", entities=thing, notificationTrigger=["entityDeleted"])
    city.ask("POST", "/entities", {**ENTITY, "words": {"languageMap": {"de": "Wort"}}})
    assert "previousValue" not in city.settled()[0].entity["name"]
    patch(city, "second")
    (one,) = city.settled()
    assert one.entity["name"] == {"type": "Property", "value": "second", "previousValue": "first"}
    city.ask("DELETE", "/entities/urn:t:1/attrs/words")
    (one,) = city.settled()
    assert one.entity["words"]["languageMap"] == {"@none": "urn:ngsi-ld:null"}
    assert one.entity["words"]["previousLanguageMap"] == {"de": "Wort"}
    city.ask("DELETE", "/entities/urn:t:1")
    ended = {one.body["subscriptionId"]: one.entity for one in city.settled()}
    assert ended["urn:s:end"].keys() == {"id", "type", "deletedAt"}
    assert ended["urn:s:gone"]["name"]["value"] == "urn:ngsi-ld:null"


def test_throttling_and_intervals_go_by_the_citys_clock(city: Telling) -> None:
    """Clauses 5.2.12, 5.8.6: nothing sooner than so many seconds; and every so many seconds."""
    city.subscribe("slow", entities=[{"type": "Thing"}], throttling=10)
    city.subscribe("round", entities=[{"type": "Thing"}], timeInterval=60, q="name==4")
    city.ask("POST", "/entities", ENTITY)
    patch(city, 2)
    assert len(city.settled()) == 1
    city.clock.advance(11)
    patch(city, 3)
    assert len(city.settled()) == 1

    async def tick() -> None:
        city.notifier.tick()

    city.clock.advance(60)
    city.run(tick())
    assert not city.settled()
    patch(city, 4)
    city.settled()
    city.clock.advance(60)
    city.run(tick())
    city.run(tick())
    (one,) = city.settled()
    assert one.body["subscriptionId"] == "urn:s:round"


def test_an_expired_subscription_is_silent_until_it_is_given_more_time(city: Telling) -> None:
    """Clauses 5.2.12, 5.8.2."""
    city.subscribe(entities=[{"type": "Thing"}], expiresAt="2027-01-01T00:00:00Z")
    city.clock.move_to(1_800_000_000_000_000)
    assert city.ask("GET", "/subscriptions/urn:s:s").json["status"] == "expired"
    city.ask("POST", "/entities", ENTITY)
    assert not city.settled()
    assert city.ask("PATCH", "/subscriptions/urn:s:s", {"expiresAt": "2099-01-01T00:00:00Z"}).status == 204
    patch(city, 2)
    assert len(city.settled()) == 1


def test_order_is_kept_through_failures(city: Telling, monkeypatch: pytest.MonkeyPatch) -> None:
    """A receiver that was away gets everything, in order; others never waited for it."""
    monkeypatch.setattr(lanes, "FIRST_REST_S", 0.01)
    city.subscribe("away", "http://away.example/")
    city.subscribe("here")
    city.receiver.broken.add("http://away.example/")
    city.ask("POST", "/entities", ENTITY)
    for value in range(20):
        patch(city, value)
    city.until(lambda: len(city.receiver.taken) == 21)
    assert {one.uri for one in city.receiver.taken} == {URI}
    city.receiver.broken.clear()
    away = [one for one in city.settled() if one.uri != URI]
    assert [one.entity["name"]["value"] for one in away] == ["first", *range(20)]


def test_what_is_given_up_is_seen_and_sent_again(city: Telling, monkeypatch: pytest.MonkeyPatch) -> None:
    """After so many tries, or a final no, a notification lies among the dead: due = delivered + dead + pending."""
    monkeypatch.setattr(lanes, "FIRST_REST_S", 0.001)
    monkeypatch.setattr(lanes, "NOTIFY_REST_S", 0.002)
    city.subscribe("away", "http://away.example/")
    city.subscribe("strict", "http://strict.example/")
    city.receiver.broken.add("http://away.example/")
    city.receiver.strict.add("http://strict.example/")
    city.ask("POST", "/entities", ENTITY)
    assert not city.settled()
    assert city.notifier.figures()["dead"] == 2
    shown = city.ask("GET", "/subscriptions/urn:s:strict/deadLetters").json
    assert (shown["due"], shown["delivered"], shown["dead"], shown["pending"]) == (1, 0, 1, 0)
    assert shown["deadLetters"][0]["reason"] == "the receiver answered 400"
    assert shown["deadLetters"][0]["notification"]["data"] == [ENTITY]
    city.receiver.strict.clear()
    assert city.ask("POST", "/subscriptions/urn:s:strict/deadLetters").json == {"sentAgain": 1}
    (one,) = city.settled()
    assert one.body["id"] == shown["deadLetters"][0]["notification"]["id"]
    shown = city.ask("GET", "/subscriptions/urn:s:strict/deadLetters").json
    assert (shown["delivered"], shown["dead"], shown["deadLetters"]) == (1, 0, [])


@pytest.mark.parametrize(("hours", "most", "given_up"), [(2, 100, 6), (0.1, 2, 4), (0, 2, 0)])
def test_what_waits_too_long_or_with_too_many_is_given_up(
    city: Telling, monkeypatch: pytest.MonkeyPatch, hours: float, most: int, given_up: int
) -> None:
    """An endpoint that stays away keeps neither memory nor writers for ever; what is fresh stays."""
    monkeypatch.setattr(lanes, "FIRST_REST_S", 0.02)
    monkeypatch.setattr(lanes, "NOTIFY_REST_S", 0.02)
    monkeypatch.setattr(lanes, "NOTIFY_WAITING_EACH", most)
    city.subscribe("away", "http://away.example/")
    city.receiver.broken.add("http://away.example/")
    city.ask("POST", "/entities", ENTITY)
    for value in range(5):
        patch(city, value)
    city.wall.advance(hours * 3_600)
    tries = city.receiver.tries
    city.until(lambda: city.receiver.tries > tries + 2 or not city.notifier.figures()["pending"])
    figures = city.notifier.figures()
    assert (figures["due"], figures["dead"], figures["delivered"]) == (6, given_up, 0)


def test_the_oldest_dead_letters_give_way_and_are_still_counted(city: Telling, monkeypatch: pytest.MonkeyPatch) -> None:
    """A receiver that refuses everything for weeks fills no disk."""
    monkeypatch.setattr("stadtwerk.stores.outbox.DEAD_EACH", 3)
    city.subscribe("strict", "http://strict.example/")
    city.receiver.strict.add("http://strict.example/")
    city.ask("POST", "/entities", ENTITY)
    for value in range(5):
        patch(city, value)
        city.settled()
    shown = city.ask("GET", "/subscriptions/urn:s:strict/deadLetters").json
    assert (shown["due"], shown["dead"]) == (6, 6)
    assert [one["notification"]["data"][0]["name"]["value"] for one in shown["deadLetters"]] == [2, 3, 4]


def test_a_subscription_that_goes_takes_its_letters_along(open_store: Callable[[], TelemetryStore]) -> None:
    """Clause 5.8.5: nothing is sent any more, and one of the same name begins anew."""
    city = Telling(open_store())
    city.subscribe("away", "http://away.example/")
    city.receiver.broken.add("http://away.example/")
    city.ask("POST", "/entities", ENTITY)
    city.until(lambda: city.receiver.tries > 0)
    assert city.ask("DELETE", "/subscriptions/urn:s:away").status == 204
    assert city.notifier.figures()["pending"] == 0
    assert city.notifier.figures()["called_off"] == 1
    city.subscribe("away", "http://away.example/")
    city.close()
    again = Telling(open_store())
    assert not again.settled()
    assert again.notifier.figures()["due"] == 0
    again.close()


def test_too_much_waiting_holds_writers_before_anything_changes(city: Telling, monkeypatch: pytest.MonkeyPatch) -> None:
    """Back-pressure instead of drops: 503 with Retry-After, reading and deleting subscriptions goes on."""
    monkeypatch.setattr(outbox, "NOTIFY_WAITING", 1)
    city.subscribe("away", "http://away.example/")
    city.receiver.broken.add("http://away.example/")
    city.ask("POST", "/entities", ENTITY)
    refused = city.ask("PATCH", "/entities/urn:t:1/attrs", {"name": {"type": "Property", "value": 2}})
    assert (refused.status, refused.headers["retry-after"]) == (503, "1")
    assert city.ask("GET", "/entities/urn:t:1").json["name"]["value"] == "first"
    assert city.ask("DELETE", "/subscriptions/urn:s:away").status == 204
    patch(city, 2)


def test_another_endpoint_gets_what_waits(city: Telling) -> None:
    """Clause 5.8.2: a receiver that moved is told where it is now."""
    city.subscribe("moved", "http://away.example/")
    city.receiver.broken.add("http://away.example/")
    city.ask("POST", "/entities", ENTITY)
    city.until(lambda: city.receiver.tries > 0)
    fresh = {"notification": {"endpoint": {"uri": URI}}}
    assert city.ask("PATCH", "/subscriptions/urn:s:moved", fresh).status == 204
    (one,) = city.settled()
    assert one.uri == URI


def test_the_citys_own_entities_are_told_in_rounds(city: Telling) -> None:
    """Clause 5.8.6: a periodic subscription asks what lives in columns, too."""
    city.notifier.rounds.sources = lamps.street()
    lit = {"entities": [{"type": "Streetlight"}], "q": "powerState==%22on%22", "timeInterval": 60}
    city.subscribe("lit", told={"format": "keyValues", "pick": ["id", "powerState"]}, **lit)
    city.subscribe("none", **{**lit, "q": "powerState==%22broken%22"})

    async def tick() -> None:
        city.notifier.tick()

    city.clock.advance(61)
    city.run(tick())
    (one,) = city.settled()
    assert one.body["data"]
    assert all(entity["powerState"] == "on" for entity in one.body["data"])
