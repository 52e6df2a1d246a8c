"""All lamps of the twin that speak LwM2M: each a controller and an endpoint over the same arrays as the others."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np

from stadtwerk.kernel.clock import US
from stadtwerk.protocols import lampradio
from stadtwerk.protocols.lampradio import LampCommand
from stadtwerk.twin.city import LWM2M, RADIOS, Ix
from stadtwerk.twin.lwm2m.controller import Controller
from stadtwerk.twin.lwm2m.endpoint import Endpoint
from stadtwerk.twin.world import World

ENDPOINTS_MAX = 2_000
"""Most lamps with a port of their own: each takes a socket of this one process."""


class LampBody:
    """One lamp of the world, as its controller feels it."""

    def __init__(self, world: World, ix: int) -> None:
        self._world, self._ix = world, np.array([ix])

    def told(self) -> Mapping[str, float]:
        """Tell what the lamp says of itself, and `asked_percent`, the level it is to have."""
        lamps = self._world.lamps
        said = lampradio.physical(lamps.status(self._ix))
        return {name: float(values[0]) for name, values in said.items()} | {
            "asked_percent": float(lamps.asked[self._ix[0]])
        }

    def held(self) -> tuple[float, int]:
        """Tell the level and the end of the override in the lamp's memory."""
        memory, ix = self._world.memory, self._ix[0]
        return float(memory.override_percent[ix]), int(memory.override_until_s[ix])

    def obey(self, command: LampCommand) -> None:
        """Carry a command out: each is newer than the one before."""
        token = int(self._world.memory.token[self._ix[0]]) + 1
        newer = LampCommand(command.op, token, command.level_percent, command.ramp_s, command.until_s)
        self._world.lamps.obey(self._ix, newer, alone=True)

    def reset_hours(self) -> None:
        """Count burning hours from zero."""
        self._world.memory.burning_s[self._ix] = 0

    def now_s(self) -> int:
        """Tell the time of the world."""
        return self._world.now_us // US


class Fleet:
    """Lives with the world, step by step."""

    def __init__(self, world: World, server: tuple[str, int]) -> None:
        self._world = world
        rows = np.flatnonzero(world.city.spoken == RADIOS.index(LWM2M))[:ENDPOINTS_MAX].tolist()
        self._endpoints = {ix: self._endpoint(ix, server) for ix in rows}

    def __len__(self) -> int:
        return len(self._endpoints)

    @property
    def registered(self) -> int:
        """Return how many lamps the server took in."""
        return sum(endpoint.registered for endpoint in self._endpoints.values())

    def step(self, now_us: int, spoke: Ix) -> None:
        """Live on; lamps (k,) that have something to say say it to whoever observes them."""
        able = self._world.lamps.able()
        for ix, endpoint in self._endpoints.items():
            endpoint.step(now_us, able=bool(able[ix]))
        for endpoint in self._those(spoke):
            endpoint.notify()

    def _those(self, spoke: Ix) -> Iterable[Endpoint]:
        return (self._endpoints[ix] for ix in spoke.tolist() if ix in self._endpoints)

    def _endpoint(self, ix: int, server: tuple[str, int]) -> Endpoint:
        city = self._world.city
        body = LampBody(self._world, ix)
        controller = Controller(city.lamp_id[ix], float(city.power_w[ix]), body)
        return Endpoint(f"urn:dev:mac:{city.dev_eui[ix]}", controller, server)
