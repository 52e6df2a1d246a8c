"""The NGSI-LD broker inside a running city: writes and questions per CPU second of the core, durable, access on.

100,000 entities of 20 attributes, history on, 100 subscriptions that each change is held against; CPU from /proc.
Published by others, on their hardware, as footnotes: Antares 3,076 queries/s and 13,635 updates/s on one core in
memory, 3,870 updates/s with fsync; Stellio 120-417 partial updates/s, 30-36 queries/s on 8 vCPU.
"""

from __future__ import annotations

import http.client
import json
import random
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))
from city import ROOT, RunningCity
from figure import publish
from path.running import eventually, free_port
from path.small_city import write_small_city
from stores.server import PostgresServer

ENTITIES, BATCH, SUBSCRIPTIONS = 100_000, 1_000, 100
INSTANCES, TICKS, SECONDS, WINDOWS = 100_000, 100, 5, 3
PATH = "/ngsi-ld/v1"
REQUIRED = {"patch": 8_000, "query": 8_000, "upsert": 12_000, "temporal": 300}


def entity(number: int, value: float) -> dict[str, Any]:
    """Make an entity of 20 attributes: 16 numbers, 2 texts, a relationship, a place."""
    numbers = {
        f"a{place}": {"type": "Property", "value": round(value + place, 1), "unitCode": "CEL"} for place in range(16)
    }
    return {
        "id": f"urn:ngsi-ld:Sensor:{number:06d}",
        "type": "Sensor",
        **numbers,
        "state": {"type": "Property", "value": ("ok", "worn", "broken")[number % 3]},
        "title": {"type": "Property", "value": f"Sensor number {number}"},
        "standsOn": {"type": "Relationship", "object": f"urn:ngsi-ld:Street:{number % 1000:04d}"},
        "location": {
            "type": "GeoProperty",
            "value": {"type": "Point", "coordinates": [6.76 + number % 300 / 3000, 51.43]},
        },
    }


class Core:
    """A city's core to be asked, and what its process has cost so far."""

    def __init__(self, pid: int, port: int, key: str) -> None:
        self.pid, self.port, self.key = pid, port, key
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)

    def send(self, method: str, path: str, body: Any = None) -> Any:
        """Send one request; any refusal ends the benchmark."""
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {self.key}"}
        self._connection.request(method, PATH + path, json.dumps(body) if body is not None else None, headers)
        answer = self._connection.getresponse()
        said = answer.read()
        assert answer.status < 300, f"{method} {path}: {answer.status} {said[:300]!r}"
        return json.loads(said) if said else None

    def cpu_s(self) -> float:
        """Return the CPU seconds the core has used, all its threads."""
        facts = Path(f"/proc/{self.pid}/stat").read_text().rpartition(") ")[2].split()
        return (int(facts[11]) + int(facts[12])) / TICKS

    def memory_mb(self) -> float:
        """Return the core's resident memory."""
        status = Path(f"/proc/{self.pid}/status").read_text()
        return int(status.split("VmRSS:")[1].split()[0]) / 1024


def measured(core: Core, work: Callable[[], int]) -> tuple[float, float]:
    """Return how many things were done per CPU second of the core, and per second."""
    cpu, began = core.cpu_s(), time.monotonic()
    done = work()
    return done / max(core.cpu_s() - cpu, 1 / TICKS), done / (time.monotonic() - began)


def steady(core: Core, script: str, *, connections: int = 100) -> tuple[float, float]:
    """Return the same of a script of wrk's, once it has run for a while: the median of several windows."""
    windows = [measured(core, lambda: wrk(core, script, connections=connections)) for _ in range(WINDOWS + 1)]
    return sorted(windows[1:])[WINDOWS // 2]


def prepared() -> list[bytes]:
    """Make the bodies first, so that only the core's time counts."""
    return [
        json.dumps([entity(start + place, place % 100) for place in range(BATCH)]).encode()
        for start in range(0, ENTITIES, BATCH)
    ]


def subscribe(core: Core) -> None:
    """Make subscriptions that each change of the type is held against; none of them is ever due."""
    for number in range(SUBSCRIPTIONS):
        core.send(
            "POST",
            "/subscriptions",
            {
                "type": "Subscription",
                "entities": [{"type": "Sensor"}],
                "watchedAttributes": [f"a{number % 2}"],
                "q": f"a{number % 2}>{100_000 + number}",
                "notification": {"endpoint": {"uri": "http://127.0.0.1:9/none", "accept": "application/json"}},
            },
        )


def fill_history(core: Core) -> None:
    """Give one entity so many instances of one attribute, a minute apart."""
    for start in range(0, INSTANCES, BATCH):
        instances = [
            {"type": "Property", "value": (start + place) % 997 / 10, "observedAt": _minute(start + place)}
            for place in range(BATCH)
        ]
        core.send("POST", "/temporal/entities", {"id": "urn:ngsi-ld:Meter:1", "type": "Meter", "power": instances})


def _minute(number: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:00Z", time.gmtime(1_760_000_000 + number * 60))


def wrk(core: Core, script: str, *, connections: int) -> int:
    """Let wrk ask for some seconds; return the answers, every one of which was good."""
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as file:
        file.write(f'wrk.headers["Authorization"] = "Bearer {core.key}"\n{script}{_LUA_DONE}')
        file.flush()
        command = ["wrk", "-t1", f"-c{connections}", f"-d{SECONDS}s", "-s", file.name, f"http://127.0.0.1:{core.port}"]
        said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    answers, bad = (int(number) for number in said.rpartition("counted ")[2].split()[:2])
    assert not bad, f"{bad} of {answers} answers were refusals"
    return answers


_LUA_DONE = """
done = function(summary, latency, requests)
  io.write("counted ", summary.requests, " ", summary.errors.status, "\\n")
end
"""
PATCH = f"""
wrk.headers["Content-Type"] = "application/json"
request = function()
  local id = string.format("urn:ngsi-ld:Sensor:%06d", math.random(0, {ENTITIES - 1}))
  local body = string.format('{{"a0":{{"value":%d}},"a1":{{"value":%d}}}}', math.random(0, 999), math.random(0, 999))
  return wrk.format("PATCH", "{PATH}/entities/" .. id .. "/attrs", nil, body)
end
"""
QUERY = f"""
request = function()
  return wrk.format("GET", "{PATH}/entities?type=Sensor&limit=20&q=a2%3E" .. math.random(0, 99))
end
"""
TEMPORAL = f"""
request = function()
  return wrk.format("GET", "{PATH}/temporal/entities/urn:ngsi-ld:Meter:1?attrs=power&timerel=after&" ..
    "timeAt=2025-10-0" .. math.random(1, 9) .. "T00:00:00Z&options=aggregatedValues&" ..
    "aggrMethods=avg,max&aggrPeriodDuration=P1D")
end
"""


@contextmanager
def running(store: str) -> Iterator[Core]:
    """Boot a village without lamps that answer, on one store."""
    with tempfile.TemporaryDirectory() as folder:
        city = write_small_city(Path(folder) / "city", lamps=2)
        more = ("--store", store) if store else ()
        with RunningCity(city, Path(folder) / "data", "--no-twin", *more, root=ROOT) as town:
            yield Core(town.pid("core"), town.port, town.key)


def bare() -> float:
    """Return how many PATCHes a CPU second the same HTTP server takes that does nothing with them: this machine now."""
    port = free_port()
    with subprocess.Popen([sys.executable, "-c", _BARE, str(port)]) as process:
        core = Core(process.pid, port, "none")
        try:
            eventually(lambda: _listens(port))
            return steady(core, PATCH)[0]
        finally:
            process.terminate()


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


_BARE = """
import sys, uvicorn
async def app(scope, receive, send):
    await receive()
    await send({"type": "http.response.start", "status": 204, "headers": []})
    await send({"type": "http.response.body", "body": b""})
uvicorn.run(app, port=int(sys.argv[1]), log_level="error", access_log=False, proxy_headers=False, lifespan="off")
"""


def one_store(name: str, store: str) -> None:
    """Measure and publish everything on one store."""
    with running(store) as core:
        bodies = prepared()
        rates = {"upsert": measured(core, lambda: send_all(core, bodies))}
        subscribe(core)
        fill_history(core)
        rates["patch"] = steady(core, PATCH)
        rates["query"] = steady(core, QUERY)
        rates["temporal"] = steady(core, TEMPORAL, connections=8)
        publish(f"ngsild bare server{name}", bare(), "1/CPU-s", peer="patch", peer_value=rates["patch"][0])
        for figure, (per_cpu, per_s) in rates.items():
            publish(f"ngsild {figure}{name}", per_cpu, "1/CPU-s", peer="required", peer_value=REQUIRED[figure])
            print(f"  {figure}: {per_s:,.0f} a second", file=sys.stderr)
        publish(f"ngsild memory{name}", core.memory_mb(), "MB", peer="allowed", peer_value=1_000)


def send_all(core: Core, bodies: list[bytes]) -> int:
    """Send prepared batches."""
    connection = http.client.HTTPConnection("127.0.0.1", core.port, timeout=60)
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {core.key}"}
    for body in bodies:
        connection.request("POST", f"{PATH}/entityOperations/upsert", body, headers)
        answer = connection.getresponse()
        answer.read()
        assert answer.status in (201, 204), answer.status
    return len(bodies) * BATCH


def main() -> None:
    """Measure on SQLite, then on PostgreSQL, unless only one is named: `sqlite`, `postgresql`."""
    random.seed(1)
    wanted = [name for name in ("sqlite", "postgresql") if name in sys.argv] or ["sqlite", "postgresql"]
    for name in wanted:
        server = PostgresServer() if name == "postgresql" else nullcontext()
        with server as database:
            one_store("" if database is None else " PostgreSQL", "" if database is None else database.url())


if __name__ == "__main__":
    main()
