"""A data folder belongs to one running city: a lock for its supervisor, and one that each of its processes holds."""

from __future__ import annotations

import fcntl
import json
import os
import signal
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from io import TextIOWrapper
from pathlib import Path

from stadtwerk.kernel.refusal import Refused

LEFTOVERS_S = 5.0
"""How long processes left by a supervisor that died may take to be gone."""


def lock_folder(run: Path) -> TextIOWrapper:
    """Take a data folder for this process alone; refuses if another city runs on it.

    Processes that a dead supervisor left behind are ended first.
    """
    run.mkdir(parents=True, exist_ok=True)
    lock = (run / "lock").open("a+")
    if not _take(lock, fcntl.LOCK_EX):
        lock.seek(0)
        holder = lock.read().strip()
        lock.close()
        raise _refusal(f"process {holder} holds {run.parent}; end it, or choose another folder with --data.")
    _end_leftovers(run)
    lock.truncate(0)
    lock.write(str(os.getpid()))
    lock.flush()
    return lock


def join_crew(run: Path) -> TextIOWrapper:
    """Open the lock that the supervisor hands on to its processes: it is free once the last of them is gone."""
    lock = (run / "crew.lock").open("a")
    if not _take(lock, fcntl.LOCK_SH):
        raise _refusal(f"{run.parent} is being cleared by another start.")
    return lock


def note_pids(run: Path, pids: Mapping[str, int]) -> None:
    """Write down which process has which number, never half."""
    _note(run / "pids.json", pids)


def note_restarts(run: Path, restarts: Mapping[str, int]) -> None:
    """Write down how often each process was started anew since the city was."""
    _note(run / "restarts.json", restarts)


def _note(path: Path, numbers: Mapping[str, int]) -> None:
    fresh = path.with_name(f"{path.name}.new")
    fresh.write_text(json.dumps(numbers), encoding="utf-8")
    fresh.replace(path)


def _end_leftovers(run: Path) -> None:
    deadline = time.monotonic() + LEFTOVERS_S
    with (run / "crew.lock").open("a") as lock:
        while not _take(lock, fcntl.LOCK_EX):
            for pid in _holders(run):
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            if time.monotonic() > deadline:
                raise _refusal(f"processes of an earlier start still use {run.parent}: {run / 'pids.json'}")
            time.sleep(0.02)


def _holders(run: Path) -> Iterator[int]:
    """Find those of the noted processes that truly hold the folder: numbers are given again to strangers."""
    try:
        pids = json.loads((run / "pids.json").read_text(encoding="utf-8")).values()
    except (OSError, ValueError):
        return
    target = (run / "crew.lock").resolve()
    for pid in pids:
        try:
            held = [link.readlink() for link in Path(f"/proc/{int(pid)}/fd").iterdir()]
        except OSError:
            continue
        if target in held:
            yield int(pid)


def _take(lock: TextIOWrapper, kind: int) -> bool:
    try:
        fcntl.flock(lock, kind | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _refusal(detail: str) -> Refused:
    return Refused.of("running", "The city already runs on this data folder", 409, detail)
