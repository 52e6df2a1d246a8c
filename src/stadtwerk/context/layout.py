"""How entities of one type look to one kind of client: names and fixed text around the values, worked out once."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from stadtwerk.context.cells import Cell, make_cell
from stadtwerk.context.fixed import FixedTexts
from stadtwerk.context.library import Context
from stadtwerk.context.limits import TEMPLATES
from stadtwerk.context.members import ALL
from stadtwerk.context.names import foreign_name, meaning
from stadtwerk.context.query import View
from stadtwerk.context.text import json_text
from stadtwerk.kernel.entity import Attribute, EntityType

Media = Literal["application/json", "application/ld+json", "application/geo+json"]

_FIXED = Cell(Attribute(""), "", "")


class Layout:
    """The text of entities of one type but for their values: templates for the `%` operator.

    A row's values are its URN, for features its geometry, then for each cell the value and, if timed, its time;
    all are JSON text. The unobserved attributes together are one cell, the first.
    """

    def __init__(self, entity_type: EntityType, context: Context, *, view: View, media: Media, home: Context) -> None:
        means = meaning(context, home)
        shown = [a for a in entity_type.attributes if view.members.shows(a.name, means)]
        made = [make_cell(a, foreign_name(a.name, context, home), view.form) for a in shown]
        fixed = [cell for cell in made if not cell.attribute.observed]
        # A client may name thousands of choices and contexts: only the plain view is worth remembering.
        self.fixed = FixedTexts(fixed, remember=context is home and view.members == ALL)
        self.cells = (_FIXED, *(cell for cell in made if cell.attribute.observed)) if fixed else tuple(made)
        self.prefix = f"urn:ngsi-ld:{entity_type.name}:"
        self.geometry = means(view.geometry) if media == "application/geo+json" else None
        self._id = view.members.shows("id", means)
        self._type = (
            json_text(foreign_name(entity_type.name, context, home)) if view.members.shows("type", means) else ""
        )
        self._context = json_text(context.url) if media == "application/ld+json" else ""
        self._templates: dict[tuple[bool, ...], str] = {}

    def template(self, absent: tuple[bool, ...]) -> str:
        """Return the template for rows whose cells are absent as told, one truth value per cell."""
        known = self._templates.get(absent)
        if known is None:
            if len(self._templates) >= TEMPLATES:
                self._templates.clear()
            known = self._templates[absent] = self._make(absent)
        return known

    def _make(self, absent: tuple[bool, ...]) -> str:
        head = [('"id":%s', True)] if self._id else [("%.0s", False)]
        of_type = [(f'"type":{_literal(self._type)}', True)] if self._type else []
        cells = [_place(cell, gone=gone) for cell, gone in zip(self.cells, absent, strict=True)]
        if self.geometry is None:
            context = [(f'"@context":{_literal(self._context)}', True)] if self._context else []
            return _object([*head, *of_type, *cells, *context])
        properties = f'"properties":{_object([*of_type, *cells])}'
        return _object([*head, ('"type":"Feature"', True), ('"geometry":%s', True), (properties, True)])


def _object(members: Iterable[tuple[str, bool]]) -> str:
    """Join the members of an object; those that only swallow values get no comma."""
    text = ""
    for member, there in members:
        text += f",{member}" if there and text.replace("%.0s", "") else member
    return f"{{{text}}}"


def _place(cell: Cell, *, gone: bool) -> tuple[str, bool]:
    """Return a cell as template text; an absent one swallows its values."""
    if gone:
        return "%.0s%.0s" if cell.timed else "%.0s", False
    return f"{_literal(cell.before)}%s{'%s' if cell.timed else ''}{_literal(cell.after)}", True


def _literal(text: str) -> str:
    return text.replace("%", "%%")
