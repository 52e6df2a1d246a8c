"""Gaps and overlaps of decision tables: which inputs no rule decides, and which more than one does."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import combinations

from stadtwerk.engines.dmn.cells import Atom, Cell, OtherValues, UnclearError, holds, pieces, read_cell, told
from stadtwerk.engines.dmn.limits import CELLS
from stadtwerk.engines.dmn.model import Decision, Definitions, ItemDefinition, Knowledge, TableBox


@dataclass(frozen=True, slots=True)
class Overlap:
    """Two rules (numbers from 1) that both apply in a region, and whether their results are the same text."""

    rules: tuple[int, int]
    region: tuple[tuple[str, str], ...]
    same_result: bool


@dataclass(frozen=True, slots=True)
class Review:
    """Regions (column and unary tests each) that no rule covers; overlaps; what could not be judged, and why.

    Rules that are unclear cover nothing here, so a gap may be theirs. Null is not looked at.
    """

    gaps: tuple[tuple[tuple[str, str], ...], ...]
    overlaps: tuple[Overlap, ...]
    unclear: tuple[str, ...]


class _TooLargeError(Exception):
    pass


class _Grid:
    """A table with each column cut into pieces, and each rule as the pieces it takes, a bit each."""

    def __init__(self, box: TableBox, domains: list[Cell]) -> None:
        self.unclear: list[str] = []
        self.names = [clause.label or clause.text for clause in box.inputs]
        rows = {number: cells for number, rule in enumerate(box.rules, 1) if (cells := self._cells(number, rule.tests))}
        self.columns: list[list[Atom | OtherValues]] = []
        for place, name in enumerate(self.names):
            try:
                self.columns.append(pieces([cells[place] for cells in rows.values()], domains[place]))
            except UnclearError as error:
                self.unclear.append(f"{name}: {error}")
                self.columns.append([])
        self._left = CELLS - len(rows) * sum(map(len, self.columns))
        self._known: dict[tuple[frozenset[int], int], tuple[tuple[int, ...], ...]] = {}
        self.rules = {
            number: [
                sum(1 << at for at, atom in enumerate(atoms) if holds(cell, atom))
                for cell, atoms in zip(cells, self.columns, strict=True)
            ]
            for number, cells in (rows.items() if self._left > 0 else ())
        }

    def _cells(self, number: int, tests: tuple[str, ...]) -> list[Cell]:
        try:
            return [read_cell(text) for text in tests]
        except UnclearError as error:
            self.unclear.append(f"rule {number}: {error}")
            return []

    def count(self) -> None:
        """Count a step; _TooLargeError beyond the limit."""
        self._left -= 1
        if self._left < 0:
            raise _TooLargeError

    def uncovered(self, alive: frozenset[int], column: int) -> tuple[tuple[int, ...], ...]:
        """Return regions from a column on (chosen pieces of each) where none of the rules alive applies."""
        if column == len(self.columns):
            return () if alive else ((),)
        if not alive:
            return (tuple((1 << len(atoms)) - 1 for atoms in self.columns[column:]),)
        if (alive, column) in self._known:
            return self._known[alive, column]
        groups: dict[frozenset[int], int] = {}
        for at in range(len(self.columns[column])):
            self.count()
            taking = frozenset(number for number in alive if self.rules[number][column] >> at & 1)
            groups[taking] = groups.get(taking, 0) | 1 << at
        merged: dict[tuple[int, ...], int] = {}
        for taking, chosen in groups.items():
            for rest in self.uncovered(taking, column + 1):
                merged[rest] = merged.get(rest, 0) | chosen
        self._known[alive, column] = tuple((chosen, *rest) for rest, chosen in merged.items())
        return self._known[alive, column]

    def shared(self) -> Iterator[tuple[int, int, tuple[int, ...]]]:
        """Yield pairs of rules that both apply somewhere, with the pieces they share."""
        for one, other in combinations(self.rules, 2):
            self.count()
            both = tuple(a & b for a, b in zip(self.rules[one], self.rules[other], strict=True))
            if all(both):
                yield one, other, both

    def region(self, chosen: tuple[int, ...]) -> tuple[tuple[str, str], ...]:
        """Write a region: each column with its unary tests."""
        return tuple(
            (name, told(atoms, bits)) for name, atoms, bits in zip(self.names, self.columns, chosen, strict=True)
        )


def review(box: TableBox, items: Iterable[ItemDefinition] = ()) -> Review:
    """Look for gaps and overlaps; what a column may be comes from its input values or its type's allowed values."""
    allowed = {item.name: item.allowed or item.constraint for item in items}
    domains: list[Cell] = []
    unclear: list[str] = []
    for clause in box.inputs:
        try:
            domains.append(read_cell(clause.values or allowed.get(clause.type_ref, "")))
        except UnclearError as error:
            unclear.append(f"what {clause.label or clause.text} may be: {error}")
            domains.append(Cell())
    grid = _Grid(box, domains)
    unclear += grid.unclear
    gaps: list[tuple[tuple[str, str], ...]] = []
    overlaps: list[Overlap] = []
    try:
        grid.count()
        if all(grid.columns):
            gaps = [grid.region(chosen) for chosen in grid.uncovered(frozenset(grid.rules), 0)]
            for one, other, both in grid.shared():
                same = box.rules[one - 1].results == box.rules[other - 1].results
                overlaps.append(Overlap((one, other), grid.region(both), same))
    except _TooLargeError:
        unclear.append(f"the table needs more than {CELLS} steps to judge")
    return Review(tuple(gaps), tuple(overlaps), tuple(unclear))


def tables(model: Definitions) -> Iterator[tuple[str, TableBox]]:
    """Yield every decision and piece of knowledge that is a table, with its name."""
    for node in model.elements.values():
        logic = node.logic if isinstance(node, Decision | Knowledge) else None
        body = getattr(logic, "body", logic)
        if isinstance(body, TableBox):
            yield node.name, body
