"""Entities that are JSON but wrong, by what is wrong with them."""

from __future__ import annotations

import json
from typing import Any

BAD_ENTITIES: dict[str, Any] = {
    "no id": {"type": "T"},
    "no type": {"id": "urn:x:9"},
    "id no uri": {"id": "pump 1", "type": "T"},
    "id no text": {"id": 7, "type": "T"},
    "id with signs": {"id": "urn:x:<y>", "type": "T"},
    "empty type": {"id": "urn:x:9", "type": ""},
    "no types": {"id": "urn:x:9", "type": []},
    "type no text": {"id": "urn:x:9", "type": 7},
    "types of types": {"id": "urn:x:9", "type": [["T"]]},
    "type with signs": {"id": "urn:x:9", "type": "a b"},
    "null": {"id": "urn:x:9", "type": "T", "a": None},
    "null value": {"id": "urn:x:9", "type": "T", "a": {"type": "Property", "value": None}},
    "null inside": {"id": "urn:x:9", "type": "T", "a": {"type": "Property", "value": {"b": [1, None]}}},
    "ngsi-ld null": {"id": "urn:x:9", "type": "T", "a": {"type": "Property", "value": "urn:ngsi-ld:null"}},
    "no value": {"id": "urn:x:9", "type": "T", "a": {"type": "Property"}},
    "two values": {"id": "urn:x:9", "type": "T", "a": {"value": 1, "object": "urn:x:1"}},
    "strange kind": {"id": "urn:x:9", "type": "T", "a": {"type": "Quality", "value": 1}},
    "object no uri": {"id": "urn:x:9", "type": "T", "a": {"type": "Relationship", "object": "no uri"}},
    "object object": {"id": "urn:x:9", "type": "T", "a": {"type": "Relationship", "object": {"b": 1}}},
    "name with signs": {"id": "urn:x:9", "type": "T", "a<b": {"value": 1}},
    "name with a blank": {"id": "urn:x:9", "type": "T", "a b": {"value": 1}},
    "empty name": {"id": "urn:x:9", "type": "T", "": {"value": 1}},
    "keyword": {"id": "urn:x:9", "type": "T", "@graph": {"value": 1}},
    "bad time": {"id": "urn:x:9", "type": "T", "a": {"value": 1, "observedAt": "yesterday"}},
    "no time": {"id": "urn:x:9", "type": "T", "a": {"value": 1, "observedAt": 7}},
    "32nd of May": {"id": "urn:x:9", "type": "T", "a": {"value": 1, "observedAt": "2026-05-32T00:00:00Z"}},
    "bad unit": {"id": "urn:x:9", "type": "T", "a": {"value": 1, "unitCode": 7}},
    "bad dataset": {"id": "urn:x:9", "type": "T", "a": {"value": 1, "datasetId": "no uri"}},
    "one dataset twice": {"id": "urn:x:9", "type": "T", "a": [{"value": 1}, {"value": 2}]},
    "bad languages": {"id": "urn:x:9", "type": "T", "a": {"languageMap": {"de": 7}}},
    "bad vocab": {"id": "urn:x:9", "type": "T", "a": {"vocab": 7}},
    "bad list": {"id": "urn:x:9", "type": "T", "a": {"valueList": 7}},
    "bad scope": {"id": "urn:x:9", "type": "T", "scope": "no scope!"},
    "scope no text": {"id": "urn:x:9", "type": "T", "scope": [7]},
    "long over": {"id": "urn:x:9", "type": "T", "expiresAt": "2020-01-01T00:00:00Z"},
    "deep value": {"id": "urn:x:9", "type": "T", "a": {"value": json.loads("[" * 200 + "]" * 200)}},
    "many members": {"id": "urn:x:9", "type": "T", **{f"a{number}": 1 for number in range(5_000)}},
}
BAD_SHAPES: dict[str, Any] = {
    "open ring": {"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1], [0, 1]]]},
    "short ring": {"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [0, 0]]]},
    "short line": {"type": "LineString", "coordinates": [[0, 0]]},
    "one number": {"type": "Point", "coordinates": [1]},
    "four numbers": {"type": "Point", "coordinates": [1, 2, 3, 4]},
    "texts": {"type": "Point", "coordinates": ["1", "2"]},
    "booleans": {"type": "Point", "coordinates": [True, False]},
    "nulls": {"type": "Point", "coordinates": [None, None]},
    "beyond the poles": {"type": "Point", "coordinates": [0, 91]},
    "beyond the date line": {"type": "Point", "coordinates": [181, 0]},
    "huge": {"type": "Point", "coordinates": [10**400, 0]},
    "wrong depth": {"type": "Point", "coordinates": [[1, 2]]},
    "an object": {"type": "Point", "coordinates": {"lon": 1}},
    "unknown shape": {"type": "Circle", "coordinates": [1, 2]},
}
BAD_ENTITIES |= {
    name: {"id": "urn:x:9", "type": "T", "place": {"type": "GeoProperty", "value": shape}}
    for name, shape in BAD_SHAPES.items()
}
