"""A question about documents, compiled: which of them it concerns, and which of these it takes (clause 5.7.2)."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from stadtwerk.context.entities.holdings import Holdings, Record
from stadtwerk.context.evaluate import Condition, Find, Subject, compile_q, find_nothing
from stadtwerk.context.geoq import GeoQuery, shape_of, shape_test
from stadtwerk.context.limits import DOCUMENT_BLOCK, DOCUMENT_ROWS, FIRST_DOCUMENTS
from stadtwerk.context.place_index import Places
from stadtwerk.context.query import EntityQuery, Selector
from stadtwerk.context.rights import Rights
from stadtwerk.context.search import condition
from stadtwerk.context.selection import ANY, AnyOf, Selection, selects
from stadtwerk.context.table import Bound, Column, Table, Tables, Verdict, joined, narrowing
from stadtwerk.context.terms import Terms

Selected = bool | tuple[Selector, ...]
"""Whether entities of some types are selected; the selectors that may take them where their ids matter."""
SELECTIONS = 1_000
"""Combinations of types whose selection is remembered."""


class Question:
    """What is asked, in IRIs; `names` are the types it may concern, None for all; `ids` the entities it names."""

    def __init__(self, query: EntityQuery, terms: Terms) -> None:
        self.terms, self.node = terms, condition(query)
        self.expanded = frozenset(map(terms.expand, query.expanded))
        self.names = _names(query.selectors, terms)
        self.ids = _ids(query.selectors)
        self.geo, self._geo_iri = query.geo, terms.expand(query.geo_property)
        self.scopes = query.scopes
        self._broad = all(_is_broad(selector) for selector in query.selectors)
        self._selectors = query.selectors
        self._chosen: dict[tuple[str, ...], Selected] = {}
        self._q = None if self.node is None else compile_q(self.node, terms, self.expanded)
        self._place = None if query.geo is None else _place(query.geo, self._geo_iri)

    def selects(self, types: tuple[str, ...], entity_id: str) -> bool:
        """Tell whether an entity is selected by its types and its id."""
        chosen = self._chosen.get(types)
        if chosen is None:
            chosen = self._selected(types)
            if len(self._chosen) < SELECTIONS:
                self._chosen[types] = chosen
        return chosen if isinstance(chosen, bool) else any(one.takes(entity_id) for one in chosen)

    def _selected(self, types: tuple[str, ...]) -> Selected:
        chosen = [one for one in self._selectors if selects(one.types, lambda name: self.terms.expand(name) in types)]
        if all(one.ids or one.id_pattern for one in chosen):
            return tuple(chosen) or False
        return True

    @property
    def one_type(self) -> bool:
        """Tell whether it concerns all entities of just one type, as far as types, ids and scopes go."""
        return self._broad and self.scopes is None and self.names is not None and len(self.names) == 1

    def takes(self, subject: Subject) -> bool:
        """Tell whether an entity fulfils all conditions."""
        if self.scopes is not None and not self.scopes(subject.entity.scope):
            return False
        if self._place is not None and not self._place(subject):
            return False
        return self._q is None or self._q(subject)

    def bind(self, table: Table) -> Bound | None:
        """Bind what columns can tell of q and of places to those of a table, None if they can tell nothing."""
        parts: list[Bound | None] = []
        if (geo := self.geo) is not None:
            places = table.places(self._geo_iri)
            parts.append(([places], lambda block: places.judge(geo, block)))
        if self.node is not None:
            parts.append(narrowing(self.node, table, self.terms, self.expanded))
        known = [part for part in parts if part is not None]
        if len(known) == len(parts) == 1:
            return known[0]
        if not known:
            return None
        columns = [column for of_part, _ in known for column in of_part]
        return columns, lambda block: joined(known, block, np.logical_and, whole=len(known) == len(parts))


def _is_broad(selector: Selector) -> bool:
    """Tell whether a selector takes all entities of the types it names."""
    leaves = selector.types.parts if isinstance(selector.types, AnyOf) else (selector.types,)
    return not (selector.ids or selector.id_pattern) and all(isinstance(leaf, str) for leaf in leaves)


def _names(selectors: Iterable[Selector], terms: Terms) -> tuple[str, ...] | None:
    found: dict[str, None] = {}
    for selector in selectors:
        names = list(_leaves(selector.types))
        if ANY in names:
            return None
        found.update(dict.fromkeys(map(terms.expand, names)))
    return tuple(found)


def _leaves(selection: Selection) -> Iterator[str]:
    if isinstance(selection, str):
        yield selection
    else:
        for part in selection.parts:
            yield from _leaves(part)


def _ids(selectors: Sequence[Selector]) -> tuple[str, ...] | None:
    if not all(selector.ids for selector in selectors):
        return None
    return tuple(dict.fromkeys(entity_id for selector in selectors for entity_id in selector.ids))


def _place(query: GeoQuery, iri: str) -> Condition:
    fits = shape_test(query)

    def near(subject: Subject) -> bool:
        shapes = (shape_of(one["value"]) for one in subject.instances(iri) if one["type"] == "GeoProperty")
        return any(shape is not None and fits(shape) for shape in shapes)

    return near


@dataclass(slots=True)
class Rest:
    """What nobody wants to see, only to count: once it is `enough`, documents are counted in `matched`, not given."""

    enough: bool = False
    matched: int = 0


class Documents:
    """The documents of one tenant, as far as one caller may read them."""

    def __init__(self, holdings: Holdings, tables: Tables, rights: Rights, find: Find = find_nothing) -> None:
        self._holdings, self._tables, self._rights, self._find = holdings, tables, rights, find

    def holds(self, record: Record) -> bool:
        """Tell whether a document is still as it was found."""
        return self._holdings.by_id.get(record.id) is record

    def hits(self, question: Question, rest: Rest | None = None) -> Generator[Record | None, None, None]:
        """Give the documents that a question takes, in a stable order; None where others may have their turn.

        With `rest`, those that come after enough are given may be counted there instead, where that is quicker.
        """
        if rest is None or not (question.one_type and self._rights.all_read):
            rest = Rest()
        if question.ids is not None:
            yield from self._some(question, question.ids)
            return
        names = question.names if question.names is not None else tuple(self._holdings.by_type)
        for name in names:
            while not self._tables.settle():
                yield None
            found = self._of_table(question, self._tables.table(name), rest)
            if len(names) == 1:
                yield from found
                return
            for record in found:
                # An entity of several types stands in several tables, and is given with the first of them.
                if record is None or len(record.types) == 1 or name == _first(record.types, names):
                    yield record

    def _some(self, question: Question, ids: Iterable[str]) -> Iterator[Record | None]:
        """Look at documents one by one, as they are when their turn comes."""
        unconditional = question.node is None and question.geo is None
        for number, entity_id in enumerate(ids, 1):
            record = self._holdings.by_id.get(entity_id)
            if record is not None and self._taken(question, record, sure=unconditional):
                yield record
            if not number % DOCUMENT_BLOCK:
                yield None

    def _of_table(self, question: Question, table: Table, rest: Rest) -> Iterator[Record | None]:
        bound = question.bind(table)
        if bound is None:
            yield from self._some(question, self._uncounted(question, table, rest))
            return
        columns, judge = bound
        for column in columns:
            column.users += 1
        try:
            start, size = 0, FIRST_DOCUMENTS
            while start < len(table.rows):
                block = slice(start, min(start + size, len(table.rows)))
                yield from self._ready(table, columns, block.stop)
                yield from self._of_block(question, table, start, _counted(judge(block), rest))
                yield None
                start, size = block.stop, min(size * 2, DOCUMENT_ROWS)
        finally:
            for column in columns:
                column.users -= 1

    def _ready(self, table: Table, columns: Iterable[Column | Places], end: int) -> Iterator[None]:
        """Fill columns up to a row, and take in what changed meanwhile."""
        for column in columns:
            while not table.fill(column, end):
                yield None
        while not self._tables.settle():
            yield None

    def _uncounted(self, question: Question, table: Table, rest: Rest) -> Iterator[str]:
        """Give the ids of a table; once it is enough, count the others at once if all of them are taken."""
        unconditional = question.node is None and question.geo is None
        for seen, entity_id in enumerate(table.ids(), 1):
            yield entity_id
            if rest.enough and unconditional and not table.gone:
                rest.matched += len(table.rows) - seen
                return

    def _of_block(self, question: Question, table: Table, start: int, verdict: Verdict) -> Iterator[Record]:
        sure, may = verdict
        rows, known = table.rows, self._holdings.by_id
        places = np.flatnonzero(may)
        for place, certain in zip((places + start).tolist(), sure[places].tolist(), strict=True):
            record = rows[place]
            # A table that was made anew while this search went on is no longer kept up.
            if record is None or known.get(record.id) is not record:
                continue
            if self._taken(question, record, sure=certain):
                yield record

    def _taken(self, question: Question, record: Record, *, sure: bool) -> bool:
        """Tell whether a document is taken; `sure` says that q and place are known to fit."""
        if not question.selects(record.types, record.id):
            return False
        rights = self._rights
        if sure and rights.all_read and question.scopes is None:
            return True
        entity = record.entity
        if not (rights.all_read or rights.reads(entity.type, entity.scope)):
            return False
        return question.takes(Subject(entity, self._find))


def _counted(verdict: Verdict, rest: Rest) -> Verdict:
    """Count what is sure to match, once enough was given; return what must still be looked at."""
    sure, may = verdict
    if not rest.enough:
        return verdict
    rest.matched += int(np.count_nonzero(sure))
    return np.zeros(len(may), np.bool_), may & ~sure


def _first(types: Sequence[str], names: Sequence[str]) -> str:
    return next(name for name in names if name in types)
