"""Whatever is typed: a value, null with a reason, or a FeelSyntaxError with its place; never another error, never a hang."""

from __future__ import annotations

from contextlib import suppress
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stadtwerk.engines.feel import Feel, FeelSyntaxError, evaluate
from stadtwerk.engines.feel.library import FUNCTIONS
from stadtwerk.engines.feel.limits import TEXT_CHARS
from stadtwerk.engines.feel.moments_text import read_datetime

WORDS = [
    "1",
    "2.5",
    "-3",
    "1e40",
    ".5",
    '"a"',
    '""',
    '@"2021-01-01"',
    '@"PT1H"',
    '@"P1Y"',
    "true",
    "false",
    "null",
    "x",
    "y",
    "item",
    "partial",
    "?",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    ",",
    ":",
    ".",
    "..",
    "+",
    "-",
    "*",
    "/",
    "**",
    "=",
    "!=",
    "<",
    "<=",
    ">",
    ">=",
    "and",
    "or",
    "not",
    "in",
    "between",
    "instance",
    "of",
    "if",
    "then",
    "else",
    "for",
    "return",
    "some",
    "every",
    "satisfies",
    "function",
    "external",
    "list",
    "<",
    "number",
    ">",
    "context",
    "string",
    "a",
    "b",
]
SOUP = st.lists(st.sampled_from((*WORDS, *FUNCTIONS)), max_size=25).map(" ".join)
NOW = read_datetime("2026-11-27T08:00:00Z")
VARIABLES = {"x": [Decimal(1), "a", None], "y": {"a": Decimal(2), "b": {"x": "c"}}}


def survives(text: str) -> None:
    feel = Feel(VARIABLES, ("a", "b"))
    for make in (feel.expression, feel.tests):
        try:
            made = make(text)
        except FeelSyntaxError as error:
            assert 0 <= error.at <= len(text)
            continue
        outcome = made.evaluate({**VARIABLES, "?": Decimal(1)}, NOW)
        assert all(isinstance(reason, str) for reason in outcome.reasons)


@settings(max_examples=400)
@given(SOUP)
def test_soup_of_words(text: str) -> None:
    survives(text)


@settings(max_examples=200)
@given(st.text(max_size=60))
def test_any_text(text: str) -> None:
    survives(text)


@settings(max_examples=300)
@given(
    st.sampled_from(sorted(FUNCTIONS)),
    st.lists(
        st.sampled_from(
            [*WORDS[:13], "x", "y", "[1..2]", "function(a) a", "1e6000", "-1e40", '@"23:00:00@Europe/Berlin"']
        ),
        max_size=4,
    ),
)
def test_any_call(name: str, arguments: list[str]) -> None:
    survives(f"{name}({', '.join(arguments)})")


@pytest.mark.parametrize(
    "text",
    [
        "(" * 500,
        "[" * 500 + "]" * 500,
        "-" * 5_000 + "1",
        "1" + " + 1" * 5_000,
        "x" + ".a" * 500,
        "1" + " = 1" * 500,
        "if " * 300,
        "{a:" * 200,
        "function(a) " * 100 + "a",
        "x" * (TEXT_CHARS + 1),
        "((((((((((1 in ((((((((((2",
        "for i in 1..1000000000 return i",
        "for i in 1..1000, j in 1..1000, k in 1..1000 return 1",
        "for i in 1..100000 return partial",
        "some i in 1..1000000000 satisfies i < 0",
        "{f: function(n) f(n + 1), r: f(1)}.r",
        "9 ** 9 ** 9 ** 9",
        '@"999999999-12-31" + @"P1D"',
        "decimal(1, 99999999999)",
        '{s: "aaaaaaaaaa", t: replace(s, "a", "aaaaaaaaaa"), u: replace(t, "a", t), v: replace(u, "a", u)}.v',
        "{a: [1], "
        + "".join(f"{c}: [{b}, {b}], " for b, c in pairwise("abcdefghijklmnopqrstuvwxyz"))
        + "ä: flatten(z)}",
        "{a: [1], "
        + "".join(f"{c}: [{b}, {b}], " for b, c in pairwise("abcdefghijklmnopqrstuvwxyz"))
        + "ä: string(z)}",
        "{b: for i in 1..40 return [partial[-1], partial[-1]], c: for i in 1..40 return [partial[-1], partial[-1]], d: b = c}.d",
        "distinct values(for i in 1..90000 return [i])",
        "for i in 1..90000 return string join(for j in 1..9 return string(partial))",
        '{s: string join(for i in 1..90000 return "abcdefghij"), l: for i in 1..90000 return s + string(i)}.l',
        "count(for i in 1..90000 return sort(partial))",
        'matches("' + "a" * 5_000 + '", "(a*)*(a*)*b")',
        'matches("' + "a" * 50 + 'b", "(a+)+\\1(a+)+c")',
    ],
    ids=range(29),
)
def test_what_wants_too_much_gets_null_or_a_place(text: str) -> None:
    with suppress(FeelSyntaxError):
        Feel(VARIABLES).expression(text).evaluate(VARIABLES, NOW)


def test_a_reason_comes_with_null() -> None:
    outcome = evaluate('1 + "a"')
    assert outcome.value is None
    assert outcome.reasons == ("number + string is not defined",)
    assert evaluate("unheard").reasons == ("nothing is called unheard",)
    assert evaluate("1 / 0").reasons == ("1 / 0 has no finite result",)


def test_a_syntax_error_tells_its_place() -> None:
    with pytest.raises(FeelSyntaxError, match="at character 5") as told:
        evaluate("1 + *")
    assert told.value.at == 4


def test_now_is_told_not_taken() -> None:
    assert evaluate("now()").value is None
    assert evaluate("now()", now=NOW).value == NOW
    assert evaluate("today()", now=NOW).value == NOW.date
