"""Who is registered: names, places, lifetimes, and for sleepers until when they listen; time is handed in."""

from __future__ import annotations

from dataclasses import dataclass, replace

from stadtwerk.protocols.lwm2m.registration import Registration, Update
from stadtwerk.protocols.malformed import Malformed

CLIENTS_MAX = 60_000
"""Most clients registered at once: every lamp of the largest city planned for, and some to spare."""
AWAKE_US = 93_000_000
"""How long a sleeper listens after its last word: MAX_TRANSMIT_WAIT (Core 1.1, 6.5; RFC 7252, 4.8.2)."""
GRACE_US = 30_000_000
"""How long an update may be late on its way before the client counts as gone."""


@dataclass(frozen=True, slots=True)
class Client:
    """One registered client: the place its updates go to, where it speaks from, last update, last word at all."""

    place: str
    address: object
    registration: Registration
    renewed_us: int
    heard_us: int

    @property
    def ends_us(self) -> int:
        """Return when the registration ends unless it is updated."""
        return self.renewed_us + self.registration.lifetime_s * 1_000_000 + GRACE_US

    def listens(self, now_us: int) -> bool:
        """Tell whether the client can be asked something now: always, or as a sleeper shortly after its last word."""
        return not self.registration.queue or now_us < self.heard_us + AWAKE_US


class Registry:
    """All registered clients, by name and by place."""

    def __init__(self, most: int = CLIENTS_MAX) -> None:
        self._by_name: dict[str, Client] = {}
        self._name_of: dict[str, str] = {}
        self._most = most
        self._number = 0

    def __len__(self) -> int:
        return len(self._by_name)

    def find(self, name: str) -> Client | None:
        """Return a client by its endpoint name."""
        return self._by_name.get(name)

    def register(self, registration: Registration, address: object, now_us: int) -> Client:
        """Take a client in, in the place of an earlier registration of its name; Malformed when the house is full."""
        name = registration.endpoint
        before = self._by_name.get(name)
        if before is None and len(self) >= self._most:
            raise Malformed("lwm2m-full", f"{self._most} clients are registered")
        if before is not None:
            del self._name_of[before.place]
        self._number += 1
        client = Client(f"{self._number:x}", address, registration, now_us, now_us)
        self._by_name[name], self._name_of[client.place] = client, name
        return client

    def update(self, place: str, update: Update, address: object, now_us: int) -> Client | None:
        """Prolong a registration and take over what changed; None where nobody is registered."""
        client = self._by_name.get(self._name_of.get(place, ""))
        if client is None:
            return None
        told = client.registration
        changed = replace(
            told,
            lifetime_s=update.lifetime_s or told.lifetime_s,
            binding=update.binding or told.binding,
            offer=update.offer or told.offer,
        )
        return self._put(replace(client, registration=changed, address=address, renewed_us=now_us, heard_us=now_us))

    def heard(self, name: str, now_us: int) -> None:
        """Note a word of a client: a sleeper listens for a while after it. It does not prolong the registration."""
        client = self._by_name.get(name)
        if client is not None:
            self._put(replace(client, heard_us=now_us))

    def leave(self, place: str) -> Client | None:
        """Take a client out; None where nobody is registered."""
        name = self._name_of.pop(place, "")
        return self._by_name.pop(name, None)

    def expire(self, now_us: int) -> list[Client]:
        """Take those out whose lifetime is over, and return them."""
        gone = [client for client in self._by_name.values() if client.ends_us <= now_us]
        for client in gone:
            self.leave(client.place)
        return gone

    def _put(self, client: Client) -> Client:
        self._by_name[client.registration.endpoint] = client
        return client
