"""The face of the reactions: a system of the house like any other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

import msgspec

from stadtwerk.kernel.clock import US, iso
from stadtwerk.kernel.command import Order, carried_out, refused
from stadtwerk.kernel.journal import Document, Event
from stadtwerk.kernel.limits import REASON_CHARS
from stadtwerk.kernel.react.rules import RULES, Reactions, Switch
from stadtwerk.kernel.reaction import Reaction
from stadtwerk.kernel.refusal import Refusal, problem_type
from stadtwerk.kernel.system import Query, System


class SwitchRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Switch a reaction rule on or off; what happened before keeps the reaction it had."""

    rule: Annotated[str, msgspec.Meta(min_length=1, max_length=40)]
    on: bool
    reason: Annotated[str, msgspec.Meta(max_length=REASON_CHARS)] = ""


class Nothing(msgspec.Struct, frozen=True):
    """A question without parameters."""


def decide(reactions: Reactions, order: Order, now_us: int) -> list[Event]:
    """Return the events of an order about reaction rules."""
    content: Any = order.content
    rule = reactions.rules.get(content.rule)
    if rule is None:
        no = Refusal(problem_type("unknown-rule"), "There is no such rule", 404, f"no rule {content.rule!r}")
        return refused(order, now_us, no)
    switched = Event(now_us, "react.switched", rule.id, order.actor, order.id, {"on": content.on})
    return carried_out(order, now_us, rule.title["de"], [switched])


def evolve(reactions: Reactions, event: Event) -> Sequence[Document]:
    """Make an event about a reaction rule true and return its document."""
    before, body, at_us = reactions.switch(event.subject), event.body, event.at_us
    change: dict[str, Any]
    if event.kind == "react.switched":
        same = before.on == body["on"]
        change = {} if same else {"on": body["on"], "switched_us": at_us, "switched_by": event.actor}
    elif event.kind == "react.fired":
        minute, n = at_us // (60 * US), len(body["commands"])
        used = before.in_minute if before.minute == minute else 0
        change = {"fired": before.fired + 1, "last_us": at_us, "last_commands": tuple(body["commands"])}
        change |= {"minute": minute, "in_minute": used + n, "last_seq": body["seq"]}
    else:
        change = {"refused": before.refused + 1, "last_seq": body["seq"]}
    after = msgspec.structs.replace(before, **change)
    reactions.switches[event.subject] = after
    return (Document(RULES, after.id, msgspec.json.encode(after, order="sorted")),)


def fired(rule: Reaction, seq: int, commands: Sequence[str], now_us: int) -> Event:
    """Say that a rule answered an entry of the journal with commands."""
    return Event(now_us, "react.fired", rule.id, rule.system, str(seq), {"seq": seq, "commands": list(commands)})


def held_back(rule: Reaction, seq: int, why: str, now_us: int) -> Event:
    """Say that a rule would have answered and was not let: too deep, too fast, or broken."""
    return Event(now_us, "react.refused", rule.id, "react", str(seq), {"seq": seq, "why": why})


def _graph(reactions: Reactions, archive: Any, asked: Nothing, now_us: int) -> dict[str, Any]:
    """Show the rules as a graph: systems, and between them rules with their switches and counts."""
    rules = [_rule_view(rule, reactions.switch(rule.id)) for rule in reactions.rules.values()]
    systems = sorted({name for rule in reactions.rules.values() for name in (rule.source, rule.system)})
    return {"systems": systems, "rules": rules}


def _rule_view(rule: Reaction, switch: Switch) -> dict[str, Any]:
    said = {"id": rule.id, "title": dict(rule.title), "why": dict(rule.why)}
    ends = {"from": rule.source, "to": rule.system, "event": rule.event, "command": rule.command}
    counts = {"on": switch.on, "fired": switch.fired, "refused": switch.refused, "by": switch.switched_by}
    last = {"last_at": iso(switch.last_us) if switch.last_us else None, "last_commands": list(switch.last_commands)}
    return {**said, **ends, **counts, **last}


SYSTEM = System(
    name="react",
    commands={"react.switch": SwitchRule},
    queries=(Query("/react/rules", "Which event leads to which command, and how often it did", Nothing, _graph),),
    make=lambda folder: Reactions(),
    decide=decide,
    evolve=evolve,
    recall=Reactions.recall,
    meet=Reactions.meet,
)
