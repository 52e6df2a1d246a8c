"""Compiled @contexts against PyLD, a full JSON-LD 1.1 processor: the same names mean the same, there and back."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from typing import Any, NoReturn

import pytest
from pyld import jsonld
from pyld.context_resolver import ContextResolver

from stadtwerk.context.library import CORE, document_bytes
from stadtwerk.context.terms import VOCAB, compile_terms

CONTEXTS = 300
NAMES = ("a", "b", "ab", "speed", "Vehicle", "x", "y", "location", "name", "observedAt", "ngsi-ld", "z")
IRIS = (
    *("https://x/", "https://x/a", "https://x/a#", "https://x/a/b", "https://y/", "urn:x:", "https://x/speed"),
    *(VOCAB, VOCAB + "speed"),
)


def random_context(dice: random.Random) -> dict[str, Any]:
    """Make a context of terms in all the forms that NGSI-LD uses."""
    made: dict[str, Any] = {}
    for name in dice.sample(NAMES, dice.randint(0, 6)):
        iri, before = dice.choice(IRIS), list(made) or ["https"]
        made[name] = dice.choice(
            (
                iri,
                iri,
                {"@id": iri},
                {"@id": iri, "@prefix": True},
                {"@id": iri, "@type": "@id"},
                f"{dice.choice(before)}:{dice.choice(('q', 'r/s', 'speed'))}",
            )
        )
    if dice.random() < 0.15:
        made["@vocab"] = dice.choice(IRIS[:5])
    return made


class Judge:
    """PyLD with some contexts made active."""

    def __init__(self, contexts: list[dict[str, Any]]) -> None:
        self._processor = jsonld.JsonLdProcessor()
        options = {"processingMode": "json-ld-1.1", "base": "", "documentLoader": nowhere}
        options["contextResolver"] = ContextResolver({}, nowhere)
        initial = self._processor._get_initial_context(options)
        self._active = self._processor.process_context(initial, contexts, options)

    def expand(self, name: str) -> str:
        """Return the IRI of a name."""
        return str(self._processor._expand_iri(self._active, name, vocab=True))

    def compact(self, iri: str) -> str:
        """Return the name of an IRI."""
        return str(self._processor._compact_iri(self._active, iri, vocab=True))


def nowhere(url: str, options: object) -> NoReturn:
    """Load nothing."""
    raise AssertionError(url)


@pytest.mark.judge("pyld")
def test_pyld_reads_the_same_in_random_contexts(record_property: Callable[[str, object], None]) -> None:
    core = json.loads(document_bytes(CORE))["@context"]
    del core["ngsildproof"]  # its scoped context names one that is not here
    dice, total = random.Random(20_261_126), 0
    names = [*NAMES, *(f"{name}:{rest}" for name in NAMES for rest in ("q", "//q", "speed")), "https://x/a", "foo:bar"]
    iris = [*IRIS, *(VOCAB + name for name in NAMES), *(iri + rest for iri in IRIS for rest in ("q", "speed", "a:b"))]
    for _ in range(CONTEXTS):
        contexts = [*(random_context(dice) for _ in range(dice.randint(1, 3))), core]
        judge, terms = Judge(contexts), compile_terms({"@context": contexts}, lambda url: None)
        for name in names:
            assert terms.expand(name) == judge.expand(name), (name, contexts)
        for iri in iris:
            ours, theirs = terms.compact(iri), judge.compact(iri)
            assert judge.expand(ours) == iri, (iri, ours, contexts)
            # Of several terms for an IRI we take one of the last context that has any, they the shortest of all;
            # and theirs may mean something else when it is read again, which ours must not.
            several = theirs in terms.iris and ours in terms.iris
            assert ours == theirs or several or judge.expand(theirs) != iri, (iri, ours, theirs, contexts)
        total += len(names) + len(iris)
    record_property("judge_total", total)
    record_property("judge_passed", total)
