"""Regular expressions from strangers: accepted only when they cannot take long."""

from __future__ import annotations

import re
import warnings
from functools import lru_cache
from re import _constants as op  # type: ignore[attr-defined]  # the only parser that agrees with `re`
from re import _parser  # type: ignore[attr-defined]
from typing import Any

from stadtwerk.context.limits import PATTERN_CHARS, PATTERN_WAYS
from stadtwerk.context.problems import one_fault, too_complex

UNBOUNDED = 64
"""What a repetition without end counts for."""

_SIMPLE = {op.LITERAL, op.NOT_LITERAL, op.ANY, op.IN, op.AT, op.CATEGORY, op.RANGE}
_REPEATS = {op.MAX_REPEAT, op.MIN_REPEAT}


@lru_cache(maxsize=256)
def compile_pattern(text: str, field: str) -> re.Pattern[str]:
    """Compile a pattern that is searched for (IEEE 1003.2 as far as `re` agrees); refuses bad and costly ones."""
    if len(text) > PATTERN_CHARS:
        raise too_complex(field, f"a pattern has at most {PATTERN_CHARS} characters")
    core = _without_idle_ends(text)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", FutureWarning)
            tree, compiled = _parser.parse(core), re.compile(core)
    except (re.error, OverflowError, RecursionError, FutureWarning) as error:
        raise one_fault(field, f"not a regular expression: {error}") from error
    if _ways(tree) > PATTERN_WAYS:
        raise too_complex(field, "this pattern could take too long; use fewer repetitions and alternatives")
    return compiled


def _without_idle_ends(text: str) -> str:
    """Drop leading and trailing `.*`: in a search they change nothing but the time."""
    while text.startswith(".*") and text[2:3] not in ("?", "+", "*", "{"):
        text = text[2:]
    while text.endswith(".*") and (len(text) - len(text[:-2].rstrip("\\"))) % 2 == 0 and not _open_set(text):
        text = text[:-2]
    return text


def _open_set(text: str) -> bool:
    return "[" in text or "(" in text or "|" in text


def _ways(tree: Any) -> float:
    """Count in how many ways a parsed pattern may match at one place: the bound of its backtracking."""
    total = 1.0
    for code, argument in tree:
        total *= _node_ways(code, argument)
        if total > PATTERN_WAYS:
            return float("inf")
    return total


def _node_ways(code: Any, argument: Any) -> float:
    if code in _SIMPLE:
        return 1.0
    if code is op.SUBPATTERN:
        return _ways(argument[-1])
    if code is op.BRANCH:
        return sum(_ways(branch) for branch in argument[1])
    if code in _REPEATS:
        low, high, inner = argument
        inner_ways = _ways(inner)
        times = range(min(low, UNBOUNDED), min(int(high), UNBOUNDED) + 1)
        return float(len(times)) if inner_ways == 1 else sum(min(inner_ways**n, 1e9) for n in times)
    return float("inf")
