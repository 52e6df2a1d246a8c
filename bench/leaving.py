"""The default city leaves: exported, brought into a second, empty city, exported again, and nothing is different."""

from __future__ import annotations

import json
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from city import RunningCity, duisburg
from figure import publish
from path.small_city import write_small_city
from stadtwerk.app.export import export_city
from stadtwerk.app.home import Home
from stadtwerk.app.push import push

ALLOWED_S = 180
DUMP = "entities.ngsild.jsonl"


def entities(dump: Path) -> dict[str, str]:
    """Read a dump in canonical form."""
    found = {}
    with dump.open(encoding="utf-8") as lines:
        for line in lines:
            entity = json.loads(line)
            del entity["@context"]
            found[entity["id"]] = json.dumps(entity, sort_keys=True)
    return found


def main() -> None:
    """Export, push, compare; publish the seconds of export and push together."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with RunningCity(duisburg(), folder / "data") as city:
            began = time.monotonic()
            export_city(Home.of(city.data), folder / "first")
            took_s = time.monotonic() - began
        with RunningCity(write_small_city(folder / "village", 1), folder / "second", "--no-twin") as other:
            began = time.monotonic()
            n = push(folder / "first" / DUMP, f"http://127.0.0.1:{other.port}/ngsi-ld/v1", key=other.key)
            took_s += time.monotonic() - began
            export_city(Home.of(other.data), folder / "again")
        first, again = entities(folder / "first" / DUMP), entities(folder / "again" / DUMP)
        different = sum(again.get(entity_id) != entity for entity_id, entity in first.items())
    print(f"  {n} entities", file=sys.stderr)
    publish("leaving and arriving", took_s, "s", peer="allowed", peer_value=ALLOWED_S)
    publish("leaving different", different, "entities", peer="allowed", peer_value=0)


if __name__ == "__main__":
    main()
