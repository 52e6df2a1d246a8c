"""A hand-made extract of a few streets."""

from __future__ import annotations

NODES = {
    1: (7.7600, 49.4400),
    2: (7.7640, 49.4400),
    3: (7.7680, 49.4401),
    4: (7.7720, 49.4402),
    5: (7.7640, 49.4430),
    6: (7.7640, 49.4370),
    7: (7.7680, 49.4430),
    8: (7.7700, 49.4402),
}
RING = {20: (7.7610, 49.4410), 21: (7.7615, 49.4410), 22: (7.7615, 49.4413), 23: (7.7610, 49.4413)}
LAKE = {30: (7.7690, 49.4410), 31: (7.7700, 49.4410), 32: (7.7700, 49.4416), 33: (7.7690, 49.4416)}
WEST = {40: (7.7500, 49.4300), 41: (7.7660, 49.4300), 42: (7.7660, 49.4500), 43: (7.7500, 49.4500)}
EAST = {50: (7.7660, 49.4300), 51: (7.7800, 49.4300), 52: (7.7800, 49.4500), 53: (7.7660, 49.4500)}

TAGGED = {
    60: (7.7640, 49.44002, {"highway": "traffic_signals"}),
    61: (7.7650, 49.4401, {"highway": "bus_stop", "name": "Markt"}),
    62: (7.7710, 49.4403, {"railway": "tram_stop", "name": "Bahnhof"}),
    63: (7.76505, 49.44012, {"public_transport": "platform", "bus": "yes"}),
    64: (7.7600, 49.4425, {"public_transport": "platform", "name": "Fern", "bus": "yes"}),
    65: (7.7645, 49.4415, {"highway": "street_lamp", "light:count": "2", "light:method": "LED"}),
    66: (7.7655, 49.4405, {"place": "town", "name": "Kleinstadt", "name:en": "Smalltown", "population": "9000"}),
}

WAYS = {
    100: ([1, 2], {"highway": "primary", "name": "Hauptstraße"}),
    101: ([2, 3], {"highway": "primary", "name": "Hauptstraße", "lit": "yes"}),
    102: ([4, 3], {"highway": "primary", "name": "Hauptstraße"}),
    103: ([2, 5], {"highway": "residential", "name": "Gartenweg"}),
    104: ([2, 6], {"highway": "residential", "name": "Finstere Gasse", "lit": "no"}),
    105: ([3, 7], {"highway": "footway"}),
    106: ([7, 5], {"highway": "proposed", "name": "Nie gebaut"}),
    107: ([7, 99, 5], {"highway": "service", "service": "driveway"}),
    108: ([8, 7], {"highway": "tertiary", "name": "Brückenstraße", "bridge": "yes"}),
    110: ([20, 21, 22, 23, 20], {"building": "yes", "addr:street": "Hauptstraße", "addr:housenumber": "3"}),
    111: ([30, 31, 32, 33, 30], {"natural": "water", "name": "Weiher"}),
    112: ([5, 7], {"railway": "rail"}),
    113: ([6, 2], {"waterway": "stream", "name": "Bach"}),
    120: (
        [40, 41, 42, 43, 40],
        {"boundary": "administrative", "admin_level": "9", "name": "Weststadt", "population": "4 000"},
    ),
    121: ([50, 51, 52, 53, 50], {"boundary": "administrative", "admin_level": "9", "name": "Oststadt"}),
}


def osm_xml(*, boundaries: bool = True, suburbs: bool = False) -> str:
    """The extract as OSM XML; way 107 refers to a node that is not in it."""
    places = {**NODES, **RING, **LAKE, **WEST, **EAST}
    lines = [f'<node id="{n}" lon="{lon}" lat="{lat}"/>' for n, (lon, lat) in places.items()]
    tagged = dict(TAGGED)
    if suburbs:
        tagged[67] = (7.7610, 49.4400, {"place": "suburb", "name": "Grünau"})
        tagged[68] = (7.7715, 49.4420, {"place": "suburb", "name": "Grünau"})
    lines += [f'<node id="{n}" lon="{lon}" lat="{lat}">{_tags(tags)}</node>' for n, (lon, lat, tags) in tagged.items()]
    for number, (nodes, tags) in WAYS.items():
        if boundaries or "boundary" not in tags:
            refs = "".join(f'<nd ref="{node}"/>' for node in nodes)
            lines.append(f'<way id="{number}">{refs}{_tags(tags)}</way>')
    return '<?xml version="1.0" encoding="UTF-8"?>\n<osm version="0.6">\n' + "\n".join(lines) + "\n</osm>\n"


def _tags(tags: dict[str, str]) -> str:
    return "".join(f'<tag k="{key}" v="{value}"/>' for key, value in tags.items())
