"""Asking about the past: `?at=` on any question, answered by whoever keeps history."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from stadtwerk.doors.desk import Desk
from stadtwerk.doors.question import Question
from stadtwerk.kernel.clock import iso, parse_iso
from stadtwerk.kernel.refusal import Refused


def instant(request: Request, desk: Desk) -> int | None:
    """Read which instant is asked about, None for now; refuses the future."""
    text = request.query_params.get("at")
    if text is None:
        return None
    at_us, now_us = parse_iso(text), desk.clock.now_us()
    if at_us > now_us:
        raise Refused.field("at", f"lies in the future: it is {iso(now_us)} in the city")
    return at_us


def only_now(request: Request) -> None:
    """Refuse to answer about the past with the present."""
    if "at" in request.query_params:
        raise Refused.field("at", "here only the present is known")


async def ask_then(desk: Desk, question: Question) -> Response:
    """Answer a question about the past."""
    answer = await desk.then(question)
    return Response(answer.body, media_type=answer.media_type)
