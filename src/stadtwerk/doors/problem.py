"""Saying no over HTTP: every error is a problem document (RFC 9457)."""

from __future__ import annotations

import logging

import msgspec
from msgspec.structs import replace
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from stadtwerk import logs
from stadtwerk.kernel.limits import BODY_BYTES
from stadtwerk.kernel.refusal import Refusal, Refused, problem_type

log = logging.getLogger(__name__)
encode = msgspec.json.Encoder().encode


def problem(refusal: Refusal) -> Response:
    """Answer with a problem document."""
    headers = {"Retry-After": "2"} if refusal.status in (429, 503) else {}
    if refusal.status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    number = logs.current("request_id")
    if number:
        refusal = replace(refusal, instance=f"urn:uuid:{number}")
        headers["X-Request-ID"] = number
    return Response(encode(refusal), refusal.status, headers, "application/problem+json")


async def on_refused(request: Request, error: Exception) -> Response:
    """Answer a refusal raised anywhere below."""
    assert isinstance(error, Refused)
    return problem(error.refusal)


async def on_http(request: Request, error: Exception) -> Response:
    """Answer what the router itself refuses (404, 405)."""
    assert isinstance(error, HTTPException)
    answer = problem(
        Refusal(problem_type(f"http-{error.status_code}"), error.detail, error.status_code, request.url.path)
    )
    answer.headers.update(error.headers or {})
    return answer


async def on_crash(request: Request, error: Exception) -> Response:
    """Answer a fault of our own without telling strangers its insides."""
    log.error("%s %s failed", request.method, request.url.path, exc_info=error)
    return problem(Refusal(problem_type("internal"), "The city made a mistake", 500, "It is in the log of the core."))


async def read_json(request: Request) -> bytes:
    """Read a JSON body within the limit; refuses other content (415) and too much of it (413)."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise Refused.of("media-type", "Send JSON", 415, "Content-Type: application/json")
    declared = request.headers.get("content-length", "0")
    if declared.isdigit() and int(declared) > BODY_BYTES:
        raise _too_large()
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > BODY_BYTES:
            raise _too_large()
    return bytes(body)


def _too_large() -> Refused:
    return Refused.of("too-large", "The body is too large", 413, f"at most {BODY_BYTES} bytes")
