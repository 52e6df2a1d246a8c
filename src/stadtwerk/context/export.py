"""Whole types of entities as text, for leaving: one normalized NGSI-LD entity a line."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from stadtwerk.context.layout import Layout
from stadtwerk.context.library import CORE, CORE_URL, Context, Library, bundled_terms
from stadtwerk.context.query import View
from stadtwerk.context.render import render
from stadtwerk.kernel.entity import EntitySource

ROWS = 1_000
"""Entities rendered at once."""


def entity_lines(source: EntitySource) -> Iterator[bytes]:
    """Write every entity of a type in row order, names as IRIs where the core @context, which stands inside, has none.

    So any broker reads it without asking the city for its vocabulary.
    """
    home = Library("http://127.0.0.1").home
    core = Context(CORE_URL + CORE, bundled_terms(CORE))
    layout = Layout(source.entity_type, core, view=View(), media="application/ld+json", home=home)
    for start in range(0, len(source), ROWS):
        rows = np.arange(start, min(start + ROWS, len(source)))
        yield from (text.encode() for text in render(layout, source, rows))
