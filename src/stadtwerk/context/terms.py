"""Names and what they mean: @context documents compiled once into tables (JSON-LD 1.1, the part NGSI-LD uses)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from stadtwerk.context.limits import CONTEXT_PARTS, NAMES_REMEMBERED

VOCAB = "https://uri.etsi.org/ngsi-ld/default-context/"
"""Where terms fall that no @context defines (ETSI GS CIM 009 clause 5.5.7)."""

NESTING_MAX = 8
"""Deepest chain of contexts that name contexts, and of prefixes that build on prefixes."""

_ENDS = tuple(":/?#[]@")
"""What the IRI of a prefix ends with, unless its definition says `@prefix` (JSON-LD 1.1 clause 4.1.5)."""

_KEYWORDS = ("id", "type")
"""Words of the core that stand for keywords of JSON-LD: no name of anything else."""

_FORMS = "an @context is a URL, an object or a list of them"

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
    """A compiled @context: term to IRI and back; terms it does not define belong to the default vocabulary.

    What was worked out once is remembered, as far as there is room: most names take one look.
    """

    iris: Mapping[str, str]
    names: Mapping[str, str]
    prefixes: Mapping[str, str] = field(default_factory=dict)
    """Those terms, with their IRIs, that other names may begin with."""
    checked: dict[str, str] = field(default_factory=dict, compare=False, repr=False)
    """IRIs of names that are known to be good names of attributes."""
    _expanded: dict[str, str] = field(default_factory=dict, compare=False, repr=False)
    _compacted: dict[str, str] = field(default_factory=dict, compare=False, repr=False)

    def expand(self, term: str) -> str:
        """Return the IRI of a term; an IRI stays what it is."""
        known = self._expanded.get(term)
        if known is None:
            known = self._expand(term)
            if len(self._expanded) < NAMES_REMEMBERED:
                self._expanded[term] = known
        return known

    def compact(self, iri: str) -> str:
        """Return the term of an IRI; else a name with a prefix; else the IRI. It always expands to that IRI again."""
        known = self._compacted.get(iri)
        if known is None:
            known = self._compact(iri)
            if len(self._compacted) < NAMES_REMEMBERED:
                self._compacted[iri] = known
        return known

    def attribute(self, name: str) -> str:
        """Return the IRI of a name that was found good for an attribute, and remember that it was."""
        iri = self.expand(name)
        if len(self.checked) < NAMES_REMEMBERED:
            self.checked[name] = iri
        return iri

    def _expand(self, term: str) -> str:
        known = self.iris.get(term)
        if known is not None:
            return known
        prefix, colon, rest = term.partition(":")
        if not colon:
            return VOCAB + term
        base = self.prefixes.get(prefix)
        return base + rest if base is not None and not rest.startswith("//") else term

    def _compact(self, iri: str) -> str:
        known = self.names.get(iri)
        if known is not None:
            return known
        rest = iri.removeprefix(VOCAB)
        if rest not in (iri, "", *_KEYWORDS) and rest[0] != "@" and self._expand(rest) == iri:
            return rest
        bases = ((base, prefix) for prefix, base in self.prefixes.items() if iri.startswith(base) and iri != base)
        names = [f"{prefix}:{iri.removeprefix(base)}" for base, prefix in bases]
        return min((name for name in names if self._expand(name) == iri), key=_length, default=iri)


def _length(name: str) -> tuple[int, str]:
    return len(name), name


@dataclass(slots=True)
class _Definition:
    """What one context says of a term: which of several contexts it was, the IRI, whether it may be a prefix."""

    turn: int
    iri: str
    prefix: bool


def compile_terms(document: Document, fetch: Callable[[str], Document | None], seen: tuple[str, ...] = ()) -> Terms:
    """Compile a document; `fetch` gives documents that it names, None for unknown ones (raises ContextError).

    A later context redefines the terms of an earlier one, and its own terms are preferred when an IRI has several.
    """
    active: dict[str, _Definition] = {}
    vocab = VOCAB
    for turn, context in enumerate(_flattened(document.get("@context"), fetch, seen)):
        if turn >= CONTEXT_PARTS:
            raise ContextError(f"at most {CONTEXT_PARTS} contexts inside one another")
        vocab = _vocab(context, vocab, active)
        fresh = _Scope(context, active, vocab)
        for term in context:
            if not term.startswith("@"):
                _define(term, turn, fresh, active)
    names: dict[str, str] = {}
    for term, found in sorted(active.items(), key=lambda item: (-item[1].turn, len(item[0]), item[0])):
        names.setdefault(found.iri, term)
    prefixes = {term: found.iri for term, found in active.items() if found.prefix}
    return Terms({term: found.iri for term, found in active.items()}, names, prefixes)


def _flattened(
    context: Any, fetch: Callable[[str], Document | None], seen: tuple[str, ...]
) -> Iterator[Mapping[str, Any]]:
    """Give the objects that a context consists of, in order."""
    if isinstance(context, str):
        if context in seen or len(seen) >= NESTING_MAX:
            raise ContextError(f"{context} names itself")
        document = fetch(context)
        if document is None:
            raise ContextMissingError(context)
        yield from _flattened(document.get("@context"), fetch, (*seen, context))
    elif isinstance(context, list):
        if not all(part is None or isinstance(part, str | dict | list) for part in context):
            raise ContextError(_FORMS)
        for part in context:
            yield from _flattened(part, fetch, seen)
    elif isinstance(context, dict):
        yield context
    elif context is not None:
        raise ContextError(_FORMS)


class _Scope:
    """What terms of one context object are worked out from: itself first, then what came before."""

    def __init__(self, context: Mapping[str, Any], before: Mapping[str, _Definition], vocab: str) -> None:
        self._context, self._before, self._vocab = context, dict(before), vocab

    def iri(self, term: str, depth: int = 0) -> str | None:
        """Return what a term stands for, following prefixes; None for keywords such as `id`, and for nothing."""
        if term not in self._context:
            known = self._before.get(term)
            return None if known is None else known.iri
        meaning = self._context[term]
        target = meaning.get("@id", term) if isinstance(meaning, dict) else meaning
        if not isinstance(target, str) or target.startswith("@") or depth > NESTING_MAX:
            return None
        if target != term and ":" not in target and (target in self._context or target in self._before):
            return self.iri(target, depth + 1)
        return self.resolve(target, term, depth)

    def resolve(self, target: str, term: str, depth: int = 0) -> str | None:
        """Return the IRI of `prefix:rest`, of an IRI, or of a word of the vocabulary."""
        prefix, colon, rest = target.partition(":")
        if not colon:
            return self._vocab + target
        base = None if prefix == term or rest.startswith("//") else self._base(prefix, depth + 1)
        return target if base is None else base + rest

    def define(self, term: str) -> tuple[str | None, bool]:
        """Return what a term of this context stands for, and whether other names may begin with it."""
        return self._defined(term, 0)

    def _defined(self, term: str, depth: int) -> tuple[str | None, bool]:
        meaning, iri = self._context[term], self.iri(term, depth)
        wished = meaning.get("@prefix") if isinstance(meaning, dict) else None
        simple = isinstance(meaning, str) and iri is not None and iri.endswith(_ENDS)
        return iri, ":" not in term and "/" not in term and (wished is True or simple)

    def _base(self, prefix: str, depth: int) -> str | None:
        """Return the IRI of a term that names may begin with, None if it is none."""
        if prefix in self._context:
            iri, usable = self._defined(prefix, depth)
            return iri if usable else None
        known = self._before.get(prefix)
        return known.iri if known is not None and known.prefix else None


def _define(term: str, turn: int, scope: _Scope, active: dict[str, _Definition]) -> None:
    iri, prefix = scope.define(term)
    if iri is None:
        active.pop(term, None)
    else:
        active[term] = _Definition(turn, iri, prefix)


def _vocab(context: Mapping[str, Any], before: str, active: Mapping[str, _Definition]) -> str:
    """Return the vocabulary that words of a context object belong to: its own, or the one before."""
    vocab = context.get("@vocab")
    if not isinstance(vocab, str) or ":" not in vocab:
        return before
    return _Scope({}, active, before).resolve(vocab, "@vocab") or before
