"""What one caller may read in one tenant: documents, and the city's own entities."""

from __future__ import annotations

from collections.abc import Iterable

from stadtwerk.context.entities.document import Entity
from stadtwerk.context.entities.holdings import Holdings, Record
from stadtwerk.context.evaluate import Subject
from stadtwerk.context.library import Context
from stadtwerk.context.limits import DOCUMENT_BLOCK
from stadtwerk.context.query import EntityQuery
from stadtwerk.context.question import Documents, Question
from stadtwerk.context.rights import Rights
from stadtwerk.context.search import Part
from stadtwerk.context.table import Tables
from stadtwerk.doors.ngsild.city import City
from stadtwerk.doors.ngsild.pages import Hits


class Reach:
    """Everything one caller may read in one tenant, the city's own entities in the words of an @context."""

    def __init__(self, holdings: Holdings, tables: Tables, city: City, *, context: Context, rights: Rights) -> None:
        self._holdings, self._context, self._rights = holdings, context, rights
        self._city = city if not holdings.tenant else None
        self.documents = Documents(holdings, tables, rights, self.find)

    def find(self, entity_id: str) -> Entity | None:
        """Return an entity by its id, None if there is none or the caller may not read it."""
        record = self.record(entity_id)
        if record is not None:
            return record.entity
        return self._city.find(entity_id, self._context, self._rights) if self._city is not None else None

    def record(self, entity_id: str) -> Record | None:
        """Return a document by its id, None if there is none or the caller may not read it."""
        record = self._holdings.by_id.get(entity_id)
        if record is None or self._rights.all_read:
            return record
        return record if self._rights.reads(record.types, record.entity.scope) else None

    def listed(self, question: Question, ids: Iterable[str]) -> Hits:
        """Give those of some entities that a question still takes; None where others may have their turn."""
        for number, entity_id in enumerate(ids, 1):
            entity = self.find(entity_id)
            selected = entity is not None and question.selects(tuple(entity.type), entity_id)
            if entity is not None and selected and question.takes(Subject(entity, self.find)):
                yield self.record(entity_id) or entity
            if not number % DOCUMENT_BLOCK:
                yield None

    def parts(self, query: EntityQuery) -> list[Part]:
        """Return the columns that a query may concern."""
        return self._city.parts(query, self._context, self._rights) if self._city is not None else []
