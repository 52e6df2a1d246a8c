"""Writing entities one by one (ETSI GS CIM 009 clauses 5.6.1 to 5.6.6, 5.6.17 to 5.6.19, 5.6.21)."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from stadtwerk.context.entities import change
from stadtwerk.context.entities.change import Edit
from stadtwerk.context.entities.document import Entity
from stadtwerk.context.entities.expand import Fragment, Reader, check_id
from stadtwerk.context.entities.holdings import Holdings, Record
from stadtwerk.context.library import Context, Library
from stadtwerk.context.params import Params
from stadtwerk.context.problems import one_fault, problem, unsupported
from stadtwerk.doors.ngsild.bodies import Written, read_written
from stadtwerk.doors.ngsild.broker_port import Broker, Devices
from stadtwerk.doors.ngsild.door import Resource
from stadtwerk.doors.ngsild.http import Answer, Asked, answer_json, created, link_header, no_content

ENTITIES = "/ngsi-ld/v1/entities/"


class Provision:
    """Creates, changes and deletes entities; every answer comes after the commit."""

    def __init__(self, broker: Broker, library: Library, devices: Devices) -> None:
        self._broker, self._library, self._devices = broker, library, devices

    def resources(self) -> list[Resource]:
        """Return the resources for writing below an entity; `entities` itself is shared with reading."""
        return [
            Resource("entities/{entity_id}/attrs", {"POST": self.append, "PATCH": self.update}),
            Resource(
                "entities/{entity_id}/attrs/{attribute}",
                {"PATCH": self.patch_attribute, "PUT": self.replace_attribute, "DELETE": self.delete_attribute},
            ),
        ]

    async def nameless(self, asked: Asked) -> Answer:
        """Refuse PUT and PATCH /entities/: the id that should follow is missing (400)."""
        raise one_fault("id", "the path names no entity")

    async def create(self, asked: Asked) -> Answer:
        """Answer POST /entities."""
        asked.params("local").done()
        written = read_written(asked, self._library)
        entity = self._reader(written).entity(written.content)
        holdings = self._broker.hold(asked.tenant)
        if entity.id in holdings.by_id or self._devices.owns(asked.tenant, entity.id):
            raise problem("AlreadyExists", f"{entity.id} exists already")
        asked.rights.check_write(entity.type, entity.scope)
        self._broker.put(holdings, entity, {})
        await self._broker.durable()
        return created(ENTITIES + entity.id)

    async def replace(self, asked: Asked) -> Answer:
        """Answer PUT /entities/{id}: a whole entity in the place of the one there is."""
        asked.params("local").done()
        written = read_written(asked, self._library)
        holdings, record = self._find(asked)
        content = {"id": record.id, "type": "Thing", **written.content}
        fresh = self._reader(written).entity(content)
        if "type" not in written.content and "@type" not in written.content:
            fresh.type = []
        _same_id(fresh.id, record.id)
        before = record.entity
        return await self._keep(asked, holdings, before, change.replace(before, fresh))

    async def merge(self, asked: Asked) -> Answer:
        """Answer PATCH /entities/{id}: merge a fragment into an entity."""
        params = asked.params("options", "format", "observedAt", "lang", "local")
        simplified = _simplified(params)
        observed_at, lang = params.text("observedAt"), params.text("lang")
        params.flag("local")
        params.done()
        written = read_written(asked, self._library, merge=True)
        reader = Reader(written.context.terms, self._broker.now_us(), True, simplified, merging=True)
        if self._devices.owns(asked.tenant, asked.path_params["entity_id"]):
            return await self._order(asked, reader.fragment(written.content))
        holdings, record = self._find(asked)
        before = record.entity
        fragment = reader.fragment(written.content)
        if simplified:
            change.take_kinds(before, fragment, lang or "")
        _same_id(fragment.entity_id, record.id)
        edit = change.merge(before, fragment, reader.now_us, observed_at=observed_at)
        return await self._keep(asked, holdings, before, edit)

    async def delete(self, asked: Asked) -> Answer:
        """Answer DELETE /entities/{id}."""
        asked.params("local", "type").done()
        holdings, record = self._find(asked)
        if not asked.rights.all_write:
            asked.rights.check_write(record.types, record.entity.scope)
        self._broker.drop(holdings, record, self._broker.now_us())
        await self._broker.durable()
        return no_content()

    async def append(self, asked: Asked) -> Answer:
        """Answer POST /entities/{id}/attrs."""
        params = asked.params("options", "local")
        options = (params.text("options") or "").split(",")
        params.done()
        keep_old = "noOverwrite" in options
        return await self._change_some(
            asked, lambda entity, part, now_us: change.append(entity, part, now_us, overwrite=not keep_old)
        )

    async def update(self, asked: Asked) -> Answer:
        """Answer PATCH /entities/{id}/attrs."""
        asked.params("local").done()
        return await self._change_some(asked, change.update, nulls=True)

    async def patch_attribute(self, asked: Asked) -> Answer:
        """Answer PATCH /entities/{id}/attrs/{attribute}: change members of one instance."""
        asked.params("local").done()
        written = read_written(asked, self._library, merge=True)
        name = asked.path_params["attribute"]
        reader = self._reader(written, nulls=True)
        if self._devices.owns(asked.tenant, asked.path_params["entity_id"]):
            return await self._order(asked, reader.attribute(name, written.content))
        holdings, record = self._find(asked)
        before = record.entity
        part = reader.instance(name, written.content)
        edit = change.patch_attribute(before, written.context.terms.expand(name), part, reader.now_us)
        return await self._keep(asked, holdings, before, edit)

    async def replace_attribute(self, asked: Asked) -> Answer:
        """Answer PUT /entities/{id}/attrs/{attribute}."""
        asked.params("local").done()
        written = read_written(asked, self._library)
        holdings, record = self._find(asked)
        name = asked.path_params["attribute"]
        reader = self._reader(written)
        before = record.entity
        given = reader.attribute(name, written.content).attrs
        iri = written.context.terms.expand(name)
        return await self._keep(
            asked, holdings, before, change.replace_attribute(before, iri, given.get(iri, []), reader.now_us)
        )

    async def delete_attribute(self, asked: Asked) -> Answer:
        """Answer DELETE /entities/{id}/attrs/{attribute}."""
        params = asked.params("datasetId", "deleteAll", "local")
        dataset, everything = params.text("datasetId") or "", params.flag("deleteAll") or False
        params.done()
        if dataset:
            check_id(dataset, "datasetId")
        holdings, record = self._find(asked)
        before, now_us, name = record.entity, self._broker.now_us(), asked.path_params["attribute"]
        if name == "scope":
            edit = change.delete_scope(before, now_us)
        else:
            iri = self._context(asked).terms.expand(name)
            edit = change.delete_attribute(before, iri, now_us, dataset=dataset, everything=everything)
        return await self._keep(asked, holdings, before, edit)

    async def _change_some(
        self, asked: Asked, work: Callable[[Entity, Fragment, int], Edit], *, nulls: bool = False
    ) -> Answer:
        """Change several attributes; those that could not be changed are named (207)."""
        written = read_written(asked, self._library)
        reader = self._reader(written, nulls=nulls)
        if (entity_id := asked.path_params["entity_id"]) and self._devices.owns(asked.tenant, entity_id):
            return await self._order(asked, reader.fragment(written.content))
        holdings, record = self._find(asked)
        fragment = reader.fragment(written.content)
        _same_id(fragment.entity_id, record.id)
        before = record.entity
        edit = work(before, fragment, reader.now_us)
        answer = await self._keep(asked, holdings, before, edit)
        return _some_left((iri for iri, _ in edit.changes), edit.left) if edit.left else answer

    async def _order(self, asked: Asked, fragment: Fragment) -> Answer:
        """Write to a device: commands are ordered, and where they can be followed stands in Link headers."""
        commands, left = await self._devices.write(asked.principal, asked.path_params["entity_id"], fragment.attrs)
        follow = [link_header(f'</api/commands/{command}>; rel="monitor"') for command in commands]
        if not left:
            return no_content(follow)
        written = [iri for iri in fragment.attrs if iri not in {name for name, _ in left}]
        answer = _some_left(written, left)
        answer.headers.extend(follow)
        return answer

    async def _keep(self, asked: Asked, holdings: Holdings, before: Entity, edit: Edit) -> Answer:
        if edit.any:
            if not asked.rights.all_write:
                asked.rights.check_write(before.type, before.scope)
                asked.rights.check_write(edit.entity.type, edit.entity.scope)
            self._broker.put(holdings, edit.entity, edit.changes, before)
        await self._broker.durable()
        return no_content()

    def _find(self, asked: Asked) -> tuple[Holdings, Record]:
        entity_id = check_id(asked.path_params["entity_id"])
        holdings = self._broker.existing(asked.tenant)
        record = holdings.by_id.get(entity_id)
        if self._devices.owns(asked.tenant, entity_id):
            raise unsupported("id", f"{entity_id[:200]} is the city's own: it can be neither replaced nor deleted")
        if record is None:
            raise problem("ResourceNotFound", f"no entity {entity_id[:200]}")
        return holdings, record

    def _reader(self, written: Written, *, nulls: bool = False) -> Reader:
        return Reader(written.context.terms, self._broker.now_us(), nulls)

    def _context(self, asked: Asked) -> Context:
        return self._library.find(asked.context_url())


def _simplified(params: Params) -> bool:
    wanted = {*(params.text("options") or "").split(","), params.text("format") or ""}
    return bool(wanted & {"keyValues", "simplified"})


def _same_id(given: str, wanted: str) -> None:
    if given and given != wanted:
        raise one_fault("id", f"{given[:100]} is not the entity of the path")


def _some_left(updated: Iterable[str], left: Iterable[tuple[str, str]]) -> Answer:
    """Name what was changed and what was not, as IRIs (UpdateResult, clause 5.2.18)."""
    reasons = [{"attributeName": iri, "reason": reason} for iri, reason in left]
    return answer_json({"updated": list(dict.fromkeys(updated)), "notUpdated": reasons}, 207)
