"""The questions about energy."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec

from stadtwerk.kernel.clock import iso
from stadtwerk.kernel.refusal import Refused
from stadtwerk.kernel.system import Query
from stadtwerk.systems.lighting.energy import views
from stadtwerk.systems.lighting.energy.orders import Month
from stadtwerk.systems.lighting.energy.registers import COLUMNS, registers_of
from stadtwerk.systems.lighting.energy.replay import OfReplay, replay_view
from stadtwerk.systems.lighting.energy.report import report_csv, report_view
from stadtwerk.systems.lighting.energy.surveying import certified_bound
from stadtwerk.systems.lighting.ports import Archive
from stadtwerk.systems.lighting.proof import about, section_at
from stadtwerk.systems.lighting.queries import pack_columns
from stadtwerk.systems.lighting.state import Lighting
from stadtwerk.vocab.lighting import Id

Day = Annotated[str, msgspec.Meta(max_length=10)]


class Now(msgspec.Struct, frozen=True):
    """A question about this moment."""


class OfNight(msgspec.Struct, frozen=True):
    """A question about the night that begins on a local day, "" = the present or last one."""

    day: Day = ""


class OfYear(msgspec.Struct, frozen=True):
    """A question about the year of nights up to a local day, "" = today."""

    until: Day = ""


class OfMonth(msgspec.Struct, frozen=True):
    """A question about a month of nights."""

    month: Month


class OfBound(msgspec.Struct, frozen=True):
    """A question about a street's least power, in its full class for a share of the time."""

    street: Id
    share: Annotated[float, msgspec.Meta(ge=0, le=1)] = 0.0


def _now(lighting: Lighting, archive: Archive, asked: Now, now_us: int) -> dict[str, Any]:
    return views.now_view(lighting, now_us)


def _night(lighting: Lighting, archive: Archive, asked: OfNight, now_us: int) -> dict[str, Any]:
    return views.night_view(lighting, archive, asked.day, now_us)


def _nights(lighting: Lighting, archive: Archive, asked: OfYear, now_us: int) -> dict[str, Any]:
    return views.nights_view(lighting, asked.until, now_us)


def _replay(lighting: Lighting, archive: Archive, asked: OfReplay, now_us: int) -> dict[str, Any]:
    return replay_view(lighting, asked, now_us)


def _report(lighting: Lighting, archive: Archive, asked: OfMonth, now_us: int) -> dict[str, Any]:
    return report_view(lighting, asked.month, now_us)


def _csv(lighting: Lighting, archive: Archive, asked: OfMonth, now_us: int) -> bytes:
    return report_csv(lighting, asked.month, now_us)


def _bound(lighting: Lighting, archive: Archive, asked: OfBound, now_us: int) -> dict[str, Any]:
    """Return a bound with its proof, for `tools/verify_bound.py`."""
    place, section = section_at(lighting, asked.street, 100.0, now_us)
    told = certified_bound(section, asked.share, about(lighting, place, section, now_us))
    if told is None:
        words = "none of its areas keeps any class"
        raise Refused.of("unlit-street", "The street has no light to judge", 404, words)
    return told


def _registers(lighting: Lighting, archive: Archive, asked: Now, now_us: int) -> bytes:
    """Write what the lamps' meters last said as columns, in the form of `/lighting/lamps/columns`."""
    told = registers_of(lighting)
    arrays = {name: getattr(told, name).astype(dtype) for name, dtype in COLUMNS.items()}
    return pack_columns({"n": len(lighting.inventory), "at": iso(now_us)}, arrays)


QUERIES = (
    Query("/lighting/energy/now", "The present gap to the lower bound, beside always on and half-night", Now, _now),
    Query("/lighting/energy/night", "A night's energy beside the three baselines, by district", OfNight, _night),
    Query("/lighting/energy/nights", "A year of nights: energy, baselines and gap, in columns", OfYear, _nights),
    Query("/lighting/energy/replay", "A night under another program or policy", OfReplay, _replay),
    Query("/lighting/energy/report", "A month's energy report, with method, seal and signature", OfMonth, _report),
    Query("/lighting/energy/report/csv", "A month's energy report as CSV", OfMonth, _csv, binary=True),
    Query("/lighting/energy/bound", "The least power of a street, with its proof", OfBound, _bound),
    Query("/lighting/energy/registers", "What the lamps' meters last said, as columns", Now, _registers, binary=True),
)
