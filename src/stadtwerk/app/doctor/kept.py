"""Checks of what the city keeps: databases, journal, quarantine, time, secrets, releases."""

from __future__ import annotations

from collections.abc import Iterator

from stadtwerk import __version__
from stadtwerk.app.doctor.case import Case
from stadtwerk.app.doctor.finding import Finding, error, ok, warning
from stadtwerk.app.rebuild import check_folder
from stadtwerk.kernel.clock import US, iso
from stadtwerk.kernel.refusal import Refused
from stadtwerk.stores import checkup

WAL_MANY_BYTES, WAL_MOST_BYTES = 128_000_000, 1_000_000_000
WAITING_MANY_ROWS, WAITING_MOST_ROWS = 3_000_000, 30_000_000
"""The historian takes 100,000 rows at once, or what five minutes brought."""
TAIL_ENTRIES = 2_000
"""So many newest journal entries are checked without `--deep`."""
USUAL = ("replayed-frame",)
"""What radio does anyway: a frame that two gateways heard, or that came twice."""
HOUR_US = 3_600 * US
AHEAD_US = 300 * US
SECRET_NAMES = (
    "access.toml",
    "key",
    "keys.db",
    "keys.db-shm",
    "keys.db-wal",
    "master",
    "mosquitto.db",
    "mqtt.json",
    "notary",
)
SECRET_ENDS = (".passwd", ".rights", ".key", ".pem", ".secret")
SECRET_FOLDERS = ("keys", "vault")


def databases(case: Case) -> Iterator[Finding]:
    """Let SQLite check its own files and look at the size of their write-ahead logs; reach a server if there is one."""
    if case.started and case.decisions is None and not any(case.faults.values()):
        yield error("databases.away", data=case.data)
    for name, fault in case.faults.items():
        path = case.data / name
        if fault:
            yield error("databases.broken", file=path.name, fault=fault)
        else:
            yield ok("databases.ok", file=path.name, mb=round(path.stat().st_size / 1e6, 1))
        wal = path.with_name(f"{path.name}-wal")
        size = wal.stat().st_size if wal.exists() else 0
        if size > WAL_MANY_BYTES:
            find = error if size > WAL_MOST_BYTES else warning
            yield find("databases.wal", file=wal.name, mb=round(size / 1e6))


def journal(case: Case) -> Iterator[Finding]:
    """Check the journal's chain: its newest entries, or with `deep` all of it and a replay."""
    if case.decisions is None:
        return
    if case.deep:
        yield _whole_journal(case)
        return
    broken, looked, last = checkup.tail(case.decisions, TAIL_ENTRIES)
    facts = {"looked": looked, "last": last}
    yield ok("journal.ok", **facts) if broken is None else error("journal.broken", seq=broken, **facts)


def _whole_journal(case: Case) -> Finding:
    try:
        told = check_folder(case.data)
    except Refused as no:
        return error("journal.unread", detail=no.refusal.detail)
    if told["chain"] != "good":
        return error("journal.chain", chain=told["chain"])
    return ok("journal.whole", events=told["events"]) if told["equal"] else error("journal.unequal")


def quarantine(case: Case) -> Iterator[Finding]:
    """Look whether messages had to be set aside within the last hour of city time."""
    if case.telemetry is None or case.decisions is None:
        return
    rows = checkup.quarantine(case.telemetry)
    now_us = int(checkup.meta(case.decisions, "city_now_us") or 0)
    fresh = [f"{reason} {n:,}" for reason, n, at_us in rows if at_us > now_us - HOUR_US and reason not in USUAL]
    if fresh:
        yield warning("quarantine.growing", reasons=", ".join(fresh))
    else:
        yield ok("quarantine.ok", total=f"{sum(n for _, n, _ in rows):,}")


def history(case: Case) -> Iterator[Finding]:
    """Look how many observations wait to be archived: without the historian they would fill the disk."""
    if case.telemetry is None:
        return
    rows = checkup.waiting(case.telemetry)
    find = error if rows > WAITING_MOST_ROWS else warning if rows > WAITING_MANY_ROWS else None
    yield find("history.behind", rows=f"{rows:,}") if find else ok("history.ok", rows=f"{rows:,}")


def time(case: Case) -> Iterator[Finding]:
    """Hold the city's time against the machine's: a folder of real time knows no future."""
    if case.decisions is None:
        return
    reached_us = int(checkup.meta(case.decisions, "city_now_us") or 0)
    at = iso(reached_us)[:19]
    if case.simulated:
        yield ok("time.simulated", at=at)
    elif reached_us > case.now_s * US + AHEAD_US:
        yield error("time.future", at=at)
    else:
        yield ok("time.ok", at=at)


def secrets(case: Case) -> Iterator[Finding]:
    """Look whether only their owner can read the folder's secrets."""
    if not case.started:
        return
    files = [path for path in case.data.rglob("*") if path.is_file()]
    kept = [
        path
        for path in files
        if path.name in SECRET_NAMES or path.suffix in SECRET_ENDS or path.parent.name in SECRET_FOLDERS
    ]
    opened = [path for path in kept if path.stat().st_mode & 0o077]
    for path in opened:
        yield error("secrets.open", file=path.relative_to(case.data), path=path)
    if not opened:
        yield ok("secrets.ok", n=len(kept))


def release(case: Case) -> Iterator[Finding]:
    """Look whether a newer release than this wrote the folder."""
    if not case.release:
        return
    facts = {"wrote": case.release, "own": __version__}
    yield error("release.newer", **facts) if _parts(case.release) > _parts(__version__) else ok("release.ok", **facts)


def _parts(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".") if part.isdigit())
