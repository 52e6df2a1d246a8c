"""The doctor: what is wrong with a city and what to do, whether it runs, rests or does not start."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from stadtwerk.app.doctor import files, kept, machine, processes
from stadtwerk.app.doctor.case import Case, take_case
from stadtwerk.app.doctor.finding import Finding, Report, error, report

__all__ = ["CHECKS", "Report", "examine", "language"]

CHECKS: tuple[Callable[[Case], Finding | Iterable[Finding]], ...] = (
    machine.python,
    machine.disk,
    machine.memory,
    machine.clock,
    processes.lock,
    processes.ports,
    processes.processes,
    processes.broker,
    processes.core,
    processes.lamps,
    kept.databases,
    kept.journal,
    kept.quarantine,
    kept.history,
    kept.time,
    kept.secrets,
    kept.release,
    files.city,
    files.vendor,
    files.logs,
    files.contact,
)
"""All checks, in the order in which one would look."""


def examine(data: Path, *, deep: bool = False) -> Report:
    """Visit a data folder and tell what is found."""
    vendor = Path(os.environ.get("STADTWERK_VENDOR", ".cache/vendor"))
    case = take_case(data, vendor, deep=deep)
    return report(finding for check in CHECKS for finding in _run(check, case))


def _run(check: Callable[[Case], Finding | Iterable[Finding]], case: Case) -> Iterator[Finding]:
    """Let one check speak; one that stumbles over what it finds says so and stops no other."""
    try:
        found = check(case)
        yield from [found] if isinstance(found, Finding) else found
    except Exception as fault:  # noqa: BLE001 - a broken folder must not silence the doctor
        yield error("doctor.stumbled", check_name=check.__name__, fault=f"{type(fault).__name__}: {fault}")


def language(environment: dict[str, str] | os._Environ[str] = os.environ) -> str:
    """Return the language of the environment, as far as we speak it: German or English."""
    told = next((environment[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if environment.get(name)), "")
    return "de" if told.lower().startswith("de") else "en"
