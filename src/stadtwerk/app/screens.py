"""What the systems bring to the control room: their panels, and the types of what they publish."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from stadtwerk import systems
from stadtwerk.app.systems import CITY
from stadtwerk.kernel.entity import EntityType
from stadtwerk.kernel.system import Part


def panel_folders() -> dict[str, Path]:
    """Return the folder of each system's own screen, by the system's name."""
    folders = {name: Path(systems.__path__[0]) / name / "panel" for name in CITY}
    return {name: folder for name, folder in folders.items() if folder.is_dir()}


def published_types(parts: Mapping[str, Part]) -> dict[str, list[EntityType]]:
    """Return what each system publishes, by the system's name."""
    return {
        name: [source.entity_type for source in part.system.entities(part.state).values()]
        for name, part in parts.items()
    }
