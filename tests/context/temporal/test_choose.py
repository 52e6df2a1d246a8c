"""Which instances an answer holds (ETSI GS CIM 009 clauses 4.11, 5.2.21, 6.3.10)."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stadtwerk.context.params import Params
from stadtwerk.context.temporal.asking import Span, read_time
from stadtwerk.context.temporal.choose import Picked, choose, cut, write_plain
from stadtwerk.context.temporal.told import edit_row, instance_id, read_instance_id, taken_out, told_about_past
from stadtwerk.context.temporal.tracks import Past
from stadtwerk.kernel.refusal import Refused

MINUTE = 60 * 1_000_000
START = 1_795_000_000_000_000


def one(minute: int, value: float = 1.0, dataset: str = "") -> dict[str, object]:
    """Make an instance."""
    made: dict[str, object] = {"type": "Property", "value": value, "observedAt": write_plain(START + minute * MINUTE)}
    return {**made, "datasetId": dataset} if dataset else made


def told(*rows: dict[str, list[dict[str, object]]]) -> Past:
    """Make a history of what was told about the past, a row each."""
    past = Past()
    past.take((seq + 1, seq, told_about_past(attrs, ["T"], None)) for seq, attrs in enumerate(rows))
    past.settle()
    return past


def minutes(picked: Picked) -> dict[str, list[int]]:
    """Return the minutes chosen of each attribute."""
    return {found.iri: [(at - START) // MINUTE for at in found.seen.at_us.tolist()] for found in picked.attributes}


def asked(query: str) -> Span:
    """Read a temporal query."""
    params = Params(query.encode(), query.replace("=", "&").split("&")[::2])
    span = read_time(params).span
    params.done()
    return span


AT, END = write_plain(START + 2 * MINUTE), write_plain(START + 4 * MINUTE)


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ("", [0, 1, 2, 3, 4, 5]),
        (f"timerel=before&timeAt={AT}", [0, 1]),
        (f"timerel=after&timeAt={AT}", [3, 4, 5]),
        (f"timerel=between&timeAt={AT}&endTimeAt={END}", [2, 3]),
        ("lastN=2", [4, 5]),
        (f"timerel=before&timeAt={END}&lastN=3", [1, 2, 3]),
        ("lastN=9", [0, 1, 2, 3, 4, 5]),
    ],
)
def test_4_11_the_time_relation_chooses(query: str, wanted: list[int]) -> None:
    past = told({"urn:a": [one(minute) for minute in (3, 0, 5, 1, 2, 4)]})
    assert minutes(choose(past, asked(query), None, (), strict=False)) == {"urn:a": wanted}


@pytest.mark.parametrize(
    "query",
    [
        "timerel=after",
        f"timeAt={AT}",
        f"timerel=between&timeAt={AT}",
        f"timerel=between&timeAt={END}&endTimeAt={AT}",
        f"timerel=after&timeAt={AT}&endTimeAt={END}",
        f"timerel=around&timeAt={AT}",
        "timerel=after&timeAt=2026-11-26",
        "timerel=after&timeAt=yesterday",
        "timeproperty=seenAt",
        "lastN=0",
        "lastN=-1",
        "lastN=1.5",
        "options=aggregatedValues",
        "options=aggregatedValues&aggrMethods=median",
        "options=aggregatedValues&aggrMethods=avg&aggrPeriodDuration=1h",
        "options=aggregatedValues,temporalValues&aggrMethods=avg",
    ],
)
def test_5_2_21_what_does_not_fit_together_is_refused(query: str) -> None:
    with pytest.raises(Refused) as no:
        asked(query)
    assert no.value.refusal.type.endswith("BadRequestData")


def test_6_3_12_unknown_forms_are_invalid_requests() -> None:
    for query in ("options=simplest", "format=sysAttrs", "options=temporalValues,nonsense"):
        with pytest.raises(Refused) as no:
            asked(query)
        assert no.value.refusal.type.endswith("InvalidRequest")


def test_4_5_5_datasets_are_chosen() -> None:
    past = told({"urn:a": [one(0), one(1, dataset="urn:d:1"), one(2, dataset="urn:d:2")]})
    for datasets, wanted in ((("@none",), [0]), (("urn:d:2", "@none"), [0, 2]), (("urn:d:3",), None)):
        found = minutes(choose(past, Span(), None, datasets, strict=False))
        assert found == ({} if wanted is None else {"urn:a": wanted})


def test_6_3_10_a_page_is_cut_at_one_instant_for_all() -> None:
    past = told({"urn:a": [one(n) for n in range(10)], "urn:b": [one(n) for n in range(5, 15)]})
    picked = choose(past, Span(), None, (), strict=False)
    assert cut([picked], Span(), 8) == f"date-time {write_plain(START)}-{write_plain(START + 5 * MINUTE)}/*"
    assert minutes(picked) == {"urn:a": [0, 1, 2, 3, 4, 5], "urn:b": [5]}


def test_6_3_10_an_attribute_may_be_left_empty() -> None:
    span = Span(last=10)
    past = told({"urn:a": [one(n) for n in range(10)], "urn:b": [one(n) for n in range(20, 30)]})
    picked = choose(past, span, None, (), strict=False)
    newest, oldest = write_plain(START + 29 * MINUTE), write_plain(START + 25 * MINUTE)
    assert cut([picked], span, 5) == f"date-time {newest}-{oldest}/10"
    assert minutes(picked) == {"urn:a": [], "urn:b": [25, 26, 27, 28, 29]}


def test_6_3_10_what_fits_is_not_cut() -> None:
    picked = choose(told({"urn:a": [one(n) for n in range(10)]}), Span(), None, (), strict=False)
    assert cut([picked], Span(), 10) is None


@given(st.lists(st.integers(0, 30), min_size=1, max_size=60), st.integers(1, 20), st.booleans())
def test_6_3_10_going_on_where_a_page_ended_shows_everything_once(
    minutes_told: list[int], most: int, newest: bool
) -> None:
    past = told(*({"urn:a": [one(minute, place)]} for place, minute in enumerate(minutes_told)))
    alive = sorted(set(minutes_told))
    seen: list[int] = []
    span = Span(last=1_000) if newest else Span()
    for _ in range(100):
        picked = choose(past, span, None, (), strict=False)
        left = cut([picked], span, most)
        page = minutes(picked).get("urn:a", [])
        seen = page + seen if newest else seen + page
        if left is None:
            break
        edge = START + (page[0] if newest else page[-1]) * MINUTE
        span = Span(until_us=edge, relation="before", last=1_000) if newest else Span(edge + 1, relation="after")
    assert seen == alive


@given(
    st.lists(
        st.lists(st.tuples(st.integers(0, 4), st.sampled_from(["", "urn:d:1"])), min_size=1, max_size=4), max_size=12
    )
)
def test_5_6_11_the_last_telling_about_an_instant_counts(rows: list[list[tuple[int, str]]]) -> None:
    number = iter(range(1_000))
    written = [[(minute, dataset, next(number)) for minute, dataset in row] for row in rows]
    past = told(*({"urn:a": [one(m, v, d) for m, d, v in row]} for row in written))
    last = {(dataset, minute): value for row in written for minute, dataset, value in row}
    if not rows:
        assert not past.tracks
        return
    seen = past.tracks["urn:a"].by("observedAt")
    assert sorted(seen.values.tolist()) == sorted(last.values())


def test_5_6_15_what_was_replaced_does_not_come_back() -> None:
    first = told_about_past({"urn:a": [one(1, 10.0)]}, ["T"], None)
    second = told_about_past({"urn:a": [one(1, 20.0), one(2, 30.0)]}, ["T"], None)
    gone = edit_row(second, lambda _, instance: taken_out(instance), (0, 0))
    past = Past()
    past.take([(1, 1, first), (2, 2, gone)])
    past.settle()
    assert past.tracks["urn:a"].by("observedAt").values.tolist() == [30.0]


def test_5_2_20_an_instance_has_a_name() -> None:
    assert read_instance_id(instance_id((5, 2, 17))) == (5, 2, 17)
    for text in ("urn:ngsi-ld:Instance:5", "urn:ngsi-ld:Instance:5-2-x", "invalidId", "urn:ngsi-ld:Instance:5-2-17-1"):
        assert read_instance_id(text) is None


def test_rows_taken_in_twice_count_once() -> None:
    body = told_about_past({"urn:a": [one(1)]}, ["T"], None)
    past = Past()
    past.take([(1, 1, body), (1, 1, body)])
    past.waiting.append((1, 1, body))
    past.settle()
    assert len(past.tracks["urn:a"]) == 1
    assert msgspec.json.decode(body)["past"] is True
