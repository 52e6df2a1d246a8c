"""Deleting all entities that a query selects, or some of their attributes (ETSI GS CIM 009 clause 5.6.21)."""

from __future__ import annotations

from contextlib import closing
from time import perf_counter

from stadtwerk.context.entities import change
from stadtwerk.context.entities.document import Entity
from stadtwerk.context.entities.holdings import Record
from stadtwerk.context.library import Library
from stadtwerk.context.members import flat_names
from stadtwerk.context.params import Params
from stadtwerk.context.query import finish_query, read_selector
from stadtwerk.context.question import Documents, Question
from stadtwerk.context.table import Tables
from stadtwerk.context.terms import Terms
from stadtwerk.doors.ngsild.broker_port import Broker
from stadtwerk.doors.ngsild.http import Answer, Asked, no_content
from stadtwerk.doors.ngsild.turns import turn

_ASKED = ("type", "id", "idPattern", "q", "csf", "scopeQ", "georel", "geometry", "coordinates", "geoproperty", "local")


class Purge:
    """Finds what is meant as a query would, then deletes it; the city's own entities are never among it."""

    def __init__(self, broker: Broker, library: Library) -> None:
        self._broker, self._library = broker, library

    async def purge(self, asked: Asked) -> Answer:
        """Answer DELETE /entities."""
        terms = self._library.find(asked.context_url()).terms
        params = asked.params(*_ASKED, "keep", "drop")
        keep, drop = _names(params, "keep", terms), _names(params, "drop", terms)
        if keep and drop:
            params.fault("keep", "not together with drop")
        query = finish_query(params, (read_selector(params),), typed=params.text("type") is not None)
        holdings = self._broker.existing(asked.tenant)
        documents = Documents(holdings, Tables(holdings), asked.rights)
        found = await _all(documents, Question(query, terms))
        now_us = self._broker.now_us()
        for record in found:
            entity = record.entity
            asked.rights.check_write(entity.type, entity.scope)
            if not (keep or drop):
                self._broker.drop(holdings, record, now_us)
                continue
            gone = drop or frozenset(entity.attrs) - keep
            edit = change.delete_attributes(entity, _in_order(entity, gone), now_us)
            if edit.any:
                self._broker.put(holdings, edit.entity, edit.changes, entity)
        await self._broker.durable()
        return no_content()


async def _all(documents: Documents, question: Question) -> list[Record]:
    """Find all documents a question takes, before the first of them is touched."""
    found, began = [], perf_counter()
    with closing(documents.hits(question)) as hits:
        for hit in hits:
            if hit is None:
                began = await turn(began)
            else:
                found.append(hit)
    return [record for record in found if documents.holds(record)]


def _in_order(entity: Entity, gone: frozenset[str]) -> list[str]:
    return [iri for iri in entity.attrs if iri in gone]


def _names(params: Params, name: str, terms: Terms) -> frozenset[str]:
    return frozenset(map(terms.expand, params.read(lambda text: flat_names(name, text), name) or ()))
