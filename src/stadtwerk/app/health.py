"""How the core is doing: how full every bounded thing is, and what that means."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from stadtwerk.context.limits import NOTIFY_WAITING
from stadtwerk.kernel import limits
from stadtwerk.kernel.health import Fill, Reason, reasons_of

if TYPE_CHECKING:
    from stadtwerk.app.city import City

LAG_DEGRADED_S, LAG_FAILING_S = 0.5, 5.0
"""A loop held up for so long within the last minute."""
SILENT_DEGRADED = 0.05
"""Share of lamps not heard for three report periods."""


def fills(city: City, viewers: int, connections: int) -> list[Fill]:
    """Return how full each bound of the core is now."""
    books = [part.state.book for part in city.parts.values()]
    opened = sum(len(book.open_commands()) for book in books)
    held = sum(len(book.commands) for book in books)
    return [
        Fill("inbox_rows", city.pump.waiting_rows, limits.INBOX_ROWS, "rows"),
        Fill("commands_waiting", city.lane.waiting, limits.COMMANDS_WAITING, "commands"),
        Fill("commands_open", opened, limits.COMMANDS_OPEN, "commands"),
        Fill("commands_recent", held - opened, limits.COMMANDS_RECENT * len(books), "commands", rolling=True),
        Fill("decision_writes_waiting", city.store.writer.waiting, limits.WRITES_WAITING, "writes"),
        Fill("telemetry_writes_waiting", city.telemetry.writer.waiting, limits.WRITES_WAITING, "writes"),
        Fill("history_waiting", city.telemetry.tail_rows, limits.TAIL_ROWS, "rows"),
        Fill("notifications_waiting", city.context.notifier.figures()["pending"], NOTIFY_WAITING, "notifications"),
        Fill("stream_viewers", viewers, limits.VIEWERS, "viewers"),
        Fill("connections", connections, limits.CONNECTIONS, "connections"),
    ]


def reasons(city: City, filled: Iterable[Fill], lag_s: float) -> list[Reason]:
    """Tell why the core is not well; nothing when it is."""
    found = reasons_of(filled)
    if not city.radio.connected:
        found.append(Reason("degraded", "broker", "the broker is not reached: lamps are neither heard nor called"))
    if lag_s >= LAG_DEGRADED_S:
        status = "failing" if lag_s >= LAG_FAILING_S else "degraded"
        found.append(Reason(status, "loop_lag", f"the loop was held up for {lag_s:.2f} s in the last minute"))
    silent, lamps = silent_lamps(city), len(city.lighting.inventory)
    if silent > SILENT_DEGRADED * lamps:
        found.append(Reason("degraded", "lamps_silent", f"{silent:,} of {lamps:,} lamps are silent"))
    return found


def silent_lamps(city: City) -> int:
    """Return how many lamps have not been heard for too long."""
    return int(city.lighting.silent(city.clock.now_us()).sum())
