"""Entity maps: the entities of a question held fast, so that its pages stay the same (clauses 4.5.25, 5.5.14, 5.14)."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from stadtwerk.context.entities.expand import check_id
from stadtwerk.context.limits import ENTITY_MAP_DAYS, ENTITY_MAP_IDS
from stadtwerk.context.moments import read_moment, write_moment
from stadtwerk.context.problems import one_fault, problem
from stadtwerk.context.temporal.duration import Duration
from stadtwerk.doors.ngsild.bodies import content_type, read_json
from stadtwerk.doors.ngsild.broker_port import Broker
from stadtwerk.doors.ngsild.door import Resource
from stadtwerk.doors.ngsild.http import JSON_MEDIA, Answer, Asked, Header, answer_json, no_content
from stadtwerk.kernel.clock import US

PATH = "/ngsi-ld/v1/entityMaps/"
MAP_LIFE_US = 3_600 * US
"""How long a map is kept when nobody says so."""
MAP_LIFE_MAX_US = ENTITY_MAP_DAYS * 86_400 * US
_LOCAL = "@none"


@dataclass(slots=True)
class EntityMap:
    """The ids of the entities that a question found, whose it is, and until when."""

    id: str
    tenant: str
    actor: str
    ids: tuple[str, ...]
    expires_at_us: int
    fresh: bool = True
    """Whether it was made for the answer under way."""

    def header(self) -> Header:
        """Return the header that tells where the map is."""
        return (b"ngsild-entitymap", (PATH + self.id).encode())


class EntityMaps:
    """Keeps maps in memory for a while, the oldest giving way when there are too many ids in all."""

    def __init__(self, broker: Broker) -> None:
        self._broker = broker
        self._maps: dict[str, EntityMap] = {}
        self._size = 0

    def resources(self) -> list[Resource]:
        """Return the resource of a map."""
        handlers = {"GET": self.retrieve, "PATCH": self.update, "DELETE": self.delete}
        return [Resource("entityMaps/{map_id}", handlers)]

    def named(self, asked: Asked) -> EntityMap | None:
        """Return the map that a request names in its header, None when it names none that is still there."""
        name = asked.header(b"ngsild-entitymap").rpartition(PATH)[2]
        known = self._find(asked, name) if name else None
        if known is not None:
            known.fresh = False
        return known

    def make(self, asked: Asked, ids: tuple[str, ...], life: Duration) -> EntityMap:
        """Keep the ids that a question found."""
        now_us = self._broker.now_us()
        end_us = now_us + MAP_LIFE_US if life.whole else min(life.after(now_us, 1), now_us + MAP_LIFE_MAX_US)
        made = EntityMap(f"urn:ngsi-ld:EntityMap:{uuid.uuid4()}", asked.tenant, asked.principal.actor, ids, end_us)
        for old in [one for one in self._maps.values() if one.expires_at_us <= now_us]:
            self._drop(old)
        while self._maps and self._size + len(ids) > ENTITY_MAP_IDS:
            self._drop(next(iter(self._maps.values())))
        self._maps[made.id] = made
        self._size += len(ids) + 1
        return made

    async def retrieve(self, asked: Asked) -> Answer:
        """Answer GET /entityMaps/{id} (clause 5.14.1)."""
        asked.media(JSON_MEDIA)
        asked.params("local").done()
        return answer_json(_shown(self._known(asked)))

    async def update(self, asked: Asked) -> Answer:
        """Answer PATCH /entityMaps/{id}: only its end can be changed (clause 5.14.2)."""
        asked.params("local").done()
        content_type(asked, merge=True)
        content = read_json(asked.body)
        if not isinstance(content, dict):
            raise problem("InvalidRequest", "the body is a JSON object")
        end = self._end(content["expiresAt"]) if "expiresAt" in content else None
        known = self._known(asked)
        known.expires_at_us = known.expires_at_us if end is None else end
        return no_content()

    async def delete(self, asked: Asked) -> Answer:
        """Answer DELETE /entityMaps/{id} (clause 5.14.3)."""
        asked.params("local").done()
        self._drop(self._known(asked))
        return no_content()

    def _end(self, value: Any) -> int:
        at_us = read_moment(value) if isinstance(value, str) and "T" in value else None
        if at_us is None:
            raise one_fault("expiresAt", "a date and time such as 2026-11-26T18:00:00Z")
        return min(at_us, self._broker.now_us() + MAP_LIFE_MAX_US)

    def _known(self, asked: Asked) -> EntityMap:
        map_id = check_id(asked.path_params["map_id"])
        known = self._find(asked, map_id)
        if known is None:
            raise problem("ResourceNotFound", f"no entity map {map_id[:200]}")
        return known

    def _find(self, asked: Asked, map_id: str) -> EntityMap | None:
        """Return a map of the same caller and tenant that has not ended."""
        known = self._maps.get(map_id)
        if known is None or (known.tenant, known.actor) != (asked.tenant, asked.principal.actor):
            return None
        return known if known.expires_at_us > self._broker.now_us() else None

    def _drop(self, old: EntityMap) -> None:
        del self._maps[old.id]
        self._size -= len(old.ids) + 1


def _shown(known: EntityMap) -> dict[str, Any]:
    """Show a map (clause 5.2.39)."""
    return {
        "id": known.id,
        "type": "EntityMap",
        "expiresAt": write_moment(known.expires_at_us),
        "entityMap": dict.fromkeys(known.ids, (_LOCAL,)),
        "linkedMaps": {},
    }
