"""Snapshots: what queries found, held fast, with what is told of it (ETSI GS CIM 009 clauses 5.2.41, 5.2.42, 5.3.4)."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

import msgspec

from stadtwerk.context.entities.document import Entity
from stadtwerk.context.entities.expand import check_id
from stadtwerk.context.evaluate import Subject, compile_q
from stadtwerk.context.holders import frozen_name
from stadtwerk.context.limits import SNAPSHOT_DAYS, SNAPSHOT_QUERIES
from stadtwerk.context.moments import write_moment
from stadtwerk.context.problems import one_fault
from stadtwerk.context.q import terms_of
from stadtwerk.context.q_parser import parse_q
from stadtwerk.context.subscriptions.endpoint import Endpoint, read_endpoint
from stadtwerk.context.temporal.duration import read_duration
from stadtwerk.context.terms import Terms
from stadtwerk.kernel.clock import US
from stadtwerk.kernel.refusal import Refused

Json = dict[str, Any]
Status = Literal["preparing", "success", "partial", "empty", "failure"]

KIND = "snapshot"
DAY_US = 86_400 * US
LIFE_US = DAY_US
"""How long a snapshot is kept when nobody says so."""
PRIORITY, PRIORITY_MAX = 5, 10
_NOWHERE = "http://nobody.invalid"
"""Stands for the endpoint where only receiverInfo is to be judged."""
_QUERIES = ("snapshotQueries", "snapshotTemporalQueries")
_WRITTEN = frozenset(("id", "type", "snapshotLifetime", "snapshotPriority", "endpoint", "receiverInfo", *_QUERIES))
_TIMES = ("createdAt", "modifiedAt", "expiresAt", "lastUsedAt")
_TOLD = frozenset(("snapshotStatus", "snapshotQueriesDetails", "snapshotTemporalQueriesDetails", *_TIMES))
"""Members that are only told; passed over where clients write them (table 5.2.41-2)."""


class Snapshot(msgspec.Struct, omit_defaults=True):
    """A snapshot as it is kept: what was asked, how that went, until when it stays (instants: microseconds UTC)."""

    id: str
    created_us: int
    modified_us: int
    expires_us: int
    used_us: int
    context: Any = None
    """The @context that the queries were written in, as the client gave it; None for none."""
    queries: list[Json] = []
    temporal: list[Json] = []
    lifetime: str = ""
    priority: int = PRIORITY
    endpoint: str = ""
    receiver: list[Json] = []
    status: Status = "preparing"
    details: list[Json] = []
    temporal_details: list[Json] = []

    def holder(self, tenant: str) -> str:
        """Return under what name its entities are held."""
        return frozen_name(tenant, self.id, self.created_us)

    def receiver_of_news(self) -> Endpoint | None:
        """Return whom to tell how it goes, None for nobody (clause 5.16.6)."""
        return _endpoint(self.endpoint, self.receiver) if self.endpoint else None


def new_snapshot(content: Mapping[str, Any], now_us: int) -> Snapshot:
    """Read what is to be held fast; refuses what is malformed (400)."""
    _check_members(content)
    queries, temporal = (_read_queries(content, name) for name in _QUERIES)
    if not queries and not temporal:
        raise one_fault("snapshotQueries", "give this or snapshotTemporalQueries")
    made = _made(content, now_us)
    made.queries, made.temporal = queries, temporal
    return made


def cloned_snapshot(of: Snapshot, content: Mapping[str, Any], now_us: int) -> Snapshot:
    """Read how a snapshot's twin is to be kept; it tells of the same queries (clause 5.16.2)."""
    _check_members(content, queries=False)
    made = _made(content, now_us)
    made.queries, made.temporal, made.context = of.queries, of.temporal, of.context
    made.details, made.temporal_details = of.details, of.temporal_details
    return made


def changed_snapshot(before: Snapshot, content: Mapping[str, Any], now_us: int) -> Snapshot:
    """Change how a snapshot is kept and who is told of it; null takes a member back (clause 5.16.4)."""
    _check_members(content, queries=False)
    if "id" in content and content["id"] != before.id:
        raise one_fault("id", "stays what it is")
    after = msgspec.structs.replace(before, modified_us=now_us)
    _keep_as_said(after, content, now_us)
    return after


def outcome(found: Sequence[str]) -> Status:
    """Return how a snapshot is, by the results of its queries (clause 5.16.1.4)."""
    for only in ("success", "empty", "failure"):
        if all(result == only for result in found):
            return only
    return "partial" if {"success", "partial"}.intersection(found) else "empty"


def show_snapshot(snapshot: Snapshot) -> Json:
    """Show a snapshot (clause 5.2.41)."""
    shown: Json = {"id": snapshot.id, "type": "Snapshot"}
    shown |= {
        name: value
        for name, value in (
            ("snapshotQueries", snapshot.queries),
            ("snapshotTemporalQueries", snapshot.temporal),
            ("snapshotLifetime", snapshot.lifetime),
            ("endpoint", snapshot.endpoint),
            ("receiverInfo", snapshot.receiver),
            ("snapshotQueriesDetails", snapshot.details),
            ("snapshotTemporalQueriesDetails", snapshot.temporal_details),
        )
        if value
    }
    return shown | {
        "snapshotPriority": snapshot.priority,
        "snapshotStatus": snapshot.status,
        "createdAt": write_moment(snapshot.created_us),
        "modifiedAt": write_moment(snapshot.modified_us),
        "expiresAt": write_moment(snapshot.expires_us),
        "lastUsedAt": write_moment(snapshot.used_us),
    }


def write_news(snapshot: Snapshot, number: str, at_us: int) -> bytes:
    """Write the notification of how a snapshot is (clause 5.3.4, whose table names one member its own way)."""
    told: Json = {
        "id": f"urn:ngsi-ld:SnapshotNotification:{number}",
        "type": "SnapshotNotification",
        "notifiedAt": write_moment(at_us),
        "snapshotId": snapshot.id,
        "snapshotStatus": snapshot.status,
        "snapshotPriority": snapshot.priority,
        "expiresAt": write_moment(snapshot.expires_us),
    }
    if snapshot.details:
        told["snapshotQueriesDetails"] = snapshot.details
    if snapshot.temporal_details:
        told["temporalSnapshotQueriesDetails"] = snapshot.temporal_details
    return msgspec.json.encode(told)


def read_purge(text: str, terms: Terms) -> Callable[[Snapshot], bool]:
    """Compile which snapshots to purge; refuses a query about anything but their members (clause 5.16.7)."""
    node = parse_q(text)
    for term in terms_of(node):
        if term.path.name not in _WRITTEN | _TOLD or term.path.linked is not None:
            raise one_fault("q", f"{term.path.name[:60]} is no member of a snapshot")
    holds = compile_q(node, terms)

    def test(snapshot: Snapshot) -> bool:
        entity = Entity(snapshot.id, ["Snapshot"], {}, [], snapshot.created_us, snapshot.modified_us)
        entity.expires_at_us = snapshot.expires_us
        for name, value in show_snapshot(snapshot).items():
            entity.put(terms.expand(name), [{"type": "Property", "value": value}])
        return holds(Subject(entity))

    return test


def _check_members(content: Mapping[str, Any], *, queries: bool = True) -> None:
    for name in content:
        if name not in _WRITTEN | _TOLD:
            raise one_fault(name[:100], "no member of a snapshot")
        if name in _QUERIES and not queries:
            raise one_fault(name, "stays as it was when the snapshot was made")
    if content.get("type", None if queries else "Snapshot") != "Snapshot":
        raise one_fault("type", "is Snapshot")


def _made(content: Mapping[str, Any], now_us: int) -> Snapshot:
    given = content.get("id", f"urn:ngsi-ld:Snapshot:{uuid.uuid4()}")
    if not isinstance(given, str):
        raise one_fault("id", "a URI")
    made = Snapshot(check_id(given), now_us, now_us, now_us + LIFE_US, now_us)
    _keep_as_said(made, content, now_us)
    return made


def _keep_as_said(snapshot: Snapshot, content: Mapping[str, Any], now_us: int) -> None:
    """Take in what clients may say of a snapshot at any time; a lifetime counts from when it is said."""
    if "snapshotPriority" in content:
        snapshot.priority = _priority(content["snapshotPriority"])
    if "snapshotLifetime" in content:
        snapshot.lifetime = content["snapshotLifetime"] or ""
        snapshot.expires_us = _end(content["snapshotLifetime"], now_us)
    uri, receiver = content.get("endpoint"), content.get("receiverInfo")
    if uri is not None or receiver is not None:
        _endpoint(_NOWHERE if uri is None else uri, [] if receiver is None else receiver)
    if "endpoint" in content:
        snapshot.endpoint = uri or ""
    if "receiverInfo" in content:
        snapshot.receiver = receiver or []


def _priority(value: Any) -> int:
    if value is None:
        return PRIORITY
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= PRIORITY_MAX:
        raise one_fault("snapshotPriority", f"a whole number from 1 to {PRIORITY_MAX}")
    return value


def _end(lifetime: Any, now_us: int) -> int:
    if lifetime is None:
        return now_us + LIFE_US
    fault = one_fault("snapshotLifetime", "a duration such as PT1H or P7D (ISO 8601), more than none")
    if not isinstance(lifetime, str):
        raise fault
    try:
        length = read_duration(lifetime)
        end_us = now_us if length.whole else length.after(now_us, 1)
    except Refused as error:
        raise fault from error
    if end_us <= now_us:
        raise fault
    return min(end_us, now_us + SNAPSHOT_DAYS * DAY_US)


def _endpoint(uri: Any, receiver: Any) -> Endpoint:
    try:
        return read_endpoint({"uri": uri, "receiverInfo": receiver}, "snapshot")
    except Refused as refused:
        fault = refused.refusal.faults[0]
        place = "receiverInfo" if fault.field.endswith("receiverInfo") else "endpoint"
        raise one_fault(place, fault.detail) from refused


def _read_queries(content: Mapping[str, Any], name: str) -> list[Json]:
    """Read queries, of the past if their name says so: these have a temporalQ, the others none (clause 5.2.41)."""
    if name not in content:
        return []
    queries = content[name]
    if not isinstance(queries, list) or not 0 < len(queries) <= SNAPSHOT_QUERIES:
        raise one_fault(name, f"a list of 1 to {SNAPSHOT_QUERIES} queries")
    of_past = name == _QUERIES[1]
    for query in queries:
        if not isinstance(query, dict) or query.get("type") != "Query":
            raise one_fault(name, "each is an object of type Query")
        if ("temporalQ" in query) is not of_past:
            raise one_fault(f"{name}.temporalQ", "goes with queries of the past, and with each of these")
    return queries
