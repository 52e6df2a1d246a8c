"""Conditions over documents: what each form takes (clause 4.9), scopes (4.19), orders (4.23)."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stadtwerk.context.entities.document import Entity
from stadtwerk.context.entities.expand import Reader
from stadtwerk.context.entities.values import is_geometry
from stadtwerk.context.evaluate import Subject, compile_q
from stadtwerk.context.library import CORE, bundled_terms
from stadtwerk.context.order import Order, in_order, keys_of, parse_order
from stadtwerk.context.q_parser import parse_q
from stadtwerk.context.scopes import parse_scopes
from stadtwerk.kernel.refusal import Refused

TERMS = bundled_terms(CORE)
NOW_US = 1_795_521_600_000_000


def document(**members: Any) -> Entity:
    body = {"id": "urn:ngsi-ld:Thing:1", "type": "Thing", **members}
    return Reader(TERMS, NOW_US).entity(body)


HOUSE = document(
    level=21,
    ratio=0.5,
    name="Rathaus",
    open=True,
    tags=["old", "stone"],
    nothing={"type": "JsonProperty", "json": {"id": "x", "value": None}},
    address={"type": "Property", "value": {"city": "Duisburg", "geo": {"plus": "9F38"}}},
    built={"type": "Property", "value": {"@type": "Date", "@value": "1902-05-01"}},
    heat={
        "type": "Property",
        "value": 21.5,
        "unitCode": "CEL",
        "observedAt": "2026-11-26T18:00:00Z",
        "accuracy": {"type": "Property", "value": 0.1, "checkedBy": {"type": "Property", "value": "Eva"}},
    },
    says={"type": "LanguageProperty", "languageMap": {"de": "rot", "en": ["red", "crimson"]}},
    kind={"type": "VocabProperty", "vocab": "Townhall"},
    stops={"type": "ListProperty", "valueList": ["A", "B"]},
    ownedBy={"type": "Relationship", "object": "urn:ngsi-ld:City:Duisburg"},
    near={"type": "Relationship", "object": ["urn:ngsi-ld:Stop:1", "urn:ngsi-ld:Stop:2"]},
    route={"type": "ListRelationship", "objectList": ["urn:ngsi-ld:Stop:3", "urn:ngsi-ld:Stop:4"]},
    speed=[
        {"type": "Property", "value": 5},
        {"type": "Property", "value": 50, "datasetId": "urn:d:gps"},
    ],
)
CITY = document(
    id="urn:ngsi-ld:City:Duisburg",
    type="City",
    people=500_000,
    inCountry={"type": "Relationship", "object": "urn:c:de"},
)
COUNTRY = document(id="urn:c:de", type="Country", code="DE")
LINKED = {entity.id: entity for entity in (CITY, COUNTRY)}


def takes(q: str, entity: Entity = HOUSE, expanded: tuple[str, ...] = ()) -> bool:
    return compile_q(parse_q(q), TERMS, expanded)(Subject(entity, LINKED.get))


@pytest.mark.parametrize(
    "q",
    [
        "level",
        "level==21",
        "level==21.0",
        "level!=20",
        'level!="21"',
        "level>20;level<=21",
        "level==20..22",
        "level!=22..23",
        "level==1,21",
        "(level==1|ratio<1);open==true",
        'name=="Rathaus"',
        "name==Rathaus",
        'name~="^Rat"',
        'name!~="haus$x"',
        'name>"Rat"',
        'tags=="stone"',
        'tags!="new"',
        'address[city]=="Duisburg"',
        'address[geo.plus]~="9F"',
        "nothing",
        'nothing[id]=="x"',
        "built<1950-01-01",
        "built==1902-05-01",
        "heat.observedAt>=2026-11-26T18:00:00Z",
        'heat.unitCode=="CEL"',
        "heat.accuracy<1",
        'heat.accuracy.checkedBy=="Eva"',
        'says[de]=="rot"',
        'says[en]=="crimson"',
        'says[*]=="red"',
        'says=="red"',
        'says!="green"',
        'kind=="https://uri.etsi.org/ngsi-ld/default-context/Townhall"',
        'stops=="B"',
        "ownedBy==urn:ngsi-ld:City:Duisburg",
        "ownedBy!=urn:ngsi-ld:City:Essen",
        "near==urn:ngsi-ld:Stop:2",
        "route==urn:ngsi-ld:Stop:4",
        "speed==5",
        "speed==50",
        "speed!=5",
        "createdAt==2026-11-24T12:00:00Z",
        "level.modifiedAt>=2026-11-24T12:00:00Z",
        "ownedBy{people}>400000",
        "ownedBy{City:people}==500000",
        "ownedBy{inCountry{code}}==DE",
        "ownedBy{people}",
    ],
)
def test_conditions_that_hold(q: str) -> None:
    assert takes(q)


@pytest.mark.parametrize(
    "q",
    [
        "unknown",
        "unknown!=5",
        'level=="21"',
        "level==true",
        'name~="haus$x"',
        "name>5",
        'tags!="stone"',
        "address[street]",
        "address[city.x]",
        "address==5",
        "nothing[value]",
        'says[en]=="rot"',
        'says[fr]=="rot"',
        'says!="red"',
        "kind==Townhall",
        'ownedBy>"urn:a"',
        'ownedBy~="City"',
        "heat.observedAt.x",
        "heat.createdAt>2030-01-01",
        "expiresAt",
        "ownedBy{Country:people}",
        "near{people}",
        "level{people}",
        "ownedBy{inCountry{code}}==FR",
    ],
)
def test_conditions_that_do_not_hold(q: str) -> None:
    assert not takes(q)


def test_values_are_expanded_where_that_is_asked_for() -> None:
    entity = document(gender={"type": "Property", "value": TERMS.expand("Male")})
    assert not takes("gender==Male", entity)
    assert takes("gender==Male", entity, (TERMS.expand("gender"),))
    assert takes("kind==Townhall", expanded=(TERMS.expand("kind"),))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("/Madrid", [False, False, True]),
        ("/Madrid/Gardens/ParqueNorte", [True, False, False]),
        ("/Madrid/+/ParqueNorte", [True, True, False]),
        ("/Madrid/Gardens/#", [True, False, False]),
        ("/Madrid/#", [True, True, True]),
        ("/#", [True, True, True]),
        ("#", [True, True, True]),
        ("(/Madrid/Gardens/ParqueNorte;/CompanyA/#)", [True, False, False]),
        ("/Madrid/Gardens/ParqueNorte;/CompanyB", [False, False, False]),
        ("(/Madrid/Gardens/ParqueNorte;/CompanyA)|CompanyB", [False, False, True]),
        ("/Madrid/Gardens/ParqueNorte,/CompanyB", [True, False, True]),
    ],
)
def test_scopes_are_matched(text: str, expected: list[bool]) -> None:
    places = (
        ["/Madrid/Gardens/ParqueNorte", "/CompanyA/OrganizationB"],
        ["/Madrid/Sights/ParqueNorte"],
        ["/Madrid", "/CompanyB"],
    )
    test = parse_scopes(text)
    assert [test(scopes) for scopes in places] == expected
    assert not test([])


@pytest.mark.parametrize("text", ["", "/", "a//b", "(/a", "/a)", "/a;", ",", "/a b", "/#/a", "/a(/b)", "()", "/1"])
def test_what_is_no_scope_query(text: str) -> None:
    with pytest.raises(Refused) as refused:
        parse_scopes(text)
    assert refused.value.refusal.status == 400


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet="/a1+#(),;| ", max_size=14))
def test_any_scope_query_answers_or_is_refused(text: str) -> None:
    try:
        test = parse_scopes(text)
    except Refused as refused:
        assert refused.refusal.status in (400, 403)
    else:
        assert test(["/a/a1"]) in (True, False)


def ordered(order_by: str, values: list[Any], **more: str) -> list[Any]:
    """Put documents in order by the attribute `a`; give their values."""
    given_ = [{} if value is None else {"a": value if is_geometry(value) else {"value": value}} for value in values]
    entities = [document(id=f"urn:x:{place}", **members) for place, members in enumerate(given_)]
    order = Order(parse_order(order_by), **more)
    keys = keys_of(order, TERMS)
    return in_order([(keys(entity), value) for entity, value in zip(entities, values, strict=True)], order)


def test_kinds_of_values_have_their_order() -> None:
    mixed = [None, "2026-11-26T18:00:00Z", "2026-11-26", "18:00:00Z", True, [1], {"x": 1}, "b", "A", 2.5, 1]
    assert ordered("a", mixed) == [
        1,
        2.5,
        "A",
        "b",
        {"x": 1},
        [1],
        True,
        "18:00:00Z",
        "2026-11-26",
        "2026-11-26T18:00:00Z",
        None,
    ]
    assert ordered("a;desc", [1, None, 3, 2]) == [3, 2, 1, None]


def test_texts_are_ordered_by_letters_first() -> None:
    words = ["zebra", "Äpfel", "apfel", "Apfel", "Zebra", "äpfel", "apfe1", "_a"]
    assert ordered("a", words) == ["_a", "apfe1", "apfel", "Apfel", "äpfel", "Äpfel", "zebra", "Zebra"]
    assert ordered("a", ["b", "A", "a"], collation="und-u-ks-level2") == ["A", "a", "b"]
    assert ordered("a", ["Müller", "Mueller", "Mufti"], collation="de-u-co-phonebk") == ["Mueller", "Müller", "Mufti"]
    assert ordered("a", ["Müller", "Mueller", "Mufti"]) == ["Mueller", "Mufti", "Müller"]


def test_several_steps_and_distance() -> None:
    assert ordered("type,a;desc,id", [1, 2, 1]) == [2, 1, 1]
    points = [{"type": "Point", "coordinates": [lon, 51.4]} for lon in (6.9, 6.7, 6.8)]
    values = [*points, 5, None]
    assert ordered("a;dist-asc", values, origin="[6.7,51.4]") == [points[1], points[2], points[0], 5, None]
    assert ordered("a;dist-desc", points, origin="[6.7,51.4]") == [points[0], points[2], points[1]]
    line = "[[6.69,51.4],[6.7,51.4]]"
    assert ordered("a;dist-asc", points, origin=line, shape="LineString") == [points[1], points[2], points[0]]
