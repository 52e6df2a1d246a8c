"""What each side of TALQ says as a client: the gateway's bootstrap and logs, the CMS's commands."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any
from uuid import UUID

import msgspec

from stadtwerk.protocols.talq.gateway import GatewaySide
from stadtwerk.protocols.talq.model import Assignment, Device, Document, LogReport, Network, Override, Reference
from stadtwerk.protocols.talq.side import WRITES
from stadtwerk.protocols.talq.wire import NIL, VERSION, VERSION_HEADER, Answer, Refused, Request, read_body, write_body

BATCH = 2_000
"""Devices in one POST: about 1 MB."""

Talk = Generator[Request, Answer, None]
"""Requests out, each answered before the next."""


class Client:
    """Writes requests: its own address in each, a new id in each write, bodies in one coding, one version."""

    def __init__(self, name: Callable[[], UUID], coding: str = "gzip") -> None:
        self.address, self.version = NIL, VERSION
        self._name, self._coding = name, coding

    def ask(self, method: str, path: str, value: Any = None, **query: str) -> Request:
        """Return a request; the very first, without an address, names no client."""
        if self.address != NIL:
            query["clientAddress"] = str(self.address)
        if method in WRITES:
            query["talqRequestId"] = str(self._name())
        headers, body = write_body(value, self._coding) if value is not None else ({"content-length": "0"}, b"")
        return Request(method, path, query, {**headers, VERSION_HEADER: self.version}, body)

    def read(self, answer: Answer, *statuses: int) -> Any:
        """Return an answer's JSON, None without one, and step down to its version; Refused for other statuses."""
        if answer.status not in statuses:
            raise Refused(answer.status, "genericError", _told(answer))
        self.version = min(self.version, answer.headers.get(VERSION_HEADER, VERSION), key=_minor)
        if not answer.body:
            return None
        try:
            return msgspec.json.decode(read_body(answer.headers, answer.body))
        except msgspec.DecodeError:
            raise Refused(400, "payloadError", "the answer is no JSON") from None


def bootstrap(side: GatewaySide, network: Network, client: Client) -> Talk:
    """Let a gateway in at its CMS and tell all it has: first itself under the NIL UUID, then in the order of TALQ.

    Refused ends it; the gateway begins anew after its retry period.
    """
    client.address = NIL
    own = network.gateway
    first = Device(address=NIL, name=own.name, class_=own.class_, functions=own.functions)
    given = client.read((yield client.ask("POST", "/devices", [first])), 201)
    side.let_in(msgspec.convert(given[0], Device))
    client.address = side.address
    mine = [row for row in network.classes if row["name"] == own.class_]
    others = [row for row in network.classes if row["name"] != own.class_]
    client.read((yield client.ask("POST", "/device-classes", mine)), 201)
    client.read((yield client.ask("PATCH", f"/devices/{side.address}", network.gateway)), 200)
    client.read((yield client.ask("POST", "/services", network.services)), 201)
    client.read((yield client.ask("POST", "/device-classes", others)), 201)
    for start in range(0, len(network.devices), BATCH):
        batch = network.devices[start : start + BATCH]
        client.read((yield client.ask("POST", "/devices", batch)), 201)


def report(client: Client, log: LogReport) -> Request:
    """Send what a logger recorded."""
    return client.ask("POST", "/log-reports", log)


def level_command(level_percent: int, ramp_s: int, until: str, reference: str) -> Document:
    """Make the command that holds a level until an instant (RFC 3339): without an expiration it would never end."""
    state = {"name": "LevelState", "value": level_percent}
    command = {"state": state, "rampToLevelTime": ramp_s, "reason": "override", "expiration": until}
    return {**command, "cmsRefId": reference}


def set_level(client: Client, lamps: list[UUID], command: Document) -> Request:
    """Hold lamps at a level."""
    return client.ask("POST", "/override-commands", Override(_lamps(lamps), command))


def clear(client: Client, lamps: list[UUID]) -> Request:
    """Send lamps back to their program: an override command without a target."""
    return client.ask("POST", "/override-commands", Override(_lamps(lamps)))


def assign_calendar(client: Client, lamps: list[UUID], calendar: str) -> Request:
    """Let lamps follow a calendar; an empty name takes theirs away."""
    return client.ask("POST", "/assign-commands", Assignment(_lamps(lamps), Reference("calendars", calendar)))


def _lamps(lamps: list[UUID]) -> list[Reference]:
    return [Reference("devices", str(lamp)) for lamp in lamps]


def _told(answer: Answer) -> str:
    """Return the beginning of what a refusal says."""
    try:
        body = read_body(answer.headers, answer.body)
    except Refused:
        body = answer.body
    return body[:200].decode(errors="replace")


def _minor(version: str) -> tuple[int, ...]:
    """Return a version's numbers, to compare."""
    return tuple(int(part) for part in version.split(".") if part.isdigit())
