"""Street lamps of an OpenStreetMap extract (`highway=street_lamp`) as a table of their tags."""

from __future__ import annotations

from pathlib import Path

from stadtwerk.cities.lamp_list.sheet import Sheet
from stadtwerk.cities.osm.reader import read
from stadtwerk.kernel.refusal import Refused

TAGS = {
    "mastnummer": "ref",
    "street": "addr:street",
    "height": "height",
    "wattage": "light:wattage",
    "lighttype": "light:method",
    "lightcount": "light:count",
    "startdate": "start_date",
}
"""OSM tag of each column, by names that the mapping knows."""


def read_nodes(file: Path) -> Sheet:
    """Read the lamps of an extract; refuses one without any."""
    lamps = [node for node in read(file).nodes if node.tags.get("highway") == "street_lamp"]
    if not lamps:
        raise Refused.of("unreadable-list", "This list of lamps cannot be read", 422, f"{file.name} has no lamps")
    rows = [
        [str(lamp.id), repr(lamp.lon), repr(lamp.lat), *(lamp.tags.get(tag, "") for tag in TAGS.values())]
        for lamp in lamps
    ]
    return Sheet(["osmid", "longitude", "latitude", *TAGS], rows, "utf-8", "OpenStreetMap", {})
