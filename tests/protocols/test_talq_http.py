"""TALQ messages as bytes, judged by h11: what we write it reads as meant, what it writes we read as meant."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

import h11
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stadtwerk.protocols.talq import http
from stadtwerk.protocols.talq.wire import Answer, Refused, Request

names = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20)
bodies = st.binary(max_size=200)


def events(reader: h11.Connection, data: bytes) -> list[Any]:
    reader.receive_data(data)
    told: list[Any] = []
    while (event := reader.next_event()) not in (h11.NEED_DATA, h11.PAUSED):
        told.append(event)
    return told


@pytest.mark.judge("h11")
@given(st.lists(names, max_size=3), st.dictionaries(names, names, max_size=3), bodies)
def test_a_request_is_read_by_h11_as_meant(parts: list[str], query: dict[str, str], body: bytes) -> None:
    path = "/" + "/".join(part.replace("/", "") for part in parts)
    headers = {"talq-api-version": "2.7.1", "content-length": str(len(body))}
    raw = http.write_request(Request("POST", path, query, headers, body), "gateway.example:8443", "/talq/")
    head, *data = events(h11.Connection(h11.SERVER), raw)
    url = urlsplit(head.target.decode())
    assert (head.method, dict(parse_qsl(url.query, keep_blank_values=True))) == (b"POST", query)
    assert url.path == quote("/talq" + path, safe="/~")
    assert (b"host", b"gateway.example:8443") in head.headers
    assert b"".join(bytes(one.data) for one in data if isinstance(one, h11.Data)) == body


@pytest.mark.judge("h11")
@given(names, st.dictionaries(names, names, max_size=3), bodies)
def test_what_h11_asks_is_read_as_meant(name: str, query: dict[str, str], body: bytes) -> None:
    writer = h11.Connection(h11.CLIENT)
    target = f"/devices/{quote(name, safe='')}?{urlencode(query, quote_via=quote)}"
    head = {"Host": "cms.example", "Content-Length": str(len(body)), "Content-Type": "application/json"}
    raw = writer.send(h11.Request(method="PUT", target=target, headers=list(head.items()))) or b""
    request = http.read_request(raw)
    assert (request.method, request.path, request.query) == ("PUT", f"/devices/{name}", query)
    assert http.body_bytes(request.headers, 1_000) == len(body)
    assert request.headers["content-type"] == "application/json"


@pytest.mark.judge("h11")
@pytest.mark.parametrize("last", [True, False])
@given(status=st.sampled_from([200, 201, 202, 400, 403, 404, 409, 411, 413, 415, 422]), body=bodies)
def test_answers_both_ways(status: int, body: bytes, *, last: bool) -> None:
    reader = h11.Connection(h11.CLIENT)
    reader.send(h11.Request(method="GET", target="/", headers=[("Host", "x")]))
    reader.send(h11.EndOfMessage())
    raw = http.write_answer(Answer(status, {"content-length": str(len(body))}, body), last=last)
    head, *rest = events(reader, raw)
    assert head.status_code == status
    assert b"".join(bytes(one.data) for one in rest if isinstance(one, h11.Data)) == body
    assert (reader.their_state is h11.MUST_CLOSE) == last
    ours = http.read_answer(raw[: raw.index(b"\r\n\r\n") + 4])
    assert (ours.status, http.body_bytes(ours.headers, 1_000), http.wants_end(ours.headers)) == (
        status,
        len(body),
        last,
    )


@pytest.mark.parametrize(
    "head",
    [
        b"GET /devices HTTP/1.0\r\n\r\n",
        b"GET devices HTTP/1.1\r\n\r\n",
        b"get /devices HTTP/1.1\r\n\r\n",
        b"GET /a b HTTP/1.1\r\n\r\n",
        b"GET /%zz HTTP/1.1\r\n\r\n",
        b"GET /%2 HTTP/1.1\r\n\r\n",
        b"GET /%FF HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nno header\r\n\r\n",
        b"GET / HTTP/1.1\r\nspaced : x\r\n\r\n",
        b"GET / HTTP/1.1\r\n: x\r\n\r\n",
        b"GET / HTTP/1.1\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n",
        b"GET / HTTP/1.1\r\n" + b"a: " + b"x" * http.HEAD_BYTES + b"\r\n\r\n",
    ],
)
def test_what_is_no_request_is_refused(head: bytes) -> None:
    with pytest.raises(Refused) as refused:
        http.read_request(head)
    assert refused.value.status == 400


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"transfer-encoding": "chunked"}, 411),
        ({"content-length": "-1"}, 400),
        ({"content-length": "٣"}, 400),
        ({"content-length": "11"}, 413),
    ],
)
def test_lengths_are_explicit_and_bounded(headers: dict[str, str], status: int) -> None:
    with pytest.raises(Refused) as refused:
        http.body_bytes(headers, 10)
    assert refused.value.status == status


@pytest.mark.parametrize("head", [b"HTTP/2 200\r\n\r\n", b"HTTP/1.1 2xx OK\r\n\r\n", b"HTTP/1.1\r\n\r\n"])
def test_what_is_no_answer_is_refused(head: bytes) -> None:
    with pytest.raises(Refused):
        http.read_answer(head)


def test_a_header_does_not_break_out_of_its_line() -> None:
    with pytest.raises(Refused):
        http.write_request(Request("GET", "/", {}, {"x": "1\r\nevil: yes"}), "cms.example")
