"""Documents in tables: columns and tables narrow, the evaluator decides, and both always agree."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stadtwerk.context import question as asking
from stadtwerk.context.entities.document import Entity
from stadtwerk.context.entities.expand import Reader
from stadtwerk.context.entities.holdings import Holdings, Record
from stadtwerk.context.evaluate import Subject, compile_q
from stadtwerk.context.face import Face, Joiner
from stadtwerk.context.library import CORE, CORE_URL, Context, bundled_terms
from stadtwerk.context.posted import read_posted_query
from stadtwerk.context.query import EntityQuery, Following, View, read_entities_query
from stadtwerk.context.question import Documents, Question
from stadtwerk.context.rights import EVERYTHING, Grant, Rights
from stadtwerk.context.search import condition
from stadtwerk.context.table import Tables
from stadtwerk.kernel.refusal import Refused

TERMS = bundled_terms(CORE)
CONTEXT = Context(CORE_URL + CORE, TERMS)
NOW_US = 1_795_521_600_000_000


class Town:
    """A tenant's documents."""

    def __init__(self) -> None:
        self.holdings, self._number = Holdings(""), 0
        self.tables = Tables(self.holdings)

    def put(self, **body: Any) -> Entity:
        entity = Reader(TERMS, NOW_US).entity(body)
        self._number += 1
        self.holdings.put(Record(self._number, entity))
        return entity

    def drop(self, entity_id: str) -> None:
        if entity_id in self.holdings.by_id:
            self.holdings.drop(self.holdings.by_id[entity_id])

    def find(self, entity_id: str) -> Entity | None:
        record = self.holdings.by_id.get(entity_id)
        return record.entity if record else None

    def ask(self, query: EntityQuery | str, rights: Rights = EVERYTHING) -> list[str]:
        asked = read_entities_query(query.encode()) if isinstance(query, str) else query
        documents = Documents(self.holdings, self.tables, rights, self.find)
        return [record.id for record in documents.hits(Question(asked, TERMS)) if record is not None]

    def scan(self, query: str) -> set[str]:
        """Find what the evaluator says of each document by itself."""
        asked = read_entities_query(query.encode())
        question, node = Question(asked, TERMS), condition(asked)
        holds = compile_q(node, TERMS) if node is not None else lambda subject: True
        entities = [record.entity for record in self.holdings.by_id.values()]
        return {e.id for e in entities if question.selects(tuple(e.type), e.id) and holds(Subject(e, self.find))}


VALUES: list[Any] = [
    *(1, 2, 2.5, -7, 10**17, True, False, "on", "off", "2026-11-24", "urn:x:1"),
    *([1, "on"], {"type": "Property", "value": {"b": 1}}, {"type": "Property", "value": {"b": "on"}}),
    {"type": "Relationship", "object": "urn:x:1"},
    {"type": "LanguageProperty", "languageMap": {"de": "on", "en": "two"}},
    {"type": "VocabProperty", "vocab": "on"},
    {"type": "Property", "value": 3, "observedAt": "2026-11-24T12:00:00Z", "c": 5},
    [{"type": "Property", "value": 1}, {"type": "Property", "value": "off", "datasetId": "urn:d:1"}],
]
QUESTIONS = [
    *("q=a", "q=a>1", "q=a>=2;a<3", "q=a==1,2", "q=a==1..2.5", "q=a!=2", "q=a==true", 'q=a=="on"', "q=a!=on"),
    *('q=a~="^o"', 'q=a!~="^o"', 'q=a>"of"', "q=a<2027-01-01", "q=a==urn:x:1", "q=a[b]==1", "q=a[b]", "q=a[*]==on"),
    *("q=a.c>4", "q=a.observedAt", "q=a>1|b>1", "q=(a>1|b==on);a", "q=a>1;createdAt>2020-01-01", "attrs=a,b"),
    *("attrs=a&q=b", "type=*", "q=a{a}==1&join=flat", "q=a|b{a}&join=flat", "q=a==on&expandValues=a"),
]

changes = st.lists(
    st.tuples(
        st.integers(0, 9),
        st.sampled_from(["A", "B", ["A", "B"], None]),
        st.dictionaries(st.sampled_from("ab"), st.sampled_from(VALUES), max_size=2),
    ),
    min_size=1,
    max_size=25,
)


@settings(max_examples=150, deadline=None)
@given(
    changes,
    st.lists(st.sampled_from(QUESTIONS), min_size=1, max_size=3),
    st.sampled_from(["", "&type=A", "&type=A,B", "&type=(A;B)"]),
)
def test_columns_find_what_the_evaluator_takes(told: Any, questions: list[str], types: str) -> None:
    town = Town()
    for number, kind, attributes in told:
        if kind is None:
            town.drop(f"urn:x:{number}")
        else:
            town.put(id=f"urn:x:{number}", type=kind, **attributes)
        for text in questions:
            query = text + types if "type=" not in text else text
            found = town.ask(query)
            expected = town.scan(query)
            if "expandValues" in text:
                continue
            assert sorted(found) == sorted(expected)


def test_what_is_expanded_is_looked_at() -> None:
    town = Town()
    town.put(id="urn:x:1", type="A", a={"type": "Property", "value": TERMS.expand("on")})
    assert town.ask("q=a==on&expandValues=a") == ["urn:x:1"]
    assert town.ask("q=a==on") == []


def test_rows_grow_beyond_the_first_block_and_tables_are_made_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking, "DOCUMENT_ROWS", 300)
    town = Town()
    for number in range(3_000):
        town.put(
            id=f"urn:x:{number}",
            type="A",
            a=number,
            b=str(number),
            location={"type": "Point", "coordinates": [6 + number / 10_000, 51]},
        )
    assert town.ask("type=A&q=a>=2990") == [f"urn:x:{number}" for number in range(2990, 3000)]
    assert town.ask('type=A&q=b=="2999"') == ["urn:x:2999"]
    near = "type=A&georel=near;maxDistance==100&geometry=Point&coordinates=[6.1,51]"
    assert len(town.ask(near)) == 29
    assert len(town.ask(near + "&q=a>1000")) == 14
    for number in range(2_900):
        town.drop(f"urn:x:{number}")
    assert town.ask(near) == []
    assert len(town.ask("type=A")) == 100
    assert town.ask("type=A&q=a>=2998") == ["urn:x:2998", "urn:x:2999"]


def test_changes_during_a_search_neither_break_nor_repeat_it() -> None:
    town = Town()
    for number in range(2_000):
        town.put(id=f"urn:x:{number}", type="A", a=number)
    documents = Documents(town.holdings, town.tables, EVERYTHING)
    hits = documents.hits(Question(read_entities_query(b"q=a>=0"), TERMS))
    seen = _seen(hits, turns=1)
    for number in range(1_990):
        town.drop(f"urn:x:{number}")
    town.put(id="urn:x:1999", type="B", a=-1)
    assert town.ask("type=A&q=a>=0") == [f"urn:x:{number}" for number in range(1990, 1999)]
    seen += _seen(hits, turns=10_000)
    assert len(seen) == len(set(seen))
    assert {f"urn:x:{number}" for number in range(1990, 1999)} <= set(seen)
    assert "urn:x:1999" not in seen


def _seen(hits: Iterator[Record | None], turns: int) -> list[str]:
    seen = []
    for hit in hits:
        if hit is not None:
            seen.append(hit.id)
            continue
        turns -= 1
        if not turns:
            break
    return seen


SHAPES = {
    "urn:x:point": {"type": "Point", "coordinates": [6.75, 51.43]},
    "urn:x:far": {"type": "Point", "coordinates": [8.0, 50.0]},
    "urn:x:line": {"type": "LineString", "coordinates": [[6.7, 51.43], [6.8, 51.43]]},
    "urn:x:area": {
        "type": "Polygon",
        "coordinates": [[[6.74, 51.42], [6.76, 51.42], [6.76, 51.44], [6.74, 51.44], [6.74, 51.42]]],
    },
}


@pytest.mark.parametrize(
    ("place", "expected"),
    [
        ("georel=near;maxDistance==200&geometry=Point&coordinates=[6.75,51.431]", "point line area"),
        ("georel=near;minDistance==50000&geometry=Point&coordinates=[6.75,51.431]", "far"),
        ("georel=near;maxDistance==200&geometry=LineString&coordinates=[[7.9,50],[8.1,50]]", "far"),
        ("georel=intersects&geometry=Point&coordinates=[6.75,51.43]", "point line area"),
        ("georel=contains&geometry=Point&coordinates=[6.745,51.425]", "area"),
        ("georel=disjoint&geometry=Point&coordinates=[6.75,51.43]", "far"),
        ("georel=equals&geometry=Point&coordinates=[8,50]", "far"),
        ("georel=within&geometry=Polygon&coordinates=[[[6,51],[7,51],[7,52],[6,52],[6,51]]]", "point line area"),
        (
            "georel=overlaps&geometry=Polygon&coordinates=[[[6.75,51.42],[6.78,51.42],[6.78,51.44],[6.75,51.44],[6.75,51.42]]]",
            "area",
        ),
        (
            "georel=within&geometry=Polygon&coordinates=[[[6,51],[7,51],[7,52],[6,52],[6,51]]]&geoproperty=other",
            "other",
        ),
    ],
)
def test_places_of_all_shapes(place: str, expected: str) -> None:
    town = Town()
    for entity_id, shape in SHAPES.items():
        town.put(id=entity_id, type="A", location=shape)
    town.put(id="urn:x:other", type="A", location="nowhere", other=SHAPES["urn:x:point"])
    assert town.ask("type=A&" + place) == [f"urn:x:{name}" for name in expected.split()]


def test_rights_open_types_and_scopes() -> None:
    town = Town()
    town.put(id="urn:x:1", type="A", a=1, scope="/north")
    town.put(id="urn:x:2", type="A", a=1, scope="/south")
    town.put(id="urn:x:3", type="B", a=1)
    north = Rights((Grant(who=("x",), types=(TERMS.expand("A"),), scopes=("/north",)),))
    assert town.ask("q=a==1", north) == ["urn:x:1"]
    assert town.ask("type=*", Rights((Grant(who=("x",), types=(TERMS.expand("B"),)),))) == ["urn:x:3"]
    assert town.ask("type=*&scopeQ=/south") == ["urn:x:2"]
    assert town.ask("type=*&scopeQ=/%2B", north) == ["urn:x:1"]
    assert town.ask("type=A&id=urn:x:2,urn:x:1") == ["urn:x:2", "urn:x:1"]
    assert town.ask("type=A&idPattern=2$") == ["urn:x:2"]


def posted(**content: Any) -> EntityQuery:
    return read_posted_query({"type": "Query", **content}, b"")


def test_posted_queries_ask_the_same() -> None:
    town = Town()
    for number in range(4):
        town.put(id=f"urn:x:{number}", type="AB"[number % 2], a=number, location=SHAPES["urn:x:point"])
    assert town.ask(posted(entities=[{"type": "A"}])) == ["urn:x:0", "urn:x:2"]
    assert town.ask(posted(entities=[{"type": "A", "id": "urn:x:2"}, {"type": "B", "idPattern": "1$"}])) == [
        "urn:x:2",
        "urn:x:1",
    ]
    assert town.ask(posted(entities=[{"type": "A,B"}], q="a>1")) == ["urn:x:2", "urn:x:3"]
    assert town.ask(posted(attrs=["a"])) == [f"urn:x:{number}" for number in (0, 2, 1, 3)]
    geo = {"georel": "near;maxDistance==5", "geometry": "Point", "coordinates": [6.75, 51.43]}
    assert len(town.ask(posted(geoQ=geo))) == 4
    query = posted(entities=[{"type": "A"}], ordering={"orderBy": ["a;desc"]}, join="inline", joinLevel=2, pick=["id"])
    assert (query.order is not None, query.following) == (True, Following("inline", 2))


@pytest.mark.parametrize(
    "content",
    [
        {"type": "Question"},
        {"entities": []},
        {"entities": {}},
        {"entities": [5]},
        {"entities": [{"type": 5}]},
        {"entities": [{"id": "urn:x:1"}]},
        {"entities": [{"type": "A", "id": "x"}]},
        {"entities": [{"type": "A", "idPattern": "**"}]},
        {"entities": [{"type": "A", "name": "x"}]},
        {"entities": [{"type": "A"}], "q": 5},
        {"entities": [{"type": "A"}], "q": "("},
        {"attrs": []},
        {"attrs": [5]},
        {"attrs": ["id"]},
        {"entities": [{"type": "A"}], "geoQ": {}},
        {"entities": [{"type": "A"}], "geoQ": {"georel": "within", "geometry": "Point", "coordinates": {}}},
        {"entities": [{"type": "A"}], "joinLevel": "2"},
        {"entities": [{"type": "A"}], "entityMap": "yes"},
        {"entities": [{"type": "A"}], "ordering": {}},
        {"entities": [{"type": "A"}], "ordering": {"orderBy": "a"}},
        {"entities": [{"type": "A"}], "ordering": {"orderBy": ["location;dist-asc"]}},
        {"entities": [{"type": "A"}], "temporalQ": {"timerel": "before"}},
        {"entities": [{"type": "A"}], "foo": 1},
        {},
    ],
)
def test_malformed_queries_are_refused(content: dict[str, Any]) -> None:
    with pytest.raises(Refused) as refused:
        read_posted_query({"type": "Query", **content}, b"")
    assert refused.value.refusal.type.endswith("BadRequestData")
    assert refused.value.refusal.faults


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["type", "id", "georel", "orderBy", "x"]), inner, max_size=3)
    ),
    max_leaves=6,
)
MEMBERS = [
    "entities",
    "q",
    "geoQ",
    "scopeQ",
    "attrs",
    "pick",
    "omit",
    "join",
    "joinLevel",
    "ordering",
    "lang",
    "datasetId",
    "containedBy",
    "csf",
]


@settings(max_examples=300, deadline=None)
@given(
    st.dictionaries(st.sampled_from(MEMBERS), anything, max_size=4),
    st.sampled_from([b"", b"limit=5&count=true", b"x=1", b"q=a"]),
)
def test_any_body_is_a_query_or_a_refusal(content: dict[str, Any], query_string: bytes) -> None:
    try:
        read_posted_query({"type": "Query", **content}, query_string)
    except Refused as refused:
        assert refused.refusal.status in (400, 403)


def linked_town() -> Town:
    town = Town()
    town.put(
        id="urn:x:1",
        type="A",
        name="one",
        to={"type": "Relationship", "object": "urn:x:2"},
        ways={"type": "ListRelationship", "objectList": ["urn:x:2", "urn:x:9"]},
    )
    town.put(id="urn:x:2", type="B", name="two", back={"type": "Relationship", "object": ["urn:x:1", "urn:x:3"]})
    town.put(id="urn:x:3", type="C", name="three")
    return town


def join(query: str, how: str = "inline") -> Any:
    asked = read_entities_query(query.encode())
    town = linked_town()
    joiner = Joiner(Face(asked.view, CONTEXT, "application/json"), asked.following, town.find)
    entity = town.find("urn:x:1")
    assert entity is not None
    return json.loads(joiner.inline(entity)) if how == "inline" else list(map(json.loads, joiner.flat([entity])))


def test_linked_entities_inside() -> None:
    one = join("type=A&join=inline&joinLevel=3")
    two = one["to"]["entity"]
    assert two["id"] == "urn:x:2"
    assert two["back"]["entity"]["id"] == "urn:x:3"
    assert [entity["id"] for entity in one["ways"]["entityList"]] == ["urn:x:2"]
    simple = join("type=A&join=inline&options=keyValues&omit=ways")
    assert simple["to"] == {"id": "urn:x:2", "type": "B", "name": "two", "back": ["urn:x:1", "urn:x:3"]}
    assert "entity" not in join("type=A&join=inline&containedBy=urn:x:2")["to"]
    picked = join("type=A&join=inline&joinLevel=2&pick=id,to{name}")
    assert picked == {
        "id": "urn:x:1",
        "to": {"type": "Relationship", "object": "urn:x:2", "entity": {"name": {"type": "Property", "value": "two"}}},
    }


def test_linked_entities_beside() -> None:
    assert [one["id"] for one in join("type=A&join=flat&joinLevel=2", "flat")] == ["urn:x:1", "urn:x:2", "urn:x:3"]
    assert [one["id"] for one in join("type=A&join=flat&pick=id,name", "flat")] == ["urn:x:1"]
    assert join("type=A&join=flat&pick=id,to{id}", "flat")[1] == {"id": "urn:x:2"}


def test_a_text_is_remembered_until_the_document_changes() -> None:
    town = linked_town()
    face = Face(View(), CONTEXT, "application/ld+json")
    record = town.holdings.by_id["urn:x:3"]
    assert face.text(record) is face.text(record)
    other = Face(View(form="simplified"), CONTEXT, "application/geo+json")
    assert (
        other.text(record)
        == b'{"id":"urn:x:3","type":"Feature","geometry":null,"properties":{"type":"C","name":"three"}}'
    )
    town.put(id="urn:x:3", type="C", name="drei")
    assert b"drei" in face.text(town.holdings.by_id["urn:x:3"])
