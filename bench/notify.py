"""Notifications: 10,000 subscriptions in 8 filter classes over 100 tenants, 200 and 500 changes a second, one dead endpoint, one kill -9.

Every figure is worked out from what was sent: which changes were acknowledged, which notifications were due for them (the
filters are evaluated a second time in notify_world.py), which came. Peer: Antares, docs/src/performance.md, 8 vCPU.
"""  # noqa: E501

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from figure import publish
from notify_world import CLASSES, ENTITIES, TENANTS, Change, World, entity_body, entity_id
from stadtwerk.adapters.http_client import Bounds, HttpClient, Unreachable

ROOT = Path(__file__).parents[1]
SERVE = ROOT / "tests" / "conformance" / "ngsild" / "serve.py"
CONNECTIONS = 25
RATES = (200, 500)
SECONDS = int(os.environ.get("NOTIFY_SECONDS", "20"))
TURNS, TURN_S = 9, 6
"""How often, and for how many seconds, the delay beside a dead endpoint is measured, and as often without one."""
PEER = {200: 100.0, 500: 8.4}
"""Share delivered by the peer at so many changes a second, per cent."""

_encode, _decode = msgspec.json.encode, msgspec.json.decode
Came = list[tuple[str, int, str, float]]


@dataclass(slots=True)
class Sent:
    """What was sent: changes with what they are due to, those sent more than once; how long answers took."""

    acknowledged: dict[int, list[str]] = field(default_factory=dict)
    unknown: set[int] = field(default_factory=set)
    refused: int = 0
    answers_s: list[float] = field(default_factory=list)

    @property
    def due(self) -> set[tuple[str, int]]:
        """Return all notifications that must come: subscription and serial number."""
        return {(one, serial) for serial, ids in self.acknowledged.items() for one in ids}


class Site:
    """A broker and a receiver as processes of their own, and a client."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port, self.receiver_port = folder, free_port(), free_port()
        self.dead_port = free_port()
        self.client = HttpClient(Bounds(open=256, open_per_host=256, idle=256, answer_bytes=1_000_000_000))
        self.receiver = spawn(ROOT / "bench" / "notify_receiver.py", str(self.receiver_port))
        self.broker = self.start()

    def start(self) -> subprocess.Popen[bytes]:
        """Start the broker, or start it again."""
        self.broker = spawn(SERVE, str(self.folder), str(self.port))
        return self.broker

    async def ready(self) -> None:
        """Wait until the broker answers."""
        while True:
            with contextlib.suppress(Unreachable):
                await self.send("GET", "types", 0)
                return
            await asyncio.sleep(0.05)

    async def send(self, method: str, path: str, tenant: int, body: object = None) -> int:
        """Send a request of a tenant; return the status."""
        headers = {"Content-Type": "application/json", "NGSILD-Tenant": f"t{tenant}"}
        url = f"http://127.0.0.1:{self.port}/ngsi-ld/v1/{path}"
        content = b"" if body is None else _encode(body)
        return (await self.client.send(method, url, headers=headers, body=content, timeout_s=60)).status

    async def came(self) -> tuple[Came, float]:
        """Return what came since the last time, and the receiver's CPU seconds so far."""
        reply = await self.client.send("GET", f"http://127.0.0.1:{self.receiver_port}/", headers={}, timeout_s=60)
        told = _decode(reply.body)
        return [tuple(one) for one in told["came"]], told["cpu_s"]

    def cpu_s(self) -> float:
        """Return the broker's CPU seconds so far."""
        parts = Path(f"/proc/{self.broker.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(parts[11]) + int(parts[12])) / os.sysconf("SC_CLK_TCK")

    async def close(self) -> None:
        """End both processes."""
        await self.client.close()
        for process in (self.broker, self.receiver):
            process.kill()
            process.wait()


def free_port() -> int:
    """Return a port that nobody uses."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def spawn(script: Path, *arguments: str) -> subprocess.Popen[bytes]:
    """Start a script of ours."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    return subprocess.Popen([sys.executable, script, *arguments], env=environment)


async def furnish(site: Site, world: World) -> None:
    """Create entities and subscriptions."""

    async def tenant(number: int) -> None:
        for entity in range(ENTITIES):
            assert await site.send("POST", "entities", number, entity_body(number, entity)) == 201
        for wish in world.wishes[number * 100 : number * 100 + 100]:
            uri = f"http://127.0.0.1:{site.receiver_port}/t{number}"
            assert await site.send("POST", "subscriptions", number, wish.body(uri)) == 201

    await asyncio.gather(*(tenant(number) for number in range(world.tenants)))
    await asyncio.sleep(1)
    await site.came()


async def offer(site: Site, world: World, rate: int, seconds: float) -> Sent:
    """Offer changes at a rate, those of one tenant one after the other; a change refused with 503 is sent again."""
    sent, queues = Sent(), [asyncio.Queue[tuple[Change, list[str]] | None]() for _ in range(CONNECTIONS)]

    async def work(queue: asyncio.Queue[tuple[Change, list[str]] | None]) -> None:
        while (item := await queue.get()) is not None:
            await one(*item)

    async def one(change: Change, due: list[str]) -> None:
        path = f"entities/{entity_id(change.tenant, change.entity)}/attrs"
        while True:
            began = time.perf_counter()
            try:
                status = await site.send("PATCH", path, change.tenant, change.body())
            except Unreachable:
                # Whether it was taken is not known: it is sent again, and may then be told twice, as two changes.
                sent.unknown.add(change.serial)
                await asyncio.sleep(0.1)
                continue
            if status != 503:
                break
            sent.refused += 1
            await asyncio.sleep(0.2)
        assert status == 204, status
        sent.answers_s.append(time.perf_counter() - began)
        sent.acknowledged[change.serial] = due

    workers = [asyncio.create_task(work(queue)) for queue in queues]
    began, total = time.perf_counter(), round(rate * seconds)
    for number in range(total):
        change = world.change()
        queues[change.tenant % CONNECTIONS].put_nowait((change, world.due(change)))
        if (ahead := began + number / rate - time.perf_counter()) > 0:
            await asyncio.sleep(ahead)
    for queue in queues:
        queue.put_nowait(None)
    await asyncio.gather(*workers)
    return sent


async def settle(site: Site, due: set[tuple[str, int]], patience_s: float = 30) -> Came:
    """Wait until all that is due came, or nothing more comes."""
    came: Came = []
    seen: set[tuple[str, int]] = set()
    last = time.perf_counter()
    while not due <= seen and time.perf_counter() - last < patience_s:
        fresh, _ = await site.came()
        if fresh:
            last = time.perf_counter()
        came += fresh
        seen |= {(one[0], one[1]) for one in fresh}
        await asyncio.sleep(0.2)
    await asyncio.sleep(1)
    return came + (await site.came())[0]


def judge(sent: Sent, came: Came, dead: AbstractSet[str] = frozenset()) -> dict[str, float]:
    """Compare what was due with what came."""
    due = {one for one in sent.due if one[0] not in dead}
    got = Counter((one[0], one[1]) for one in came)
    names: dict[tuple[str, int], set[str]] = {}
    for subscription, serial, name, _ in came:
        names.setdefault((subscription, serial), set()).add(name)
    late = sorted(one[3] for one in came) or [0.0]
    return {
        "due": len(due),
        "delivered": len(due & got.keys()),
        "stray": len(got.keys() - due),
        "twice": sum(got.values()) - len(got),
        "twice under another id": sum(len(found) - 1 for (_, n), found in names.items() if n not in sent.unknown),
        "out of order": out_of_order(came),
        "p50 ms": late[len(late) // 2] * 1_000,
        "p99 ms": late[len(late) * 99 // 100] * 1_000,
    }


def out_of_order(came: Came) -> int:
    """Count notifications that came after a later one of the same subscription."""
    last: dict[str, int] = {}
    wrong = 0
    for subscription, serial, _, _ in came:
        wrong += serial < last.get(subscription, 0)
        last[subscription] = max(serial, last.get(subscription, 0))
    return wrong


def show(title: str, found: dict[str, float]) -> None:
    """Print one line of the table."""
    if "--json" not in sys.argv:
        print(f"{title:<28}" + "  ".join(f"{name} {value:,.6g}" for name, value in found.items()), flush=True)


async def steady(site: Site, world: World, rate: int) -> dict[str, float]:
    """Offer changes at a rate, all endpoints alive."""
    broker = site.cpu_s()
    began = time.perf_counter()
    sent = await offer(site, world, rate, SECONDS)
    came = await settle(site, sent.due)
    took_s = time.perf_counter() - began
    found = judge(sent, came)
    answers = sorted(sent.answers_s)
    found["PATCH p99 ms"] = answers[len(answers) * 99 // 100] * 1_000
    found["POST/s"] = len(came) / took_s
    found["broker us CPU each"] = (site.cpu_s() - broker) / max(len(came), 1) * 1e6
    found["refused"] = sent.refused
    show(f"{rate} changes/s", found)
    return found


async def one_dead(site: Site, world: World) -> tuple[float, float, float]:
    """Turn all that one tenant asked for to where nobody listens and back, again and again.

    Return the median p99 of the others beside the dead endpoint and without it, and the median ratio of the pairs.
    """
    wishes = world.wishes[:100]
    ours, delays = {wish.id for wish in wishes}, dict[bool, list[float]]({True: [], False: []})
    missing: set[tuple[str, int]] = set()
    for turn in range(2 * TURNS):
        dead = turn % 2 == 0
        uri = f"http://127.0.0.1:{site.dead_port}/gone" if dead else f"http://127.0.0.1:{site.receiver_port}/t0"
        for wish in wishes:
            change = {"notification": wish.body(uri)["notification"]}
            assert await site.send("PATCH", f"subscriptions/{wish.id}", 0, change) == 204
        if not dead:
            back = {(one[0], one[1]) for one in await settle(site, missing)}
            show("  and alive again", {"due": len(missing), "delivered": len(missing & back)})
        sent = await offer(site, world, RATES[0], TURN_S)
        missing = {one for one in sent.due if one[0] in ours}
        came = await settle(site, sent.due - missing if dead else sent.due)
        found = judge(sent, [one for one in came if one[0] not in ours], ours)
        assert found["delivered"] == found["due"], found
        delays[dead].append(found["p99 ms"])
        show("one dead endpoint" if dead else "  without", found)
    pairs = sorted(dead / alive for dead, alive in zip(delays[True], delays[False], strict=True))
    return sorted(delays[True])[TURNS // 2], sorted(delays[False])[TURNS // 2], pairs[TURNS // 2]


async def killed(site: Site, world: World) -> dict[str, float]:
    """Kill the broker in the middle, start it again, and see whether anything is missing."""

    async def kill() -> None:
        await asyncio.sleep(SECONDS / 2)
        os.kill(site.broker.pid, signal.SIGKILL)
        site.broker.wait()
        site.start()

    killing = asyncio.create_task(kill())
    sent = await offer(site, world, RATES[0], SECONDS)
    await killing
    await site.ready()
    found = judge(sent, await settle(site, sent.due))
    found["changes sent again"] = len(sent.unknown)
    show("kill -9 in the middle", found)
    return found


async def main() -> None:
    """Run all and print the figures."""
    with tempfile.TemporaryDirectory() as folder:
        site, world = Site(Path(folder)), World(7)
        try:
            await site.ready()
            began = time.perf_counter()
            await furnish(site, world)
            took_s = time.perf_counter() - began
            show(
                "furnished",
                {"tenants": TENANTS, "subscriptions": len(world.wishes), "classes": len(CLASSES), "s": took_s},
            )
            steadily = {rate: await steady(site, world, rate) for rate in RATES}
            dead, kill = await one_dead(site, world), await killed(site, world)
        finally:
            await site.close()
    for rate, found in steadily.items():
        share = 100 * found["delivered"] / found["due"]
        name = f"notifications delivered at {rate} changes/s"
        publish(name, share, "%", peer="Antares, 8 vCPU", peer_value=PEER[rate])
    publish("p99 delay beside a dead endpoint", dead[0], "ms", peer="without one", peer_value=dead[1])
    publish("p99 beside a dead endpoint, median of pairs", 100 * dead[2], "%", peer="allowed", peer_value=105)
    kept = 100 * kill["delivered"] / kill["due"]
    publish("notifications delivered over kill -9", kept, "%", peer="all", peer_value=100)


if __name__ == "__main__":
    asyncio.run(main())
