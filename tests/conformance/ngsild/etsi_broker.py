"""Starts the broker that the suite asks: open to everybody, its @contexts from a mirror, on either database."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.request import urlopen

from etsi_suite import HERE, ROOT, mirror

from path.running import free_port

START_S = 30


@contextmanager
def started(store: str, copy: Path, folder: Path) -> Iterator[str]:
    """Yield the NGSI-LD root of a fresh broker that keeps its entities in a store: `sqlite`, or an address."""
    contexts, port = folder / "mirror.json", free_port()
    contexts.write_text(json.dumps({url: str(path) for url, path in mirror(copy).items()}))
    command = [sys.executable, str(HERE / "serve.py"), str(folder / "data"), str(port), str(contexts)]
    command += [store] if store != "sqlite" else []
    with subprocess.Popen(command, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT / "src")}) as process:
        try:
            url = f"http://127.0.0.1:{port}/ngsi-ld/v1"
            _wait(url)
            yield url
        finally:
            process.terminate()


def _wait(url: str) -> None:
    """Ask until somebody answers, whatever they say."""
    end = time.monotonic() + START_S
    while True:
        try:
            with urlopen(f"{url}/types", timeout=1):
                return
        except OSError as error:
            if hasattr(error, "code"):
                return
            assert time.monotonic() < end, f"no broker at {url} after {START_S} s"
            time.sleep(0.1)
