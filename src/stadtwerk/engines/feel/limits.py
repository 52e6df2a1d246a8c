"""Every bound of FEEL in one place: an expression that needs more gets null and the reason, never the machine."""

from __future__ import annotations

TEXT_CHARS = 100_000
"""Longest expression."""
TOKENS = 50_000
"""Most tokens of an expression."""
NESTING = 60
"""Deepest nesting of an expression that is read."""
CALL_DEPTH = 40
"""Deepest chain of functions that call each other."""
STEPS = 300_000
"""Most turns of loops, calls and so on in one evaluation: about a third of a second."""
STEP_ITEMS = 8
"""So many items of lists that are read or made count as a step."""
STEP_CHARS = 64
"""So many characters of strings that are read or made count as a step."""
STEP_MATCHES = 4
"""So many moves of a pattern over a text count as a step."""
ITEMS = 100_000
"""Longest list that is made."""
STRING_CHARS = 1_000_000
"""Longest string that is made."""
NOTES = 200
"""Most reasons kept of one evaluation; what comes after is counted."""
PATTERN_CHARS = 1_000
"""Longest pattern of `matches`, `replace` and `split`."""
YEAR = 999_999_999
"""Furthest year of a date, before and after our era (DMN 1.5, 10.3.2.3.6, after XML Schema)."""
DURATION_NS = 10**9 * 366 * 86_400 * 10**9
"""Longest duration of days and time, nanoseconds: as long as all dates."""
DURATION_MONTHS = 24 * YEAR
"""Longest duration of years and months: from the first date to the last."""
