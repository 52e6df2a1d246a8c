"""Asking a context source over HTTP: where it is, what it is told, how long it may take (clauses 6.3.18, 6.3.14)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from stadtwerk.adapters.http_client import Bounds, HttpClient
from stadtwerk.context.subscriptions.endpoint import METADATA, is_denied, read_networks

BOUNDS = Bounds(answer_bytes=10_000_000)
"""What other sources may take of this process: 10 MB an answer."""

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder().decode


class HttpSources:
    """Sends requests to context sources and reads what they answer; none is asked in a `denied` network."""

    def __init__(self, denied: Sequence[str] = METADATA) -> None:
        networks = read_networks(tuple(denied))
        self._client = HttpClient(BOUNDS, forbids=lambda address: is_denied(address, networks))

    async def ask(
        self, method: str, url: str, *, headers: Mapping[str, str], body: Any, timeout_s: float
    ) -> tuple[int, Mapping[str, str], Any]:
        """Send a request; return status, headers and the JSON answered, None for none (raises Unreachable)."""
        content = b"" if body is None else _encode(body)
        reply = await self._client.send(method, url, headers=headers, body=content, timeout_s=timeout_s)
        return reply.status, reply.headers, _json(reply.body)

    async def close(self) -> None:
        """Let the connections go."""
        await self._client.close()


def _json(body: bytes) -> Any:
    """Read an answer; what is no JSON (an error page, say) counts as nothing said."""
    try:
        return _decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
