"""Finding one's way through pages: links to the next and the one before (RFC 8288; clause 6.3.10)."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from urllib.parse import quote, unquote_plus

from stadtwerk.context.limits import CACHED_PLANS

_KEPT = "%!#$&'()*+,/:;=?@[]^`{|}~"
"""Signs that stay as the client wrote them; all others that are no letters or digits are escaped."""

_OURS = ("limit", "offset", "")


def page_links(path: str, query_string: str, *, limit: int, offset: int, more: bool) -> Iterator[str]:
    """Give the Link headers of a page; the other parameters stay as the client wrote them."""
    if not limit:
        return
    if offset:
        yield _link(path, query_string, limit, offset=max(offset - limit, 0), relation="prev")
    if more:
        yield _link(path, query_string, limit, offset=offset + limit, relation="next")


def _link(path: str, query_string: str, limit: int, *, offset: int, relation: str) -> str:
    return (
        f'<{path}?{_others(query_string)}limit={limit}&offset={offset}>; rel="{relation}"; type="application/ld+json"'
    )


@lru_cache(maxsize=CACHED_PLANS)
def _others(query_string: str) -> str:
    """Return the parameters that stay, each with its `&` behind it."""
    kept = [part for part in query_string.split("&") if unquote_plus(part.partition("=")[0]) not in _OURS]
    return "".join(quote(part, safe=_KEPT) + "&" for part in kept)
