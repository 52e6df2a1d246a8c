"""@context documents through the door: hosted, listed, deleted, fetched in the background (clauses 5.5.6, 5.13, 6.3.5)."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote

import pytest

from conformance.ngsild.instance import BASE, Got
from conformance.ngsild.telling import URI, Telling
from stadtwerk.adapters.http_client import Reply, Unreachable
from stadtwerk.app.context import contexts
from stadtwerk.app.context.contexts import Fetching
from stadtwerk.context.hosted import recall_contexts
from stadtwerk.context.library import CORE, CORE_URL, HOME, SMART_DATA_MODELS, Library
from stadtwerk.context.limits import CONTEXT_BYTES, CONTEXT_REST_S, CONTEXTS_WANTED
from stadtwerk.doors.ngsild import Services, make_ngsild
from stadtwerk.stores.telemetry import TelemetryStore

CONTEXTS = "/jsonldContexts"
WEB = "https://names.example/c.jsonld"
NAMES = {"@context": {"flow": "https://names.example/flow", "Pump": "https://names.example/Pump"}}
MERGED = SMART_DATA_MODELS[0]


class Web:
    """Other people's servers: what lies where, and what was asked for."""

    def __init__(self) -> None:
        self.places: dict[str, Reply] = {}
        self.asked: list[str] = []

    def put(self, url: str, body: bytes | str, status: int = 200, **headers: str) -> None:
        """Put something somewhere."""
        self.places[url] = Reply(status, headers, body if isinstance(body, bytes) else body.encode())

    async def send(self, method: str, url: str, *, headers: Any, timeout_s: float | None = None) -> Reply:
        """Answer."""
        self.asked.append(url)
        if url not in self.places:
            raise Unreachable("nobody is there")
        return self.places[url]


class City(Telling):
    """A broker that hosts and fetches documents."""

    def __init__(self, store: TelemetryStore) -> None:
        super().__init__(store)
        self.web, self.library = Web(), Library(BASE, now_us=self.clock.now_us)
        recall_contexts(self.broker.tenants, self.library)
        self.fetching = Fetching(self.broker, self.library, self.web, self.wall)
        services = Services(notifications=self.notifier, fetching=self.fetching)
        self.door = make_ngsild(self.broker, {}, library=self.library, services=services)
        self._working = self.run(self._begin())

    async def _begin(self) -> asyncio.Task[None]:
        return asyncio.create_task(self.fetching.run())

    def host(self, document: Any, **headers: str) -> str:
        """Host a document; return its local id."""
        got = self.ask("POST", CONTEXTS, document, **headers)
        assert (got.status, got.body) == (201, b""), got
        path, _, local_id = got.headers["location"].rpartition("/")
        assert path == "/ngsi-ld/v1/jsonldContexts"
        return local_id

    def details(self, name: str, **headers: str) -> Any:
        """Describe a document, None if it is not here."""
        got = self.ask("GET", f"{CONTEXTS}/{quote(name, safe='')}?details=true", **headers)
        assert got.status in (200, 404), got
        return got.json if got.status == 200 else None

    def listed(self, kind: str, **headers: str) -> list[str]:
        """List the URLs of a kind."""
        found: list[str] = self.ask("GET", f"{CONTEXTS}?kind={kind}", **headers).json
        return found

    def types(self, link: str) -> Got:
        """Ask something in an @context."""
        return self.ask("GET", "/entities?type=Pump", link=f'<{link}>; rel="http://www.w3.org/ns/json-ld#context"')

    def fetched(self, url: str) -> None:
        """Wait until a document is fetched, or could not be."""
        self.until(lambda: not self.fetching.under_way)
        assert url in self.web.asked

    def close(self) -> None:
        """End."""
        self._working.cancel()
        super().close()


@pytest.fixture
def city(open_store: Callable[[], TelemetryStore]) -> Iterator[City]:
    """An empty city."""
    city = City(open_store())
    yield city
    city.close()


def test_5_13_2_a_hosted_context_is_served_used_and_counted(city: City) -> None:
    local_id = city.host({**NAMES, "more": 1})
    got = city.ask("GET", f"{CONTEXTS}/{local_id}")
    assert (got.json, got.headers["content-type"]) == (NAMES, "application/json")
    got = city.ask("GET", f"{CONTEXTS}/{local_id}", accept="application/ld+json")
    assert (got.json, got.headers["content-type"]) == (NAMES, "application/ld+json")
    told = city.details(local_id)
    assert told.pop("createdAt").startswith("2026-")
    assert told.pop("lastUsage").startswith("2026-")
    url = f"{BASE}/ngsi-ld/v1/jsonldContexts/{local_id}"
    assert told == {"URL": url, "localId": local_id, "kind": "Hosted", "numberOfHits": 2}
    assert url in city.listed("Hosted")
    assert url not in city.listed("Cached")
    pump = {"id": "urn:p:1", "type": "Pump", "flow": {"value": 1}, "@context": url}
    assert city.ask("POST", "/entities", pump, content_type="application/ld+json").status == 201
    assert city.details(local_id)["numberOfHits"] == 4
    assert city.ask("GET", "/entities/urn:p:1").json["type"] == "https://names.example/Pump"
    shown = city.types(f"http://proxy.example/ngsi-ld/v1/jsonldContexts/{local_id}").json
    assert shown == [{"id": "urn:p:1", "type": "Pump", "flow": {"type": "Property", "value": 1}}]


@pytest.mark.parametrize(
    ("body", "status", "problem"),
    [
        (b"{", 400, "InvalidRequest"),
        ({"flow": "https://x/flow"}, 400, "InvalidRequest"),
        ([NAMES], 400, "InvalidRequest"),
        ({"@context": 7}, 400, "BadRequestData"),
        ({"@context": True}, 400, "BadRequestData"),
        ({"@context": ["https://nowhere.example/c", 7]}, 400, "BadRequestData"),
        ({"@context": "not a url"}, 504, "LdContextNotAvailable"),
        ({"@context": ["https://nowhere.example/c"]}, 504, "LdContextNotAvailable"),
        (b'{"@context": "' + b"x" * CONTEXT_BYTES + b'"}', 413, "about:blank"),
    ],
)
def test_5_13_2_what_is_no_context_is_not_hosted(city: City, body: Any, status: int, problem: str) -> None:
    got = city.ask("POST", CONTEXTS, body)
    assert (got.status, got.problem, "location" in got.headers) == (status, problem, False)
    assert city.listed("Hosted") == [city.library.home.url]


def test_5_13_4_a_context_belongs_to_its_tenant(city: City) -> None:
    local_id = city.host(NAMES, ngsild_tenant="north")
    assert city.details(local_id, ngsild_tenant="north")["kind"] == "Hosted"
    for other in ("", "south"):
        assert city.details(local_id, ngsild_tenant=other) is None
        assert city.ask("GET", f"{CONTEXTS}/{local_id}", ngsild_tenant=other).problem == "ResourceNotFound"
        assert city.ask("DELETE", f"{CONTEXTS}/{local_id}", ngsild_tenant=other).problem == "ResourceNotFound"
        assert not any(local_id in url for url in city.listed("Hosted", ngsild_tenant=other))
    assert city.ask("DELETE", f"{CONTEXTS}/{local_id}", ngsild_tenant="north").status == 204
    assert city.details(local_id, ngsild_tenant="north") is None


def test_5_13_5_deleting(city: City) -> None:
    local_id = city.host(NAMES)
    for wrong in (f"{local_id}?reload=true", "nobody?reload=true", "nobody?reload=x", CORE, HOME):
        assert city.ask("DELETE", f"{CONTEXTS}/{wrong}").problem == "BadRequestData", wrong
    core = quote(CORE_URL + "ngsi-ld-core-context-v1.6.jsonld", safe="")
    assert city.ask("DELETE", f"{CONTEXTS}/{core}").status == 400
    assert city.ask("DELETE", f"{CONTEXTS}/{core}?reload=true").status == 204
    assert city.ask("DELETE", f"{CONTEXTS}/{local_id}").status == 204
    for verb in ("GET", "DELETE"):
        assert city.ask(verb, f"{CONTEXTS}/{local_id}").problem == "ResourceNotFound"
    assert city.types(f"{BASE}/ngsi-ld/v1/jsonldContexts/{local_id}").status == 504


def test_5_13_3_a_context_of_a_file_is_cached_once_it_was_used(city: City) -> None:
    assert MERGED not in city.listed("Cached")
    city.host({"@context": [MERGED, {"flow": "https://x/flow"}]})
    told = city.details(MERGED)
    assert (told["kind"], told["numberOfHits"]) == ("Cached", 0)
    assert city.details(told["localId"])["URL"] == MERGED
    assert city.ask("DELETE", f"{CONTEXTS}/{told['localId']}?reload=true").status == 204
    assert city.ask("DELETE", f"{CONTEXTS}/{quote(MERGED, safe='')}").status == 204
    assert city.details(MERGED) is None
    assert city.types(MERGED).status == 200
    assert city.details(MERGED)["numberOfHits"] == 1
    assert city.web.asked == []


def test_a_context_written_out_in_a_subscription_can_be_named(city: City) -> None:
    written = [MERGED, {"Pump": "https://names.example/Pump"}]
    body = {
        "id": "urn:s:1",
        "type": "Subscription",
        "entities": [{"type": "Pump"}],
        "notification": {"endpoint": {"uri": URI}},
        "@context": written,
    }
    assert city.ask("POST", "/subscriptions", body, content_type="application/ld+json").status == 201
    url = city.ask("GET", "/subscriptions/urn:s:1").json["jsonldContext"]
    assert city.listed("ImplicitlyCreated") == [url]
    local_id = url.rpartition("/")[2]
    assert city.ask("GET", f"{CONTEXTS}/{local_id}").json == {"@context": written}
    assert city.ask("DELETE", f"{CONTEXTS}/{local_id}?reload=true").problem == "BadRequestData"
    entity = {"id": "urn:p:1", "type": "Pump", "flow": 1, "@context": url}
    assert city.ask("POST", "/entities", entity, content_type="application/ld+json").status == 201
    (told,) = city.settled()
    assert (told.entity["type"], told.head["Link"].partition(";")[0]) == ("Pump", f"<{url}>")
    assert city.ask("DELETE", f"{CONTEXTS}/{local_id}").status == 204


def test_a_context_written_out_in_a_question_can_be_named_for_a_while(city: City) -> None:
    question = {"type": "Query", "entities": [{"type": "Pump"}], "@context": [NAMES["@context"], {"x": "https://x/"}]}
    got = city.ask("POST", "/entityOperations/query", question, content_type="application/ld+json")
    url = got.headers["link"].partition(">")[0][1:]
    assert url.startswith(f"{BASE}/ngsi-ld/v1/jsonldContexts/")
    path = url.removeprefix(f"{BASE}/ngsi-ld/v1")
    assert city.ask("GET", path).json == {"@context": question["@context"]}
    assert city.types(url).status == 200
    assert url not in city.ask("GET", CONTEXTS).json, "it is not kept"


def test_what_is_hosted_or_fetched_is_there_after_a_start(open_store: Callable[[], TelemetryStore]) -> None:
    before = City(open_store())
    local_id = before.host(NAMES, ngsild_tenant="north")
    before.web.put(WEB, '{"@context": {"flow": "https://names.example/flow"}}')
    assert before.types(WEB).status == 504
    before.fetched(WEB)
    told = before.details(local_id, ngsild_tenant="north")
    before.close()
    after = City(open_store())
    again = after.details(local_id, ngsild_tenant="north")
    assert (again["createdAt"], again["kind"]) == (told["createdAt"], "Hosted")
    assert after.details(local_id) is None
    assert after.types(WEB).status == 200
    assert after.web.asked == []
    after.close()


def test_5_5_6_an_unknown_context_is_refused_at_once_and_found_later(city: City) -> None:
    nested = "https://names.example/nested.jsonld"
    city.web.put(WEB, "", 302, location="/moved.jsonld")
    city.web.put("https://names.example/moved.jsonld", f'{{"@context": ["{nested}", {{"a": "https://x/a"}}]}}')
    city.web.put(nested, '{"@context": {"flow": "https://names.example/flow"}}')
    got = city.types(WEB)
    assert (got.status, got.problem) == (504, "LdContextNotAvailable")
    city.fetched(nested)
    assert city.types(WEB).status == 200
    assert city.library.find(WEB).terms.expand("flow") == "https://names.example/flow"
    assert {WEB, nested} <= set(city.listed("Cached"))
    assert WEB in city.listed("Cached", ngsild_tenant="south"), "what lies elsewhere is nobody's secret"
    asked = len(city.web.asked)
    city.types(WEB)
    assert len(city.web.asked) == asked


@pytest.mark.parametrize("body", ["not json", "[]", '{"flow": "https://x/flow"}', '{"@context": 7}', b"\xff"])
def test_5_5_6_a_remote_document_that_is_no_context_is_bad_data(city: City, body: bytes | str) -> None:
    city.web.put(WEB, body)
    assert city.types(WEB).problem == "LdContextNotAvailable"
    city.fetched(WEB)
    assert city.types(WEB).problem == "BadRequestData"
    assert WEB not in city.listed("Cached")


def test_what_cannot_be_fetched_rests(city: City) -> None:
    for _ in range(3):
        assert city.types(WEB).problem == "LdContextNotAvailable"
        city.fetched(WEB)
    assert city.web.asked == [WEB]
    city.wall.advance(CONTEXT_REST_S + 1)
    city.web.put(WEB, "", 302, location=WEB)
    city.types(WEB)
    city.fetched(WEB)
    assert len(city.web.asked) == 1 + 4, "redirects end"


def test_only_so_many_are_waited_for_and_kept(city: City, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(contexts, "CONTEXTS_FETCHED", 1)
    for name in ("a", "b"):
        city.web.put(f"https://names.example/{name}", '{"@context": {"x": "https://x/"}}')
        city.types(f"https://names.example/{name}")
        city.fetched(f"https://names.example/{name}")
    assert city.types("https://names.example/a").status == 200
    assert city.types("https://names.example/b").status == 504
    for number in range(1_000):
        city.library.missing(f"https://names.example/{number}")
    assert len(city.fetching.under_way) <= CONTEXTS_WANTED


def test_5_13_5_a_fetched_context_is_fetched_anew_and_survives_a_failure(city: City) -> None:
    city.web.put(WEB, '{"@context": {"flow": "https://names.example/old"}}')
    city.types(WEB)
    city.fetched(WEB)
    path = f"{CONTEXTS}/{quote(WEB, safe='')}"
    assert city.types(WEB).status == 200
    city.web.put(WEB, '{"@context": {"flow": "https://names.example/new"}}')
    assert city.ask("DELETE", path + "?reload=true").status == 204
    assert city.library.find(WEB).terms.expand("flow") == "https://names.example/new"
    for broken in (Reply(500, {}, b""), Reply(200, {}, b"{")):
        city.web.places[WEB] = broken
        got = city.ask("DELETE", path + "?reload=true")
        assert (got.status, got.problem) == (504, "LdContextNotAvailable")
    assert city.details(WEB)["kind"] == "Cached"
    assert city.ask("DELETE", path).status == 204
    assert city.details(WEB) is None


def test_addresses_that_may_be_fetched_from() -> None:
    for address, private, denied in (
        ("9.9.9.9", False, False),
        ("10.1.2.3", True, False),
        ("127.0.0.1", True, False),
        ("::1", True, False),
        ("::ffff:192.168.0.1", True, False),
        ("fe80::1%eth0", True, True),
        ("169.254.169.254", True, True),
    ):
        assert contexts.is_closed(address, "public") is private, address
        assert contexts.is_closed(address, "any") is denied, address


def test_whoever_asks_for_a_document_on_its_way_waits_for_it(city: City) -> None:
    url = "https://slow.example/names"
    arrives = asyncio.Event()

    class Slow(Web):
        async def send(self, method: str, url: str, *, headers: Any, timeout_s: float | None = None) -> Reply:
            await arrives.wait()
            return await super().send(method, url, headers=headers, timeout_s=timeout_s)

    slow = Slow()
    slow.put(url, json.dumps(NAMES))
    city.fetching._web = slow
    assert city.types(url).status == 504

    async def both() -> int:
        asked = asyncio.create_task(city._ask("GET", f"/ngsi-ld/v1{CONTEXTS}/{quote(url, safe='')}", None, {}))
        await asyncio.sleep(0)
        assert not asked.done()
        arrives.set()
        return (await asked).status

    assert city.run(both()) == 200
