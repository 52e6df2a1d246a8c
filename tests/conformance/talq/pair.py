"""A CMS and a gateway talking; every exchange is held against TALQ's files and what it carried is counted."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any
from uuid import UUID

from conformance.talq import oas, sample
from stadtwerk.protocols.talq.client import Client, Talk, bootstrap
from stadtwerk.protocols.talq.cms import CmsSide, Told
from stadtwerk.protocols.talq.gateway import GatewaySide, Order
from stadtwerk.protocols.talq.model import ATTRIBUTES, Device, Network
from stadtwerk.protocols.talq.wire import NIL, Answer, Request

SERVICES = ("ConfigurationService", "ControlService", "DataCollectService", "GroupManagementService")
OWN = ("BasicFunction", "GatewayFunction", "CommunicationFunction", "TimeFunction")
LAMP = UUID("4ba07f0e-6c0e-4b57-8f0a-6f3a13c1b001")


def namer() -> Callable[[], UUID]:
    """Give UUIDs one after the other, the same in every run."""
    count = itertools.count(1)
    return lambda: UUID(int=next(count) + (4 << 76) + (2 << 62))


def network() -> Network:
    """Make a gateway with one device that has every function of the profiles, all attributes set."""
    own = [sample.function(name) for name in OWN]
    every = [sample.function(name) for name in ATTRIBUTES if name != "GatewayFunction"]
    classes = [
        {"name": name, "functions": [{"functionId": row["id"], "type": row["type"]} for row in rows]}
        for name, rows in (("Gateway", own), ("Lamp", every))
    ]
    services = [{"name": name} for name in (*SERVICES, "DaliProtocolService")]
    services[1] |= {"maximumCalendars": 200, "maximumPrograms": 200}
    gateway = Device(address=NIL, name="gateway", class_="Gateway", functions=own)
    return Network(gateway, classes, services, [Device(address=LAMP, name="lamp", class_="Lamp", functions=every)])


class Pair:
    """Both sides and their clients; `counted` holds per side what was carried by followed exchanges."""

    def __init__(self) -> None:
        self.told: list[Told] = []
        self.orders: list[Order] = []
        self.counted: dict[str, set[str]] = {"cms": set(), "gw": set()}
        name = namer()
        self.network = network()
        self.cms = CmsSide(UUID(int=(4 << 76) + (2 << 62)), "https://cms.example/", name, self.told.append)
        self.gateway = GatewaySide(self.network, self.orders.append)
        self.from_gateway, self.from_cms = Client(name), Client(name, "deflate")
        self.from_cms.address = self.cms.address

    def send(self, to: str, request: Request) -> Answer:
        """Send a request to a side; fails where the exchange does not fit TALQ's files."""
        answer = self.exchange(to, request)
        found = oas.matching(to, request)
        assert found is not None, request
        carried = oas.must_fit_operation(found[1], request, answer)
        if answer.status < 300:
            self.counted[to].add(f"{request.method} {found[0]}")
            for side in self.counted:
                self.counted[side] |= {name for name, _ in carried}
                self.counted[side] |= {
                    f"{name}.{member}" for name, row in carried if not name.endswith("Function") for member in row
                }
        return answer

    def exchange(self, to: str, request: Request) -> Answer:
        """Hand a request to a side."""
        return (self.cms if to == "cms" else self.gateway).handle(request)

    def run(self, talk: Talk) -> list[Answer]:
        """Run a talk of the gateway to its end."""
        answers: list[Answer] = []
        try:
            request = next(talk)
            while True:
                answers.append(self.send("cms", request))
                request = talk.send(answers[-1])
        except StopIteration:
            return answers

    def bootstrap(self) -> list[Answer]:
        return self.run(bootstrap(self.gateway, self.network, self.from_gateway))

    def ask(self, to: str, method: str, path: str, body: Any = None, **query: str) -> Answer:
        """Let the other side's client ask."""
        client = self.from_gateway if to == "cms" else self.from_cms
        return self.send(to, client.ask(method, path, body, **query))
