"""Choosing by scope: `/a/+/c`, `/a/#`, `(/a;/b),/c` (ETSI GS CIM 009 clause 4.19)."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import lru_cache

from stadtwerk.context.limits import Q_TERMS
from stadtwerk.context.problems import one_fault, too_complex

ScopeTest = Callable[[Sequence[str]], bool]
"""Tells whether the scopes of an entity are asked for."""

_SCOPE = re.compile(r"/?(?:\+|[^\W\d][\w-]*)(?:/(?:\+|[^\W\d][\w-]*))*(?:/#)?|/?#")
_SIGN = re.compile(r"[|,;()]")


@lru_cache(maxsize=256)
def parse_scopes(text: str) -> ScopeTest:
    """Compile a scope query; raises a typed refusal on bad syntax (400) or excess (403)."""
    tokens = [token for token in re.split(r"([|,;()])", text) if token]
    if len(tokens) > 2 * Q_TERMS:
        raise too_complex("scopeQ", f"at most {Q_TERMS} scopes")
    alternatives, at = [], 0
    while True:
        test, at = _one(tokens, at)
        alternatives.append(test)
        if at == len(tokens):
            return lambda scopes: any(test(scopes) for test in alternatives)
        if tokens[at] not in "|,":
            raise one_fault("scopeQ", f"expected `|` or `,` before {tokens[at][:40]!r}")
        at += 1


def _one(tokens: Sequence[str], at: int) -> tuple[ScopeTest, int]:
    """Read one alternative: scopes that must all be there, joined by `;`, with or without parentheses."""
    grouped = tokens[at : at + 1] == ["("]
    tests, at = [], at + grouped
    while True:
        tests.append(_scope(tokens[at] if at < len(tokens) else ""))
        at += 1
        if tokens[at : at + 1] != [";"]:
            break
        at += 1
    if grouped:
        if tokens[at : at + 1] != [")"]:
            raise one_fault("scopeQ", "expected `)`")
        at += 1
    return (lambda scopes: all(test(scopes) for test in tests)), at


def _scope(text: str) -> ScopeTest:
    if not _SCOPE.fullmatch(text):
        raise one_fault("scopeQ", f"{text[:60]!r} is no scope, such as /Duisburg/+/Ruhrort or /Duisburg/#")
    name = text.strip("/")
    if name == "#":
        return bool
    below = name.endswith("/#")
    levels = [r"[^/]+" if level == "+" else re.escape(level) for level in name.removesuffix("/#").split("/")]
    matches = re.compile("/" + "/".join(levels) + ("(?:/.*)?" if below else "")).fullmatch
    return lambda scopes: any(matches(scope) is not None for scope in scopes)
