"""What a plan must be: there, and sayable to a lamp."""

from __future__ import annotations

from stadtwerk.kernel.limits import CALENDAR_PROGRAMS
from stadtwerk.kernel.refusal import Fault, Refused
from stadtwerk.systems.lighting.plans.nights import rule_faults
from stadtwerk.systems.lighting.plans.state import Plans
from stadtwerk.systems.lighting.plans.things import Calendar, Plan, Program, Version

LEVEL_STEPS, ELEVATION_STEPS = 2, 100
"""A lamp hears levels in half percents and elevations in hundredths of a degree."""
ROUNDING = 1e-6


def plan_named(plans: Plans, plan_id: str) -> tuple[Plan, Version]:
    """Return a plan and its version in force; refuses one that is not there or was put away (404)."""
    plan = plans.kept.get(plan_id)
    now = plan.now() if plan else None
    if plan is None or now is None or now.retired:
        detail = f"no program or calendar {plan_id!r} in this city"
        raise Refused.of("unknown-plan", "There is no such program or calendar", 404, detail)
    return plan, now


def is_program(plans: Plans, name: str) -> bool:
    """Tell whether a program of this id is in force."""
    plan = plans.kept.get(name)
    now = plan.now() if plan else None
    return bool(now and not now.retired and isinstance(now.content, Program))


def program_faults(program: Program) -> list[Fault]:
    """Tell what of a program a lamp cannot be told exactly."""
    return [
        Fault(name, f"goes in steps of {1 / steps:g}")
        for name, steps in (
            ("full_percent", LEVEL_STEPS),
            ("dim_percent", LEVEL_STEPS),
            ("on_elevation_deg", ELEVATION_STEPS),
        )
        if abs((value := getattr(program, name) * steps) - round(value)) > ROUNDING
    ]


def calendar_faults(plans: Plans, calendar: Calendar) -> list[Fault]:
    """Tell everything wrong with a calendar: days that are not there, programs that are not, too many of them."""
    faults = [fault for place, rule in enumerate(calendar.rules) for fault in rule_faults(place, rule)]
    named = [(f"rules[{place}].program", rule.program) for place, rule in enumerate(calendar.rules)]
    for field, name in (("default_program", calendar.default_program), *named):
        if not is_program(plans, name):
            faults.append(Fault(field, f"no program {name!r} in this city"))
    if len(calendar.programs()) > CALENDAR_PROGRAMS:
        faults.append(Fault("rules", f"a lamp keeps at most {CALENDAR_PROGRAMS} programs"))
    return faults
