"""What clients might send: bodies that are well formed but for a place or three, parameters, headers."""

from __future__ import annotations

import json
import re
from typing import Any

from hypothesis import strategies as st

from conformance.ngsild.whole import AREA, LINK, PUMP

WORDS = st.sampled_from(
    re.findall(
        r"\S+",
        """id @id type @type value object languageMap vocab json valueList objectList a observedAt datasetId unitCode scope
        expiresAt @context flow coordinates createdAt entities notification endpoint uri information mode operations q geoQ
        temporalQ watchedAttributes timerel timeAt georel geometry attrs pick omit throttling status notificationTrigger
        idPattern scopeQ management contextSourceInfo propertyNames @value @""",
    )
)
TEXTS = st.one_of(
    st.sampled_from(
        re.findall(
            r"\S+",
            """Property Relationship GeoProperty LanguageProperty ListProperty Pump urn:ngsi-ld:Pump:1 urn:ngsi-ld:null
            2026-01-01T00:00:00Z Subscription Query ContextSourceRegistration Point http://x.example/ flow==1 flow inclusive
            exclusive near;maxDistance==1 before * @none de /a/# PT1H P1D .* true false 1 0 -1 [1,2] simplified avg Pump,Q
            temporalValues https://uri.etsi.org/ngsi-ld/v1/ngsi-ld-core-context.jsonld""",
        )
    ),
    st.text(max_size=12),
)
LEAVES = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), TEXTS)
TREES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(st.one_of(WORDS, st.text(max_size=6)), inner, max_size=6)
    ),
    max_leaves=25,
)
PARAMETERS = st.dictionaries(
    st.sampled_from(
        re.findall(
            r"\S+",
            """type id idPattern q attrs pick omit limit offset count options format lang georel geometry coordinates
            geoproperty scopeQ orderBy join joinLevel datasetId timerel timeAt endTimeAt timeproperty lastN aggrMethods
            aggrPeriodDuration details kind reload local deleteAll csf observedAt expandValues entityMap collation keep""",
        )
    ),
    TEXTS,
    max_size=4,
)
ANY_SIGNS = st.text(st.characters(min_codepoint=32, max_codepoint=255), max_size=20)
CORE = "https://uri.etsi.org/ngsi-ld/v1/ngsi-ld-core-context.jsonld"
MEDIA = ("application/json", "application/ld+json", "application/merge-patch+json", "application/geo+json", "*/*", "x")
HEADERS = st.fixed_dictionaries(
    {},
    optional={
        "content_type": st.sampled_from(MEDIA),
        "accept": st.sampled_from(MEDIA),
        "ngsild_tenant": st.sampled_from(["", "t", "!"]),
        "link": st.sampled_from([LINK.format(CORE), "x"]),
        "via": ANY_SIGNS,
        "ngsild_entitymap": ANY_SIGNS,
        "ngsild_snapshot": st.one_of(st.just("urn:ngsi-ld:Snapshot:1"), ANY_SIGNS),
        "prefer": st.sampled_from(["body=json", "x"]),
    },
)


FLOW = {"type": "Property", "value": 1, "unitCode": "LTR", "observedAt": "2026-01-01T00:00:00Z", "of": {"value": [1]}}
WHOLE = {
    **PUMP,
    "scope": ["/a/b"],
    "flow": FLOW,
    "feeds": [
        {"type": "Relationship", "object": "urn:x:1", "datasetId": "urn:d:1"},
        {"type": "Relationship", "object": ["urn:x:2"], "objectType": "T"},
    ],
    "area": {"type": "GeoProperty", "value": AREA},
    "names": {"languageMap": {"de": "Pumpe", "@none": ["pump"]}},
    "words": [{"vocab": ["a", "b"], "datasetId": "urn:d:1"}, {"valueList": [1, [2]]}],
    "raw": {"json": {"a": None}},
    "all": {"type": "ListRelationship", "objectList": [{"object": "urn:x:1"}]},
}
PAST = {**PUMP, "flow": [FLOW, {**FLOW, "observedAt": "2026-01-02T00:00:00Z"}]}
GEO = {"georel": "near;maxDistance==1", "geometry": "Point", "coordinates": [1, 2], "geoproperty": "area"}
BETWEEN = {"timerel": "between", "timeAt": "2026-01-01T00:00:00Z", "endTimeAt": "2026-02-01T00:00:00Z"}
SUBSCRIPTION = {
    "type": "Subscription",
    "entities": [{"type": "Pump", "id": ["urn:x:1"], "idPattern": "urn:.*"}],
    "watchedAttributes": ["flow"],
    "q": "flow>1",
    "geoQ": GEO,
    "scopeQ": "/a/#",
    "temporalQ": BETWEEN,
    "notificationTrigger": ["attributeCreated"],
    "notification": {
        "attributes": ["flow"],
        "format": "concise",
        "endpoint": {
            "uri": "http://x.example/",
            "accept": "application/json",
            "receiverInfo": [{"key": "a", "value": "b"}],
        },
    },
    "throttling": 5,
    "isActive": True,
    "expiresAt": "2099-01-01T00:00:00Z",
}
REGISTRATION = {
    "type": "ContextSourceRegistration",
    "information": [{"entities": [{"type": "Elsewhere", "idPattern": ".*"}], "propertyNames": ["flow"]}],
    "endpoint": "http://127.0.0.1:9",
    "mode": "inclusive",
    "operations": ["federationOps"],
    "location": AREA,
    "observationInterval": {"startAt": "2026-01-01T00:00:00Z"},
    "management": {"timeout": 100, "cooldown": 100, "localOnly": False},
    "contextSourceInfo": [{"key": "a", "value": "b"}],
    "scope": "/a",
    "expiresAt": "2099-01-01T00:00:00Z",
}
QUERY = {
    "type": "Query",
    "entities": [{"type": "Pump", "idPattern": ".*"}],
    "attrs": ["flow"],
    "q": 'flow>=1;of[a]~="x"',
    "geoQ": GEO,
    "scopeQ": "/a/#",
    "temporalQ": BETWEEN,
    "orderBy": "flow",
    "ordering": {"collation": "de"},
}
SNAPSHOT = {
    "type": "Snapshot",
    "snapshotQueries": [{name: value for name, value in QUERY.items() if name not in ("temporalQ", "orderBy")}],
    "snapshotTemporalQueries": [QUERY],
    "snapshotLifetime": "PT1H",
    "snapshotPriority": 3,
    "endpoint": "http://x.example/",
    "receiverInfo": [{"key": "a", "value": "b"}],
}
SEEDS = (
    (r"/snapshots.*", SNAPSHOT),
    (r".*/entityOperations/query", QUERY),
    (r"/entityOperations/delete", [PUMP["id"], "urn:x:1"]),
    (r"/entityOperations/.*", [WHOLE, {**PUMP, "id": "urn:x:1"}]),
    (r"/(csourceS|s)ubscriptions.*", SUBSCRIPTION),
    (r"/csourceRegistrations.*", REGISTRATION),
    (r"/temporal/entities/[^/]*/attrs/.*", FLOW),
    (r"/temporal/.*", PAST),
    (r"/entities/[^/]*/attrs/.*", FLOW),
    (r"/jsonldContexts", {"@context": [{"a": "https://x/a", "b": {"@id": "a:b", "@type": "@id"}}]}),
    (r"/entityMaps.*", {"expiresAt": "2026-12-01T00:00:00Z"}),
    (r".*", WHOLE),
)
"""What each resource takes when it is well formed."""


@st.composite
def spoiled(draw: st.DrawFn, path: str) -> Any:
    """Take what a resource takes, and spoil it at up to three places."""
    seed = next(seed for pattern, seed in SEEDS if re.fullmatch(pattern, path))
    body = json.loads(json.dumps(seed))
    for _ in range(draw(st.integers(0, 3))):
        place = body
        while isinstance(place, dict | list) and place:
            keys = list(place) if isinstance(place, dict) else list(range(len(place)))
            key = draw(st.sampled_from(keys))
            if not isinstance(place[key], dict | list) or draw(st.integers(0, 2)) == 0:
                how = draw(st.sampled_from(("replace", "add", "drop")))
                if how == "replace":
                    place[key] = draw(TREES)
                elif how == "add" and isinstance(place, dict):
                    place[draw(WORDS)] = draw(TREES)
                elif how == "drop":
                    del place[key]
                break
            place = place[key]
    return body
