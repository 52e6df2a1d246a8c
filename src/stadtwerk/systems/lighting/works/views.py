"""What people see of maintenance: jobs, tours, and what became of a report."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from stadtwerk.kernel.clock import US, iso
from stadtwerk.systems.lighting.state import Lighting
from stadtwerk.systems.lighting.views import lamp_status
from stadtwerk.systems.lighting.works.things import LIVE, SERVICE_MIN, SKILL_OF, Crew, Job, Report, Tour, tour_id
from stadtwerk.systems.lighting.works.timing import at_us


def job_view(lighting: Lighting, job: Job, now_us: int) -> dict[str, Any]:
    """Show a job as people see it."""
    inventory = lighting.inventory
    streets, poles = inventory.streets, inventory.text["pole"]
    rows = [inventory.row_of[lamp] for lamp in job.lamps if lamp in inventory.row_of]
    plain: dict[str, Any] = msgspec.to_builtins(job)
    for name in ("opened_at", "due_at", "changed_at", "done_at"):
        told_us = plain.pop(f"{name}_us", 0)
        plain[name] = iso(told_us) if told_us else None
    plain.pop("before", None)
    empty = {"entity": "", "fault_id": "", "report_ids": [], "crew": "", "day": "", "photos": [], "note": ""}
    return {
        **empty,
        "result": "",
        **plain,
        "street": {"id": job.street, "name": streets.names[streets.index[job.street]]},
        "poles": sorted({poles[row] for row in rows}),
        "skill": SKILL_OF[job.kind],
        "service_min": SERVICE_MIN[job.kind],
        "overdue": job.state in LIVE and job.due_at_us < now_us,
        "can_undo": job.before is not None,
    }


def today(lighting: Lighting, now_us: int) -> str:
    """Return the city's local day, ISO 8601."""
    return datetime.fromtimestamp(now_us / US, ZoneInfo(lighting.inventory.city["timezone"])).date().isoformat()


def tour_view(lighting: Lighting, crew: Crew, day: str, now_us: int) -> dict[str, Any]:
    """Show a crew's day: shift, stops with their jobs and times, which of them come after their time."""
    zone = lighting.inventory.city["timezone"]
    tour = lighting.works.tours.get(tour_id(day, crew.id))
    return {
        "crew": crew,
        "day": day,
        "begin_at": iso(at_us(day, crew.begin, zone)),
        "end_at": iso(at_us(day, crew.end, zone)),
        "break_at": iso(tour.break_at_us) if tour and tour.break_at_us else None,
        "back_at": iso(tour.back_at_us) if tour else None,
        "distance_m": tour.distance_m if tour else 0,
        "stops": _stops(lighting, tour, now_us) if tour else [],
    }


def _stops(lighting: Lighting, tour: Tour, now_us: int) -> list[dict[str, Any]]:
    return [
        {
            "arrive_at": iso(stop.arrive_at_us),
            "leave_at": iso(stop.leave_at_us),
            "late": stop.arrive_at_us > job.due_at_us,
            "job": job_view(lighting, job, now_us),
        }
        for stop in tour.stops
        if (job := lighting.works.jobs.get(stop.job))
    ]


def pole_view(lighting: Lighting, row: int, metres: int | None) -> dict[str, Any]:
    """Show a pole to somebody who stands before it: its number as on the label, its street, how far it is."""
    inventory = lighting.inventory
    return {
        "lamp": inventory.ids[row],
        "pole": inventory.text["pole"][row],
        "street": inventory.streets.names[int(inventory.streets.of_lamp[row])],
        "distance_m": metres,
        "lon": float(inventory.lon[row]),
        "lat": float(inventory.lat[row]),
        "status": lamp_status(int(lighting.flags()[row])),
    }


def report_view(lighting: Lighting, report: Report) -> dict[str, Any]:
    """Show a report and what became of it."""
    inventory, row = lighting.inventory, lighting.inventory.row_of[report.lamp]
    job = lighting.works.jobs.get(report.job_id) if report.job_id else None
    return {
        "id": report.id,
        "lamp": report.lamp,
        "pole": inventory.text["pole"][row],
        "street": inventory.streets.names[int(inventory.streets.of_lamp[row])],
        "what": report.what,
        "at": iso(report.at_us),
        "outcome": report.outcome,
        "same_as": report.same_as,
        "job": {"id": job.id, "state": job.state, "due_at": iso(job.due_at_us)} if job else None,
    }
