"""Notifications over HTTP: a POST each, taken when the receiver says so (ETSI GS CIM 009 clause 6.3.8; RFC 9110)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache

import msgspec

from stadtwerk.adapters.http_client import Bounds, HttpClient, Unreachable
from stadtwerk.context.subscriptions.endpoint import Endpoint, Network, NotTaken, is_denied

BOUNDS = Bounds(open=1_024, open_per_host=256, idle=1_024, answer_bytes=1_000_000)
"""What receivers of notifications may take of this process; of their answers only the status counts."""
UNREADABLE = frozenset((400, 405, 406, 411, 413, 414, 415, 422, 431))
"""Answers of a receiver that will never take this very message (RFC 9110 section 15.5)."""

_decode = msgspec.json.Decoder(dict[str, str]).decode


class HttpNotifications:
    """Sends notifications to http and https endpoints."""

    def __init__(self, client: HttpClient | None = None, denied: Sequence[Network] = ()) -> None:
        networks = tuple(denied)
        self._client = client or HttpClient(BOUNDS, forbids=lambda address: is_denied(address, networks))

    async def send(self, endpoint: Endpoint, head: str, body: bytes) -> None:
        """Deliver a notification; raises NotTaken when no receiver took it."""
        headers = _headers(head, endpoint.receiver)
        try:
            # The same notification twice has the same id: a receiver can tell.
            reply = await self._client.send(
                "POST", endpoint.uri, headers=headers, body=body, timeout_s=endpoint.timeout_s, repeatable=True
            )
        except Unreachable as fault:
            raise NotTaken(str(fault)) from fault
        if not 200 <= reply.status < 300:
            raise NotTaken(f"the receiver answered {reply.status}", final=reply.status in UNREADABLE)

    async def close(self) -> None:
        """Let the connections go."""
        await self._client.close()


@lru_cache(maxsize=4_096)
def _headers(head: str, receiver: tuple[tuple[str, str], ...]) -> Mapping[str, str]:
    return {**_decode(head), **dict(receiver)}
