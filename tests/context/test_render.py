"""Entities as text, judged by golden cases and by the JSON Schemas of Smart Data Models."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pytest
from referencing import Registry, Resource

from stadtwerk.context.layout import Layout, Media
from stadtwerk.context.library import CORE_URL, Library
from stadtwerk.context.members import Members
from stadtwerk.context.query import View
from stadtwerk.context.render import render, render_one, render_page
from stadtwerk.kernel.entity import Attribute, Coded, Computed, EntityType

from .lamps import NOON_US, Table, cabinets, groups, lamps

MODELS = Path(__file__).parents[3] / "shared" / "data" / "smart-data-models"
LIBRARY = Library("http://city.example")
HOME_URL = "http://city.example/ngsi-ld/v1/jsonldContexts/stadtwerk.jsonld"

KIND = EntityType(
    "Thing",
    "",
    (
        Attribute("location", "GeoProperty"),
        Attribute("level", unit_code="P1", observed=True),
        Attribute("state", observed=True),
        Attribute("on"),
        Attribute("next", "Relationship"),
        Attribute("name", "LanguageProperty"),
    ),
)


def thing(**changes: Any) -> Table:
    columns: dict[str, Any] = {
        "level": np.array([50.0, np.nan]),
        "state": Coded(np.array([0, -1], np.int8), ['50 % "lit"', "x"]),
        "on": [True, None],
        "next": ["urn:ngsi-ld:Thing:b", ["urn:ngsi-ld:Thing:a", "urn:ngsi-ld:Thing:b"]],
        "name": [{"de": "Straße"}, None],
    }
    return Table(
        KIND, ["a", "b"], columns | changes, np.array([6.5, np.nan]), np.array([51.25, np.nan]), np.array([NOON_US, 0])
    )


def shown(
    source: Table, view: View | None = None, media: Media = "application/json", url: str | None = None
) -> list[Any]:
    layout = Layout(source.entity_type, LIBRARY.find(url), view=view or View(), media=media, home=LIBRARY.home)
    return [json.loads(text) for text in render(layout, source, np.arange(len(source)))]


def test_normalized() -> None:
    seen = "2026-11-24T12:00:00.000Z"
    first, second = shown(thing())
    assert first == {
        "id": "urn:ngsi-ld:Thing:a",
        "type": "Thing",
        "location": {"type": "GeoProperty", "value": {"type": "Point", "coordinates": [6.5, 51.25]}},
        "level": {"type": "Property", "value": 50, "unitCode": "P1", "observedAt": seen},
        "state": {"type": "Property", "value": '50 % "lit"', "observedAt": seen},
        "on": {"type": "Property", "value": True},
        "next": {"type": "Relationship", "object": "urn:ngsi-ld:Thing:b"},
        "name": {"type": "LanguageProperty", "languageMap": {"de": "Straße"}},
    }
    both = ["urn:ngsi-ld:Thing:a", "urn:ngsi-ld:Thing:b"]
    assert second == {"id": "urn:ngsi-ld:Thing:b", "type": "Thing", "next": {"type": "Relationship", "object": both}}


def test_simplified() -> None:
    assert shown(thing(), View(form="simplified"))[0] == {
        "id": "urn:ngsi-ld:Thing:a",
        "type": "Thing",
        "location": {"type": "Point", "coordinates": [6.5, 51.25]},
        "level": 50,
        "state": '50 % "lit"',
        "on": True,
        "next": "urn:ngsi-ld:Thing:b",
        "name": {"languageMap": {"de": "Straße"}},
    }


def test_concise() -> None:
    assert shown(thing(), View(form="concise"))[0] == {
        "id": "urn:ngsi-ld:Thing:a",
        "type": "Thing",
        "location": {"type": "Point", "coordinates": [6.5, 51.25]},
        "level": {"value": 50, "unitCode": "P1", "observedAt": "2026-11-24T12:00:00.000Z"},
        "state": {"value": '50 % "lit"', "observedAt": "2026-11-24T12:00:00.000Z"},
        "on": True,
        "next": {"object": "urn:ngsi-ld:Thing:b"},
        "name": {"languageMap": {"de": "Straße"}},
    }


def test_features() -> None:
    first, second = shown(thing(), View(Members(pick=("id", "type", "on")), "simplified"), "application/geo+json")
    assert first == {
        "id": "urn:ngsi-ld:Thing:a",
        "type": "Feature",
        "geometry": {"type": "Point", "coordinates": [6.5, 51.25]},
        "properties": {"type": "Thing", "on": True},
    }
    assert second == {"id": "urn:ngsi-ld:Thing:b", "type": "Feature", "geometry": None, "properties": {"type": "Thing"}}
    other = shown(thing(), View(geometry="observationSpace", geometry_asked=True), "application/geo+json")
    assert other[0]["geometry"] is None


@pytest.mark.parametrize(
    ("members", "keys"),
    [
        (Members(pick=("on",)), [{"on"}, set()]),
        (Members(pick=("id",)), [{"id"}, {"id"}]),
        (Members(pick=("unknown",)), [set(), set()]),
        (Members(omit=("id", "type", "location", "next")), [{"level", "state", "on", "name"}, set()]),
        (Members(attrs=("level", "on")), [{"id", "type", "level", "on"}, {"id", "type"}]),
    ],
)
@pytest.mark.parametrize("media", ["application/json", "application/ld+json"])
def test_members_are_chosen(members: Members, keys: list[set[str]], media: Media) -> None:
    assert [set(entity) - {"@context"} for entity in shown(thing(), View(members), media)] == keys


def test_linked_data_carries_its_context() -> None:
    assert [entity["@context"] for entity in shown(thing(), media="application/ld+json", url=HOME_URL)] == [
        HOME_URL
    ] * 2
    feature = shown(thing(), media="application/geo+json")[0]
    assert "@context" not in feature
    assert (
        json.loads(render_one(json.dumps(feature).encode(), feature=True, context_url=HOME_URL))["@context"] == HOME_URL
    )
    page = json.loads(render_page([b"{}"], feature=True, context_url=HOME_URL))
    assert page == {"type": "FeatureCollection", "features": [{}], "@context": HOME_URL}


def test_under_the_core_context_our_own_terms_are_of_the_default_vocabulary() -> None:
    lamp = shown(lamps(1), url=CORE_URL + "ngsi-ld-core-context.jsonld")[0]
    assert lamp["type"] == "Streetlight"
    assert "powerRating" in lamp
    assert "location" in lamp


def test_infinity_is_no_number_of_json() -> None:
    assert "level" not in shown(thing(level=np.array([np.inf, -np.inf])))[0]


def test_what_does_not_change_is_remembered_only_while_the_arrays_are_the_same() -> None:
    source = thing()
    layout = Layout(KIND, LIBRARY.home, view=View(), media="application/json", home=LIBRARY.home)
    rows = np.array([1, 0])
    before = render(layout, source, rows)
    assert render(layout, source, rows) == before
    source.columns["level"][0] = 7.0
    assert json.loads(render(layout, source, rows)[1])["level"]["value"] == 7
    source.columns["on"] = [False, False]
    assert json.loads(render(layout, source, rows)[1])["on"]["value"] is False
    source.columns["on"] = Computed(lambda rows: [None] * len(np.arange(2)[rows]))
    assert "on" not in json.loads(render(layout, source, rows)[1])


def _validator(model: str) -> jsonschema.Draft202012Validator:
    path = MODELS / "Streetlighting" / model / "schema.json"
    if not path.exists():
        pytest.skip(f"{path} is not there")
    common = json.loads((MODELS / "common-schema.json").read_bytes())
    url = "https://smart-data-models.github.io/data-models/common-schema.json"
    registry = Registry().with_resource(url, Resource.from_contents(common))
    checker = jsonschema.FormatChecker()
    return jsonschema.Draft202012Validator(json.loads(path.read_bytes()), registry=registry, format_checker=checker)


def _key_values(entity: dict[str, Any]) -> dict[str, Any]:
    def plain(attribute: Any) -> Any:
        value = attribute.get("value", attribute.get("object", attribute))
        if "languageMap" in attribute:
            value = {"languageMap": attribute["languageMap"]}
        return value["@value"] if isinstance(value, dict) and "@value" in value else value

    return {name: member if name in ("id", "type") else plain(member) for name, member in entity.items()}


@pytest.mark.judge("smart-data-models")
@pytest.mark.parametrize("source", [lamps(60), cabinets(4), groups(3)], ids=lambda source: source.entity_type.name)
def test_smart_data_models_accept_our_entities(source: Table) -> None:
    if source.entity_type.name == "StreetlightControlCabinet":
        source.lon[-1], source.lat[-1] = 6.8, 51.4
    validator = _validator(source.entity_type.name)
    simplified = shown(source, View(Members(omit=("name",)), "simplified"))
    for entity in simplified:
        validator.validate(entity)
    assert [_key_values(entity) for entity in shown(source, View(Members(omit=("name",))))] == simplified
