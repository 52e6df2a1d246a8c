"""Registration of LwM2M clients: what stands in queries and link-format bodies (Core 1.1, 6.2; RFC 6690)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from stadtwerk.protocols.lwm2m.model import Path, parse_path
from stadtwerk.protocols.malformed import Malformed

FORMAT = 40
"""Number of `application/link-format` among CoAP content formats."""
VERSIONS = ("1.0", "1.1")
"""Versions of the enabler that are spoken here."""
LIFETIME_S = 86_400
"""Lifetime of who does not name one (6.2.1)."""
LIFETIME_MIN_S, LIFETIME_MAX_S = 10, 30 * 86_400
"""Shortest and longest lifetime that is granted; the specification sets no bounds."""
NAME_CHARS = 64
"""Longest endpoint name."""
LINKS_MAX = 100
"""Most objects and instances one client may name."""
QUERIES_MAX = 10

_LINK = re.compile(r'<([^<>]*)>((?:;[A-Za-z0-9_.*-]+(?:=(?:"[^"]*"|[^;,"\s]*))?)*)')
_ATTRIBUTE = re.compile(r';([A-Za-z0-9_.*-]+)(?:=(?:"([^"]*)"|([^;,"\s]*)))?')
_BINDING = re.compile(r"[UMHTSNQ]{1,8}")


@dataclass(frozen=True, slots=True)
class Offer:
    """What a client has: objects and their instances, under a root, and the content formats it speaks."""

    paths: frozenset[Path] = frozenset()
    root: str = ""
    formats: frozenset[int] = frozenset()

    def instances(self, number: int) -> list[int]:
        """Return the instances of an object, in order."""
        return sorted(path.instance for path in self.paths if path.object == number and path.instance >= 0)


@dataclass(frozen=True, slots=True)
class Registration:
    """A client's registration: its name, lifetime (s), version, whether it sleeps (queue mode), what it has."""

    endpoint: str
    lifetime_s: int = LIFETIME_S
    version: str = "1.1"
    binding: str = "U"
    queue: bool = False
    offer: Offer = field(default_factory=Offer)


@dataclass(frozen=True, slots=True)
class Update:
    """What an update changes; None for what stays."""

    lifetime_s: int | None = None
    binding: str | None = None
    offer: Offer | None = None


def read_register(queries: Sequence[str], body: bytes) -> Registration:
    """Read a Register request; Malformed if a parameter is missing, doubled or out of range, or the body wrong."""
    told = _parameters(queries, {"ep", "lt", "lwm2m", "b", "Q", "sms", "pid"})
    endpoint = told.get("ep", "")
    if not 1 <= len(endpoint) <= NAME_CHARS or not endpoint.isprintable():
        raise Malformed("lwm2m-endpoint", f"an endpoint name has 1 to {NAME_CHARS} characters")
    version = told.get("lwm2m", "")
    if version not in VERSIONS:
        raise Malformed("lwm2m-version", f"version {version[:10]!r} is not spoken here, {' and '.join(VERSIONS)} are")
    binding = _binding(told.get("b", "U"))
    queue = "Q" in told or "Q" in binding
    return Registration(endpoint, _lifetime(told.get("lt")) or LIFETIME_S, version, binding, queue, read_links(body))


def read_update(queries: Sequence[str], body: bytes) -> Update:
    """Read an Update request; Malformed as for Register."""
    told = _parameters(queries, {"lt", "b", "Q", "sms"})
    binding = _binding(told["b"]) if "b" in told else None
    return Update(_lifetime(told.get("lt")), binding, read_links(body) if body else None)


def write_register(registration: Registration) -> tuple[list[str], bytes]:
    """Write the queries and the body of a Register request."""
    queries = [f"ep={registration.endpoint}", f"lt={registration.lifetime_s}", f"lwm2m={registration.version}"]
    queries.append(f"b={registration.binding}")
    return queries + (["Q"] if registration.queue else []), write_links(registration.offer)


def write_links(offer: Offer) -> bytes:
    """Write what a client has, its root first."""
    formats = " ".join(str(number) for number in sorted(offer.formats))
    several = f'"{formats}"' if len(offer.formats) > 1 else formats
    head = [f'<{offer.root or "/"}>;rt="oma.lwm2m"' + (f";ct={several}" if formats else "")]
    return ",".join(head + [f"<{offer.root}{path}>" for path in sorted(offer.paths)]).encode()


def read_links(body: bytes) -> Offer:
    """Read what a client has; Malformed if the body is no link format or names something else than objects."""
    try:
        text = body.decode()
    except UnicodeDecodeError as error:
        raise Malformed("lwm2m-links", "the body is not UTF-8") from error
    links = list(_links(text))
    root = next((target.rstrip("/") for target, told in links if told.get("rt") == "oma.lwm2m"), "")
    about = next((told for _, told in links if told.get("rt") == "oma.lwm2m"), {})
    formats = [number for number in about.get("ct", "").split() if number.isascii() and number.isdigit()]
    others = (target for target, told in links if told.get("rt") != "oma.lwm2m")
    return Offer(frozenset(_paths(others, root)), root, frozenset(int(number[:5]) for number in formats))


def _links(text: str) -> Iterable[tuple[str, dict[str, str]]]:
    """Cut a link format into targets and attributes."""
    at = n = 0
    while at < len(text):
        found = _LINK.match(text, at)
        n += 1
        if not found or n > LINKS_MAX + 1:
            raise Malformed("lwm2m-links", f"no link format of at most {LINKS_MAX} links at character {at}")
        pairs = _ATTRIBUTE.finditer(found[2])
        yield found[1], {pair[1]: pair[2] if pair[2] is not None else pair[3] or "" for pair in pairs}
        at = found.end()
        if at < len(text):
            if text[at] != "," or at + 1 == len(text):
                raise Malformed("lwm2m-links", f"no comma between links at character {at}")
            at += 1


def _paths(targets: Iterable[str], root: str) -> Iterable[Path]:
    for target in targets:
        if not target.startswith(f"{root}/"):
            raise Malformed("lwm2m-links", f"{target[:40]!r} does not lie below {root!r}")
        path = parse_path(target[len(root) :])
        if path.resource >= 0:
            raise Malformed("lwm2m-links", f"{path} is more than an object or an instance")
        yield path


def _parameters(queries: Sequence[str], known: set[str]) -> dict[str, str]:
    """Take the parameters that are known, each once; others are passed over as the specification asks."""
    if len(queries) > QUERIES_MAX:
        raise Malformed("lwm2m-query", f"more than {QUERIES_MAX} parameters")
    told: dict[str, str] = {}
    for query in queries:
        name, _, value = query.partition("=")
        if name in told:
            raise Malformed("lwm2m-query", f"{name} stands twice")
        if name in known:
            told[name] = value
    return told


def _lifetime(text: str | None) -> int | None:
    if text is None:
        return None
    seconds = int(text) if text.isascii() and text.isdigit() and len(text) < 10 else -1
    if not LIFETIME_MIN_S <= seconds <= LIFETIME_MAX_S:
        raise Malformed("lwm2m-lifetime", f"a lifetime is within {LIFETIME_MIN_S}..{LIFETIME_MAX_S} s")
    return seconds


def _binding(text: str) -> str:
    if not _BINDING.fullmatch(text):
        raise Malformed("lwm2m-binding", f"{text[:20]!r} is no binding")
    return text
