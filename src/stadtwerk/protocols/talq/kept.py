"""What a CMS must still know after a restart: its gateways, their classes, services, devices and loggers as rows."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple
from uuid import UUID

import msgspec

from stadtwerk.protocols.talq.cms import CmsSide, Gateway, Told
from stadtwerk.protocols.talq.model import Device, Document

GATEWAY, CLASS, SERVICE, DEVICE, LOGGER = "gateway", "class", "service", "device", "logger"


class Kept(NamedTuple):
    """One row: whose it is, its kind and name, and its content as JSON, None for what is gone."""

    gateway: str
    kind: str
    name: str
    body: bytes | None


class _Face(msgspec.Struct, frozen=True):
    serial: str
    stage: int


def changed(side: CmsSide, client: UUID, path: str, told: Iterable[Told]) -> list[Kept]:
    """Return the rows that a followed request of a gateway changed, given its path and what was told in it."""
    gateway = side.gateways[client]
    rows = [face(gateway)]
    if path.startswith("/device-classes"):
        rows += _listed(gateway, CLASS, gateway.classes.rows)
    elif path.startswith("/services"):
        rows += _listed(gateway, SERVICE, gateway.services.rows)
    for one in told:
        rows += [_row(gateway, DEVICE, str(d.address), None if one.about == "gone" else d) for d in one.devices]
    return rows


def whole(gateway: Gateway) -> list[Kept]:
    """Return all rows of one gateway."""
    return [
        face(gateway),
        *_listed(gateway, CLASS, gateway.classes.rows),
        *_listed(gateway, SERVICE, gateway.services.rows),
        *(_row(gateway, DEVICE, address, device) for address, device in gateway.devices.rows.items()),
        *_listed(gateway, LOGGER, gateway.loggers.rows),
    ]


def face(gateway: Gateway) -> Kept:
    """Return the row of a gateway itself."""
    return _row(gateway, GATEWAY, "", _Face(gateway.serial, gateway.stage))


def recall(side: CmsSide, rows: Iterable[Kept]) -> None:
    """Take rows back into a side at its start; those of a gateway without its own row are passed over."""
    kept = list(rows)
    for row in kept:
        if row.kind == GATEWAY and row.body:
            told = msgspec.json.decode(row.body, type=_Face)
            address = UUID(row.gateway)
            side.gateways[address] = Gateway(address, told.serial, stage=told.stage)
    for row in kept:
        gateway = side.gateways.get(UUID(row.gateway))
        if gateway is None or not row.body or row.kind == GATEWAY:
            continue
        if row.kind == DEVICE:
            side.take_back(gateway, msgspec.json.decode(row.body, type=Device))
        else:
            shelf = {CLASS: gateway.classes, SERVICE: gateway.services, LOGGER: gateway.loggers}[row.kind]
            shelf.add([msgspec.json.decode(row.body, type=dict[str, Any])])


def _listed(gateway: Gateway, kind: str, rows: dict[str, Document]) -> list[Kept]:
    return [_row(gateway, kind, name, row) for name, row in rows.items()]


def _row(gateway: Gateway, kind: str, name: str, content: Any) -> Kept:
    body = None if content is None else msgspec.json.encode(content)
    return Kept(str(gateway.address), kind, name, body)
