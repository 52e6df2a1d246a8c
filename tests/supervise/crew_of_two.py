"""A supervisor of its own process for the tests: two children that only say who they are and live."""

from __future__ import annotations

import asyncio
import logging
import sys
from pathlib import Path

from stadtwerk.kernel.refusal import Refused
from stadtwerk.supervise import Child, Crew, lock_folder

LIVE = "import time; print('alive', flush=True); time.sleep(600)"
STUBBORN = (
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('alive', flush=True); time.sleep(600)"
)
PARENT = "import subprocess, time; print('alive', subprocess.Popen(['sleep', '600']).pid, flush=True); time.sleep(600)"
REFUSES = "import sys; print('this folder saw simulated time'); sys.exit(78)"
KINDS = {"live": LIVE, "stubborn": STUBBORN, "parent": PARENT, "refuses": REFUSES}


def main(run: Path, *kinds: str) -> int:
    """Supervise one child of each kind until told to end."""
    logging.basicConfig(level=logging.WARNING)
    children = [Child(f"{kind}{n}", [sys.executable, "-c", KINDS[kind]]) for n, kind in enumerate(kinds)]
    try:
        with lock_folder(run):
            asyncio.run(Crew(children, run).work(lambda: print("ready", flush=True)))
    except Refused as no:
        print(f"refused: {no.refusal.title}: {no.refusal.detail}", flush=True)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), *sys.argv[2:]))
