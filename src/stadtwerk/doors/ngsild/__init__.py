"""The NGSI-LD door: the city's entities for everybody (ETSI GS CIM 009 V1.9.1 clause 6)."""

from __future__ import annotations

from collections.abc import Mapping

from stadtwerk.context.library import Library
from stadtwerk.doors.meter import HttpTally
from stadtwerk.doors.ngsild.batch import Batches
from stadtwerk.doors.ngsild.broker_port import Broker, Services
from stadtwerk.doors.ngsild.city_past import CityPast
from stadtwerk.doors.ngsild.contexts import Contexts
from stadtwerk.doors.ngsild.descriptions import Descriptions
from stadtwerk.doors.ngsild.distributed import distributed
from stadtwerk.doors.ngsild.door import NgsildDoor, Resource, RightsOf, Who, front
from stadtwerk.doors.ngsild.entities import Entities
from stadtwerk.doors.ngsild.federated import Federated
from stadtwerk.doors.ngsild.openapi import openapi_paths
from stadtwerk.doors.ngsild.provision import Provision
from stadtwerk.doors.ngsild.purge import Purge
from stadtwerk.doors.ngsild.registrations import OF_REGISTRATIONS, Registrations
from stadtwerk.doors.ngsild.snapshot_filling import Filling
from stadtwerk.doors.ngsild.snapshots import Snapshots
from stadtwerk.doors.ngsild.subscriptions import Subscriptions
from stadtwerk.doors.ngsild.temporal import Temporal
from stadtwerk.doors.ngsild.temporal_writing import TemporalWriting
from stadtwerk.kernel.entity import EntitySource

__all__ = ["NgsildDoor", "Services", "front", "make_ngsild", "openapi_paths"]


def make_ngsild(
    broker: Broker,
    sources: Mapping[str, EntitySource],
    *,
    library: Library,
    services: Services | None = None,
    who: Who | None = None,
    rights_of: RightsOf | None = None,
    tally: HttpTally | None = None,
) -> NgsildDoor:
    """Make the door over what the city's systems publish (`sources`, by type name) and what others write (`broker`)."""
    entities = Entities(broker, sources, library)
    services = services or Services()
    provision = Provision(broker, library, services.devices)
    reading = _reading(broker, sources, library, services)
    resources = [
        Resource(
            "entities",
            {
                "GET": entities.query,
                "POST": provision.create,
                "PUT": provision.nameless,
                "PATCH": provision.nameless,
                "DELETE": Purge(broker, library).purge,
            },
        ),
        Resource(
            "entities/{entity_id}",
            {
                "GET": entities.retrieve,
                "PUT": provision.replace,
                "PATCH": provision.merge,
                "DELETE": provision.delete,
            },
        ),
        *_with_past(provision.resources(), broker, services, library=library, reading=reading),
        *Batches(broker, library).resources(),
        *entities.resources(),
        *Descriptions(broker, sources, library).resources(),
        *Contexts(broker, library, services.fetching).resources(),
        *Registrations(broker, library, services).resources(),
        *_subscriptions(broker, library, services),
    ]
    federated = None if services.federation is None else Federated(broker, library, services.federation)
    if federated is not None:
        resources = distributed(resources, federated)
    made = _snapshots(broker, library, services, entities=entities, reading=reading, federated=federated)
    resources += made.resources() if made is not None else []
    given = {"admit": broker.admit, "who": who, "rights_of": rights_of, "enter": made and made.enter, "tally": tally}
    return NgsildDoor(resources, **{name: value for name, value in given.items() if value is not None})  # type: ignore[arg-type]


def _subscriptions(broker: Broker, library: Library, services: Services) -> list[Resource]:
    """Return the resources of subscriptions, to entities and to registrations, where somebody delivers to them."""
    resources: list[Resource] = []
    if services.notifications is not None:
        resources += Subscriptions(broker, library, services.notifications).resources()
    if services.watchers is not None:
        resources += Subscriptions(broker, library, services.watchers, OF_REGISTRATIONS).resources()
    return resources


def _snapshots(
    broker: Broker,
    library: Library,
    services: Services,
    *,
    entities: Entities,
    reading: Temporal | None,
    federated: Federated | None,
) -> Snapshots | None:
    """Return who makes snapshots, if somebody keeps them."""
    if services.snapshots is None:
        return None
    past = None if reading is None or services.history is None else (reading, services.history)
    filling = Filling(broker, services.snapshots, entities=entities, federated=federated, past=past)
    return Snapshots(broker, library, keeper=services.snapshots, filling=filling)


def _reading(
    broker: Broker, sources: Mapping[str, EntitySource], library: Library, services: Services
) -> Temporal | None:
    """Return who answers questions about the past, if somebody keeps it."""
    if services.history is None:
        return None
    city = None if services.archive is None else CityPast(sources, services.archive, library)
    return Temporal(broker, services.history, library, city=city, page=services.page)


def _with_past(
    resources: list[Resource], broker: Broker, services: Services, *, library: Library, reading: Temporal | None
) -> list[Resource]:
    """Add the resources of the past, if somebody keeps it."""
    if services.history is None or reading is None:
        return resources
    writing = TemporalWriting(broker, services.history, library, services.devices)
    return [
        *map(writing.ends, resources),
        Resource("temporal/entities", {"GET": reading.query, "POST": writing.create}),
        Resource("temporal/entities/{entity_id}", {"GET": reading.retrieve, "DELETE": writing.delete}),
        *reading.resources(),
        *writing.resources(),
    ]
