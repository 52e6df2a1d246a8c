"""The HTTP client: kept connections, every way an answer may end, every bound."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from stadtwerk.adapters.http_client import Bounds, HttpClient, Unreachable

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def server(serve: Serve):
    async def guarded(reader, writer):
        try:
            await serve(reader, writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    listening = await asyncio.start_server(guarded, "127.0.0.1", 0)
    async with listening:
        yield f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}"


async def head_of(reader: asyncio.StreamReader) -> bytes:
    return await reader.readuntil(b"\r\n\r\n")


def answering(*answers: bytes, seen: list[bytes] | None = None) -> Serve:
    async def serve(reader, writer):
        for answer in answers:
            head = await head_of(reader)
            if seen is not None:
                seen.append(head)
            writer.write(answer)
            await writer.drain()

    return serve


OK = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nX-One: a\r\nx-one: b\r\n\r\nok"


def test_a_connection_is_used_again():
    async def run():
        opened = []

        async def serve(reader, writer):
            opened.append(1)
            await answering(OK, OK, OK)(reader, writer)

        async with server(serve) as url:
            client = HttpClient()
            for _ in range(3):
                reply = await client.send("GET", url + "/a", headers={})
                assert (reply.status, reply.body, reply.headers["x-one"]) == (200, b"ok", "a, b")
            await client.close()
        assert len(opened) == 1

    asyncio.run(run())


def test_what_is_sent_is_a_whole_request():
    async def run():
        seen: list[bytes] = []
        async with server(answering(OK, seen=seen)) as url:
            client = HttpClient()
            await client.send("GET", url + "/a b?q=ä", headers={"Accept": "application/json"})
            await client.close()
        assert seen[0].startswith(b"GET /a%20b?q=%C3%A4 HTTP/1.1\r\nHost: 127.0.0.1:")
        assert b"\r\nAccept: application/json\r\n" in seen[0]

    asyncio.run(run())


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n\r\nok",
        b"HTTP/1.0 200 OK\r\ncontent-length: 2\r\n\r\nok",
        b"HTTP/1.1 100 Continue\r\n\r\n" + OK,
    ],
    ids=["chunked", "until the end", "HTTP/1.0", "after an interim answer"],
)
def test_an_answer_may_end_in_several_ways(answer):
    async def run():
        async with server(answering(answer)) as url:
            client = HttpClient()
            assert (await client.send("GET", url, headers={})).body == b"ok"
            await client.close()

    asyncio.run(run())


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (b"", "ended before"),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nok", "ended before"),
        (b"SSH-2.0-OpenSSH\r\n\r\n", "no HTTP"),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 5000\r\n\r\n" + b"x" * 5000, "too large"),
    ],
    ids=["nothing", "cut off", "another protocol", "too large"],
)
def test_no_whole_answer_is_unreachable(answer, why):
    async def run():
        async with server(answering(answer)) as url:
            client = HttpClient(Bounds(answer_bytes=1000))
            with pytest.raises(Unreachable, match=why):
                await client.send("POST", url, headers={}, body=b"{}")
            await client.close()

    asyncio.run(run())


@pytest.mark.secures("outgoing")
def test_a_silent_server_is_not_waited_for():
    async def run():
        async def serve(reader, writer):
            await reader.read()

        async with server(serve) as url:
            client = HttpClient()
            with pytest.raises(Unreachable, match="in time"):
                await client.send("GET", url, headers={}, timeout_s=0.05)
            await client.close()

    asyncio.run(run())


def test_nobody_there():
    async def run():
        async with server(answering()) as url:
            pass
        with pytest.raises(Unreachable):
            await HttpClient().send("GET", url, headers={})

    asyncio.run(run())


@pytest.mark.parametrize("url", ["ftp://a/b", "http:///x", "http://a:99999/", "nonsense", "http://[::1/"])
def test_a_url_of_something_else_is_unreachable(url):
    async def run():
        with pytest.raises(Unreachable, match="no URL"):
            await HttpClient().send("GET", url, headers={})

    asyncio.run(run())


@pytest.mark.secures("outgoing")
def test_a_header_cannot_smuggle_another():
    async def run():
        with pytest.raises(Unreachable, match="header"):
            await HttpClient().send("GET", "http://127.0.0.1:1/", headers={"a": "b\r\nc: d"})

    asyncio.run(run())


def test_a_dead_kept_connection_is_replaced_where_asking_twice_does_no_harm():
    async def run():
        async def once(reader, writer):
            await answering(OK)(reader, writer)
            await head_of(reader)

        async with server(once) as url:
            client = HttpClient()
            await client.send("GET", url, headers={})
            assert (await client.send("GET", url, headers={})).status == 200
            with pytest.raises(Unreachable):
                await client.send("POST", url, headers={})
            await client.send("GET", url, headers={})
            assert (await client.send("POST", url, headers={}, repeatable=True)).status == 200
            await client.close()

    asyncio.run(run())


@pytest.mark.secures("outgoing")
def test_only_so_many_connections_per_server():
    async def run():
        now, most = 0, 0

        async def serve(reader, writer):
            nonlocal now, most
            now += 1
            most = max(most, now)
            await head_of(reader)
            await asyncio.sleep(0.01)
            now -= 1
            writer.write(b"HTTP/1.0 200 OK\r\ncontent-length: 0\r\n\r\n")

        async with server(serve) as url:
            client = HttpClient(Bounds(open_per_host=2))
            replies = await asyncio.gather(*(client.send("GET", url, headers={}) for _ in range(6)))
            await client.close()
        assert [reply.status for reply in replies] == [200] * 6
        assert most == 2

    asyncio.run(run())


def test_resting_connections_are_let_go():
    async def run():
        async with server(answering(OK, OK)) as url:
            client = HttpClient(Bounds(idle_s=0.02))
            await client.send("GET", url, headers={})
            assert client._hosts
            await asyncio.sleep(0.1)
            assert not client._hosts
            await client.close()

    asyncio.run(run())
