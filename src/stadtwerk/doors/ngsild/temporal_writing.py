"""How entities evolved, told and corrected by clients (ETSI GS CIM 009 clauses 5.6.11 to 5.6.16)."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np

from stadtwerk.context.entities.change import merged
from stadtwerk.context.entities.document import Instance
from stadtwerk.context.entities.expand import Reader, check_id, check_name
from stadtwerk.context.entities.holdings import Holdings
from stadtwerk.context.library import Library
from stadtwerk.context.problems import http, one_fault, problem, unsupported
from stadtwerk.context.temporal.told import SCOPE, Place, ended, read_instance_id, taken_out
from stadtwerk.context.temporal.tracks import Past
from stadtwerk.context.temporal.writing import read_evolution
from stadtwerk.doors.ngsild.bodies import read_written
from stadtwerk.doors.ngsild.broker_port import Broker, Devices
from stadtwerk.doors.ngsild.door import Resource
from stadtwerk.doors.ngsild.history_port import History
from stadtwerk.doors.ngsild.http import Answer, Asked, created, no_content

PATH = "/ngsi-ld/v1/temporal/entities/"


class TemporalWriting:
    """Adds to entities' pasts, changes and deletes parts of them; every answer comes after the commit."""

    def __init__(self, broker: Broker, history: History, library: Library, devices: Devices) -> None:
        self._broker, self._history, self._library, self._devices = broker, history, library, devices

    def resources(self) -> list[Resource]:
        """Return the resources below an entity's past; that itself is shared with reading."""
        instance = "temporal/entities/{entity_id}/attrs/{attribute}/{instance_id}"
        return [
            Resource("temporal/entities/{entity_id}/attrs", {"POST": self.append}),
            Resource("temporal/entities/{entity_id}/attrs/{attribute}", {"DELETE": self.delete_attribute}),
            Resource(instance, {"PATCH": self.patch_instance, "DELETE": self.delete_instance}),
        ]

    async def create(self, asked: Asked) -> Answer:
        """Answer POST /temporal/entities: a new past (201), or more of one that is known (204)."""
        asked.params("local").done()
        written = read_written(asked, self._library)
        now_us = self._broker.now_us()
        told = read_evolution(Reader(written.context.terms, now_us), written.content)
        if not told.entity_id:
            raise one_fault("id", "is missing")
        if not told.types:
            raise one_fault("type", "is missing")
        self._check(asked, self._broker.hold(asked.tenant), told.entity_id, told.types, told.scope or ())
        fresh = self._history.tell(self._broker.hold(asked.tenant), told, now_us)
        await self._broker.durable()
        if not fresh:
            return no_content()
        return created(PATH + told.entity_id)

    async def append(self, asked: Asked) -> Answer:
        """Answer POST /temporal/entities/{id}/attrs."""
        asked.params("local").done()
        entity_id = check_id(asked.path_params["entity_id"])
        written = read_written(asked, self._library)
        now_us = self._broker.now_us()
        told = read_evolution(Reader(written.context.terms, now_us), written.content)
        if told.entity_id not in ("", entity_id):
            raise one_fault("id", f"{told.entity_id[:100]} is not the entity of the path")
        holdings, _ = await self._find(asked, entity_id)
        told.entity_id = entity_id
        self._history.tell(holdings, told, now_us)
        await self._broker.durable()
        return no_content()

    async def delete(self, asked: Asked) -> Answer:
        """Answer DELETE /temporal/entities/{id}."""
        asked.params("local").done()
        entity_id = check_id(asked.path_params["entity_id"])
        holdings, _ = await self._find(asked, entity_id)
        number = self._number(holdings, entity_id)
        await self._history.forget(holdings, entity_id, number, self._broker.now_us())
        return no_content()

    async def delete_attribute(self, asked: Asked) -> Answer:
        """Answer DELETE /temporal/entities/{id}/attrs/{attribute}."""
        params = asked.params("datasetId", "deleteAll", "local")
        dataset, everything = params.text("datasetId") or "", params.flag("deleteAll") or False
        params.done()
        entity_id, iri = check_id(asked.path_params["entity_id"]), self._attribute(asked)
        if dataset:
            check_id(dataset, "datasetId")
        holdings, past = await self._find(asked, entity_id)
        track = past.tracks.get(iri)
        seen = track.by("any").datasets.tolist() if track else []
        if not any(everything or past.datasets[number] == dataset for number in set(seen)):
            raise problem("ResourceNotFound", f"{entity_id[:200]} never had this attribute")

        def edit(name: str, one: Instance) -> Instance:
            return {} if name == iri and (everything or one.get("datasetId", "") == dataset) else one

        await self._history.rewrite(self._number(holdings, entity_id), edit)
        return no_content()

    async def patch_instance(self, asked: Asked) -> Answer:
        """Answer PATCH /temporal/entities/{id}/attrs/{attribute}/{instanceId}: change one instance of the past."""
        asked.params("local").done()
        if not asked.path_params["attribute"] or not asked.path_params["instance_id"]:
            raise http(405, "Method Not Allowed", "PATCH names an attribute and an instance")
        written = read_written(asked, self._library, merge=True)
        name, terms = check_name(asked.path_params["attribute"]), written.context.terms
        now_us = self._broker.now_us()
        content = {key: value for key, value in written.content.items() if key not in ("id", "instanceId")}
        part = Reader(terms, now_us, nulls=True).instance(name, content)
        holdings, entity_id, place = await self._instance(asked, SCOPE if name == SCOPE else terms.expand(name))
        before = (await self._history.instances([place]))[place]
        after = {**merged(before, part, deep=False), "modifiedAt": now_us}
        # What this instance had replaced must not come back when it moves in time.
        moved = [taken_out(before)] if after.get("observedAt") != before.get("observedAt") else []
        await self._history.rewrite(
            self._number(holdings, entity_id), lambda _, one: after if "type" in one else one, place=place, more=moved
        )
        return no_content()

    async def delete_instance(self, asked: Asked) -> Answer:
        """Answer DELETE /temporal/entities/{id}/attrs/{attribute}/{instanceId}."""
        asked.params("local").done()
        holdings, entity_id, place = await self._instance(asked, self._attribute(asked))
        await self._history.rewrite(self._number(holdings, entity_id), lambda _, one: taken_out(one), place=place)
        return no_content()

    def ends(self, resource: Resource) -> Resource:
        """Let an attribute of the present be deleted also where an entity is known by its past alone.

        Such an entity was only ever told about (clause 5.6.11). What was told about it holds until its end is told:
        with `deletedAt`, like that of any other (clause 5.6.5).
        """
        if resource.path != "entities/{entity_id}/attrs/{attribute}":
            return resource
        present = resource.methods["DELETE"]

        async def delete(asked: Asked) -> Answer:
            return no_content() if await self._ended(asked) else await present(asked)

        return Resource(resource.path, {**resource.methods, "DELETE": delete})

    async def _ended(self, asked: Asked) -> bool:
        """End an attribute that only the past knows; return whether there was anything to end."""
        holdings = self._broker.tenants.get(asked.tenant)
        known = self._history.ended(holdings).get(asked.path_params["entity_id"]) if holdings else None
        if known is None or known.deleted_at_us:
            return False
        params, iri = asked.params("datasetId", "deleteAll", "local"), self._attribute(asked)
        dataset = "" if params.flag("deleteAll") else params.text("datasetId") or "@none"
        params.done()
        asked.rights.check_write(known.type, known.scope)
        (past,) = await self._history.recall([known.number])
        now_us = self._broker.now_us()
        instances = await self._last(past, iri, dataset)
        if not instances:
            return False
        self._history.end_attributes(known.number, {iri: [ended(one, now_us) for one in instances]}, now_us)
        await self._broker.durable()
        return True

    async def _last(self, past: Past, iri: str, dataset: str) -> list[Instance]:
        """Return the last instance of each dataset (or one), unless that was its end."""
        track = past.tracks.get(iri)
        if track is None:
            return []
        seen = track.by("any")
        last = dict(zip(seen.datasets.tolist(), seen.rows.tolist(), strict=True))
        rows = [row for number, row in last.items() if dataset in ("", past.datasets[number] or "@none")]
        found = await self._history.instances(track.places(np.array(rows, np.int64)))
        return [one for one in found.values() if "deletedAt" not in one]

    async def _instance(self, asked: Asked, iri: str) -> tuple[Holdings, str, Place]:
        entity_id = check_id(asked.path_params["entity_id"])
        name = check_id(asked.path_params["instance_id"], "instanceId")
        holdings, past = await self._find(asked, entity_id)
        place, track = read_instance_id(name), past.tracks.get(iri)
        if place is None or track is None or place not in track.places(track.by("any").rows):
            raise problem("ResourceNotFound", f"{entity_id[:200]} has no such instance {name[:200]}")
        return holdings, entity_id, place

    async def _find(self, asked: Asked, entity_id: str) -> tuple[Holdings, Past]:
        holdings = self._broker.existing(asked.tenant)
        record, gone = holdings.by_id.get(entity_id), self._history.ended(holdings).get(entity_id)
        if record is not None:
            types, scope = record.types, record.entity.scope
        elif gone is not None:
            types, scope = tuple(gone.type), gone.scope
        else:
            raise problem("ResourceNotFound", f"nothing is known of the past of {entity_id[:200]}")
        self._check(asked, holdings, entity_id, types, scope)
        (past,) = await self._history.recall([self._number(holdings, entity_id)])
        if not past.tracks:
            raise problem("ResourceNotFound", f"nothing is known of the past of {entity_id[:200]}")
        return holdings, past

    def _check(
        self, asked: Asked, holdings: Holdings, entity_id: str, types: Collection[str], scope: Collection[str]
    ) -> None:
        if self._devices.owns(asked.tenant, entity_id):
            raise unsupported("id", f"{entity_id[:200]} is the city's own: its past cannot be told otherwise")
        asked.rights.check_write(types, list(scope))
        record = holdings.by_id.get(entity_id)
        if record is not None and not asked.rights.all_write:
            asked.rights.check_write(record.types, record.entity.scope)

    def _number(self, holdings: Holdings, entity_id: str) -> int:
        number = holdings.number(entity_id)
        if number is None:
            raise problem("ResourceNotFound", f"nothing is known of the past of {entity_id[:200]}")
        return number

    def _attribute(self, asked: Asked) -> str:
        name = check_name(asked.path_params["attribute"])
        return SCOPE if name == SCOPE else self._library.find(asked.context_url()).terms.expand(name)
