"""Names and what they mean: @context documents compiled once into tables (JSON-LD 1.1, the part NGSI-LD uses)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

VOCAB = "https://uri.etsi.org/ngsi-ld/default-context/"
"""Where terms fall that no @context defines (ETSI GS CIM 009 clause 5.5.7)."""

NESTING_MAX = 8
"""Deepest chain of contexts that name contexts."""

Document = Mapping[str, Any]


class ContextError(ValueError):
    """An @context that cannot be compiled."""


class ContextMissingError(ContextError):
    """An @context names another one that is not here."""

    def __init__(self, url: str) -> None:
        super().__init__(f"{url} is not bundled")
        self.url = url


@dataclass(frozen=True, slots=True)
class Terms:
    """A compiled @context: term to IRI and back; terms it does not define belong to the default vocabulary."""

    iris: Mapping[str, str]
    names: Mapping[str, str]

    def expand(self, term: str) -> str:
        """Return the IRI of a term; an IRI stays what it is."""
        known = self.iris.get(term)
        if known is not None:
            return known
        prefix, colon, rest = term.partition(":")
        if not colon:
            return VOCAB + term
        base = self.iris.get(prefix)
        return base + rest if base is not None and not rest.startswith("//") else term

    def compact(self, iri: str) -> str:
        """Return the term of an IRI, or the IRI itself when there is none."""
        known = self.names.get(iri)
        if known is not None:
            return known
        rest = iri.removeprefix(VOCAB)
        return rest if rest != iri and rest not in self.iris else iri


def compile_terms(document: Document, fetch: Callable[[str], Document | None], seen: tuple[str, ...] = ()) -> Terms:
    """Compile a document; `fetch` gives documents that it names, None for unknown ones (raises ContextError)."""
    definitions: dict[str, Any] = {}
    _collect(document.get("@context"), definitions, fetch, seen)
    iris = {term: iri for term in definitions if (iri := _iri(term, definitions, 0)) is not None}
    names: dict[str, str] = {}
    for term, iri in iris.items():
        names.setdefault(iri, term)
    return Terms(iris, names)


def _collect(
    context: Any, into: dict[str, Any], fetch: Callable[[str], Document | None], seen: tuple[str, ...]
) -> None:
    if isinstance(context, str):
        if context in seen or len(seen) >= NESTING_MAX:
            raise ContextError(f"{context} names itself")
        document = fetch(context)
        if document is None:
            raise ContextMissingError(context)
        _collect(document.get("@context"), into, fetch, (*seen, context))
    elif isinstance(context, list):
        for part in context:
            _collect(part, into, fetch, seen)
    elif isinstance(context, dict):
        into.update((term, meaning) for term, meaning in context.items() if not term.startswith("@"))
    elif context is not None:
        raise ContextError("an @context is a URL, an object or a list of them")


def _iri(term: str, definitions: Mapping[str, Any], depth: int) -> str | None:
    """Return what a term stands for, following prefixes; None for keywords such as `id`."""
    meaning = definitions[term]
    target = meaning.get("@id", term) if isinstance(meaning, dict) else meaning
    if not isinstance(target, str) or target.startswith("@") or depth > NESTING_MAX:
        return None
    prefix, colon, rest = target.partition(":")
    if not colon:
        return VOCAB + target
    if prefix in definitions and prefix != term and not rest.startswith("//"):
        base = _iri(prefix, definitions, depth + 1)
        return None if base is None else base + rest
    return target
