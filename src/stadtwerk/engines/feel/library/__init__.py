"""The built-in functions of FEEL (DMN 1.5, 10.3.4)."""

from __future__ import annotations

from stadtwerk.engines.feel.library import contexts, conversion, dates, lists, numbers, ranges, statistics, strings
from stadtwerk.engines.feel.library.signature import FUNCTIONS, Builtin

__all__ = [
    "FUNCTIONS",
    "Builtin",
    "contexts",
    "conversion",
    "dates",
    "lists",
    "numbers",
    "ranges",
    "statistics",
    "strings",
]
