"""The city's systems as screens and programs find them: what each takes, answers, publishes, and its own screen."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from stadtwerk.doors.commands import JSON
from stadtwerk.doors.desk import Desk
from stadtwerk.doors.problem import encode
from stadtwerk.kernel.access import require
from stadtwerk.kernel.entity import EntityType

Types = Mapping[str, Sequence[EntityType]]
"""What each system publishes, by the system's name."""


def system_routes(desk: Desk, types: Types, panels: Mapping[str, Path]) -> list[BaseRoute]:
    """Make the list of systems and the routes of their panels, folders by the system's name."""
    return [
        Route("/api/systems", _systems(desk, types, panels), methods=["GET"]),
        *(Mount(f"/systems/{name}/panel", StaticFiles(directory=folder)) for name, folder in panels.items()),
    ]


def _systems(desk: Desk, types: Types, panels: Mapping[str, Path]) -> Callable[[Request], Any]:
    async def systems(request: Request) -> Response:
        require(request.state.principal, "city.read")
        listed = [
            {
                "name": system.name,
                "commands": sorted(system.commands),
                "queries": [f"/api{query.path}" for query in system.queries],
                "entities": [_plain(published) for published in types[system.name]],
                "panel": f"/systems/{system.name}/panel/{system.name}.js" if system.name in panels else None,
            }
            for system in desk.systems
        ]
        return Response(encode({"systems": listed}), media_type=JSON)

    return systems


def _plain(entity_type: EntityType) -> dict[str, Any]:
    placed = any(attribute.kind == "GeoProperty" for attribute in entity_type.attributes)
    return {"type": entity_type.name, "description": entity_type.description, "placed": placed}
