"""Asking context sources over HTTP: what goes over the wire, what comes back, where nothing goes."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import pytest

from stadtwerk.adapters.http_client import Unreachable
from stadtwerk.adapters.source_http import HttpSources


def talk(answer: bytes, *, denied: tuple[str, ...] = (), body: object = None) -> tuple[object, bytes]:
    """Ask a server that gives one answer; return what was heard and what was said."""
    said, served = b"", asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal said
        with suppress(ConnectionError):
            said = await reader.read(65_536)
        writer.write(answer)
        writer.close()
        served.set()

    async def run() -> object:
        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        sources = HttpSources(denied)
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/broker/ngsi-ld/v1/entities"
        try:
            return await sources.ask("POST", url, headers={"Via": "1.1 me"}, body=body, timeout_s=2)
        finally:
            await sources.close()
            await served.wait()
            server.close()

    return asyncio.run(run()), said


def test_json_goes_and_comes():
    heard, said = talk(b'HTTP/1.1 201 OK\r\nX-A: b\r\ncontent-length: 9\r\n\r\n{"a": 1}\n', body={"id": "urn:a:b"})
    assert heard == (201, {"x-a": "b", "content-length": "9"}, {"a": 1})
    assert said.startswith(b"POST /broker/ngsi-ld/v1/entities HTTP/1.1\r\n")
    assert said.endswith(b'\r\nVia: 1.1 me\r\nContent-Length: 16\r\n\r\n{"id":"urn:a:b"}')


def test_what_is_no_json_says_nothing():
    assert talk(b"HTTP/1.1 404 No\r\ncontent-length: 6\r\n\r\n<html>")[0] == (404, {"content-length": "6"}, None)


def test_nothing_goes_into_denied_networks():
    with pytest.raises(Unreachable, match="not sent to"):
        talk(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n", denied=("127.0.0.0/8",))
