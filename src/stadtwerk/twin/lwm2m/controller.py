"""The objects of one lamp controller: what can be read, written and done, without any socket.

Only what a lamp keeps without power (level and end of the override) is kept; a window yet to begin is lost with it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Protocol

from stadtwerk.protocols.lampradio import OP_CLEAR, OP_SET, RAMP_MAX_S, LampCommand
from stadtwerk.protocols.lwm2m import lamp, senml
from stadtwerk.protocols.lwm2m.model import ASSET, DEVICE, LAMP, METER, Path, Value, Values, check, kind_of
from stadtwerk.protocols.lwm2m.registration import Offer

SERVER = 1
DEFAULT_S = 7_200
"""Duration of an override that names no end: the registry's own example (3416/53)."""
LIFETIME_S = 600
"""Lifetime of a registration until the server says otherwise."""
OFFER = Offer(
    paths=frozenset(Path(number, 0) for number in (SERVER, DEVICE, LAMP, ASSET, METER)),
    formats=frozenset({senml.CBOR}),
)
_CONTROL = (lamp.COMMAND, lamp.START, lamp.END)


class NotAllowed(Exception):  # noqa: N818 - the server asks what may not be; nothing of ours broke
    """The resource cannot be read, written or executed."""


class Body(Protocol):
    """The lamp that a controller is in."""

    def told(self) -> Mapping[str, float]:
        """Tell what the lamp says of itself, as `lampradio.physical` has it."""
        ...

    def held(self) -> tuple[float, int]:
        """Tell the level (percent) and the end (unix s, 0 for none) of the override that the lamp keeps."""
        ...

    def obey(self, command: LampCommand) -> None:
        """Carry a command out; its token does not count."""
        ...

    def reset_hours(self) -> None:
        """Count burning hours from zero."""
        ...

    def now_s(self) -> int:
        """Tell the time, unix seconds."""
        ...


class Controller:
    """Device, server, lamp controller, asset and meter of one lamp."""

    def __init__(self, name: str, power_w: float, body: Body) -> None:
        self._name, self._power_w, self._body = name, power_w, body
        self.lifetime_s = LIFETIME_S
        self._start_s = 0
        self._fade_s = 0.0
        self._default_s = DEFAULT_S
        self._coming: tuple[float, int] | None = None
        """Level and end of a window that has not begun."""

    def read(self, path: Path) -> dict[Path, Value]:
        """Read an object, an instance or a resource; KeyError for none, NotAllowed for what can only be done."""
        found = {one: value for one, value in self._all().items() if path.holds(one)}
        if not found:
            known = kind_of(path)
            if known is not None and known.operations == "E":
                raise NotAllowed
            raise KeyError(path)
        return found

    def write(self, values: Values) -> None:
        """Write resources, all or none; KeyError, NotAllowed or Malformed where one cannot be."""
        here = self._all()
        for path, value in values.items():
            if path not in here:
                raise KeyError(path)
            known = kind_of(path)
            if known is None or "W" not in known.operations:
                raise NotAllowed
            check(path, value)
        told = {(path.object, path.resource): value for path, value in values.items()}
        self.lifetime_s = int(self._number(told.get((SERVER, 1)), self.lifetime_s))
        fade_s = self._number(told.get((LAMP, lamp.FADE)), self._fade_s)
        self._fade_s = fade_s if math.isfinite(fade_s) and fade_s >= 0 else 0.0
        self._default_s = int(self._number(told.get((LAMP, lamp.DURATION)), self._default_s))
        if any((LAMP, number) in told for number in _CONTROL):
            self._override(told)

    def execute(self, path: Path) -> bool:
        """Do something; True where the registration has to be updated. KeyError or NotAllowed where nothing is done."""
        known = kind_of(path)
        if known is None or path.instance != 0:
            raise KeyError(path)
        if (path.object, path.resource) == (LAMP, lamp.HOURS_RESET):
            self._body.reset_hours()
        elif (path.object, path.resource) not in ((SERVER, 8), (DEVICE, 4)):
            raise NotAllowed
        return path.object == SERVER

    def tick(self) -> None:
        """Begin an override whose time has come."""
        if self._coming and self._start_s <= self._body.now_s():
            (level, end), self._coming = self._coming, None
            self._hold(level, end)

    def _override(self, told: Mapping[tuple[int, int], Value]) -> None:
        """Take over a window: 0 or a past end clears, without an end the default duration counts (3416/50 to 53)."""
        level, end = self._coming or self._body.held()
        now_s, command = self._body.now_s(), told.get((LAMP, lamp.COMMAND))
        self._start_s = int(self._number(told.get((LAMP, lamp.START)), self._start_s))
        if (LAMP, lamp.END) in told:
            end = int(self._number(told[LAMP, lamp.END], 0))
        elif command is not None:
            end = max(now_s, self._start_s) + self._default_s
        level, self._coming = self._number(command, level), None
        if end <= now_s:
            self._body.obey(LampCommand(OP_CLEAR, 0, level_percent=level))
        elif self._start_s > now_s:
            self._coming = (level, end)
        else:
            self._hold(level, end)

    def _hold(self, level: float, end: int) -> None:
        ramp_s = min(round(self._fade_s), RAMP_MAX_S)
        self._body.obey(LampCommand(OP_SET, 0, level_percent=level, ramp_s=ramp_s, until_s=end))

    def _all(self) -> dict[Path, Value]:
        """Tell all that can be read."""
        said = self._body.told()
        level, end = self._coming or self._body.held()
        control: dict[int, Value] = {
            lamp.COMMAND: lamp.whole_percent(level),
            lamp.IN_ACTION: lamp.whole_percent(said["asked_percent"]),
            lamp.DAY_BURNER: False,
            lamp.CYCLING: False,
            lamp.START: self._start_s,
            lamp.END: end,
            lamp.FADE: self._fade_s,
            lamp.DURATION: self._default_s,
        }
        others: dict[tuple[int, int], Value] = {
            (SERVER, 0): 1,
            (SERVER, 1): self.lifetime_s,
            (SERVER, 6): False,
            (SERVER, 7): "U",
            (DEVICE, 0): "stadtwerk twin",
            (DEVICE, 2): self._name,
            (DEVICE, 13): self._body.now_s(),
            (DEVICE, 16): "U",
            (ASSET, 1): self._name,
            (ASSET, 7): self._power_w,
        }
        values: dict[Path, Value] = {Path(LAMP, 0, number): value for number, value in control.items()}
        values |= {Path(number, 0, resource): value for (number, resource), value in others.items()}
        return values | {Path(DEVICE, 0, 11, 0): 0} | lamp.report(said)

    @staticmethod
    def _number(value: Value | None, otherwise: float) -> float:
        return float(value) if isinstance(value, int | float) else otherwise
