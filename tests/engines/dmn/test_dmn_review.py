"""Gaps and overlaps against brute force: every drawn table, at every value where something could change."""

from __future__ import annotations

from decimal import Decimal
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engines.dmn import models
from stadtwerk.engines.dmn.limits import CELLS
from stadtwerk.engines.dmn.model import InputClause, ItemDefinition, OutputClause, Rule, TableBox
from stadtwerk.engines.dmn.reader import read_model
from stadtwerk.engines.dmn.review import review, tables
from stadtwerk.engines.feel import Feel
from stadtwerk.engines.feel.moments import date_of

DAY = 20_000
NAMES = ("car", "van", "bus")


def box(columns: list[InputClause], rules: list[tuple[list[str], str]]) -> TableBox:
    made = tuple(Rule(str(n), tuple(tests), (result,)) for n, (tests, result) in enumerate(rules))
    return TableBox("UNIQUE", "", tuple(columns), (OutputClause("fee"),), made)


def number_cell(low: int, high: int, shape: int) -> tuple[str, object]:
    """Return a cell and what it takes, told in plain Python."""
    low, high = min(low, high), max(low, high)
    return [
        ("-", lambda x: True),
        (f"< {low}", lambda x: x < low),
        (f">= {high}", lambda x: x >= high),
        (f"[{low}..{high}]", lambda x: low <= x <= high),
        (f"({low}..{high}]", lambda x: low < x <= high),
        (f"{low}, > {high}", lambda x: x == low or x > high),
        (f"not([{low}..{high}])", lambda x: not low <= x <= high),
        (f"!= {low}", lambda x: x != low),
    ][shape]


def name_cell(names: list[str], negated: bool) -> tuple[str, object]:
    told = ", ".join(f'"{name}"' for name in names)
    if not names:
        return "-", lambda x: True
    return (f"not({told})", lambda x: x not in names) if negated else (told, lambda x: x in names)


def day_cell(low: int, high: int) -> tuple[str, object]:
    low, high = min(low, high), max(low, high)
    first, last = date_of(DAY + low), date_of(DAY + high)
    text = f'[@"{first.year}-{first.month:02}-{first.day:02}"..@"{last.year}-{last.month:02}-{last.day:02}"]'
    return text, lambda x: low <= x.ordinal - DAY <= high


ENDS = st.integers(0, 5)
NUMBER_CELLS = st.builds(number_cell, ENDS, ENDS, st.integers(0, 7))
NAME_CELLS = st.builds(name_cell, st.lists(st.sampled_from(NAMES), unique=True), st.booleans())
TRUTH_CELLS = st.sampled_from((("-", lambda x: True), ("true", lambda x: x), ("not(true)", lambda x: not x)))
DAY_CELLS = st.builds(day_cell, ENDS, ENDS)
RULES = st.lists(st.tuples(NUMBER_CELLS, NAME_CELLS, TRUTH_CELLS, DAY_CELLS), min_size=1, max_size=5)
POINTS = list(
    product(
        [Decimal(half) / 2 for half in range(-1, 12)],
        [*NAMES, "other"],
        [True, False],
        [date_of(DAY + at) for at in range(-1, 7)],
    )
)


@settings(max_examples=40, deadline=None)
@given(RULES, st.randoms(use_true_random=False))
def test_gaps_and_overlaps_are_those_of_brute_force(rules: list, chance: object) -> None:
    table = box(
        [InputClause(name) for name in "abcd"], [([text for text, _ in cells], str(n)) for n, cells in enumerate(rules)]
    )
    found = review(table)
    assert not found.unclear
    ready = {text: Feel().tests(text) for text in {text for gap in found.gaps for _, text in gap}}
    ready |= {text: Feel().tests(text) for one in found.overlaps for _, text in one.region}

    def lies(point: tuple, region: tuple) -> bool:
        return all(ready[text].value({"?": value}) is True for value, (_, text) in zip(point, region, strict=True))

    for point in chance.sample(POINTS, 60):
        hits = [
            n for n, cells in enumerate(rules, 1) if all(holds(x) for x, (_, holds) in zip(point, cells, strict=True))
        ]
        assert sum(lies(point, gap) for gap in found.gaps) == (not hits)
        pairs = {one.rules for one in found.overlaps if lies(point, one.region)}
        assert pairs == {(a, b) for a in hits for b in hits if a < b}


def test_a_gap_is_told_in_the_words_of_the_table() -> None:
    columns = [InputClause("Age"), InputClause("Kind", values='"car", "van", "bus"')]
    found = review(
        box(columns, [(["< 18", "-"], "0"), (["[18..60]", '"car", "van"'], "5"), (["[60..65)", '"car"'], "5")])
    )
    assert found.gaps == (
        (("Age", "[18..60]"), ("Kind", '"bus"')),
        (("Age", "(60..65)"), ("Kind", '"van", "bus"')),
        (("Age", ">= 65"), ("Kind", "-")),
    )
    (overlap,) = found.overlaps
    assert (overlap.rules, overlap.region, overlap.same_result) == ((2, 3), (("Age", "60"), ("Kind", '"car"')), True)


def test_a_type_tells_what_a_column_may_be() -> None:
    columns = [InputClause("Kind", type_ref="kind")]
    told = [(['"car"'], "1"), (['"van"'], "2")]
    assert review(box(columns, told)).gaps == ((("Kind", 'not("car", "van")'),),)
    assert review(box(columns, told), [ItemDefinition("kind", "string", allowed='"car", "van"')]).gaps == ()


def test_days_between_neighbours_are_no_gap() -> None:
    told = [(['< @"2026-01-01"'], "1"), (['>= @"2026-01-02"'], "2")]
    assert review(box([InputClause("Day")], told)).gaps == ((("Day", '@"2026-01-01"'),),)


@pytest.mark.parametrize("cell", ["> limit", "? > 5 and ? < 7", "1 +", 'date("nonsense")', "!= 1, 3", "[3..1]"])
def test_what_cannot_be_judged_is_said(cell: str) -> None:
    found = review(box([InputClause("Age")], [([cell], "1"), (["< 3"], "2")]))
    assert [text.split(":")[0] for text in found.unclear] == ["rule 1"]
    assert found.gaps == ((("Age", ">= 3"),),)


def test_a_column_without_order_is_said() -> None:
    found = review(box([InputClause("Age")], [(["1"], "1"), (['> "a"'], "2")]))
    assert found.unclear == ("Age: the values of the column have no common order",)
    assert (found.gaps, found.overlaps) == ((), ())


def test_a_table_too_large_to_judge_is_said() -> None:
    rules = [([f"[{n}..{n + 1})"], str(n)) for n in range(1_000)]
    found = review(box([InputClause("Age")], rules))
    assert found.unclear == (f"the table needs more than {CELLS} steps to judge",)


def test_tables_of_a_model_are_found() -> None:
    model = read_model(
        models.definitions(
            models.given("age") + models.decision("fee", models.table(("age",), ("fee",), [(("> 1",), ("1",))]), "age")
        )
    )
    ((name, table),) = tables(model)
    assert name == "fee"
    assert review(table, model.items).gaps == ((("age", "<= 1"),),)
