"""Patterns from strangers: the harmless compile, the dangerous do not."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stadtwerk.context.pattern import compile_pattern
from stadtwerk.kernel.refusal import Refused


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("urn:ngsi-ld:Streetlight:.*", "urn:ngsi-ld:Streetlight:du-1"),
        (".*du-00.*", "urn:du-0001"),
        ("^a[0-9]+-[0-9]+$", "a12-34"),
        ("(road|park)", "park"),
        ("[0-9]{7}$", "du-0000001"),
        (r"a\.*", "a"),
        ("x?y", "y"),
    ],
)
def test_common_patterns_are_searched_for(pattern: str, text: str) -> None:
    assert compile_pattern(pattern, "q").search(text)


@pytest.mark.parametrize(
    "pattern",
    [
        "(a+)+$",
        "(a|a)(a|a)(a|a)(a|a)(a|a)(a|a)(a|a)(a|a)(a|a)(a|a)(a|a)(a|a)(a|a)x",
        ".*a.*b.*c.*d",
        r"(a)\1",
        "(?=a)b",
        "a" * 201,
        "(x{1,60}){1,60}",
    ],
)
def test_dangerous_patterns_are_too_complex(pattern: str) -> None:
    with pytest.raises(Refused) as refused:
        compile_pattern(pattern, "idPattern")
    assert refused.value.refusal.status == 403


@pytest.mark.parametrize("pattern", ["(", "a**", "[", "a{2,1}", "(?P<", "\\"])
def test_broken_patterns_are_faults(pattern: str) -> None:
    with pytest.raises(Refused) as refused:
        compile_pattern(pattern, "idPattern")
    assert refused.value.refusal.status == 400
    assert refused.value.refusal.faults[0].field == "idPattern"


@settings(deadline=None)
@given(st.text(alphabet="ab.*+?|()[]{}^$\\,12", max_size=12), st.text(alphabet="ab12", max_size=8))
def test_a_pattern_means_what_it_meant(pattern: str, text: str) -> None:
    try:
        ours = compile_pattern(pattern, "q")
    except Refused:
        return
    assert (ours.search(text) is None) == (re.search(pattern, text) is None)
