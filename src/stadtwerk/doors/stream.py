"""The live stream: server-sent events, a snapshot first, then what changed; a slow screen gets less often, not less."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import StreamingResponse
from starlette.routing import Route

from stadtwerk.doors.desk import Desk
from stadtwerk.kernel.access import require
from stadtwerk.kernel.limits import VIEWERS
from stadtwerk.kernel.refusal import Refused

BEAT_TICKS = 40
"""A sign of life after so many silent ticks."""


def stream_routes(desk: Desk, viewers: set[object]) -> list[Route]:
    """Make the route of the live stream; `viewers` holds whoever watches."""
    return [Route("/api/stream", _stream(desk, viewers), methods=["GET"])]


def _stream(desk: Desk, viewers: set[object]) -> Callable[[Request], Any]:
    async def stream(request: Request) -> StreamingResponse:
        require(request.state.principal, "lighting.read")
        if len(viewers) >= VIEWERS:
            raise Refused.of("busy", "Too many viewers", 503, f"at most {VIEWERS} at once")
        cursor = request.headers.get("last-event-id") or request.query_params.get("since") or ""
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        return StreamingResponse(
            _events(desk, viewers, cursor, request.state.still_in), 200, headers, "text/event-stream"
        )

    return stream


async def _events(desk: Desk, viewers: set[object], cursor: str, still_in: Callable[[], bool]) -> AsyncIterator[bytes]:
    """Send what changed since the viewer's last frame at every tick, until the viewer may no longer look."""
    me, live = object(), desk.live
    viewers.add(me)
    try:
        seq, command_seq = live.since(cursor)
        yield b"retry: 1000\nevent: hello\ndata: " + msgspec.json.encode(desk.about()["clock"]) + b"\n\n"
        totals, quiet = b"", 0
        while still_in():
            parts = live.frame(seq) + live.commands(command_seq)
            seq, command_seq = live.seq, live.command_seq
            if live.totals is not totals:
                totals = live.totals
                parts += totals
            quiet = 0 if parts else quiet + 1
            if parts:
                yield parts + live.cursor() + b"\n"
            elif quiet % BEAT_TICKS == 0:
                yield b": beat\n\n"
            await live.ticked()
    except asyncio.CancelledError:
        return
    finally:
        viewers.discard(me)
