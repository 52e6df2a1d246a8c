"""What happened in an evaluation, as data, and the sentences made of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from stadtwerk.engines.dmn.limits import TRACE
from stadtwerk.engines.feel.text import text_of
from stadtwerk.engines.feel.values import Run, Value


@dataclass(frozen=True, slots=True)
class Fired:
    """A rule that fired: its number from 1, its id, what was asked with value and test, its results, its notes."""

    number: int
    rule: str
    asked: tuple[tuple[str, Value, str], ...]
    results: tuple[str, ...]
    annotations: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Step:
    """A decision that was made: its name, what came of it, the rules that fired, and why values are null."""

    decision: str
    value: Value
    rules: tuple[Fired, ...]
    reasons: tuple[str, ...]


def note_fired(run: Run, rules: Iterable[Fired]) -> None:
    """Keep the rules that fired for the step they belong to."""
    run.fired += list(rules)[: TRACE - len(run.fired)]


def sentences(steps: Iterable[Step]) -> Iterator[str]:
    """Tell each step in words: `Fee = 30.7 because rule 2: Kind = "car" ("car"), § 5 statute`."""
    for step in steps:
        told = [_rule(rule) for rule in step.rules]
        why = f" because {'; '.join(told)}" if told else ""
        lacks = f" ({'; '.join(step.reasons)})" if step.value is None and step.reasons else ""
        yield f"{step.decision} = {text_of(step.value)}{why}{lacks}"


def _rule(rule: Fired) -> str:
    asked = ", ".join(f"{name} = {text_of(value)} ({test})" for name, value, test in rule.asked)
    notes = [note for note in rule.annotations if note]
    return f"rule {rule.number}" + (f": {asked}" if asked else "") + "".join(f", {note}" for note in notes)
