"""The fence of bounds never keeps out a subscription that the query itself would let in."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stadtwerk.context.entities.document import Entity, at_rest
from stadtwerk.context.evaluate import Subject, compile_q
from stadtwerk.context.library import CORE, bundled_terms
from stadtwerk.context.q_parser import parse_q
from stadtwerk.context.subscriptions.bound import Bound, bound_of
from stadtwerk.context.subscriptions.pool import Pool

TERMS = bundled_terms(CORE)
IRI = TERMS.expand("level")
values = st.one_of(
    st.integers(-3, 3), st.floats(-3, 3), st.text(max_size=2), st.booleans(), st.lists(st.integers(-3, 3), max_size=3)
)


def subject(*told: Any) -> Subject:
    """Make an entity with these instances of `level`."""
    instances = [
        {"type": "Property", "value": value, **({"datasetId": f"urn:x:{n}"} if n else {})}
        for n, value in enumerate(told)
    ]
    return Subject(Entity("urn:x:1", ["T"], at_rest({IRI: instances} if instances else {})))


def subscription(name: str, q: str) -> Any:
    """Make as much of a subscription as a pool needs."""
    return SimpleNamespace(id=name, bound=bound_of(parse_q(q), TERMS))


@given(
    st.lists(values, max_size=3),
    st.lists(st.tuples(st.sampled_from(["<", "<=", ">", ">=", "==", "!="]), st.integers(-3, 3)), max_size=8),
)
def test_who_is_let_in_by_the_query_is_let_in_by_the_fence(told: list[Any], asked: list[tuple[str, int]]) -> None:
    queries = {f"s{n}": f"level{op}{value}" + (";other" if n % 3 == 2 else "") for n, (op, value) in enumerate(asked)}
    pool, found = Pool(), {}
    for name, q in queries.items():
        pool.add(subscription(name, q))
    entity = subject(*told)
    pool.collect(found, entity)
    for name, q in queries.items():
        if compile_q(parse_q(q), TERMS)(entity):
            assert name in found, q


def test_many_are_ruled_out_at_once() -> None:
    pool, found = Pool(), {}
    for n in range(100):
        pool.add(subscription(f"s{n}", f"level>{n}"))
    pool.collect(found, subject(40.5))
    assert sorted(found) == sorted(f"s{n}" for n in range(41))
    for n in range(100):
        pool.remove(subscription(f"s{n}", f"level>{n}"))
    assert not pool.known
    assert not pool.fences


@pytest.mark.parametrize("q", ["level", "level.x>1", "level[a]>1", "level>1|other", "level~=1", 'level=="a"'])
def test_what_is_not_plain_has_no_bound(q: str) -> None:
    assert bound_of(parse_q(q), TERMS) is None


def test_a_bound_of_several_conditions() -> None:
    assert bound_of(parse_q('state=="on";level>=2'), TERMS) == Bound(IRI, "above", 2.0)
