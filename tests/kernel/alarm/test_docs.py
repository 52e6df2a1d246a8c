"""The alarm table in the docs is the one in the code."""

from __future__ import annotations

import re
from pathlib import Path

from stadtwerk.app.systems import SYSTEMS
from stadtwerk.kernel.alarm.condition import Told
from stadtwerk.kernel.alarm.kind import AlarmKind

PAGE = Path(__file__).parents[3] / "docs" / "alarms.md"


def span(seconds: float) -> str:
    """Write a duration in the largest unit that fits."""
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds >= size and seconds % size == 0:
            return f"{seconds / size:g} {unit}"
    return f"{seconds:g} s"


def row(kind: AlarmKind) -> str:
    """Write an entry as a row."""
    delays = f"{span(kind.on_delay_s)} / {span(kind.off_delay_s)}"
    head = f"`{kind.id}`", f"{kind.priority} ({kind.severity})", f"{kind.title.en}: {kind.cause.en}"
    confirm = " Confirmed by hand." if kind.confirms else ""
    rest = kind.consequence.en, f"{kind.action.en}{confirm}", span(kind.respond_s), delays, span(kind.shelve_max_s)
    return f"| {' | '.join((*head, *rest))} |"


def table() -> str:
    """Write the table of all systems."""
    head = "| alarm | priority | cause | consequence | action | respond within | on / off delay | shelved at most |"
    kinds = [kind for system in SYSTEMS for kind in system.alarms]
    return "\n".join((head, "|---|---|---|---|---|---|---|---|", *map(row, kinds)))


def test_the_table_is_the_codes() -> None:
    found = re.search(r"<!-- alarms -->\n(.*?)\n?<!-- /alarms -->", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert found
    assert found.group(1) == table(), f"put this between the marks of docs/alarms.md:\n{table()}"


def test_every_kind_of_event_is_named() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert [kind for name, kind in vars(Told).items() if name.isupper() and f"`{kind}`" not in page] == []


def test_ids_are_one_systems_and_unique() -> None:
    ids = [(system.name, kind.id) for system in SYSTEMS for kind in system.alarms]
    assert all(kind.startswith(f"{name}.") for name, kind in ids)
    assert len({kind for _, kind in ids}) == len(ids)
