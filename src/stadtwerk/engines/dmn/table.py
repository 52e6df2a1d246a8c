"""Decision tables (DMN 1.5, chapter 8): which rules fire, and what comes of them by the hit policy."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from stadtwerk.engines.dmn.items import allowed
from stadtwerk.engines.dmn.maker import MAKERS, Maker
from stadtwerk.engines.dmn.model import Rule, TableBox
from stadtwerk.engines.dmn.trace import Fired, note_fired
from stadtwerk.engines.feel.compare import equal
from stadtwerk.engines.feel.library import FUNCTIONS
from stadtwerk.engines.feel.scope import Code, Scope, Test
from stadtwerk.engines.feel.shapes import Type, coerce
from stadtwerk.engines.feel.values import Run, Value

_AGGREGATES = {"SUM": "sum", "MIN": "min", "MAX": "max", "COUNT": "count"}
_ANYTHING = ("-", "")
"""Cells that ask nothing; editors leave them empty."""
Hit = tuple[int, list[Value]]


@dataclass(frozen=True, slots=True)
class Column:
    """An input: what is asked, its type, and the test it has to pass."""

    name: str
    code: Code
    type: Type | None
    allowed: Test | None


class Table:
    """A decision table made ready."""

    def __init__(self, box: TableBox, maker: Maker) -> None:
        self._box = box
        self._columns = [
            Column(
                clause.label or clause.text,
                maker.text(clause.text),
                maker.types.optional(clause.type_ref),
                maker.tests(clause.values) if clause.values else None,
            )
            for clause in box.inputs
        ]
        self._rules = [self._rule(rule, maker) for rule in box.rules]
        self._types = [maker.types.optional(clause.type_ref) for clause in box.outputs]
        self._defaults = [maker.text(clause.default) if clause.default else None for clause in box.outputs]
        self._ranks = [allowed(clause.values) if clause.values else [] for clause in box.outputs]

    def _rule(self, rule: Rule, maker: Maker) -> tuple[list[Test | None], list[Code]]:
        tests = [None if text in _ANYTHING else maker.tests(text) for text in rule.tests]
        return tests, [maker.text(text or "null") for text in rule.results]

    def __call__(self, scope: Scope) -> Value:
        """Return what the table decides in a scope."""
        given: list[Value] = []
        for column in self._columns:
            value = coerce(scope.run, column.code(scope), column.type, column.name)
            if column.allowed is not None and value is not None and column.allowed(scope, value) is not True:
                return scope.run.void(f"{column.name} is none of the values it may be")
            given.append(value)
        hits = self._hits(scope, given)
        note_fired(scope.run, [self._told(place, given) for place, _ in hits])
        return self._policy(scope, hits)

    def _hits(self, scope: Scope, given: list[Value]) -> list[Hit]:
        hits: list[Hit] = []
        first = self._box.hit_policy == "FIRST"
        for place, (tests, results) in enumerate(self._rules):
            scope.run.step()
            if all(test is None or test(scope, value) is True for test, value in zip(tests, given, strict=True)):
                hits.append((place, self._results(scope, results)))
                if first:
                    break
        return hits

    def _results(self, scope: Scope, codes: list[Code]) -> list[Value]:
        return [
            coerce(scope.run, code(scope), wanted, clause.name or "the result")
            for code, wanted, clause in zip(codes, self._types, self._box.outputs, strict=True)
        ]

    def _told(self, place: int, given: list[Value]) -> Fired:
        rule = self._box.rules[place]
        asked = tuple(
            (column.name, value, test)
            for column, value, test in zip(self._columns, given, rule.tests, strict=True)
            if test not in _ANYTHING
        )
        return Fired(place + 1, rule.identifier, asked, rule.results, rule.annotations)

    def _shaped(self, results: list[Value]) -> Value:
        """Return the only result, or a context of all by name."""
        if len(results) == 1:
            return results[0]
        return {clause.name: value for clause, value in zip(self._box.outputs, results, strict=True)}

    def _policy(self, scope: Scope, hits: list[Hit]) -> Value:
        policy = self._box.hit_policy
        if not hits and any(self._defaults):
            return self._default(scope)
        if policy == "COLLECT":
            return self._collected(scope.run, [results for _, results in hits])
        if not hits:
            return scope.run.void("no rule of the table applies")
        if policy not in _POLICIES:
            return scope.run.void(f"no hit policy is called {policy}")
        return _POLICIES[policy](self, scope.run, hits)

    def _default(self, scope: Scope) -> Value:
        results = [code(scope) if code is not None else None for code in self._defaults]
        found = self._shaped(results)
        listed = self._box.hit_policy in ("RULE ORDER", "OUTPUT ORDER", "COLLECT") and not self._box.aggregation
        return [found] if listed else found

    def unique(self, run: Run, hits: list[Hit]) -> Value:
        """Return the result of the only rule; null where several fire."""
        if len(hits) > 1:
            return run.void(f"rules {', '.join(str(place + 1) for place, _ in hits)} apply, but only one may")
        return self._shaped(hits[0][1])

    def any(self, run: Run, hits: list[Hit]) -> Value:
        """Return the result that all rules agree on; null where they do not."""
        first = hits[0][1]
        if any(equal(first, results) is not True for _, results in hits[1:]):
            return run.void(f"rules {', '.join(str(place + 1) for place, _ in hits)} apply and differ")
        return self._shaped(first)

    def first(self, run: Run, hits: list[Hit]) -> Value:
        """Return the result of the rule that stands first."""
        return self._shaped(hits[0][1])

    def ranked(self, hits: list[Hit]) -> list[Hit]:
        """Return the hits in the order of the values the outputs may have."""

        def rank(hit: Hit) -> list[int]:
            return [
                next((place for place, one in enumerate(order) if equal(one, value) is True), len(order))
                for order, value in zip(self._ranks, hit[1], strict=True)
            ]

        return sorted(hits, key=rank)

    def priority(self, run: Run, hits: list[Hit]) -> Value:
        """Return the result that ranks highest."""
        return self._shaped(self.ranked(hits)[0][1])

    def rule_order(self, run: Run, hits: list[Hit]) -> Value:
        """Return all results in the order of the rules."""
        return [self._shaped(results) for _, results in hits]

    def output_order(self, run: Run, hits: list[Hit]) -> Value:
        """Return all results, the highest rank first."""
        return [self._shaped(results) for _, results in self.ranked(hits)]

    def _collected(self, run: Run, found: list[list[Value]]) -> Value:
        operator = _AGGREGATES.get(self._box.aggregation)
        shaped = [self._shaped(results) for results in found]
        if operator is None:
            return shaped
        if len(self._box.outputs) > 1:
            return self._collected_columns(run, operator, found)
        return FUNCTIONS[operator].positional(run, [shaped])

    def _collected_columns(self, run: Run, operator: str, found: list[list[Value]]) -> Value:
        columns = [[results[place] for results in found] for place in range(len(self._box.outputs))]
        return self._shaped([FUNCTIONS[operator].positional(run, [column]) for column in columns])


_POLICIES: dict[str, Callable[[Table, Run, list[Hit]], Any]] = {
    "UNIQUE": Table.unique,
    "ANY": Table.any,
    "FIRST": Table.first,
    "PRIORITY": Table.priority,
    "RULE ORDER": Table.rule_order,
    "OUTPUT ORDER": Table.output_order,
}

MAKERS[TableBox] = lambda make, box: Table(box, make)
