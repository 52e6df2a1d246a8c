"""The world of `bench/notify.py`: 100 tenants with 20 entities and 100 subscriptions of 8 classes; what must come."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any

TENANTS, ENTITIES, SUBSCRIPTIONS = 100, 20, 100
CLASSES = ("type", "watched", "idPattern", "id", "q", "geoQ", "scopeQ", "any type")
KINDS = 4
"""Types of entities in a tenant."""
NEAR = 10
"""So many entities of a tenant lie within the circle that is asked about."""
NEARBY = {"georel": "near;maxDistance==1000", "geometry": "Point", "coordinates": [6.76, 51.43]}


@dataclass(frozen=True, slots=True)
class Change:
    """One PATCH: which entity of which tenant, and what is set."""

    serial: int
    tenant: int
    entity: int
    name: str
    value: int

    def body(self) -> dict[str, Any]:
        """Return the fragment that is sent."""
        return {
            self.name: {"type": "Property", "value": self.value},
            "serial": {"type": "Property", "value": self.serial},
        }


@dataclass(frozen=True, slots=True)
class Wish:
    """One subscription: its class, and the number that tells it from others of its class."""

    tenant: int
    number: int

    @property
    def kind(self) -> str:
        """Return the class."""
        return CLASSES[self.number % len(CLASSES)]

    @property
    def id(self) -> str:
        """Return the id."""
        return f"urn:ngsi-ld:Subscription:{self.tenant}-{self.number}"

    def body(self, uri: str) -> dict[str, Any]:
        """Return the subscription as it is sent."""
        part = self.number // len(CLASSES)
        one, every = [{"type": f"Sensor{part % KINDS}"}], [{"type": "|".join(f"Sensor{n}" for n in range(KINDS))}]
        wish: dict[str, Any] = {
            "type": {"entities": one},
            "watched": {"entities": one, "watchedAttributes": ["temperature"]},
            "idPattern": {"entities": [{**every[0], "idPattern": f"{part % 10}$"}]},
            "id": {"entities": [{**every[0], "id": entity_id(self.tenant, part)}]},
            "q": {"entities": every, "q": f"temperature>{20 + part}"},
            "geoQ": {"entities": one, "geoQ": NEARBY},
            "scopeQ": {"entities": every, "scopeQ": f"/District{part % 5}/#"},
            "any type": {"watchedAttributes": ["level" if part % 2 else "humidity"]},
        }[self.kind]
        return {
            "id": self.id,
            "type": "Subscription",
            **wish,
            "notification": {"endpoint": {"uri": uri, "accept": "application/json"}},
        }

    def wants(self, change: Change, temperature: int) -> bool:
        """Tell whether a change calls for a notification, worked out apart from the broker."""
        part = self.number // len(CLASSES)
        return {
            "type": change.entity % KINDS == part % KINDS,
            "watched": change.entity % KINDS == part % KINDS and change.name == "temperature",
            "idPattern": change.entity % 10 == part % 10,
            "id": change.entity == part,
            "q": temperature > 20 + part,
            "geoQ": change.entity % KINDS == part % KINDS and change.entity < NEAR,
            "scopeQ": change.entity % 5 == part % 5,
            "any type": part % 2 == 1 and change.name == "level",
        }[self.kind]


class World:
    """What is in every tenant, and what changes."""

    def __init__(self, seed: int, tenants: int = TENANTS) -> None:
        self._random = random.Random(seed)
        self.tenants = tenants
        self.temperatures = {(tenant, entity): 0 for tenant in range(tenants) for entity in range(ENTITIES)}
        self._serial = 0
        self.wishes = [Wish(tenant, number) for tenant in range(tenants) for number in range(SUBSCRIPTIONS)]

    def change(self) -> Change:
        """Return the next change."""
        self._serial += 1
        name = self._random.choice(("temperature", "level"))
        return Change(
            self._serial,
            self._random.randrange(self.tenants),
            self._random.randrange(ENTITIES),
            name,
            self._random.randrange(40),
        )

    def due(self, change: Change) -> list[str]:
        """Return the subscriptions that a change is due to; call it in the order of the changes."""
        place = (change.tenant, change.entity)
        if change.name == "temperature":
            self.temperatures[place] = change.value
        wishes = self.wishes[change.tenant * SUBSCRIPTIONS : (change.tenant + 1) * SUBSCRIPTIONS]
        return [wish.id for wish in wishes if wish.wants(change, self.temperatures[place])]


def entity_id(tenant: int, entity: int) -> str:
    """Return the id of an entity."""
    return f"urn:ngsi-ld:Sensor:{tenant}:{entity:02d}"


def entity_body(tenant: int, entity: int) -> dict[str, Any]:
    """Return an entity as it is created: 20 attributes."""
    place = [6.76, 51.43] if entity < NEAR else [6.90, 51.50]
    return {
        "id": entity_id(tenant, entity),
        "type": f"Sensor{entity % KINDS}",
        "scope": f"/District{entity % 5}/Street{entity}",
        "location": {"type": "GeoProperty", "value": {"type": "Point", "coordinates": place}},
        "temperature": {"type": "Property", "value": 0},
        "level": {"type": "Property", "value": 0},
        "serial": {"type": "Property", "value": 0},
        **{f"reading{n}": {"type": "Property", "value": n * 1.5, "unitCode": "CEL"} for n in range(16)},
    }
