"""The query language: what each form selects, and that no text breaks it."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stadtwerk.context.masks import mask_of
from stadtwerk.context.moments import read_moment, write_moment
from stadtwerk.context.q import Linked, Path, Term
from stadtwerk.context.q_parser import parse_q
from stadtwerk.kernel.entity import Computed, Instants
from stadtwerk.kernel.refusal import Refused

from .lamps import CABINET, GROUP, NOON_US, STREETLIGHT, Table, cabinets, groups, lamps

N = 500
LAMPS = lamps(N)
LEVEL = np.asarray(LAMPS.columns["illuminanceLevel"])
RATING = np.asarray(LAMPS.columns["powerRating"])
HEARD = ~np.isnan(LEVEL)
SEEN = LAMPS.observed
ON = np.where(HEARD, LEVEL > 0, False)
POLES = np.array(LAMPS.columns["streetPoleNum"])


def matches(q: str, source: Table = LAMPS) -> np.ndarray:
    attributes = {attribute.name: attribute for attribute in source.entity_type.attributes}
    return mask_of(parse_q(q), source, attributes.get)(slice(0, len(source)))


CASES: list[tuple[str, Callable[[], np.ndarray]]] = [
    ("illuminanceLevel", lambda: HEARD),
    ("illuminanceLevel>0.5", lambda: LEVEL > 0.5),
    ("illuminanceLevel>=0.5", lambda: LEVEL >= 0.5),
    ("illuminanceLevel<0.5", lambda: LEVEL < 0.5),
    ("illuminanceLevel<=5e-1", lambda: LEVEL <= 0.5),
    ("illuminanceLevel==0.5", lambda: LEVEL == 0.5),
    ("illuminanceLevel!=0.5", lambda: HEARD & (LEVEL != 0.5)),
    ("illuminanceLevel==0.25..0.5", lambda: (LEVEL >= 0.25) & (LEVEL <= 0.5)),
    ("illuminanceLevel!=0.25..0.5", lambda: HEARD & ~((LEVEL >= 0.25) & (LEVEL <= 0.5))),
    ("powerRating==35,70", lambda: np.isin(RATING, [35, 70])),
    ("powerRating!=35,70", lambda: RATING == 82.5),
    ('powerRating!=35,"a",true', lambda: RATING != 35),
    ("powerRating>-1", lambda: np.ones(N, bool)),
    ('powerRating=="35"', lambda: np.zeros(N, bool)),
    ('powerRating>"35"', lambda: np.zeros(N, bool)),
    ("powerRating~=3", lambda: np.zeros(N, bool)),
    ("powerRating!~=3", lambda: np.ones(N, bool)),
    ("powerRating==true", lambda: np.zeros(N, bool)),
    ("powerRating[x]==35", lambda: np.zeros(N, bool)),
    ('powerState=="on"', lambda: ON),
    ("powerState==on", lambda: ON),
    ("powerState!=on", lambda: HEARD & ~ON),
    ('powerState=="on","off"', lambda: HEARD),
    ("powerState", lambda: HEARD),
    ("powerState>=on", lambda: ON),
    ('powerState~="^o.$"', lambda: ON),
    ('powerState!~="^o.$"', lambda: HEARD & ~ON),
    (r'streetPoleNum~="p\d+7$"', lambda: np.char.endswith(POLES, "7")),
    ('streetPoleNum=="du-p000007"', lambda: np.arange(N) == 7),
    ('streetPoleNum<"du-p000007"', lambda: np.arange(N) < 7),
    ('streetPoleNum=="du-p000003".."du-p000005"', lambda: (np.arange(N) >= 3) & (np.arange(N) <= 5)),
    ("streetPoleNum>5", lambda: np.zeros(N, bool)),
    ("streetPoleNum!=5", lambda: np.ones(N, bool)),
    ('address[streetAddress]=="3. Straße"', lambda: np.arange(N) % 7 == 3),
    ("address[postalCode]", lambda: np.zeros(N, bool)),
    ("address[addressLocality.x]", lambda: np.zeros(N, bool)),
    ('address[*]=="Duisburg"', lambda: np.ones(N, bool)),
    ("observationDateTime>=2026-11-24T11:59:30Z", lambda: np.where(HEARD, SEEN, 0) >= NOON_US - 30_000_000),
    ('observationDateTime<"2026-11-24T13:00:00+01:00"', lambda: HEARD & (NOON_US > SEEN)),
    ("observationDateTime==2026-11-24T12:00:00Z", lambda: np.arange(N) == 0),
    (
        "observationDateTime==2026-11-24T11:59:00Z..2026-11-24T11:59:30Z",
        lambda: HEARD & (abs(SEEN - NOON_US + 45e6) <= 15e6),
    ),
    ("observationDateTime!=2026-11-24T12:00:00Z", lambda: HEARD & (np.arange(N) != 0)),
    ("observationDateTime>5", lambda: np.zeros(N, bool)),
    ("dateServiceStarted<2100-01-01", lambda: np.ones(N, bool)),
    ("illuminanceLevel.observedAt>2026-11-24T11:59:30Z", lambda: NOON_US - 30_000_000 < SEEN),
    ("illuminanceLevel.observedAt", lambda: HEARD),
    ("powerRating.observedAt", lambda: np.zeros(N, bool)),
    ('powerConsumption.unitCode=="WTT"', lambda: HEARD),
    ('powerConsumption.unitCode=="KWT"', lambda: np.zeros(N, bool)),
    ("powerConsumption.accuracy>1", lambda: np.zeros(N, bool)),
    ("refStreetlightGroup==urn:ngsi-ld:StreetlightGroup:du-k0002", lambda: np.arange(N) // 100 == 2),
    ('refStreetlightGroup>"urn:a"', lambda: np.zeros(N, bool)),
    ("location", lambda: np.ones(N, bool)),
    ("location==5", lambda: np.zeros(N, bool)),
    ("unknown", lambda: np.zeros(N, bool)),
    ("unknown!=5|powerRating==35", lambda: RATING == 35),
    ("powerRating==35;illuminanceLevel>0.5", lambda: (RATING == 35) & (LEVEL > 0.5)),
    ("powerRating==35|powerRating==70;illuminanceLevel>0.5", lambda: (RATING == 35) | ((RATING == 70) & (LEVEL > 0.5))),
    ("(powerRating==35|powerRating==70);illuminanceLevel>0.5", lambda: (RATING < 80) & (LEVEL > 0.5)),
    ("((powerRating==35))", lambda: RATING == 35),
]


@pytest.mark.parametrize(("q", "expected"), CASES, ids=[q for q, _ in CASES])
def test_a_query_selects(q: str, expected: Callable[[], np.ndarray]) -> None:
    with np.errstate(invalid="ignore"):
        assert (matches(q) == expected()).all()


def test_lists_match_by_their_elements_and_absent_values_never() -> None:
    source = cabinets(5)
    assert source.entity_type is CABINET
    assert list(matches("refStreetlightGroup==urn:ngsi-ld:StreetlightGroup:du-k0003", source)) == [False] * 3 + [
        True,
        False,
    ]
    assert list(matches("serialNumber!=S-1", source)) == [False, False, True, True, True]
    assert list(matches("location", source)) == [True] * 4 + [False]


def test_language_maps_are_asked_by_language() -> None:
    source = groups(3)
    assert source.entity_type is GROUP
    assert list(matches('name[en]=="Circuit 1"', source)) == [False, True, False]
    assert list(matches('name[de]=="Circuit 1"', source)) == [False] * 3
    assert list(matches('name[*]=="Stromkreis 2"', source)) == [False, False, True]
    assert list(matches('name[*]!="Circuit 1"', source)) == [True, False, True]


def test_other_forms_of_columns_answer_alike() -> None:
    base = matches("illuminanceLevel>0.5|powerState==on;observationDateTime>2026-11-24T11:50:00Z")
    table = lamps(N)
    state, level, time = (table.columns[name] for name in ("powerState", "illuminanceLevel", "observationDateTime"))
    assert isinstance(time, Instants)
    texts = [None if code < 0 else state.labels[code] for code in state.codes]
    table.columns["powerState"] = np.array(texts, object)
    table.columns["illuminanceLevel"] = Computed(lambda rows: np.asarray(level)[rows].astype(np.float64))
    table.columns["observationDateTime"] = [write_moment(at) if at else None for at in time.at_us.tolist()]
    attributes = {attribute.name: attribute for attribute in STREETLIGHT.attributes}
    node = parse_q("illuminanceLevel>0.5|powerState==on;observationDateTime>2026-11-24T11:50:00Z")
    assert (mask_of(node, table, attributes.get)(slice(0, N)) == base).all()
    some = np.array([3, 7, 400], np.int64)
    assert (mask_of(node, table, attributes.get)(some) == base[some]).all()


@pytest.mark.parametrize(
    "q",
    [
        "",
        " ",
        "a>",
        "a=1",
        "a==",
        "(a",
        "a)",
        "a;;b",
        ";a",
        "a|",
        "a>1..2",
        "a==1..x",
        "a==1,",
        "a==1..2,3",
        "a~=",
        'a=="x',
        "a[",
        "a[]",
        "a[.]",
        "5>a",
        'a~="("',
        "a==2020-13-01",
        "a==1e999",
        "a b",
        "a==true..false",
        "a==1,2..3",
        "a[b]]",
        "a{",
        "a{}",
        "a{b",
        "a{b}}",
        "a.b{c}",
        "a{b}c",
    ],
)
def test_bad_queries_are_faults_of_q(q: str) -> None:
    with pytest.raises(Refused) as refused:
        parse_q(q)
    assert refused.value.refusal.status == 400
    assert [fault.field for fault in refused.value.refusal.faults] == ["q"]


@pytest.mark.parametrize("q", ["(" * 17 + "a" + ")" * 17, "|".join("a" * 65), "a==" + ",".join("1" * 65), "a" * 4001])
def test_excess_is_too_complex(q: str) -> None:
    with pytest.raises(Refused) as refused:
        parse_q(q)
    assert refused.value.refusal.type.endswith("TooComplexQuery")


def test_linked_entities_are_followed_by_documents_only() -> None:
    term = parse_q('refStreetlightGroup{StreetlightGroup:name[en]}=="x"')
    assert isinstance(term, Term)
    assert term.path.depth == 1
    assert term.path.linked == Linked(("StreetlightGroup",), Path("name", (), ("en",)))
    assert parse_q("a{b{c.observedAt}}>5") == Term(
        Path("a", linked=Linked((), Path("b", linked=Linked((), Path("c", ("observedAt",)))))), ">", (5.0,)
    )
    assert not matches('refStreetlightGroup{name}=="x"').any()


TOKENS = [
    "powerRating",
    "powerState",
    "address[streetAddress]",
    "illuminanceLevel.observedAt",
    "==",
    "!=",
    "<",
    ">=",
    "~=",
    "!~=",
    ";",
    "|",
    "(",
    ")",
    ",",
    "..",
    "35",
    "-1.5e3",
    '"on"',
    "on",
    "true",
    "2026-11-24",
    "2026-11-24T12:00:00Z",
    "[x]",
    " ",
    "{",
    '"',
]


@settings(max_examples=400, deadline=None)
@given(st.lists(st.sampled_from(TOKENS), max_size=12).map("".join) | st.text(max_size=40))
def test_any_text_is_a_mask_or_a_typed_error(q: str) -> None:
    try:
        mask = matches(q)
    except Refused as refused:
        assert refused.refusal.status in (400, 403, 422)
    else:
        assert mask.dtype == np.bool_
        assert mask.shape == (N,)


@settings(deadline=None)
@given(st.integers(0, 4_102_444_800_000).map(lambda ms: ms * 1000))
def test_moments_survive_writing_and_reading(at_us: int) -> None:
    assert read_moment(write_moment(at_us)) == at_us


@pytest.mark.parametrize(
    "text", ["2026-02-30", "2026-11-24T25:00:00Z", "24.11.2026", "", "2026-11-24T12", "0000-01-01"]
)
def test_what_is_no_moment(text: str) -> None:
    assert read_moment(text) is None
