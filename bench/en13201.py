"""All lit street sections of the default city calculated after EN 13201 and certified, on one core; then checked.

    python bench/en13201.py [--write FILE] [--json]     keeps the chain of certificates for tools/verify_light.py

CPU time of this one process counts, so other work on the machine does not (it still slows caches and memory).
"""

from __future__ import annotations

import os

os.environ["OPENBLAS_NUM_THREADS"] = "1"  # one core is one core

import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1] / "tools")]
import verify_light
from figure import publish
from stadtwerk.app.folder import open_folder
from stadtwerk.app.up import default_city
from stadtwerk.kernel.clock import parse_iso
from stadtwerk.systems.lighting.engine.en13201.certificate import Notary, lines
from stadtwerk.systems.lighting.engine.sections import section_of
from stadtwerk.systems.lighting.inventory import read_inventory
from stadtwerk.systems.lighting.proof import about
from stadtwerk.systems.lighting.state import make_lighting

BOUND_S = 30.0
SAMPLE = 50
"""Every so manyth certificate is calculated again by the verifier."""


def main() -> None:
    """Certify the city, verify a sample, publish."""
    lighting = make_lighting(read_inventory(open_folder(default_city(Path("var"), seed=1))))
    now_us = parse_iso("2026-11-24T22:00:00Z")
    notary, sealed, met = Notary(), [], Counter()
    began, began_wall = time.process_time(), time.monotonic()
    for place in range(len(lighting.inventory.streets.ids)):
        section = section_of(lighting.inventory, place, now_us)
        if section is not None:
            told = about(lighting, place, section, now_us)
            sealed.append(notary.certify(section.street, section.classes, told))
    took_s, wall_s = time.process_time() - began, time.monotonic() - began_wall
    for one in sealed:
        met.update((verdict["area"].split()[0], verdict["met"]) for verdict in one["verdicts"])
    publish(f"{len(sealed)} street sections certified, CPU", took_s, "s", peer="bound", peer_value=BOUND_S)
    publish(f"{len(sealed)} street sections certified, wall", wall_s, "s", peer="bound", peer_value=BOUND_S)
    for area in sorted({area for area, _ in met}):
        whole = met[area, True] + met[area, False]
        publish(f"{area} that holds its class (generated city)", met[area, True], "", peer="of", peer_value=whole)
    with tempfile.TemporaryDirectory() as folder:
        given = sys.argv[sys.argv.index("--write") + 1] if "--write" in sys.argv else f"{folder}/chain.jsonl"
        Path(given).write_text("\n".join(lines(notary, sealed)) + "\n", encoding="utf-8")
        began = time.process_time()
        assert verify_light.main([given, notary.head, str(SAMPLE)]) == 0
        took_ms = 1000 * (time.process_time() - began) / max(len(sealed) // SAMPLE, 1)
    publish("one certificate calculated again, plain Python", took_ms, "ms", peer="bound", peer_value=1000.0)


if __name__ == "__main__":
    main()
