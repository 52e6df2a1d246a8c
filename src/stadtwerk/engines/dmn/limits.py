"""Every bound of a decision model: what is larger is refused before it is read."""

from __future__ import annotations

MODEL_BYTES = 5_000_000
"""Largest model."""
ELEMENTS = 200_000
"""Most XML elements of a model."""
DEPTH = 100
"""Deepest nesting of XML elements."""
BOXES = 30
"""Deepest nesting of boxed expressions."""
RULES = 10_000
"""Most rules of a decision table."""
CHAIN = 40
"""Longest chain of decisions that require each other."""
TRACE = 1_000
"""Most steps kept in the trace of one evaluation."""
CELLS = 200_000
"""Most steps of a search for gaps and overlaps of a decision table."""
