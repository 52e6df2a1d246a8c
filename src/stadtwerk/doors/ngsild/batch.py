"""Writing many entities at once (ETSI GS CIM 009 clauses 5.6.7 to 5.6.10, 5.6.20): each stands or falls by itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import msgspec

from stadtwerk.context.entities import change
from stadtwerk.context.entities.document import Entity
from stadtwerk.context.entities.expand import Fragment, Reader, check_id
from stadtwerk.context.entities.holdings import Holdings
from stadtwerk.context.library import Context, Library
from stadtwerk.context.params import Params
from stadtwerk.context.problems import one_fault, problem
from stadtwerk.context.rights import Rights
from stadtwerk.doors.ngsild.bodies import JSON_LD, read_several
from stadtwerk.doors.ngsild.broker_port import Broker
from stadtwerk.doors.ngsild.door import Resource
from stadtwerk.doors.ngsild.http import Answer, Asked, answer_json, no_content
from stadtwerk.kernel.refusal import Refused

One = Callable[["Batch", dict[str, Any], Context], None]


@dataclass(slots=True)
class Batch:
    """One batch at work: what was created, what was changed, what was refused and why (BatchOperationResult, 5.2.16)."""  # noqa: E501

    broker: Broker
    holdings: Holdings
    now_us: int
    options: frozenset[str]
    rights: Rights
    created: list[str] = field(default_factory=list)
    updated: list[str] = field(default_factory=list)
    errors: list[dict[str, Any]] = field(default_factory=list)

    def reader(self, context: Context, *, nulls: bool = False, merging: bool = False) -> Reader:
        """Return how an entity of the batch is read."""
        return Reader(context.terms, self.now_us, nulls, bool(self.options & {"keyValues", "simplified"}), merging)

    def create(self, entity: Entity) -> None:
        """Keep a new entity."""
        self.rights.check_write(entity.type, entity.scope)
        self.broker.put(self.holdings, entity, {})
        self.created.append(entity.id)

    def keep(self, before: Entity, edit: change.Edit) -> None:
        """Keep an entity that was there."""
        for entity in (before, edit.entity):
            self.rights.check_write(entity.type, entity.scope)
        if edit.any:
            self.broker.put(self.holdings, edit.entity, edit.changes, before)
        if edit.left:
            names = ", ".join(iri for iri, _ in edit.left)
            raise problem("BadRequestData", f"left as they were: {names}")
        self.updated.append(before.id)

    def refuse(self, entity_id: str, refused: Refused) -> None:
        """Note an entity that could not be written."""
        self.errors.append({"entityId": entity_id, "error": msgspec.to_builtins(refused.refusal)})


class Batches:
    """Creates, upserts, updates, merges and deletes many entities in one commit."""

    def __init__(self, broker: Broker, library: Library) -> None:
        self._broker, self._library = broker, library

    def resources(self) -> list[Resource]:
        """Return the resources of batch operations that write."""
        return [
            Resource("entityOperations/create", {"POST": self.create}),
            Resource("entityOperations/upsert", {"POST": self.upsert}),
            Resource("entityOperations/update", {"POST": self.update}),
            Resource("entityOperations/merge", {"POST": self.merge}),
            Resource("entityOperations/delete", {"POST": self.delete}),
        ]

    async def create(self, asked: Asked) -> Answer:
        """Answer POST /entityOperations/create."""
        batch = await self._run(asked, _create)
        if batch.errors:
            return _result(batch, batch.created)
        return answer_json(batch.created, 201)

    async def upsert(self, asked: Asked) -> Answer:
        """Answer POST /entityOperations/upsert: what is new is created, what is there replaced or updated."""
        batch = await self._run(asked, _upsert)
        if batch.errors:
            return _result(batch, batch.created + batch.updated)
        return answer_json(batch.created, 201) if batch.created else no_content()

    async def update(self, asked: Asked) -> Answer:
        """Answer POST /entityOperations/update."""
        batch = await self._run(asked, _update)
        return _result(batch, batch.updated) if batch.errors else no_content()

    async def merge(self, asked: Asked) -> Answer:
        """Answer POST /entityOperations/merge."""
        batch = await self._run(asked, _merge)
        return _result(batch, batch.updated) if batch.errors else no_content()

    async def delete(self, asked: Asked) -> Answer:
        """Answer POST /entityOperations/delete: a list of ids."""
        asked.params("local").done()
        ids, _ = read_several(asked, self._library)
        batch = Batch(
            self._broker, self._broker.existing(asked.tenant), self._broker.now_us(), frozenset(), asked.rights
        )
        for entity_id in ids:
            try:
                record = batch.holdings.by_id.get(check_id(entity_id))
                if record is None:
                    raise problem("ResourceNotFound", f"no entity {entity_id[:200]}")
                batch.rights.check_write(record.types, record.entity.scope)
                self._broker.drop(batch.holdings, record, batch.now_us)
                batch.updated.append(entity_id)
            except Refused as refused:
                batch.refuse(str(entity_id)[:200], refused)
        await self._broker.durable()
        return _result(batch, batch.updated) if batch.errors else no_content()

    async def _run(self, asked: Asked, one: One) -> Batch:
        options = _options(asked.params("options", "format", "local"))
        entities, context = read_several(asked, self._library)
        batch = Batch(self._broker, self._broker.hold(asked.tenant), self._broker.now_us(), options, asked.rights)
        for body in entities:
            self._one(batch, body, context, one)
        await self._broker.durable()
        return batch

    def _one(self, batch: Batch, body: Any, context: Context | None, one: One) -> None:
        try:
            if not isinstance(body, dict):
                raise problem("BadRequestData", "an entity is a JSON object")
            one(batch, body, self._context(body, context))
        except Refused as refused:
            name = body.get("id", "") if isinstance(body, dict) else ""
            batch.refuse(name if isinstance(name, str) else str(name)[:200], refused)

    def _context(self, body: dict[str, Any], given: Context | None) -> Context:
        """Return the @context of an entity: the one of the whole batch, or its own (clause 6.3.5)."""
        if given is not None:
            if "@context" in body:
                raise one_fault("@context", "application/json names its @context in a Link header")
            return given
        if "@context" not in body:
            raise one_fault("@context", f"{JSON_LD} carries its @context in each entity")
        return self._library.of(body.pop("@context"))


def _create(batch: Batch, body: dict[str, Any], context: Context) -> None:
    entity = batch.reader(context).entity(body)
    if entity.id in batch.holdings.by_id:
        raise problem("AlreadyExists", f"{entity.id} exists already")
    batch.create(entity)


def _upsert(batch: Batch, body: dict[str, Any], context: Context) -> None:
    reader = batch.reader(context)
    record = batch.holdings.by_id.get(check_id(body.get("id", body.get("@id"))))
    if record is None:
        batch.create(reader.entity(body))
        return
    before = record.entity
    if "update" in batch.options:
        batch.keep(before, change.append(before, reader.fragment(body), batch.now_us))
    else:
        batch.keep(before, change.replace(before, reader.entity(body)))


def _update(batch: Batch, body: dict[str, Any], context: Context) -> None:
    fragment = batch.reader(context, nulls=True).fragment(body)
    before = _known(batch, fragment)
    if "noOverwrite" in batch.options:
        batch.keep(before, change.append(before, fragment, batch.now_us, overwrite=False))
    else:
        batch.keep(before, change.update(before, fragment, batch.now_us, scoped=True))


def _merge(batch: Batch, body: dict[str, Any], context: Context) -> None:
    fragment = batch.reader(context, nulls=True, merging=True).fragment(body)
    before = _known(batch, fragment)
    batch.keep(before, change.merge(before, fragment, batch.now_us))


def _known(batch: Batch, fragment: Fragment) -> Entity:
    record = batch.holdings.by_id.get(check_id(fragment.entity_id))
    if record is None:
        raise problem("ResourceNotFound", f"no entity {fragment.entity_id[:200]}")
    return record.entity


def _options(params: Params) -> frozenset[str]:
    words = {*(params.text("options") or "").split(","), params.text("format") or ""} - {""}
    params.flag("local")
    params.done()
    return frozenset(words)


def _result(batch: Batch, success: list[str]) -> Answer:
    return answer_json({"success": success, "errors": batch.errors}, 207)
