"""Whatever is sent to the NGSI-LD door is answered: no error of ours, no hang, a problem that says what is wrong."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conformance.ngsild.spoiling import HEADERS, PARAMETERS, TREES, spoiled
from conformance.ngsild.whole import METHODS, Whole, open_whole, told


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Whole]:
    """One broker for all."""
    yield from open_whole(Path(tmp_path_factory.mktemp("bad")))


@settings(
    max_examples=600, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(st.data(), st.one_of(st.just({}), PARAMETERS), st.one_of(st.just({}), HEADERS))
def test_whatever_is_sent_is_answered(
    city: Whole, data: st.DataObject, parameters: dict[str, str], headers: dict[str, str]
) -> None:
    method, path = data.draw(st.sampled_from(city.everywhere(*METHODS)))
    body = data.draw(st.one_of(spoiled(path), TREES))
    query = "&".join(f"{name}={quote(text, safe='')}" for name, text in parameters.items())
    got = city.bounded(method, f"{path}?{query}" if query else path, body, **headers)
    assert got.status in (*range(500), 504), (method, path, query, body, headers, got)
    if got.status >= 400:
        told(got, "application/json" if headers.get("accept") == "application/json" else "application/problem+json")
    if got.status in (200, 207) and got.body:
        json.loads(got.body)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data(), st.binary(max_size=60), st.text(max_size=20))
def test_whatever_bytes_are_sent_are_answered(city: Whole, data: st.DataObject, body: bytes, text: str) -> None:
    method, path = data.draw(st.sampled_from(city.everywhere(*METHODS)))
    for target in (f"{path}?{quote(body)}", f"{path}/{quote(text, safe='')}", f"{path}{quote(body)}"):
        got = city.bounded(method, target, body)
        assert got.status < 500, (method, target, body, got)
