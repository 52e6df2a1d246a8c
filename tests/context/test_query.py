"""Parameters: every fault at once, the right type of error, never a crash."""

from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stadtwerk.context.members import Members
from stadtwerk.context.query import ENTITIES_PARAMS, Following, View, read_entities_query, read_entity_query
from stadtwerk.kernel.refusal import Refused


def refusal(query_string: str) -> tuple[str, int, set[str]]:
    with pytest.raises(Refused) as refused:
        read_entities_query(query_string.encode())
    it = refused.value.refusal
    return it.type.rsplit("/", 1)[1], it.status, {fault.field for fault in it.faults}


@pytest.mark.parametrize(
    ("query_string", "fields"),
    [
        ("", {"type"}),
        ("id=urn:a:b", {"type"}),
        ("type=A&limit=0", {"limit"}),
        ("type=A&limit=-1", {"limit"}),
        ("type=A&limit=1.5", {"limit"}),
        ("type=A&limit=0x10", {"limit"}),
        ("type=A&limit=%D9%A1", {"limit"}),
        ("type=A&offset=99999999999999999999", {"offset"}),
        ("type=A&count=yes", {"count"}),
        ("type=A&type=B", {"type"}),
        ("type=A&q=", {"q"}),
        ("type=*&local=false", {"local"}),
        ("type=A&id=thisisaninvaliduri1,urn:ok", {"id"}),
        ("type=A&idPattern=invalid**", {"idPattern"}),
        ("attrs=id,type", {"attrs"}),
        ("type=A&pick=name&omit=name", {"omit"}),
        ("type=A&pick=name&attrs=category", {"attrs"}),
        ("type=A&omit=name&attrs=category", {"attrs"}),
        ("type=A&pick=id;name", {"pick"}),
        ("type=A&pick=id,locatedAt{name", {"pick"}),
        ("type=A&pick=id,locatedAt{{name}", {"pick"}),
        ("type=A&pick=id,,name", {"pick"}),
        ("type=A&pick=id,locatedAt{,name}", {"pick"}),
        ("type=A&pick=id,locatedAt{}", {"pick"}),
        ("type=A&georel=invalid&geometry=Point&coordinates=[-8.503,41.202]", {"georel"}),
        ("type=A&georel=within", {"geometry", "coordinates"}),
        ("type=A&geoproperty=(", {"geoproperty"}),
        ("type=A&pick=a,b{c}", {"pick"}),
        ("type=A&omit=a,b{c{d}}&join=inline&joinLevel=1", {"omit"}),
        ("type=A&pick=a,b{c}&limit=x", {"pick", "limit"}),
        ("type=A&join=sideways", {"join"}),
        ("type=A&join=flat&joinLevel=0", {"joinLevel"}),
        ("type=A&join=flat&containedBy=x", {"containedBy"}),
        ("type=A&q=a{b}==1", {"q"}),
        ("type=A&q=a{b{c}}==1&join=flat", {"q"}),
        ("q=createdAt>2020-01-01", {"type"}),
        ("attrs=modifiedAt", {"type"}),
        ("type=A&attrs=", {"attrs"}),
        ("type=A&scopeQ=/a//b", {"scopeQ"}),
        ("type=A&scopeQ=(/a;/b", {"scopeQ"}),
        ("type=A&scopeQ=/a/%23/b", {"scopeQ"}),
        ("type=A&orderBy=a;up", {"orderBy"}),
        ("type=A&orderBy=a,,b", {"orderBy"}),
        ("type=A&orderBy=place;dist-asc", {"orderFrom"}),
        ("type=A&orderBy=place;dist-asc&orderFrom=8,40", {"orderFrom"}),
        ("type=A&orderBy=a&collation=not a tag", {"collation"}),
        ("type=A&lang=d_e", {"lang"}),
        ("type=A&datasetId=a,@none", {"datasetId"}),
        ("type=A&csf=a==", {"csf"}),
        ("type=A&expandValues=a,,b", {"expandValues"}),
        ("type=A&entityMap=true&entityMapLifetime=long", {"entityMapLifetime"}),
        (
            "limit=a&count=2&id=x&q=((&georel=near&geometry=Point&coordinates=[]",
            {"limit", "count", "id", "q", "georel"},
        ),
    ],
)
def test_wrong_values_are_bad_data_with_all_faults(query_string: str, fields: set[str]) -> None:
    assert refusal(query_string) == ("BadRequestData", 400, fields)


@pytest.mark.parametrize(
    "query_string", ["invalidParams=invalidValue", "type=A&Limit=3", "=", "&".join(f"a{n}=1" for n in range(50))]
)
def test_unknown_parameters_are_invalid_requests(query_string: str) -> None:
    assert refusal(query_string)[:2] == ("InvalidRequest", 400)


def test_a_query_string_that_is_not_utf8_is_an_invalid_request() -> None:
    for raw in (b"type=%FF", b"type=\xff"):
        with pytest.raises(Refused) as refused:
            read_entities_query(raw)
        assert refused.value.refusal.type.endswith("InvalidRequest")


@pytest.mark.parametrize(
    "query_string",
    ["type=A&options=quick", "type=A&format=quick", "type=A&format=sysAttrs", "type=A&options=keyValues,x"],
)
def test_unknown_representations_are_invalid_requests(query_string: str) -> None:
    assert refusal(query_string)[:2] == ("InvalidRequest", 400)


def test_other_refusals() -> None:
    assert refusal("type=A&limit=1001")[:2] == ("TooManyResults", 403)
    assert refusal("type=A&idPattern=(a%2B)%2B$")[:2] == ("TooComplexQuery", 403)
    assert refusal("type=A&pick=" + "a{" * 17 + "b" + "}" * 17 + "&join=flat")[:2] == ("TooComplexQuery", 403)
    assert refusal("type=A&orderBy=" + ",".join("abcdefghi"))[:2] == ("TooComplexQuery", 403)


@pytest.mark.parametrize(
    "query_string",
    ["type=A", "attrs=a", "q=a", "georel=within&geometry=Point&coordinates=[0,0]", "local=true"],
)
def test_one_selector_is_enough(query_string: str) -> None:
    assert read_entities_query(query_string.encode()).limit == 20


def test_everything_at_once() -> None:
    query = read_entities_query(b"type=A|B&id=urn:a:b,urn:a:c&limit=7&offset=3&count=true&options=keyValues&pick=id,x")
    assert (query.selectors[0].ids, query.limit, query.offset, query.count) == (("urn:a:b", "urn:a:c"), 7, 3, True)
    assert query.view == View(Members(pick=("id", "x")), "simplified")
    assert read_entities_query(b"type=A&options=normalized&format=concise").view.form == "concise"


def test_members_of_linked_entities() -> None:
    query = read_entities_query(b"type=A&pick=id,b{c,d{e}}&join=inline&joinLevel=2&options=sysAttrs&datasetId=@none")
    assert query.view.members == Members(
        pick=("id", "b"), linked=(("b", Members(pick=("c", "d"), linked=(("d", Members(pick=("e",))),))),)
    )
    assert query.view.members.depth == 2
    assert (query.view.sys_attrs, query.view.datasets) == (True, ("@none",))
    omitted = read_entities_query(b"type=A&omit=a,b{c}&join=flat").view.members
    assert omitted == Members(omit=("a",), linked=(("b", Members(omit=("c",))),))
    assert query.following == Following("inline", 2)


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from([*ENTITIES_PARAMS, "lang", "x"]), st.text(max_size=20), max_size=6))
def test_any_parameters_are_a_query_or_a_refusal(given_: dict[str, str]) -> None:
    query_string = "&".join(f"{name}={quote(value)}" for name, value in given_.items()).encode()
    for read in (read_entities_query, read_entity_query):
        try:
            read(query_string)
        except Refused as refused:
            assert refused.refusal.status in (400, 403, 422)
