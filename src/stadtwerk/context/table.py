"""Documents of one type in rows, with columns of what queries ask for, filled as far as somebody has looked."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from stadtwerk.context.column_masks import Mask, column_mask
from stadtwerk.context.entities.holdings import Holdings, Record
from stadtwerk.context.evaluate import LINKS, Reach, Subject, compile_path, holds_for
from stadtwerk.context.limits import DOCUMENT_BLOCK, INDEX_COLUMNS, INDEX_LABELS
from stadtwerk.context.place_index import Places
from stadtwerk.context.q import Either, Node, Path, Term
from stadtwerk.context.terms import Terms

ABSENT, NUMBER, TEXT, LINK, OTHER = 0, 1, 2, 3, 4
"""What a row has at a path: nothing, one number, one text or truth value, one link, or what must be looked at."""
EXACT = 1 << 53
"""Whole numbers up to here are exact as float64."""

Verdict = tuple[Mask, Mask]
"""Which rows of a block match for sure, and which may match (the former among them)."""


class Column:
    """What the rows have at one path: kind (n,), number (n,), code of text or link (n,), filled up to `filled`."""

    def __init__(self, reach: Reach) -> None:
        self._reach = reach
        self.filled = 0
        self.users = 0
        """Searches under way that look into it."""
        self.kinds: NDArray[np.int8] = np.zeros(1024, np.int8)
        self.numbers: NDArray[np.float64] = np.full(1024, np.nan)
        self.codes: NDArray[np.int32] = np.zeros(1024, np.int32)
        self.labels: list[Any] = []
        self._code_of: dict[tuple[bool, Any], int] = {}
        self._tables: dict[Term, NDArray[np.bool_]] = {}

    def put(self, row: int, subject: Subject | None) -> None:
        """Note what a row has."""
        if row >= len(self.kinds):
            self._grow()
        found = [] if subject is None else list(self._reach(subject))
        self.kinds[row], self.numbers[row], self.codes[row] = self._read(found)

    def _read(self, found: list[tuple[str, Any]]) -> tuple[int, float, int]:
        if len(found) != 1:
            return (OTHER if found else ABSENT), np.nan, 0
        kind, value = found[0]
        if isinstance(value, str | bool):
            code = self._code(value)
            return (OTHER, np.nan, 0) if code is None else (LINK if kind in LINKS else TEXT, np.nan, code)
        if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= EXACT:
            return NUMBER, value, 0
        return OTHER, np.nan, 0

    def _code(self, value: str | bool) -> int | None:  # noqa: FBT001 - a truth value is a value here
        key = (isinstance(value, bool), value)
        known = self._code_of.get(key)
        if known is None and len(self.labels) < INDEX_LABELS:
            known = self._code_of[key] = len(self.labels)
            self.labels.append(value)
        return known

    def _grow(self) -> None:
        n = len(self.kinds)
        self.kinds = np.concatenate([self.kinds, np.zeros(n, np.int8)])
        self.numbers = np.concatenate([self.numbers, np.full(n, np.nan)])
        self.codes = np.concatenate([self.codes, np.zeros(n, np.int32)])

    def judge(self, term: Term, block: slice) -> Verdict:
        """Tell which rows of a filled block fulfil a condition."""
        kinds = self.kinds[block]
        other = kinds == OTHER
        if term.op == "exists":
            return (kinds != ABSENT) & ~other, kinds != ABSENT
        sure = column_mask(term, self.numbers)(block)
        if self.labels:
            worded = self._table(term)[self.codes[block]]
            texts = kinds >= TEXT if term.op in ("==", "!=") else kinds == TEXT
            sure |= worded & texts & ~other
        return sure, sure | other

    def _table(self, term: Term) -> NDArray[np.bool_]:
        """Return which labels fulfil a condition; labels only ever grow more."""
        known = self._tables.get(term)
        if known is None or len(known) < len(self.labels):
            start = 0 if known is None else len(known)
            known = np.concatenate([known if known is not None else np.zeros(0, np.bool_), self._judged(term, start)])
            if len(self._tables) >= INDEX_COLUMNS:
                self._tables.clear()
            self._tables[term] = known
        return known

    def _judged(self, term: Term, start: int) -> NDArray[np.bool_]:
        fresh = self.labels[start:]
        if term.op == "==" and all(isinstance(value, str) for value in term.values):
            judged = np.zeros(len(fresh), np.bool_)
            for value in term.values:
                code = self._code_of.get((False, value), -1)
                if code >= start:
                    judged[code - start] = True
            return judged
        holds = holds_for(term, _NO_TERMS)
        return np.fromiter((holds("Property", label) for label in fresh), np.bool_, len(fresh))


_NO_TERMS = Terms({}, {})
_NO_COLUMN = ("createdAt", "modifiedAt", "expiresAt")
Bound = tuple[list[Column | Places], Callable[[slice], Verdict]]
"""Columns that must be filled, and what they say of a block."""


@dataclass(slots=True)
class Table:
    """The documents of one type in the order in which they came; rows of those that went are None."""

    rows: list[Record | None] = field(default_factory=list)
    row_of: dict[str, int] = field(default_factory=dict)
    columns: dict[tuple[str, ...], Column | Places] = field(default_factory=dict)
    gone: int = 0

    def put(self, entity_id: str, record: Record | None) -> None:
        """Take in what became of an entity, None when it is no longer of the type."""
        row = self.row_of.get(entity_id)
        if row is None:
            if record is None:
                return
            row = self.row_of[entity_id] = len(self.rows)
            self.rows.append(record)
        else:
            self.rows[row] = record
        if record is None:
            del self.row_of[entity_id]
            self.gone += 1
        if self.columns:
            subject = None if record is None else Subject(record.entity)
            for column in self.columns.values():
                if row < column.filled:
                    column.put(row, subject)

    def ids(self) -> Iterator[str]:
        """Give the ids in the order of the rows; rows may come and go meanwhile."""
        row = 0
        while row < len(self.rows):
            record = self.rows[row]
            if record is not None:
                yield record.id
            row += 1

    def column(self, path: Path, terms: Terms) -> Column:
        """Return the column of a path, an empty one at first; seldom used ones give way."""
        key = (terms.expand(path.name), *map(terms.expand, path.sub), "[", *path.members)
        return cast("Column", self._column(key, lambda: Column(compile_path(path, terms))))

    def places(self, iri: str) -> Places:
        """Return the places of a GeoProperty, none filled in at first."""
        return cast("Places", self._column((iri, "@"), lambda: Places(iri)))

    def _column(self, key: tuple[str, ...], make: Callable[[], Column | Places]) -> Column | Places:
        known = self.columns.pop(key, None)
        if known is None:
            known = make()
            idle = [name for name, column in self.columns.items() if not column.users]
            for name in idle[: max(len(self.columns) + 1 - INDEX_COLUMNS, 0)]:
                del self.columns[name]
        self.columns[key] = known
        return known

    def fill(self, column: Column | Places, end: int) -> bool:
        """Fill a column up to a row, so many documents at a time; tell whether it is full as far as that."""
        stop = min(end, column.filled + DOCUMENT_BLOCK)
        for row in range(column.filled, stop):
            record = self.rows[row]
            column.put(row, None if record is None else Subject(record.entity))
        column.filled = max(column.filled, stop)
        return column.filled >= end


class Tables:
    """The tables of one tenant's types, kept up with what changes."""

    def __init__(self, holdings: Holdings) -> None:
        self._holdings = holdings
        self._of_type: dict[str, Table] = {}
        holdings.touched = set()

    def settle(self) -> bool:
        """Take in some of what changed since last time; tell whether that was all."""
        touched, by_id = self._holdings.touched or set(), self._holdings.by_id
        for _ in range(min(len(touched), DOCUMENT_BLOCK)):
            entity_id = touched.pop()
            record = by_id.get(entity_id)
            for name, table in self._of_type.items():
                table.put(entity_id, record if record is not None and name in record.types else None)
        return not touched

    def table(self, name: str) -> Table:
        """Return the table of a type (IRI); one that has become half empty is made anew."""
        known = self._of_type.get(name)
        if known is None or known.gone > len(known.row_of) + DOCUMENT_BLOCK:
            known = self._of_type[name] = Table()
            for entity_id, record in self._holdings.by_type.get(name, {}).items():
                known.put(entity_id, record)
            if not known.rows:
                del self._of_type[name]
        return known


def narrowing(node: Node, table: Table, terms: Terms, expanded: Collection[str] = ()) -> Bound | None:
    """Bind a query to columns of a table: which must be filled, and what they say of a block; None if nothing."""
    if isinstance(node, Term):
        if node.path.linked is not None or node.path.name in _NO_COLUMN or terms.expand(node.path.name) in expanded:
            return None
        column = table.column(node.path, terms)
        plain = Term(Path(""), node.op, node.values)
        return [column], lambda block: column.judge(plain, block)
    parts = [narrowing(part, table, terms, expanded) for part in node.parts]
    known = [part for part in parts if part is not None]
    if not known or (isinstance(node, Either) and len(known) < len(parts)):
        return None
    join = np.logical_or if isinstance(node, Either) else np.logical_and
    columns = list(dict.fromkeys(column for of_part, _ in known for column in of_part))
    return columns, lambda block: joined(known, block, join, whole=len(known) == len(parts))


def joined(parts: list[Bound], block: slice, join: Callable[[Mask, Mask], Mask], *, whole: bool) -> Verdict:
    """Put verdicts together; where not the whole condition was judged, nothing is sure."""
    sure, may = parts[0][1](block)
    for _, judge in parts[1:]:
        other_sure, other_may = judge(block)
        sure, may = join(sure, other_sure), join(may, other_may)
    return (sure if whole else np.zeros(len(may), np.bool_)), may
