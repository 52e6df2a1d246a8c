"""How documents look to one kind of client: members, form, GeoJSON, linked entities inside or beside (clauses 4.5.16, 4.5.23)."""  # noqa: E501

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

import msgspec

from stadtwerk.context.entities.document import Entity, Instance, find_instance
from stadtwerk.context.entities.holdings import Record
from stadtwerk.context.entities.show import Json, Look, show
from stadtwerk.context.entities.values import is_geometry
from stadtwerk.context.evaluate import Find, objects_of
from stadtwerk.context.library import Context
from stadtwerk.context.limits import JOINED_MAX
from stadtwerk.context.members import WHOLE, Members
from stadtwerk.context.problems import problem
from stadtwerk.context.query import Following, View

Media = Literal["application/json", "application/ld+json", "application/geo+json"]

_encode = msgspec.json.Encoder().encode


class Face:
    """The look of entities to one kind of client; its own identity is the key under which texts are remembered."""

    def __init__(self, view: View, context: Context, media: Media) -> None:
        self.view, self.context, self.media = view, context, media
        self._look = self._look_of(view.members)
        self._geometry = context.terms.expand(view.geometry)

    def text(self, record: Record) -> bytes:
        """Write a document, or recall how it was written last; empty when nothing of it is shown."""
        shown = record.shown
        if shown is not None and shown[0] is self:
            return shown[1]
        text = self.write(record.entity)
        record.shown = (self, text)
        return text

    def write(self, entity: Entity) -> bytes:
        """Write an entity without what it is linked to."""
        return self.finish(entity, show(entity, self.context.terms, self._look))

    def finish(self, entity: Entity, shown: Json) -> bytes:
        """Write an entity as it is shown, in its media type; empty when nothing is shown."""
        if not shown:
            return b""
        if self.media == "application/ld+json":
            shown["@context"] = self.context.url
        elif self.media == "application/geo+json":
            return _encode(self._feature(entity, shown))
        return _encode(shown)

    def show(self, entity: Entity, members: Members, follow: Callable[[str, Instance], list[Any] | None]) -> Json:
        """Show an entity with a choice of members and what relationships lead to inside."""
        return show(entity, self.context.terms, self._look_of(members), follow)

    def means(self, name: str) -> str:
        """Return the IRI of an attribute's name, or the name of another member."""
        return name if name in WHOLE else self.context.terms.expand(name)

    def _look_of(self, members: Members) -> Look:
        view = self.view
        attrs, pick, omit = (tuple(map(self.means, names)) for names in (members.attrs, members.pick, members.omit))
        return Look(view.form, view.sys_attrs, view.lang, attrs, pick, omit, view.datasets)

    def _feature(self, entity: Entity, shown: Json) -> Json:
        """Return a GeoJSON feature (clause 4.5.16); a geometry that is not there is null."""
        head = {"id": shown.pop("id")} if "id" in shown else {}
        return {**head, "type": "Feature", "geometry": self._place(entity), "properties": shown}

    def _place(self, entity: Entity) -> Any:
        instances, datasets = entity.instances(self._geometry), self.view.datasets
        wanted = datasets[0] if len(datasets) == 1 and datasets[0] != "@none" else None
        chosen = find_instance(instances, wanted)
        value = None if chosen is None or chosen["type"] != "GeoProperty" else chosen["value"]
        return value if is_geometry(value) else None


class Joiner:
    """Follows relationships for one answer: inside the entities (inline) or beside them (flat)."""

    def __init__(self, face: Face, following: Following, find: Find) -> None:
        self._face, self._following, self._find = face, following, find
        self._joined = 0

    def inline(self, entity: Entity) -> bytes:
        """Write an entity with the linked ones inside."""
        path = (*self._following.seen, entity.id)
        shown = self._inline(entity, self._face.view.members, self._following.levels, path)
        return self._face.finish(entity, shown)

    def _inline(self, entity: Entity, members: Members, levels: int, path: tuple[str, ...]) -> Json:
        def follow(iri: str, instance: Instance) -> list[Any] | None:
            objects = objects_of(instance) if levels else []
            found = [self._linked(entity_id, path) for entity_id in objects]
            if not any(found):
                return None
            beyond = members.beyond(iri, self._face.means)
            return [
                self._inline(linked, beyond, levels - 1, (*path, linked.id)) if linked is not None else entity_id
                for entity_id, linked in zip(objects, found, strict=True)
            ]

        return self._face.show(entity, members, follow)

    def flat(self, entities: list[Entity]) -> list[bytes]:
        """Write entities, and behind them all that they are linked to, each once."""
        members = self._face.view.members
        written = {entity.id: self._face.write(entity) for entity in entities}
        level = [(entity, members) for entity in entities]
        for _ in range(self._following.levels):
            level = [pair for entity, members in level for pair in self._beyond(entity, members, written)]
        return list(filter(None, written.values()))

    def _beyond(self, entity: Entity, members: Members, written: dict[str, bytes]) -> list[tuple[Entity, Members]]:
        """Write what an entity is linked to and what is not yet written; return it with the choice of its members."""
        found: list[tuple[Entity, Members]] = []
        for iri in entity.attrs:
            if not members.shows(iri, self._face.means):
                continue
            beyond = members.beyond(iri, self._face.means)
            for instance in entity.instances(iri):
                for entity_id in objects_of(instance):
                    if entity_id in written:
                        continue
                    linked = self._linked(entity_id, self._following.seen)
                    if linked is not None:
                        shown = self._face.show(linked, beyond, _nowhere)
                        written[entity_id] = self._face.finish(linked, shown)
                        found.append((linked, beyond))
        return found

    def _linked(self, entity_id: str, path: tuple[str, ...]) -> Entity | None:
        if entity_id in path:
            return None
        self._joined += 1
        if self._joined > JOINED_MAX:
            raise problem("TooManyResults", f"at most {JOINED_MAX} linked entities in one answer")
        return self._find(entity_id)


def _nowhere(iri: str, instance: Instance) -> list[Any] | None:
    return None
