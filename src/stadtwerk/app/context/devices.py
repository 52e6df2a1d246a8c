"""The city's own entities as the NGSI-LD door may change them: an actuator by command, all else is refused."""

from __future__ import annotations

from collections.abc import Mapping

from stadtwerk.app.desk import CityDesk
from stadtwerk.context.entities.document import VALUE_OF, Attributes
from stadtwerk.context.library import Library
from stadtwerk.kernel.access import Principal, require
from stadtwerk.kernel.entity import EntitySource
from stadtwerk.kernel.ids import Entropy, new_command_id
from stadtwerk.kernel.refusal import Refused
from stadtwerk.kernel.system import Part, Told

MEASURED = "is measured or described by the city's own system: it cannot be written"


class Devices:
    """Knows which entities are the city's own, and orders what somebody writes to them."""

    def __init__(
        self,
        parts: Mapping[str, Part],
        sources: Mapping[str, EntitySource],
        *,
        desk: CityDesk,
        library: Library,
        entropy: Entropy,
    ) -> None:
        self._parts, self._sources, self._desk = parts, sources, desk
        self._home, self._core, self._entropy = library.home.terms, library.core.terms, entropy
        self._owner = {name: part for part in parts.values() for name in part.system.entities(part.state)}

    def owns(self, tenant: str, entity_id: str) -> bool:
        """Tell whether an entity is one of the city's own."""
        return not tenant and self._place(entity_id) is not None

    async def write(
        self, principal: Principal, entity_id: str, attributes: Attributes
    ) -> tuple[list[str], list[tuple[str, str]]]:
        """Order what is written to a device's attributes (IRIs); return the commands, and what was left with reasons.

        Each command is durable, journaled with who asked, and confirmed by the device like any other.
        """
        commands: list[str] = []
        left: list[tuple[str, str]] = []
        for iri, instances in attributes.items():
            told = self._told(entity_id, self._name(iri), instances[0])
            part = self._owner[told.entity_type]
            now_us = self._desk.clock.now_us()
            wanted = part.system.actuate(part.state, told, now_us)
            if wanted is None:
                left.append((iri, MEASURED))
                continue
            kind, content = wanted
            for permission in (kind, *self._desk.needs(kind, content)):
                require(principal, permission)
            command_id = new_command_id(now_us, self._entropy)
            command = await self._desk.submit(command_id=command_id, kind=kind, content=content, actor=principal.actor)
            if command.refusal:
                raise Refused(command.refusal)
            commands.append(command.id)
        return commands, left

    def _name(self, iri: str) -> str:
        """Return our name of an attribute, which has one IRI by the home @context and one by the core."""
        known = self._core.compact(iri)
        return self._home.compact(iri) if known == iri else known

    def _told(self, entity_id: str, attribute: str, instance: Mapping[str, object]) -> Told:
        entity_type, local_id = self._place(entity_id) or ("", "")
        value = instance.get(VALUE_OF[str(instance["type"])])
        return Told(entity_type, local_id, attribute, value, str(instance.get("expiresAt", "")))

    def _place(self, entity_id: str) -> tuple[str, str] | None:
        """Return type and local id of an entity of the city's own, None for others."""
        name, _, local_id = entity_id.removeprefix("urn:ngsi-ld:").partition(":")
        source = self._sources.get(name)
        if source is None or source.row_of(local_id) is None:
            return None
        return name, local_id
