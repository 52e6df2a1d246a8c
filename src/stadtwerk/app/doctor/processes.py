"""Checks of what runs: lock, ports, processes, broker, core, lamps, limits."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import suppress

from stadtwerk.app.doctor.case import Case, is_locked
from stadtwerk.app.doctor.finding import Finding, error, ok, warning
from stadtwerk.supervise.processes import listener, noted, usages

RESTARTS_MANY = 5
LAG_S = 0.5
SILENT_SHARE, SILENT_MOST = 0.05, 0.5


def lock(case: Case) -> Finding:
    """Look at who holds the folder."""
    if case.running:
        holder = (case.run / "lock").read_text(encoding="utf-8").strip()
        return ok("lock.held", pid=holder)
    if is_locked(case.run / "crew.lock"):
        left = ", ".join(f"{name} {used.pid}" for name, used in usages(case.run).items())
        return warning("lock.leftovers", processes=left or "?")
    return ok("lock.free") if case.started else ok("lock.new", data=case.data)


def ports(case: Case) -> Finding:
    """Look whether the city's ports are its own, or free when it does not run."""
    own = {used.pid for used in usages(case.run).values()}
    wanted = range(case.port, case.port + (3 if case.simulated else 2))
    for port in wanted:
        if not _answers(port):
            continue
        found = listener(port)
        if not case.running or (found and found.pid not in own):
            who = f"{found.program} ({found.pid})" if found else "?"
            return error("ports.taken", port=port, who=who)
    if case.running and not _answers(case.port):
        return error("ports.silent", port=case.port)
    return ok("ports.ok", first=wanted[0], last=wanted[-1])


def processes(case: Case) -> Iterator[Finding]:
    """Look whether all processes live, and how often they had to be started anew."""
    if not case.running:
        return
    alive, noted_pids = usages(case.run), noted(case.run / "pids.json")
    gone = [name for name in noted_pids if name not in alive]
    restarts = {name: n for name, n in noted(case.run / "restarts.json").items() if n}
    told = ", ".join(f"{name} {n}×" for name, n in restarts.items())
    if gone:
        yield error("processes.gone", names=", ".join(gone))
    elif sum(restarts.values()) >= RESTARTS_MANY:
        yield error("processes.restarts", restarts=told)
    elif restarts:
        yield warning("processes.restarts", restarts=told)
    else:
        yield ok("processes.ok", names=", ".join(alive))


def broker(case: Case) -> Iterator[Finding]:
    """Look which broker carries the devices' messages, and whether it answers."""
    if not case.running:
        return
    used = usages(case.run).get("broker")
    kind = "mosquitto" if used and used.program.startswith("mosquitto") else "amqtt"
    if not used or not _answers(case.port + 1):
        yield error("broker.silent", port=case.port + 1)
    elif kind == "amqtt":
        yield warning("broker.amqtt", port=case.port + 1)
    else:
        yield ok("broker.ok", kind=kind, port=case.port + 1)


def core(case: Case) -> Iterator[Finding]:
    """Look whether the core answers, how late its loop is, and which limits are near."""
    if not case.running:
        return
    if case.health is None:
        yield error("core.silent", port=case.port)
        return
    lag_s = float(case.health.get("loop_lag_s", 0.0))
    facts = {"lag_ms": round(lag_s * 1000)}
    yield warning("core.lag", **facts) if lag_s >= LAG_S else ok("core.ok", **facts)
    for reason in case.health.get("reasons", ()):
        if reason["about"] not in ("broker", "loop_lag", "lamps_silent"):
            find = error if reason["status"] == "failing" else warning
            yield find("limits.near", name=reason["about"], detail=reason["detail"])


def lamps(case: Case) -> Iterator[Finding]:
    """Look how many lamps are silent."""
    if not case.health or not case.health.get("lamps"):
        return
    n, silent = int(case.health["lamps"]), int(case.health.get("silent", 0))
    facts = {"silent": f"{silent:,}", "lamps": f"{n:,}", "percent": round(100 * silent / n, 1)}
    if silent > SILENT_MOST * n:
        yield error("lamps.silent", **facts)
    elif silent > SILENT_SHARE * n:
        yield warning("lamps.silent", **facts)
    else:
        yield ok("lamps.ok", **facts)


def _answers(port: int) -> bool:
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False
