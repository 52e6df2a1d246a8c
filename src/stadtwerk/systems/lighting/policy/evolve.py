"""What is true of light on demand after an event."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec
from msgspec.structs import replace

from stadtwerk.kernel.journal import Document, Event
from stadtwerk.kernel.limits import POLICY_SPANS
from stadtwerk.systems.lighting.policy.state import Policies
from stadtwerk.systems.lighting.policy.things import Certificate, Material, Plan, Policy

PREFIX = "lighting.policy-"
ASKED, PLANNED, FAILED, ENDED, UNDONE, DARK, CERTIFIED, MATERIAL = (
    f"{PREFIX}{what}" for what in ("asked", "planned", "failed", "ended", "undone", "dark", "certified", "material")
)


def evolve(policies: Policies, event: Event) -> Sequence[Document]:
    """Make an event about light on demand true and return the documents that keep it; others change nothing."""
    if step := _STEPS.get(event.kind):
        return step(policies, event)
    return ()


def _asked(policies: Policies, event: Event) -> Sequence[Document]:
    old, body = policies.kept.get(event.subject), event.body
    asked = Policy(
        event.subject,
        body["number"],
        "asked",
        event.actor,
        event.at_us,
        body["steps"],
        body["fade_s"],
        tuple(body["traffic"]),
        dark=old.dark if old else (),
        below=old.below if old else (),
        before=_plain(old) or _nothing(event),
    )
    return (policies.kept.put(asked),)


def _failed(policies: Policies, event: Event) -> Sequence[Document]:
    old, body = policies.kept.get(event.subject), event.body
    before = old.before if old and old.state == "asked" else _plain(old)
    number, why = body["number"], body["why"]
    failed = Policy(event.subject, number, "failed", event.actor, event.at_us, why=why, before=before)
    return (policies.kept.put(failed),)


def _planned(policies: Policies, event: Event) -> Sequence[Document]:
    old = policies.kept.get(event.subject)
    if old is None:
        return ()
    plan = msgspec.convert(event.body["plan"], Plan)
    below = _below(old, event.at_us, misses=plan.misses)
    new = replace(old, state="planned", number=event.body["number"], plan=plan, below=below)
    return (policies.kept.put(new),)


def _ended(policies: Policies, event: Event) -> Sequence[Document]:
    old = policies.kept.get(event.subject)
    if old is None:
        return ()
    below = _below(old, event.at_us, misses=False)
    ended = replace(
        old,
        state="ended",
        number=event.body["number"],
        by=event.actor,
        since_us=event.at_us,
        below=below,
        before=_plain(old),
    )
    return (policies.kept.put(ended),)


def _undone(policies: Policies, event: Event) -> Sequence[Document]:
    old = policies.kept.get(event.subject)
    if old is None or old.before is None:
        return ()
    changed = {"number": event.body["number"], "by": event.actor, "since_us": event.at_us, "before": None}
    back = replace(old.before, **changed)
    if back.state != "ended" and back.dark != old.dark:
        back = replace(back, state="asked", dark=old.dark)
    misses = back.state == "planned" and back.plan is not None and back.plan.misses
    return (policies.kept.put(replace(back, below=_below(old, event.at_us, misses=misses))),)


def _dark(policies: Policies, event: Event) -> Sequence[Document]:
    old = policies.kept.get(event.subject)
    if old is None:
        return ()
    return (policies.kept.put(replace(old, state="asked", dark=tuple(event.body["dark"]))),)


def _certified(policies: Policies, event: Event) -> Sequence[Document]:
    body = event.body
    return (policies.certificates.put(Certificate(event.subject, body["number"], body["seal"], body["body"])),)


def _material(policies: Policies, event: Event) -> Sequence[Document]:
    return (policies.materials.put(Material(event.subject, event.body["kind"], event.body["body"])),)


def _plain(policy: Policy | None) -> Policy | None:
    """Return a policy without what was before it: one step can be taken back."""
    return policy and replace(policy, before=None)


def _nothing(event: Event) -> Policy:
    """Return what a street has before its first policy: none."""
    return Policy(event.subject, 0, "ended", event.actor, event.at_us)


def _below(policy: Policy, at_us: int, *, misses: bool) -> tuple[tuple[int, int], ...]:
    """Return the times below its classes, with one begun or ended now."""
    spans, is_open = policy.below, bool(policy.below and not policy.below[-1][1])
    if misses and not is_open:
        spans = (*spans, (at_us, 0))
    if is_open and not misses:
        spans = (*spans[:-1], (spans[-1][0], at_us))
    return spans[-POLICY_SPANS:]


_STEPS: dict[str, Callable[[Policies, Event], Sequence[Document]]] = {
    ASKED: _asked,
    FAILED: _failed,
    PLANNED: _planned,
    ENDED: _ended,
    UNDONE: _undone,
    DARK: _dark,
    CERTIFIED: _certified,
    MATERIAL: _material,
}
