"""Subscriptions to registrations through the door, on both databases (ETSI GS CIM 009 clauses 5.11, 5.3.2)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from conformance.ngsild.instance import BASE
from conformance.ngsild.telling import URI, Telling
from stadtwerk.app.context.source_notifier import SourceNotifier
from stadtwerk.context.library import Library
from stadtwerk.context.moments import write_moment
from stadtwerk.doors.ngsild import Services, make_ngsild
from stadtwerk.stores.telemetry import TelemetryStore

SUBSCRIPTION, REGISTRATION = "/csourceSubscriptions/urn:s:1", "/csourceRegistrations/urn:r:1"


class Watching(Telling):
    """A broker with subscriptions to registrations."""

    def __init__(self, store: TelemetryStore) -> None:
        super().__init__(store)
        library = Library(BASE)
        self.watchers = SourceNotifier(self.broker, library, self.notifier)
        services = Services(watchers=self.watchers, notifications=self.notifier)
        self.door = make_ngsild(self.broker, {}, library=library, services=services)


@pytest.fixture
def city(open_store: Callable[[], TelemetryStore]) -> Iterator[Watching]:
    """An empty broker with a receiver."""
    watching = Watching(open_store())
    yield watching
    watching.close()


def subscribe(city: Watching, **members: Any) -> None:
    """Subscribe to sources of pumps."""
    content = {"id": "urn:s:1", "type": "Subscription", "entities": [{"type": "Pump"}], **members}
    got = city.ask("POST", "/csourceSubscriptions", {"notification": {"endpoint": {"uri": URI}}, **content})
    assert got.status == 201, got


def register(city: Watching, *types: str, **members: Any) -> None:
    """Register a source."""
    content = {
        "id": "urn:r:1",
        "type": "ContextSourceRegistration",
        "information": [{"entities": [{"type": name}]} for name in types or ("Pump",)],
        "endpoint": "http://north.example",
        **members,
    }
    got = city.ask("POST", "/csourceRegistrations", content)
    assert got.status == 201, got


def told(city: Watching) -> list[tuple[str, list[str]]]:
    """Return what was told: reasons and registrations."""
    return [(one.body["triggerReason"], [r["id"] for r in one.body["data"]]) for one in city.settled()]


def test_5_11_a_subscription_is_kept_changed_and_forgotten(city: Watching) -> None:
    wanted = {"timerel": "after", "timeAt": "2026-01-01T00:00:00Z"}
    subscribe(city, temporalQ=wanted)
    shown = city.ask("GET", SUBSCRIPTION).json
    assert (shown["temporalQ"], shown["status"]) == (wanted, "active")
    assert "notificationTrigger" not in shown
    assert city.ask("GET", "/subscriptions").json == []
    assert len(city.ask("GET", "/csourceSubscriptions").json) == 1
    assert city.ask("PATCH", SUBSCRIPTION, {"temporalQ": None, "isActive": False}).status == 204
    shown = city.ask("GET", SUBSCRIPTION).json
    assert (shown["status"], "temporalQ" in shown) == ("paused", False)
    assert city.ask("PATCH", SUBSCRIPTION, {"temporalQ": {"timerel": "before"}}).problem == "BadRequestData"
    assert city.ask("DELETE", SUBSCRIPTION).status == 204
    assert city.ask("GET", SUBSCRIPTION).problem == "ResourceNotFound"


def test_5_11_7_what_becomes_of_a_registration_is_told(city: Watching) -> None:
    subscribe(city)
    register(city)
    assert told(city) == [("newlyMatching", ["urn:r:1"])]
    city.ask("PATCH", REGISTRATION, {"endpoint": "http://south.example"})
    assert told(city) == [("updated", ["urn:r:1"])]
    city.ask("PATCH", REGISTRATION, {"information": [{"entities": [{"type": "Tank"}]}]})
    assert told(city) == [("noLongerMatching", ["urn:r:1"])]
    city.ask("PATCH", REGISTRATION, {"description": "of no interest"})
    assert told(city) == []
    city.ask("PATCH", REGISTRATION, {"information": [{"entities": [{"type": "Pump"}]}]})
    city.ask("DELETE", REGISTRATION)
    assert told(city) == [("newlyMatching", ["urn:r:1"]), ("noLongerMatching", ["urn:r:1"])]


def test_5_11_7_what_matches_already_is_told_at_once_and_what_does_not_matter_left_out(city: Watching) -> None:
    register(city, "Pump", "Tank", contextSourceInfo=[{"key": "X-Key", "value": "secret"}])
    subscribe(city)
    (notification,) = city.settled()
    assert notification.body["type"] == "ContextSourceNotification"
    assert notification.body["subscriptionId"] == "urn:s:1"
    (registration,) = notification.body["data"]
    assert registration["information"] == [{"entities": [{"type": ["Pump"]}]}]
    assert "contextSourceInfo" not in registration


@pytest.mark.parametrize(
    ("wish", "source", "matches"),
    [
        ({"watchedAttributes": ["flow"]}, {}, True),
        ({"csf": 'vendor=="ACME"'}, {"vendor": "ACME"}, True),
        ({"csf": 'vendor=="ACME"'}, {"vendor": "other"}, False),
        (
            {"geoQ": {"georel": "near;maxDistance==500", "geometry": "Point", "coordinates": [6.76, 51.43]}},
            {"location": {"type": "Point", "coordinates": [6.76, 51.431]}},
            True,
        ),
        (
            {"temporalQ": {"timerel": "before", "timeAt": "2020-06-01T00:00:00Z"}},
            {"observationInterval": {"startAt": "2020-01-01T00:00:00Z"}},
            True,
        ),
        ({}, {"observationInterval": {"startAt": "2020-01-01T00:00:00Z"}}, False),
        ({"isActive": False}, {}, False),
    ],
    ids=["attribute", "csf", "other csf", "place", "time", "not the latest", "paused"],
)
def test_5_11_7_whom_a_source_concerns(city: Watching, wish: Any, source: Any, matches: bool) -> None:
    subscribe(city, **wish)
    register(city, **source)
    assert bool(told(city)) is matches


def test_5_11_7_periodic_subscriptions_are_told_by_the_clock(city: Watching) -> None:
    register(city)
    subscribe(city, timeInterval=10)
    assert told(city) == [("newlyMatching", ["urn:r:1"])]
    city.ask("PATCH", REGISTRATION, {"description": "later"})
    assert told(city) == []
    city.clock.advance(11)
    city.run(tick(city))
    assert told(city) == [("newlyMatching", ["urn:r:1"])]


async def tick(city: Watching) -> None:
    """Let the clock be looked at."""
    city.watchers.tick()


def test_subscriptions_survive_a_restart(open_store: Callable[[], TelemetryStore]) -> None:
    before = Watching(open_store())
    subscribe(before)
    before.close()
    after = Watching(open_store())
    register(after)
    assert told(after) == [("newlyMatching", ["urn:r:1"])]
    after.close()


def test_5_9_2_a_registration_ends_when_it_said(city: Watching) -> None:
    subscribe(city)
    register(city, expiresAt=write_moment(city.clock.now_us() + 60_000_000))
    assert city.ask("GET", REGISTRATION).status == 200
    city.clock.advance(61)
    assert city.ask("GET", REGISTRATION).status == 404
    assert city.ask("GET", "/csourceRegistrations?type=Pump").json == []
    city.run(tick(city))
    assert [reason for reason, _ in told(city)] == ["newlyMatching", "noLongerMatching"]
    register(city)
