"""One attribute in one representation: the text around its values (ETSI GS CIM 009 clause 4.5)."""

from __future__ import annotations

import msgspec

from stadtwerk.context.query import Form
from stadtwerk.context.text import json_text
from stadtwerk.kernel.entity import Attribute

_MEMBER = {"Property": "value", "GeoProperty": "value", "Relationship": "object", "LanguageProperty": "languageMap"}


class Cell(msgspec.Struct, frozen=True):
    """One attribute as text around its value: `before` + value + time + `after`; the time only when `timed`."""

    attribute: Attribute
    before: str
    after: str
    timed: bool = False
    typed_time: bool = False


def make_cell(attribute: Attribute, name: str, form: Form) -> Cell:
    """Return the text around an attribute's values (clauses 4.5.2, 4.5.4 and 4.5.18)."""
    key, member = f"{json_text(name)}:", _MEMBER[attribute.kind]
    unit = f',"unitCode":{json_text(attribute.unit_code)}' if attribute.unit_code else ""
    if form == "simplified":
        wrapped = attribute.kind == "LanguageProperty"
        return Cell(attribute, key + '{"languageMap":', "}") if wrapped else Cell(attribute, key, "")
    if form == "concise":
        if not unit and not attribute.observed and attribute.kind in ("Property", "GeoProperty"):
            return Cell(attribute, key, "", typed_time=True)
        return Cell(attribute, f'{key}{{"{member}":', unit + "}", attribute.observed, typed_time=True)
    before = f'{key}{{"type":"{attribute.kind}","{member}":'
    return Cell(attribute, before, unit + "}", attribute.observed, typed_time=True)
