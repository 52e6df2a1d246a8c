"""LwM2M objects, their resources and paths, as the public registry defines them (objects 0, 1, 3 and 3416 to 3419)."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping
from importlib.resources import files
from typing import NamedTuple

import msgspec

from stadtwerk.protocols.malformed import Malformed

ID_MAX = 65_534
"""Highest number of an object, an instance or a resource; 65,535 is reserved (LwM2M Core 1.1, 7.2)."""

Link = tuple[int, int]
"""An object link: object and instance, 65,535 twice for none."""
Value = bool | int | float | str | bytes | Link

DEVICE, LAMP, ASSET, METER, PHOTOCELL = 3, 3416, 3417, 3418, 3419


class Path(NamedTuple):
    """Where something is: object, instance, resource, resource instance; -1 from where the path ends."""

    object: int
    instance: int = -1
    resource: int = -1
    item: int = -1

    def __str__(self) -> str:
        return "/" + "/".join(str(number) for number in self if number >= 0)

    def holds(self, other: Path) -> bool:
        """Tell whether another path is this one or lies below it."""
        return all(mine in (-1, theirs) for mine, theirs in zip(self, other, strict=True))


Values = Mapping[Path, Value]
"""Resources, or instances of resources with many, by their paths."""


class Resource(msgspec.Struct, frozen=True, array_like=True):
    """A resource: what may be done with it (R, W, E), its type, whether it has many instances, its range and unit."""

    id: int
    name: str
    operations: str
    kind: str
    many: bool
    mandatory: bool
    low: float
    high: float
    unit: str


class ObjectKind(msgspec.Struct, frozen=True):
    """An object of the registry with its resources."""

    name: str
    version: str
    many: bool
    resources: tuple[Resource, ...]


def _read_objects() -> dict[int, ObjectKind]:
    tables = tomllib.loads((files(__package__) / "objects.toml").read_text(encoding="utf-8"))
    return {int(number): msgspec.convert(table, ObjectKind) for number, table in tables.items()}


OBJECTS = _read_objects()
"""Objects by number."""
_RESOURCES = {(number, one.id): one for number, kind in OBJECTS.items() for one in kind.resources}


def parse_path(text: str) -> Path:
    """Read `/3416/0/1`; Malformed for anything else than one to four numbers."""
    parts = text.removeprefix("/").split("/")
    if not text.startswith("/") or not 1 <= len(parts) <= 4:
        raise Malformed("lwm2m-path", f"{text[:40]!r} is no path")
    numbers = []
    for part in parts:
        if not (part.isascii() and part.isdigit() and len(part) <= 5 and int(part) <= ID_MAX):
            raise Malformed("lwm2m-path", f"{text[:40]!r} is no path")
        numbers.append(int(part))
    return Path(*numbers)


def kind_of(path: Path) -> Resource | None:
    """Return what the registry says of a resource; None where it is not known here."""
    return _RESOURCES.get((path.object, path.resource))


def check(path: Path, value: Value) -> Value:
    """Return a value of the resource's type and range; Malformed otherwise; a Float may be told as a whole number."""
    known = kind_of(path)
    if known is None:
        return value
    if known.kind in ("Integer", "Unsigned Integer", "Time", "Float"):
        return _number(path, known, value)
    wanted = _TYPES.get(known.kind)
    if wanted is None or not isinstance(value, wanted) or (wanted is tuple and len(value) != 2):  # type: ignore[arg-type]
        raise Malformed("lwm2m-type", f"{path}: {str(value)[:40]!r} is no {known.kind or 'value'}")
    return value


_TYPES: dict[str, type] = {"Boolean": bool, "String": str, "Opaque": bytes, "Objlnk": tuple, "Corelnk": str}


def _number(path: Path, known: Resource, value: Value) -> Value:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Malformed("lwm2m-type", f"{path}: {str(value)[:40]!r} is no {known.kind}")
    if known.kind == "Float":
        value = float(value)
        if not known.low <= value <= known.high and not math.isnan(value):
            raise Malformed("lwm2m-range", f"{path}: {value} is not within {known.low:g}..{known.high:g}")
        return value
    if not math.isfinite(value) or value != int(value):
        raise Malformed("lwm2m-type", f"{path}: {value} is no whole number")
    value = int(value)
    low = max(known.low, 0.0) if known.kind == "Unsigned Integer" else known.low
    if not low <= value <= known.high or not -(1 << 63) <= value < 1 << 63:
        raise Malformed("lwm2m-range", f"{path}: {value} is not within {low:g}..{known.high:g}")
    return value
