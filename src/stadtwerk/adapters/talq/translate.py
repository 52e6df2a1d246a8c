"""Between TALQ's devices and the city's lamps: who is who, and what an attribute or event says of a lamp."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from stadtwerk.kernel.clock import EARLIEST_US, US, parse_iso
from stadtwerk.kernel.limits import CLOCK_AHEAD_S
from stadtwerk.kernel.observation import Observations
from stadtwerk.kernel.refusal import Refused
from stadtwerk.protocols.lampradio import LAMP_FAILURE, OVERRIDE_ACTIVE
from stadtwerk.protocols.talq.model import Device, Document, LogReport

MEASURED = {
    "activePower": "power_w",
    "activeEnergy": "energy_kwh",
    "operatingHours": "burning_h",
    "temperature": "temperature_c",
    "supplyVoltage": "voltage_v",
}
"""Measurements of a LampMonitorFunction, and the lamp's columns they fill (W, kWh, h, degrees Celsius, V)."""
KNOWN = ("LampActuatorFunction", "LampMonitorFunction")
"""Functions whose attributes' kinds are checked before they come here."""
FAILURE = "lampFailure"
TOKENS = 2**32
CLOCK_SLACK_US = 2 * US
"""How far a gateway's clock may be behind for its word to count as an answer."""


@dataclass(frozen=True, slots=True)
class Lamps:
    """The n lamps of the city: EUIs (n,), ids, row of each one's gateway, which TALQ reaches, flags last told."""

    dev_eui: NDArray[np.uint64]
    ids: Sequence[str]
    gateway: NDArray[np.int32]
    mine: NDArray[np.bool_]
    flags: NDArray[np.uint8]
    columns: Sequence[str]
    """What is told of lamps."""


class Said(NamedTuple):
    """One attribute of a function, or an event's begin or end (`value` is a truth), with the time told."""

    device: UUID
    function: str
    name: str
    value: Any
    at: Any


class Translator:
    """Knows each device's lamp; turns what is told of devices into observations of lamps."""

    def __init__(self, lamps: Lamps) -> None:
        self._lamps, self._flags = lamps, lamps.flags.copy()
        mine = np.flatnonzero(lamps.mine).tolist()
        self._row_of_eui = {int(lamps.dev_eui[row]): row for row in mine}
        self._row_of_id = {lamps.ids[row]: row for row in mine}
        self._row_of: dict[UUID, int] = {}
        self._device_of: dict[int, tuple[UUID, UUID]] = {}
        self.rejected: Counter[str] = Counter()
        self.cleared: dict[int, tuple[int, int]] = {}
        """The end of an override each lamp was last told: its token and when, us; TALQ gives it no reference."""

    def learn(self, gateway: UUID, place: int, devices: Iterable[Device]) -> None:
        """Note which lamps devices of a gateway (its row) are: by physical address = EUI-64, else asset = lamp's id."""
        for device in devices:
            row = self._lamp(device)
            if row is None:
                continue
            if int(self._lamps.gateway[row]) != place:
                self.rejected["foreign-gateway"] += 1
                continue
            self._row_of[device.address] = row
            self._device_of[row] = (gateway, device.address)

    def forget(self, devices: Iterable[Device]) -> None:
        """Forget devices that are gone."""
        for device in devices:
            row = self._row_of.pop(device.address, None)
            if row is not None:
                self._device_of.pop(row, None)

    def leave(self, gateway: UUID) -> None:
        """Forget all devices of a gateway: it begins anew."""
        for row in [row for row, (owner, _) in self._device_of.items() if owner == gateway]:
            self._row_of.pop(self._device_of.pop(row)[1], None)

    def of_gateway(self, gateway: UUID) -> dict[UUID, int]:
        """Return the lamps of a gateway by device."""
        return {device: row for row, (owner, device) in list(self._device_of.items()) if owner == gateway}

    def devices(self, euis: Iterable[int]) -> dict[UUID, dict[UUID, int]]:
        """Return lamps by gateway and device, given their EUIs; those that no gateway announced are left out."""
        found: dict[UUID, dict[UUID, int]] = {}
        for eui in euis:
            row = self._row_of_eui.get(eui)
            if row is not None and row in self._device_of:
                gateway, device = self._device_of[row]
                found.setdefault(gateway, {})[device] = row
        return found

    def read_devices(self, devices: Iterable[Device], now_us: int) -> Observations | None:
        """Take what devices hold as observations: attributes with a time of their own."""
        told = (
            Said(device.address, row["type"], name, attribute, attribute["timestamp"])
            for device in devices
            for row in device.functions
            for name, attribute in row.items()
            if name not in ("id", "type") and attribute.get("timestamp")
        )
        return self._gathered(told, now_us)

    def read_log(self, report: LogReport, devices: Mapping[str, Device], now_us: int) -> Observations | None:
        """Take a log's entries as observations, given the gateway's devices by address."""
        return self._gathered(_entries(report, devices), now_us)

    def _gathered(self, told: Iterator[Said], now_us: int) -> Observations | None:
        values: dict[tuple[int, int], dict[str, float]] = {}
        for one in told:
            row = self._row_of.get(one.device)
            if row is None:
                continue
            at_us = _instant_us(one.at, now_us)
            if not EARLIEST_US <= at_us <= now_us + CLOCK_AHEAD_S * US:
                self.rejected["clock"] += 1
            elif columns := dict(self._columns(row, at_us, one)):
                values.setdefault((row, at_us), {}).update(columns)
        if not values:
            return None
        rows, times = np.array(list(values), np.int64).T
        gathered = {
            name: np.array([one.get(name, math.nan) for one in values.values()], np.float64)
            for name in self._lamps.columns
        }
        return Observations("Streetlight", rows.astype(np.int32), times, gathered)

    def _columns(self, row: int, at_us: int, said: Said) -> Iterator[tuple[str, float]]:
        """Give the columns that one attribute or event fills; none for what says nothing of a lamp."""
        value: Any = said.value if isinstance(said.value, bool) else said.value.get("value")
        if said.name == FAILURE and isinstance(value, bool):
            yield "flags", self._flag(row, LAMP_FAILURE, on=value)
        elif value is None or isinstance(said.value, bool) or said.function not in KNOWN:
            return
        elif said.name in MEASURED:
            yield MEASURED[said.name], float(value)
        elif said.name == "actualLightState" and value.get("name") == "LevelState" and "value" in value:
            yield "level_percent", float(value["value"])
        elif said.name == "feedbackLightCommand":
            override = value.get("reason", "default") == "override"
            yield "flags", self._flag(row, OVERRIDE_ACTIVE, on=override)
            yield from self._token(row, at_us, value, override=override)

    def _flag(self, row: int, bit: int, *, on: bool) -> float:
        self._flags[row] = self._flags[row] | bit if on else self._flags[row] & ~np.uint8(bit)
        return float(self._flags[row])

    def _token(self, row: int, at_us: int, command: Document, *, override: bool) -> Iterator[tuple[str, float]]:
        """Tell which order a lamp says it follows: the override's reference, or the end it was told before that."""
        reference = str(command.get("cmsRefId", ""))
        if override and reference.isascii() and reference.isdigit() and 0 < int(reference) < TOKENS:
            yield "token", float(reference)
        token, told_us = self.cleared.get(row, (0, 0))
        if not override and token and at_us >= told_us - CLOCK_SLACK_US:
            yield "token", float(token)

    def _lamp(self, device: Device) -> int | None:
        """Find the lamp a device is."""
        named = {row["type"]: row for row in device.functions}
        address = str(named.get("CommunicationFunction", {}).get("physicalAddress", {}).get("value", ""))
        asset = str(named.get("BasicFunction", {}).get("assetId", {}).get("value", ""))
        try:
            row = self._row_of_eui.get(int(address.replace(":", "").replace("-", ""), 16))
        except ValueError:
            row = None
        return row if row is not None else self._row_of_id.get(asset)


def _entries(report: LogReport, devices: Mapping[str, Device]) -> Iterator[Said]:
    """Give what each entry of a checked log says."""
    for entry in report.entries:
        data: Document = entry["data"]
        address, _, identifier = data["srcAddress"].removeprefix("devices/").partition("/")
        at, device = data.get("timestamp"), devices[address]
        if data["type"] == "AttributeLogData":
            kind = next((row["type"] for row in device.functions if row["id"] == identifier), "")
            attribute = data["attributeValue"]
            yield Said(device.address, kind, data["attributeName"], attribute, attribute.get("timestamp", at))
        elif data["type"] == "EventLogData":
            yield Said(device.address, "", data["eventType"], bool(data.get("startEndFlag", False)), at)


def _instant_us(text: Any, now_us: int) -> int:
    """Return an instant in us, now where none is told, 0 where it is none."""
    if text is None:
        return now_us
    try:
        return parse_iso(str(text).upper())
    except Refused:
        return 0
