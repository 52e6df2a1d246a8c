"""Bringing an NGSI-LD dump into a broker, ours or anybody's, through the API that all of them have."""

from __future__ import annotations

import http.client
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from urllib.parse import urlsplit

import msgspec

from stadtwerk.kernel.refusal import Refused

BATCH = 500
"""Entities of one request."""
TIMEOUT_S = 120.0
"""Longest a broker may take for a batch."""


def push(dump: Path, url: str, *, key: str = "", tenant: str = "") -> int:
    """Upsert every entity of a dump (one a line, @context inside) at a broker; return how many it took.

    `url` is the API's root, such as https://broker.example/ngsi-ld/v1. Refuses at the first batch that the broker does
    not take whole, with its own words: what was sent before is there, and sending all again changes nothing.
    """
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise Refused.field("to", "the address of a broker, such as https://broker.example/ngsi-ld/v1")
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.hostname, parts.port, timeout=TIMEOUT_S)
    headers = {"Content-Type": "application/ld+json", "Accept": "application/json"}
    headers |= {"Authorization": f"Bearer {key}"} if key else {}
    headers |= {"NGSILD-Tenant": tenant} if tenant else {}
    n = 0
    try:
        for lines in _batches(dump):
            body = b"[" + b",".join(lines) + b"]"
            connection.request("POST", f"{parts.path.rstrip('/')}/entityOperations/upsert", body, headers)
            answer = connection.getresponse()
            _check(answer.status, answer.read(), n)
            n += len(lines)
    except (OSError, http.client.HTTPException) as error:
        raise Refused.of("away", "The broker does not answer", 503, f"{url}: {error}") from error
    finally:
        connection.close()
    return n


def _batches(dump: Path) -> Iterator[list[bytes]]:
    with dump.open("rb") as file:
        lines = (line.strip() for line in file)
        filled = (line for line in lines if line)
        while some := list(islice(filled, BATCH)):
            yield some


def _check(status: int, said: bytes, before: int) -> None:
    """Refuse unless the whole batch was taken."""
    if status in (200, 201, 204):
        return
    try:
        words = msgspec.json.encode(msgspec.json.decode(said)).decode()[:600]
    except msgspec.DecodeError:
        words = said[:200].decode("utf-8", "replace")
    raise Refused.of("push", "The broker did not take all", 502, f"after {before} entities: {status} {words}")
