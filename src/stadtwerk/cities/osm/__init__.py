"""Makes a city folder of an OpenStreetMap extract."""

from __future__ import annotations

from stadtwerk.cities.osm.importer import Progress, import_osm

__all__ = ["Progress", "import_osm"]
