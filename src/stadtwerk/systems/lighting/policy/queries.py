"""The questions about light on demand in force: which streets, what it took hour by hour, and the proofs."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
import numpy as np

from stadtwerk.kernel.clock import US, iso
from stadtwerk.kernel.limits import PAGE_ROWS
from stadtwerk.kernel.refusal import Refused
from stadtwerk.kernel.system import Query
from stadtwerk.systems.lighting.policy.live import street_hours
from stadtwerk.systems.lighting.policy.things import KINDS, Policy, certificate_id
from stadtwerk.systems.lighting.ports import Archive
from stadtwerk.systems.lighting.select import unknown
from stadtwerk.systems.lighting.state import Lighting
from stadtwerk.vocab.lighting import Id


class OfPolicies(msgspec.Struct, frozen=True):
    """A question about the streets lit on demand, or about one street ("" = all)."""

    street: Annotated[str, msgspec.Meta(max_length=64)] = ""
    start: Annotated[int, msgspec.Meta(ge=0, le=10_000)] = 0


class OfLive(msgspec.Struct, frozen=True):
    """A question about the last hours of light on demand, in one street or all ("" = all), by pages."""

    street: Annotated[str, msgspec.Meta(max_length=64)] = ""
    hours: Annotated[int, msgspec.Meta(ge=1, le=24 * 7)] = 12
    start: Annotated[int, msgspec.Meta(ge=0, le=10_000)] = 0


class OfBound(msgspec.Struct, frozen=True):
    """A question about the certificate of a street's state: nobody in it, or its full class everywhere."""

    street: Id
    state: Literal["empty", "full"] = "empty"


def policy_view(lighting: Lighting, policy: Policy) -> dict[str, Any]:
    """Show a policy as people see it: classes asked and kept, how many lamps follow, what can be taken back."""
    inventory, plan = lighting.inventory, policy.plan
    place = inventory.streets.index[policy.id]
    told = {name: lighting.groups[name][place] for name in ("policy", "members", "following")}
    seals = [lighting.policies.certificates.get(certificate_id(policy.id, state)) for state in ("empty", "full")]
    return {
        "street": {"id": policy.id, "name": inventory.streets.names[place]},
        "state": policy.state,
        "number": policy.number,
        "by": policy.by,
        "since": iso(policy.since_us),
        "steps": policy.steps,
        "fade_s": policy.fade_s,
        "traffic": dict(zip(KINDS, policy.traffic, strict=True)),
        "full": plan.full if plan else {},
        "low": plan.low if plan else {},
        "delivered": {"empty": plan.delivered[0], "full": plan.delivered[1]} if plan else None,
        "missed": list(plan.missed) if plan else [],
        "bound_percent": [round(100.0 * share, 2) for share in plan.bounds] if plan else None,
        "patterns": len(plan.patterns) if plan else 0,
        "dark": list(policy.dark),
        "why": policy.why,
        "in_force": bool(told["policy"] == policy.number and policy.state == "planned"),
        "lamps": len(inventory.streets.rows(place)),
        "following": None if np.isnan(told["following"]) else int(told["following"]),
        "seals": {state: one.seal for state, one in zip(("empty", "full"), seals, strict=True) if one},
        "can_undo": policy.before is not None,
    }


def policies_view(lighting: Lighting, asked: OfPolicies) -> dict[str, Any]:
    """Show the streets with a policy, 200 a page; `calculating` is how far the tables are, `next` where to go on."""
    found = _policies(lighting, asked.street)
    page = found[asked.start : asked.start + PAGE_ROWS]
    done, of = lighting.policies.progress
    return {
        "policies": [policy_view(lighting, policy) for policy in page],
        "n": len(found),
        "next": asked.start + PAGE_ROWS if asked.start + PAGE_ROWS < len(found) else None,
        "calculating": {"done": done, "of": of} if of else None,
    }


def live_view(lighting: Lighting, archive: Archive, asked: OfLive, now_us: int) -> dict[str, Any]:
    """Show what light on demand took hour by hour, in columns a street: kWh, road users, minutes.

    `kwh` is of the lamps' meters; `kwh_bound` the least by the bound for the road users counted, `kwh_always_on` the
    full class all along, `kwh_half_night` the same halved from 23 to 5; counts are noised by the street's group before
    they leave it; `minutes_below` those in which failed lamps kept the street below its classes.
    """
    found = _policies(lighting, asked.street)
    since_us = now_us - asked.hours * 3_600 * US
    page = found[asked.start : asked.start + PAGE_ROWS]
    streets = [
        {
            "street": {
                "id": policy.id,
                "name": lighting.inventory.streets.names[lighting.inventory.streets.index[policy.id]],
            },
            "state": policy.state,
            **street_hours(lighting, archive, policy, since_us, now_us),
        }
        for policy in page
    ]
    more = asked.start + PAGE_ROWS < len(found)
    return {"at": iso(now_us), "streets": streets, "next": asked.start + PAGE_ROWS if more else None}


def bound_view(lighting: Lighting, asked: OfBound) -> dict[str, Any]:
    """Return a sealed bound with all it stands on, as `tools/verify_bound.py` reads it."""
    policies = lighting.policies
    kept = policies.certificates.get(certificate_id(asked.street, asked.state))
    if kept is None:
        words = f"no bound of {asked.street} was certified"
        raise Refused.of("no-policy", "There is no light on demand here", 404, words)
    layout = kept.body["layout"]
    marks = {layout["surface"], *(row["photometry"] for row in layout["rows"])}
    materials: dict[str, dict[str, Any]] = {"photometries": {}, "surfaces": {}}
    for mark in sorted(marks):
        if material := policies.materials.get(mark):
            materials[material.kind][mark] = material.body
    return {**kept.body, "materials": materials, "seal": kept.seal}


def _policies(lighting: Lighting, street: str) -> list[Policy]:
    """Return the policies asked for by street, those that never were in force left out; refuses an unknown street."""
    if street and street not in lighting.inventory.streets.index:
        raise unknown("street", f"no street {street!r} in this city")
    kept = [policy for policy in lighting.policies.kept if policy.id == street or not street]
    return sorted((policy for policy in kept if policy.number), key=lambda policy: policy.id)


QUERIES = (
    Query(
        "/lighting/policies",
        "Streets lit on demand: classes, lamps that follow, certificates",
        OfPolicies,
        lambda lighting, archive, asked, now_us: policies_view(lighting, asked),
    ),
    Query(
        "/lighting/demand/live",
        "What light on demand took, by street and hour, beside its baselines and the bound",
        OfLive,
        live_view,
    ),
    Query(
        "/lighting/demand/certificate",
        "The sealed bound of a street lit on demand, with all it stands on",
        OfBound,
        lambda lighting, archive, asked, now_us: bound_view(lighting, asked),
    ),
)
