"""One gateway that speaks TALQ: orders become calls of its lamps, what these say becomes attributes and logs."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

import numpy as np

from stadtwerk.kernel.clock import US, iso
from stadtwerk.protocols import lampradio
from stadtwerk.protocols.lampradio import OP_CLEAR, OP_SET, LampCommand
from stadtwerk.protocols.talq.gateway import GatewaySide, Order
from stadtwerk.protocols.talq.model import Document, LogReport
from stadtwerk.protocols.talq.wire import Answer, Request
from stadtwerk.twin.city import City, Ix
from stadtwerk.twin.lamps import PROGRAM_RAMP_S
from stadtwerk.twin.radio import Frames
from stadtwerk.twin.talq.calendar import Almanac
from stadtwerk.twin.talq.following import Following
from stadtwerk.twin.talq.network import ACTUATOR, BASIC, MONITOR, attribute, gateway_network, lamp_address

FOR_EVER_S = 2**32 - 1
"""End of an override without an expiration: the last second a lamp can count to."""
HEARD_S = 30
"""A lamp that still tells an older token so long after it was called has not heard it; tokens are seconds at least."""
LATER_MAX = 10_000
"""Most orders that wait for their start; the oldest give way."""
ENTRIES = 10_000
"""Most entries of one report."""
MEASURED = {
    "activePower": "power_w",
    "activeEnergy": "energy_kwh",
    "operatingHours": "burning_h",
    "temperature": "temperature_c",
    "supplyVoltage": "voltage_v",
}
"""Attributes of a lamp's monitor and what the lamp's status calls them."""


class Call(NamedTuple):
    """A command for lamps (k,) of this gateway."""

    ix: Ix
    command: LampCommand


@dataclass(slots=True)
class _Later:
    """An override that begins in the future."""

    begins_us: int
    order: Order


class TalqGateway:
    """The lamps (k,) behind one gateway, by a clock that is handed in."""

    def __init__(self, city: City, row: int, lamps: Ix, uri: str) -> None:
        self.row, self.eui = row, city.gateway_eui[row]
        self.network = gateway_network(city, row, lamps, uri)
        self._told: list[Order] = []
        self.side = GatewaySide(self.network, self._told.append)
        self._ix_of = {lamp_address(city.dev_eui[ix]): int(ix) for ix in lamps}
        self._address_of = {ix: address for address, ix in self._ix_of.items()}
        self._holds: dict[int, tuple[int, Document]] = {}
        self._since_us: dict[str, int] = {}
        self._failed: set[int] = set()
        self._following = Following(Almanac(city.centre, city.timezone))
        self._later: deque[_Later] = deque(maxlen=LATER_MAX)
        self._token = self._now_us = 0

    def answer(self, request: Request) -> tuple[Answer, list[Call]]:
        """Answer the CMS; calls of lamps that follow from it."""
        self._told.clear()
        answer = self.side.handle(request)
        if request.path.startswith(("/calendars", "/control-programs")):
            self._following.renew()
        return answer, self._calls(self._told)

    def live(self, now_us: int) -> list[Call]:
        """Live on until now: keep the gateway's own time, sample, and call lamps whose orders begin."""
        since_us, self._now_us = self._now_us or now_us, now_us
        if self.side.address.int:
            at = iso(now_us)
            self.side.measure(self.side.address, BASIC, "currentTime", attribute("DateTime", at, at))
            self.side.sample(since_us, now_us)
        due = [one for one in self._later if one.begins_us <= now_us]
        for one in due:
            self._later.remove(one)
        return self._calls([one.order for one in due]) + self._follow()

    def _follow(self) -> list[Call]:
        """Call lamps whose calendar wants another level now."""
        side = self.side
        calls = []
        for held in self._following.due(side.calendars.rows, side.programs.rows, self._now_us):
            command: Document = {
                "state": {"name": "LevelState", "value": held.level_percent},
                "rampToLevelTime": PROGRAM_RAMP_S,
                "reason": "program",
                "refAddress": f"control-programs/{held.program}",
                "expiration": iso(held.until_us),
            }
            rows = list(held.rows)
            calls.append(Call(np.array(rows, np.int64), self._on_air(command, rows)))
        return calls

    def hear(self, frames: Frames, now_us: int) -> None:
        """Take what lamps say of themselves."""
        if not self.side.address.int:
            return
        at, values = iso(now_us), lampradio.physical(frames["data"])
        for place, ix in enumerate(frames["ix"].tolist()):
            self._measure(ix, {name: float(column[place]) for name, column in values.items()}, at)

    def reports(self) -> Iterator[LogReport]:
        """Give what loggers recorded and must report by now: each so many seconds after the first entry (`delay`)."""
        for address, logger in self.side.loggers.rows.items():
            if not self.side.logs.get(address):
                self._since_us.pop(address, None)
                continue
            since_us = self._since_us.setdefault(address, self._now_us)
            delay_s = logger.get("reportingMode", {}).get("delay", 0)
            if self._now_us >= since_us + delay_s * US:
                yield self.side.take_log(address, ENTRIES)

    def _measure(self, ix: int, said: dict[str, float], at: str) -> None:
        side, lamp = self.side, self._address_of[ix]
        level = round(said["level_percent"])
        state = {"name": "LevelState", "value": level}
        side.measure(lamp, ACTUATOR, "actualLightState", attribute("LevelState", state, at))
        for name, column in MEASURED.items():
            side.measure(lamp, MONITOR, name, attribute("Float", said[column], at))
        flags = int(said["flags"])
        self._tell_failure(ix, flags & lampradio.LAMP_FAILURE != 0, at)
        feedback: Document = {"state": state, "reason": "program"}
        token, command = self._holds.get(ix, (0, {}))
        if token != int(said["token"]) and token + HEARD_S < self._now_us // US:
            self._following.missed(ix, self._now_us)
        if flags & lampradio.OVERRIDE_ACTIVE:
            feedback = {"state": state, "reason": "override", **(command if token == int(said["token"]) else {})}
        side.measure(lamp, ACTUATOR, "feedbackLightCommand", attribute("Command", feedback, at))

    def _tell_failure(self, ix: int, failed: bool, at: str) -> None:  # noqa: FBT001 - what it tells
        if failed != (ix in self._failed):
            (self._failed.add if failed else self._failed.discard)(ix)
            lamp = self._address_of[ix]
            self.side.measure(lamp, MONITOR, "lampFailure", attribute("Boolean", failed, at))
            self.side.event(lamp, MONITOR, "lampFailure", at, begins=failed)

    def _calls(self, orders: list[Order]) -> list[Call]:
        """Put orders together that say the same: one call for each."""
        calls: dict[int, tuple[Document | None, list[int]]] = {}
        for order in orders:
            ix = self._ix_of.get(order.device)
            if ix is None:
                continue
            if order.about == "calendar":
                if self._following.assign(ix, order.calendar):
                    calls.setdefault(id(None), (None, []))[1].append(ix)
                continue
            begins_us = _instant_us(order.command, "start") or 0
            if begins_us > self._now_us:
                self._later.append(_Later(begins_us, order))
                continue
            if order.command is None or order.command["state"]["name"] == "LevelState":
                calls.setdefault(id(order.command), (order.command, []))[1].append(ix)
        for command, rows in calls.values():
            ends_us = _instant_us(command, "expiration") or (0 if command is None else FOR_EVER_S * US)
            self._following.overridden(rows, ends_us)
        return [Call(np.array(rows, np.int64), self._on_air(command, rows)) for command, rows in calls.values()]

    def _on_air(self, command: Document | None, rows: list[int]) -> LampCommand:
        """Write a command as lamps understand it, with a token newer than any before."""
        self._token = max(self._token + 1, self._now_us // US)
        if command is None:
            return LampCommand(OP_CLEAR, self._token)
        self._holds.update(dict.fromkeys(rows, (self._token, command)))
        ends_us = _instant_us(command, "expiration")
        until_s = -(-ends_us // US) if ends_us else FOR_EVER_S
        ramp_s = min(round(command.get("rampToLevelTime", 0)), lampradio.RAMP_MAX_S)
        return LampCommand(OP_SET, self._token, command["state"].get("value", 100), ramp_s, max(until_s, 1))


def _instant_us(command: Document | None, name: str) -> int | None:
    """Return an instant of a checked command, us, None where it has none."""
    if command is None or name not in command:
        return None
    return round(datetime.fromisoformat(command[name].upper()).timestamp() * US)
