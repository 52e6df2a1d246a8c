"""What headers say: the media type wanted, the @context meant (RFC 9110 section 12.5.1, RFC 8288)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from stadtwerk.context.limits import HEADER_CHARS
from stadtwerk.context.problems import http, one_fault

JSONLD_CONTEXT = "http://www.w3.org/ns/json-ld#context"

_RANGE = re.compile(r"\s*([\w!#$&^.+*-]+)/([\w!#$&^.+*-]+)\s*((?:;[^,]*)?)\s*$", re.ASCII)
_WEIGHT = re.compile(r";\s*q=([01](?:\.\d{0,3})?)\s*(?:;|$)", re.ASCII | re.IGNORECASE)
_LINK = re.compile(r"\s*<([^<>]*)>((?:\s*;\s*[\w*-]+\s*(?:=\s*(?:\"[^\"]*\"|[^\s\",;]+))?)*)\s*(?:,|$)")
_REL = re.compile(r";\s*rel\s*=\s*(?:\"([^\"]*)\"|([^\s\",;]+))", re.IGNORECASE)


@lru_cache(maxsize=256)
def choose_media(accept: str, offered: tuple[str, ...]) -> str:
    """Return the best offered media type for an Accept header, the first of equals; refuses if none will do (406)."""
    ranges = [(m[1].lower(), m[2].lower(), _weight(m[3])) for part in accept.split(",") if (m := _RANGE.match(part))]
    if not accept.strip() or len(accept) > HEADER_CHARS:
        return offered[0]
    weights = [_acceptance(media, ranges) for media in offered]
    best = max(weights)
    if best <= 0:
        raise http(406, "Not Acceptable", f"offered: {', '.join(offered)}")
    return offered[weights.index(best)]


def _weight(parameters: str) -> float:
    found = _WEIGHT.search(parameters)
    return min(float(found[1]), 1.0) if found else 1.0


def _acceptance(media: str, ranges: Sequence[tuple[str, str, float]]) -> float:
    """Return the weight the most specific matching range gives."""
    kind, _, subtype = media.partition("/")
    matching = [
        ((wanted != "*") + (sub != "*"), weight)
        for wanted, sub, weight in ranges
        if wanted in (kind, "*") and sub in (subtype, "*")
    ]
    return max(matching)[1] if matching else 0.0


@lru_cache(maxsize=256)
def context_of_link(link: str) -> str | None:
    """Return the @context URL of a Link header, None when it names none; refuses unreadable ones and two (400)."""
    at, urls = 0, []
    while at < len(link):
        found = _LINK.match(link, at)
        if found is None or len(link) > HEADER_CHARS:
            raise one_fault("Link", "not a Link header (RFC 8288)")
        relations = [a or b for a, b in _REL.findall(found[2])]
        if any(JSONLD_CONTEXT in relation.split() for relation in relations):
            urls.append(found[1])
        at = found.end()
    if len(urls) > 1:
        raise one_fault("Link", "more than one @context")
    return urls[0] if urls else None


def context_link(url: str) -> str:
    """Write the Link header that names an @context (clause 6.3.5)."""
    return f'<{url}>; rel="{JSONLD_CONTEXT}"; type="application/ld+json"'


def wants_plain_body(prefer: str) -> bool:
    """Tell whether a Prefer header asks GeoJSON to leave the @context to the Link header (clause 6.3.6)."""
    return any(part.strip().lower() in ("body=json", 'body="json"') for part in prefer.split(","))
