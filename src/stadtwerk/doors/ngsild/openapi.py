"""The NGSI-LD door's part of the OpenAPI 3.1 document (ETSI GS CIM 009 V1.9.1 clause 6)."""

from __future__ import annotations

from stadtwerk.doors.ngsild.openapi_contexts import context_paths
from stadtwerk.doors.ngsild.openapi_parts import Json
from stadtwerk.doors.ngsild.openapi_reading import parameters_named, reading_paths
from stadtwerk.doors.ngsild.openapi_snapshots import snapshot_paths
from stadtwerk.doors.ngsild.openapi_sources import source_paths
from stadtwerk.doors.ngsild.openapi_subscriptions import subscription_paths
from stadtwerk.doors.ngsild.openapi_temporal import temporal_paths
from stadtwerk.doors.ngsild.openapi_writing import writing_paths

_WHICH = ("type", "id", "idPattern", "q", "georel", "geometry", "coordinates", "geoproperty")
_MEMBERS = ("attrs", "pick", "omit", "datasetId", "lang", "local")


def openapi_paths() -> Json:
    """Describe all resources: reading is open to everybody (but for subscriptions), writing is for who holds a key."""
    which = parameters_named(*_WHICH)
    paths: Json = {}
    for part in (
        reading_paths(),
        writing_paths(parameters_named(*_WHICH, "csf", "scopeQ", "local")),
        temporal_paths((*which, *parameters_named("scopeQ")), parameters_named(*_MEMBERS)),
        subscription_paths(),
        source_paths(parameters_named(*_WHICH[:-1], "csf")),
        context_paths(),
        snapshot_paths(),
    ):
        for path, operations in part.items():
            paths[path] = paths.get(path, {}) | operations
    return paths
