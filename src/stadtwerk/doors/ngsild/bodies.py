"""Bodies of NGSI-LD requests: JSON, and the @context they are written in (clauses 6.3.2 to 6.3.5)."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

import msgspec

from stadtwerk.context.library import Context, Library
from stadtwerk.context.limits import BATCH_ENTITIES
from stadtwerk.context.problems import http, one_fault, problem
from stadtwerk.doors.ngsild.http import Asked

JSON, JSON_LD, MERGE = "application/json", "application/ld+json", "application/merge-patch+json"

SPARE_FRAMES = 600
"""Calls that are left for walking through what was read; a body with at most half as many brackets needs none."""

_decode = msgspec.json.Decoder().decode
_SPACED = re.compile(rb'"[ \t\r\n]+:').search


@dataclass(slots=True)
class Written:
    """What a client wrote: JSON without its @context, the @context, and whether that stood in the body."""

    content: Any
    context: Context
    inside: bool = False


def read_written(asked: Asked, library: Library, *, merge: bool = False) -> Written:
    """Read a JSON object with its @context from the body or the Link header; refuses what is malformed."""
    media = content_type(asked, merge=merge)
    content = read_json(asked.body)
    if not isinstance(content, dict):
        raise problem("InvalidRequest", "the body is a JSON object")
    _check_names(asked.body, content)
    return with_context(content, asked, library, media=media)


def read_several(asked: Asked, library: Library) -> tuple[list[Any], Context | None]:
    """Read a list of JSON objects, for batches; the @context is one for all (Link), or None: each has its own."""
    media = content_type(asked)
    content = read_json(asked.body)
    if not isinstance(content, list) or not content:
        raise problem("BadRequestData", "the body is a list of entities, not an empty one")
    if len(content) > BATCH_ENTITIES:
        raise problem("TooManyResults", f"at most {BATCH_ENTITIES} entities in one batch")
    if media == JSON_LD:
        _no_link(asked)
        return content, None
    return content, library.find(asked.context_url())


def with_context(content: dict[str, Any], asked: Asked, library: Library, *, media: str) -> Written:
    """Take the @context of a JSON object from where its media type says it is."""
    if media == JSON_LD:
        _no_link(asked)
        if "@context" not in content:
            raise one_fault("@context", "application/ld+json carries its @context in the body")
        return Written(content, library.of(content.pop("@context")), inside=True)
    if "@context" in content:
        raise one_fault("@context", "application/json names its @context in a Link header")
    return Written(content, library.find(asked.context_url()))


def context_given(asked: Asked, written: Written) -> Any:
    """Return the @context as the client gave it, None for none."""
    return read_json(asked.body)["@context"] if written.inside else asked.context_url()


def content_type(asked: Asked, *, merge: bool = False) -> str:
    """Return the media type of the body, `application/json` for merge patches and for none; refuses others (415)."""
    given = asked.header(b"content-type").partition(";")[0].strip().lower()
    if not given or (given == MERGE and merge):
        return JSON
    if given not in (JSON, JSON_LD):
        raise http(415, "Unsupported Media Type", f"{given[:60]}: {JSON} or {JSON_LD}")
    return given


def read_json(body: bytes) -> Any:
    """Read JSON; refuses what is none, or nests over about 300 levels (400)."""
    try:
        nested = body.count(b"[") + body.count(b"{") > SPARE_FRAMES // 2
        return _decode_below(body, SPARE_FRAMES) if nested else _decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise problem("InvalidRequest", f"this is not JSON: {_why(body, error)}") from error


def _decode_below(body: bytes, frames: int) -> Any:
    """Read JSON from further down the stack, on which every level counts: so whoever walks it later has room."""
    return _decode_below(body, frames - 1) if frames else _decode(body)


def _why(body: bytes, error: Exception) -> str:
    return "the body is empty" if not body.strip() else str(error)[:200]


def _no_link(asked: Asked) -> None:
    if asked.context_url() is not None:
        raise one_fault("Link", "application/ld+json carries its @context in the body, not in a Link header")


def _check_names(body: bytes, content: Any) -> None:
    """Refuse a name that stands twice in one object (400), since readers differ on which of the two counts.

    As many names as `":` in the text means that none was lost; only else is the text read again, name by name.
    """
    if body.count(b'":') != _names(content) or _SPACED(body):
        try:
            json.loads(body, object_pairs_hook=_once)
        except (ValueError, RecursionError) as error:
            raise problem("InvalidRequest", f"this is not JSON: {_why(body, error)}") from error


_NESTED = (dict, list)


def _names(content: Any) -> int:
    found, ahead = 0, [content]
    while ahead:
        part = ahead.pop()
        if isinstance(part, dict):
            found += len(part)
            part = part.values()
        ahead += [one for one in part if isinstance(one, _NESTED)]
    return found


def _once(pairs: list[tuple[str, Any]]) -> None:
    names = {name for name, _ in pairs}
    if len(names) < len(pairs):
        twice = next(name for name in names if sum(name == other for other, _ in pairs) > 1)
        raise problem("InvalidRequest", f"{twice[:100]!r} stands twice in one object")
