"""Choosing types."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stadtwerk.context.selection import parse_types, selects
from stadtwerk.kernel.refusal import Refused


def chosen(text: str) -> set[str]:
    return {name for name in ("A", "B", "C") if selects(parse_types(text), name.__eq__)}


@pytest.mark.parametrize(
    ("text", "types"),
    [
        ("A", "A"),
        ("A,B", "AB"),
        ("A|C", "AC"),
        ("A;B", ""),
        ("(A;B),C", "C"),
        ("(A,B);B", "B"),
        ("*", "ABC"),
        ("D", ""),
    ],
)
def test_types_are_chosen(text: str, types: str) -> None:
    assert chosen(text) == set(types)


@pytest.mark.parametrize("text", [",", "A,", "(A", "A)", "A B", "()", ";", "A,,B", "A(B)"])
def test_bad_selections_say_where(text: str) -> None:
    with pytest.raises(Refused, match="at character"):
        parse_types(text)


@pytest.mark.parametrize("text", ["(" * 99 + "A" + ")" * 99, ",".join("A" * 99)])
def test_excess_is_too_complex(text: str) -> None:
    with pytest.raises(Refused) as refused:
        parse_types(text)
    assert refused.value.refusal.status == 403


@settings(deadline=None)
@given(st.text(alphabet="AB,|;()* ", max_size=30))
def test_any_text_is_a_selection_or_a_refusal(text: str) -> None:
    try:
        chosen(text)
    except Refused as refused:
        assert refused.refusal.status in (400, 403)
