"""Entities as text: only the rows of a page, straight from the columns (ETSI GS CIM 009 clause 4.5)."""

from __future__ import annotations

from collections.abc import Sequence

from stadtwerk.context.columns import LOCATION
from stadtwerk.context.layout import Layout
from stadtwerk.context.text import Chosen, SeenTexts, json_text, place_texts, value_texts
from stadtwerk.kernel.entity import EntitySource

Column = Sequence[str | None]


def render(layout: Layout, source: EntitySource, rows: Chosen) -> list[str]:
    """Write the entities of some rows as JSON objects."""
    columns = _columns(layout, source, rows)
    whole = layout.template((False,) * len(layout.cells))
    return [whole % row if None not in row else _with_gaps(layout, row) for row in zip(*columns, strict=True)]


def _columns(layout: Layout, source: EntitySource, rows: Chosen) -> list[Column]:
    """Write the values of some rows, column by column, in the order of the layout's places."""
    local_ids, prefix = source.ids(), layout.prefix
    columns: list[Column] = [[json_text(prefix + local_ids[row]) for row in rows.tolist()]]
    if layout.geometry is not None:
        places = place_texts(source, rows) if layout.geometry == LOCATION else [None] * len(rows)
        columns.append([place or "null" for place in places])
    times = SeenTexts(source, rows)
    for cell in layout.cells:
        name = cell.attribute.name
        if name:
            columns.append(value_texts(source, name, rows, typed_time=cell.typed_time))
        else:
            columns.append(layout.fixed.texts(source, rows))
        if cell.timed:
            columns.append(times.texts(name))
    return columns


def _with_gaps(layout: Layout, row: tuple[str | None, ...]) -> str:
    """Write a row of which some values are absent."""
    values = iter(row[1 if layout.geometry is None else 2 :])
    absent = []
    for cell in layout.cells:
        absent.append(next(values) is None)
        if cell.timed:
            next(values)
    return layout.template(tuple(absent)) % row


def render_page(entities: Sequence[bytes], *, feature: bool, context_url: str | None) -> bytes:
    """Write a page: a list, or a feature collection with its @context unless that goes into a header."""
    inside = b",".join(entities)
    if not feature:
        return b"[" + inside + b"]"
    context = "" if context_url is None else f',"@context":{json_text(context_url)}'
    return b'{"type":"FeatureCollection","features":[' + inside + b"]" + context.encode() + b"}"


def render_one(entity: bytes, *, feature: bool, context_url: str | None) -> bytes:
    """Write a single entity; a feature carries its @context unless that goes into a header."""
    if not feature or context_url is None:
        return entity
    return entity[:-1] + f',"@context":{json_text(context_url)}}}'.encode()
