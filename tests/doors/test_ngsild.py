"""The NGSI-LD door as the world meets it."""

import asyncio
import json
import os
import re
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote, unquote

import pytest
import uvicorn
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route
from starlette.types import Scope

from context.lamps import NOON_US, street
from judges import record_junit
from stadtwerk.app.context.broker import Broker
from stadtwerk.app.context.house import ContextHouse
from stadtwerk.context.headers import context_link
from stadtwerk.context.library import CORE, CORE_URL, SMART_DATA_MODELS, STREETLIGHTING, Library
from stadtwerk.context.problems import STATUS
from stadtwerk.context.rights import EVERYTHING, Grant, Rights
from stadtwerk.context.terms import VOCAB
from stadtwerk.doors.ngsild import NgsildDoor, front, make_ngsild, openapi_paths
from stadtwerk.kernel.access import PUBLIC, Principal
from stadtwerk.kernel.clock import SteppedClock
from stadtwerk.stores.context import SCHEMA, ContextStore
from stadtwerk.stores.sqlite.writer import SqliteFile
from stadtwerk.stores.telemetry import TelemetryStore
from stadtwerk.stores.writer import Writer

BASE = "http://city.example"
HOME_URL = BASE + "/ngsi-ld/v1/jsonldContexts/stadtwerk.jsonld"
CORE_NOW = CORE_URL + CORE
ENTITIES = "/ngsi-ld/v1/entities"
KEY = "let-me-write"
LAMP = ENTITIES + "/urn:ngsi-ld:Streetlight:du-0000003"


def make_door(base_url: str = BASE, rights: Rights = EVERYTHING) -> NgsildDoor:
    """Make the door of a street with nothing written beside it."""
    database = SqliteFile(Path(tempfile.mkdtemp()) / "context.db")
    store = ContextStore(Writer(database, "context", SCHEMA), database.reader())
    broker = Broker(store, SteppedClock(NOON_US))
    return make_ngsild(broker, street(), library=Library(base_url), rights_of=lambda principal, tenant: rights)


def make_whole_door(base_url: str = BASE) -> NgsildDoor:
    """Make a door with all resources, open to everybody for reading, to whom has the key for writing, too."""
    store = TelemetryStore(SqliteFile(Path(tempfile.mkdtemp()) / "context.db"), {}).context
    house = ContextHouse(store, Library(base_url), clock=SteppedClock(NOON_US), wall=SteppedClock(NOON_US))
    reading = Rights((Grant(who=("public",)),))

    def identify(scope: Scope) -> Principal:
        given = dict(scope["headers"]).get(b"authorization", b"")
        return PUBLIC if given != f"Bearer {KEY}".encode() else Principal("api:tester", ("operator",))

    return make_ngsild(
        house.broker,
        street(),
        library=house.library,
        services=house.services(),
        who=identify,
        rights_of=lambda principal, tenant: reading if principal == PUBLIC else EVERYTHING,
    )


DOOR = make_door()


class Got(NamedTuple):
    """An answer."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes

    def header(self, name: str) -> str | None:
        return ", ".join(value for key, value in self.headers if key == name) or None

    @property
    def json(self) -> Any:
        return json.loads(self.body)


def ask(target: str, method: str = "GET", *, door: NgsildDoor | None = None, body: Any = None, **headers: str) -> Got:
    path, _, query = target.partition("?")
    sent: list[dict[str, Any]] = []
    raw = [(name.replace("_", "-").lower().encode(), value.encode("latin-1")) for name, value in headers.items()]
    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": method,
        "path": unquote(path),
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "headers": raw,
        "scheme": "http",
        "server": ("city", 80),
        "root_path": "",
    }

    async def receive() -> dict[str, Any]:
        content = b"" if body is None else json.dumps(body).encode()
        return {"type": "http.request", "body": content, "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    asyncio.run((door or DOOR)(scope, receive, send))  # type: ignore[arg-type]
    found = [(name.decode(), value.decode("latin-1")) for name, value in sent[0]["headers"]]
    return Got(sent[0]["status"], found, b"".join(message["body"] for message in sent[1:]))


def kind(got: Got) -> str:
    assert got.header("content-type") == "application/problem+json"
    assert {"type", "title", "status", "detail"} <= got.json.keys()
    assert got.json["status"] == got.status
    return got.json["type"].rsplit("/", 1)[1]


def test_a_page_of_lamps_with_its_count_context_and_neighbours() -> None:
    got = ask(ENTITIES + "?type=Streetlight&limit=2&offset=4&count=true")
    assert got.status == 200
    assert got.header("content-type") == "application/json"
    assert got.header("ngsild-results-count") == "1000"
    assert int(got.header("content-length") or 0) == len(got.body)
    assert [lamp["id"] for lamp in got.json] == [
        "urn:ngsi-ld:Streetlight:du-0000004",
        "urn:ngsi-ld:Streetlight:du-0000005",
    ]
    links = [value for name, value in got.headers if name == "link"]
    assert context_link(CORE_NOW) in links
    assert any('offset=2>; rel="prev"' in link for link in links)
    assert any('offset=6>; rel="next"' in link for link in links)


def test_following_next_visits_every_entity_once() -> None:
    target, seen = ENTITIES + "?type=*&limit=300", []
    while target:
        got = ask(target)
        seen += [entity["id"] for entity in got.json]
        nexts = [value for name, value in got.headers if name == "link" and 'rel="next"' in value]
        target = nexts[0][1 : nexts[0].index(">")] if nexts else ""
    assert len(seen) == len(set(seen)) == 1_020


def test_one_lamp_in_every_form() -> None:
    normalized = ask(LAMP).json
    assert normalized["powerRating"] == {"type": "Property", "value": 35, "unitCode": "WTT"}
    simplified = ask(LAMP + "?options=keyValues")
    assert simplified.json["powerRating"] == 35
    assert simplified.header("link") == context_link(CORE_NOW)
    assert ask(LAMP + "?format=concise").json["circuit"] == "du-k0000"
    linked = ask(LAMP, accept="application/ld+json")
    assert linked.json["@context"] == CORE_NOW
    assert linked.header("link") is None
    feature = ask(LAMP, accept="application/geo+json")
    assert feature.json["geometry"] == normalized["location"]["value"]
    assert feature.json["@context"] == CORE_NOW
    plain = ask(LAMP, accept="application/geo+json", prefer="body=json")
    assert "@context" not in plain.json
    assert plain.header("link") == context_link(CORE_NOW)


def test_ids_choose_and_types_limit() -> None:
    both = "urn:ngsi-ld:Streetlight:du-0000007,urn:ngsi-ld:StreetlightGroup:du-k0001,urn:ngsi-ld:Streetlight:nobody"
    assert len(ask(f"{ENTITIES}?id={both}&type=*").json) == 2
    assert len(ask(f"{ENTITIES}?id={both}&type=StreetlightGroup").json) == 1
    assert ask(f"{ENTITIES}?id=urn:ngsi-ld:Streetlight:nobody&type=*&count=true").header("ngsild-results-count") == "0"
    assert ask(LAMP + "?type=StreetlightGroup").status == 404
    assert ask(LAMP + "?attrs=nothing").status == 404
    assert set(ask(LAMP + "?attrs=circuit").json) == {"id", "type", "circuit"}


def test_the_city_s_own_types_can_do_what_documents_can() -> None:
    cabinet = "urn:ngsi-ld:StreetlightControlCabinet:du-c0002"
    two = ask(f"{ENTITIES}?type=StreetlightControlCabinet&orderBy=serialNumber;desc&limit=2&count=true")
    assert [one["serialNumber"]["value"] for one in two.json] == ["S-9", "S-8"]
    assert two.header("ngsild-results-count") == "10"
    lamp = ask(
        f"{ENTITIES}/urn:ngsi-ld:Streetlight:du-0000203?join=inline&joinLevel=2&pick=circuit,refStreetlightControlCabinet{{id,workingMode}}"
    )
    assert lamp.json["refStreetlightControlCabinet"]["entity"] == {
        "id": cabinet,
        "workingMode": {"type": "Property", "value": "automatic"},
    }
    linked = ask(f'{ENTITIES}?type=Streetlight&q=refStreetlightControlCabinet{{serialNumber}}=="S-3"&join=flat&limit=1')
    assert [one["id"] for one in linked.json] == [
        "urn:ngsi-ld:Streetlight:du-0000300",
        "urn:ngsi-ld:StreetlightControlCabinet:du-c0003",
        "urn:ngsi-ld:StreetlightGroup:du-k0003",
    ]
    group = ask(f"{ENTITIES}/urn:ngsi-ld:StreetlightGroup:du-k0001?lang=en&options=keyValues").json
    assert group["name"] == "Circuit 1"
    assert len(ask(f'{ENTITIES}?type=StreetlightGroup&q=name=="Circuit 1"').json) == 1
    shown = ask(LAMP + "?options=sysAttrs").json
    assert shown["modifiedAt"] == shown["powerState"]["observedAt"]
    assert "createdAt" not in shown
    assert ask(f"{ENTITIES}?type=Streetlight&scopeQ=/a").json == []
    for more in ("", "&options=sysAttrs"):
        assert len(ask(f"{ENTITIES}?type=Streetlight&q=modifiedAt>2026-11-24T11:59:58Z{more}").json) == 2
    assert ask(f"{ENTITIES}?type=Streetlight&pick=id&limit=1").json == [{"id": "urn:ngsi-ld:Streetlight:du-0000000"}]


def test_documents_stand_beside_the_city_s_own_entities() -> None:
    door = make_door()
    bench = {
        "id": "urn:ngsi-ld:Bench:1",
        "type": "Bench",
        "powerState": "on",
        "lamp": {"object": LAMP.rpartition("/")[2]},
    }
    assert ask(ENTITIES, "POST", door=door, body=bench, content_type="application/json").status == 201
    counted = ask(ENTITIES + "?q=powerState&count=true&limit=2&offset=909", door=door)
    assert counted.header("ngsild-results-count") == "911"
    assert [one["id"] for one in counted.json] == ["urn:ngsi-ld:StreetlightGroup:du-k0009", "urn:ngsi-ld:Bench:1"]
    assert counted.header("link").count('rel="next"') == 0
    joined = ask(ENTITIES + "/urn:ngsi-ld:Bench:1?join=inline&options=keyValues", door=door).json
    assert joined["lamp"]["type"] == "Streetlight"
    query = {
        "type": "Query",
        "entities": [{"type": "Bench"}, {"type": "Streetlight", "idPattern": "00003$"}],
        "q": "powerState",
    }
    got = ask("/ngsi-ld/v1/entityOperations/query", "POST", door=door, body=query, content_type="application/json")
    assert [one["id"] for one in got.json] == [LAMP.rpartition("/")[2], "urn:ngsi-ld:Bench:1"]
    info = ask("/ngsi-ld/v1/attributes/powerState", door=door).json
    assert (info["attributeCount"], info["typeNames"]) == (911, ["Streetlight", "StreetlightGroup", "Bench"])


def test_rights_narrow_what_is_found() -> None:
    iri = ask("/ngsi-ld/v1/types/StreetlightGroup").json["id"]
    door = make_door(rights=Rights((Grant(who=("x",), types=(iri,)),)))
    assert ask(ENTITIES + "?type=*&count=true", door=door).header("ngsild-results-count") == "10"
    assert ask(LAMP, door=door).status == 404
    assert ask("/ngsi-ld/v1/types", door=door).json["typeList"] == ["StreetlightGroup"]
    inside = ask(ENTITIES + "/urn:ngsi-ld:StreetlightGroup:du-k0001?join=inline", door=door).json
    assert "entity" not in inside["refStreetlightControlCabinet"]


def test_a_client_may_speak_in_a_known_context() -> None:
    core = context_link(CORE_URL + "ngsi-ld-core-context-v1.8.jsonld")
    got = ask(ENTITIES + "?type=Streetlight&limit=1", link=core)
    iri = "https://smartdatamodels.org/dataModel.Streetlighting/powerRating"
    assert got.header("link").startswith(core)
    assert got.json == ask(ENTITIES + "?type=Streetlight&limit=1").json
    assert "powerRating" in got.json[0], "to who speaks the core, our names are those of the default vocabulary"
    for name in ("powerRating", f"{VOCAB}powerRating", iri):
        assert len(ask(f"{ENTITIES}?type=Streetlight&limit=1&q={quote(name, safe='')}>0", link=core).json) == 1
    home = context_link(HOME_URL)
    assert "powerRating" in ask(ENTITIES + "?type=Streetlight&limit=1", link=home).json[0]
    for name, found in (("powerRating", 1), (iri, 1), (f"{VOCAB}powerRating", 0)):
        assert len(ask(f"{ENTITIES}?type=Streetlight&limit=1&q={quote(name, safe='')}>0", link=home).json) == found
    assert len(ask(f"{ENTITIES}?type=Streetlight&limit=1&q={quote(iri, safe='')}>0", link=core).json) == 1
    assert len(ask(f"{ENTITIES}?type=Streetlight&limit=1&attrs={quote(iri, safe='')}").json) == 1
    smart = ask(ENTITIES + "?type=Streetlight&limit=1", link=context_link(STREETLIGHTING))
    assert "powerRating" in smart.json[0]
    merged = context_link(SMART_DATA_MODELS[0])
    assert ask(ENTITIES + "?type=Streetlight", link=merged).json == [], "there the type has another IRI"
    assert len(ask(f"{ENTITIES}?type={quote(VOCAB, safe='')}Streetlight&limit=1", link=merged).json) == 1


def test_an_unknown_context_is_refused_at_once() -> None:
    got = ask(ENTITIES + "?type=Streetlight", link=context_link(CORE_URL + "ngsi-ld-core-context-non-existing.jsonld"))
    assert (got.status, kind(got)) == (STATUS["LdContextNotAvailable"], "LdContextNotAvailable")
    assert ask(ENTITIES + "?type=Streetlight", link='<https://x/y>; rel="next"').status == 200


def test_types_and_attributes() -> None:
    names = ask("/ngsi-ld/v1/types").json
    assert (names["type"], names["typeList"][0]) == ("EntityTypeList", "Streetlight")
    described = ask("/ngsi-ld/v1/types?details=true").json
    assert described[1]["typeName"] == "StreetlightControlCabinet"
    assert "workingMode" in described[1]["attributeNames"]
    info = ask("/ngsi-ld/v1/types/Streetlight", accept="application/ld+json").json
    assert (info["type"], info["entityCount"], info["@context"]) == ("EntityTypeInfo", 1000, CORE_NOW)
    assert info["attributeDetails"][0]["attributeTypes"] == ["GeoProperty"]
    assert ask("/ngsi-ld/v1/types/" + quote(info["id"], safe="")).json["typeName"] == "Streetlight"
    assert "voltage" in ask("/ngsi-ld/v1/attributes").json["attributeList"]
    by_name = {entry["attributeName"]: entry for entry in ask("/ngsi-ld/v1/attributes?details=true").json}
    assert by_name["workingMode"]["typeNames"] == ["StreetlightControlCabinet"]
    voltage = ask("/ngsi-ld/v1/attributes/voltage").json
    assert (voltage["attributeCount"], voltage["attributeTypes"]) == (900, ["Property"])
    for missing in ("types/Nothing", "attributes/nothing"):
        assert kind(ask("/ngsi-ld/v1/" + missing)) == "ResourceNotFound"


def test_contexts_are_served() -> None:
    listed = ask("/ngsi-ld/v1/jsonldContexts?details=true").json
    assert HOME_URL in [entry["URL"] for entry in listed] == ask("/ngsi-ld/v1/jsonldContexts").json
    for entry in listed:
        for name in (quote(entry["URL"], safe=""), entry["localId"]):
            got = ask("/ngsi-ld/v1/jsonldContexts/" + name)
            assert got.header("content-type") == "application/json"
            assert "@context" in got.json
            assert ask("/ngsi-ld/v1/jsonldContexts/" + name, accept="application/ld+json").json == got.json
    details = ask("/ngsi-ld/v1/jsonldContexts?details=true&kind=Cached").json
    assert "ngsi-ld-core-context-v1.9.jsonld" in [entry["localId"] for entry in details]
    assert ask("/ngsi-ld/v1/jsonldContexts/stadtwerk.jsonld?details=true").json["kind"] == "Hosted"
    assert ask("/ngsi-ld/v1/jsonldContexts/..%2F..%2Fetc%2Fpasswd").status == 404


@pytest.mark.parametrize(
    ("target", "status", "error"),
    [
        (ENTITIES, 400, "BadRequestData"),
        (ENTITIES + "?type=A&limit=a&count=b", 400, "BadRequestData"),
        (ENTITIES + "?type=Streetlight&q=(", 400, "BadRequestData"),
        (ENTITIES + "?type=Streetlight&geometryProperty=location", 400, "BadRequestData"),
        (ENTITIES + "?type=%FF", 400, "InvalidRequest"),
        (ENTITIES + "?type=A&frobnicate=1", 400, "InvalidRequest"),
        (ENTITIES + "?type=A&limit=1001", 403, "TooManyResults"),
        (ENTITIES + "?type=A&idPattern=(a*)*b", 403, "TooComplexQuery"),
        (ENTITIES + "?type=A&lang=d_e", 400, "BadRequestData"),
        (ENTITIES + "?type=A&options=quick", 400, "InvalidRequest"),
        (ENTITIES + "/not-a-uri", 400, "BadRequestData"),
        (ENTITIES + "/urn:x:%00", 400, "BadRequestData"),
        (ENTITIES + "/urn:ngsi-ld:Streetlight:nobody", 404, "ResourceNotFound"),
        (ENTITIES + "/urn:ngsi-ld:Nothing:x", 404, "ResourceNotFound"),
        (ENTITIES + "/urn:x:y?limit=3", 400, "InvalidRequest"),
        ("/ngsi-ld/v1/attributes/a%0Ab", 404, "ResourceNotFound"),
        ("/ngsi-ld/v1/types?details=maybe", 400, "BadRequestData"),
        ("/ngsi-ld/v1/jsonldContexts?kind=Other", 400, "BadRequestData"),
    ],
)
def test_bad_requests_get_the_right_problem(target: str, status: int, error: str) -> None:
    got = ask(target)
    assert (got.status, kind(got)) == (status, error)


def test_manners_of_http() -> None:
    assert ask(ENTITIES + "?type=A&q=" + "a" * 20_000).status == 414
    assert ask(LAMP, accept="text/html").status == 406
    assert ask("/ngsi-ld/v1/types", accept="application/geo+json").status == 406
    assert kind(ask(LAMP, ngsild_tenant="elsewhere")) == "NonexistentTenant"
    assert ask(LAMP, ngsild_tenant="elsewhere").status == 404
    refused = ask("/ngsi-ld/v1/types", "POST")
    assert (refused.status, refused.header("allow")) == (405, "GET, HEAD, OPTIONS")
    options = ask("/ngsi-ld/v1/types", "OPTIONS")
    assert (options.status, options.body, options.header("allow")) == (204, b"", "GET, HEAD, OPTIONS")
    head, get = ask(LAMP, "HEAD"), ask(LAMP)
    assert (head.status, head.body) == (200, b"")
    assert [one for one in head.headers if one[0] != "x-request-id"] == [
        one for one in get.headers if one[0] != "x-request-id"
    ]
    assert kind(ask(LAMP, link="nonsense")) == "BadRequestData"


@settings(max_examples=150, deadline=None)
@given(
    st.text(st.characters(min_codepoint=1, exclude_categories=["Cs"]), max_size=30),
    st.text(st.characters(max_codepoint=255, min_codepoint=32), max_size=30),
)
def test_nothing_breaks_the_door(text: str, header: str) -> None:
    for target in (
        f"{ENTITIES}?type={quote(text)}&q={quote(text)}",
        f"{ENTITIES}/{quote(text)}",
        f"/ngsi-ld/v1/types/{quote(text)}",
        f"{ENTITIES}?type=A&scopeQ={quote(text)}&lang={quote(text)}&datasetId={quote(text)}&csf={quote(text)}",
        f"{ENTITIES}?type=*&orderBy={quote(text)}&pick={quote(text)}&join=inline&containedBy={quote(text)}",
    ):
        assert ask(target, accept=header, link=header, prefer=header).status in (200, 400, 403, 404, 406, 503, 504)


def test_the_description_tells_of_every_resource_and_method_and_of_no_other() -> None:
    def shape(path: str) -> str:
        return re.sub(r"\{\w+\}", "{}", path)

    described = {(shape(path), method.upper()) for path, operations in openapi_paths().items() for method in operations}
    registered = {
        (shape(f"/ngsi-ld/v1/{resource.path}"), method)
        for resource in make_whole_door().resources
        for method in resource.methods
    }
    assert described == registered


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """Run the door behind a real server, on a free port."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        base_url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        document = {
            "openapi": "3.1.0",
            "info": {"title": "NGSI-LD", "version": "1"},
            "paths": openapi_paths(),
            "components": {"securitySchemes": {"key": {"type": "http", "scheme": "bearer"}}},
        }

        async def describe(request: Request) -> JSONResponse:
            return JSONResponse(document)

        app = front(make_whole_door(base_url), Starlette(routes=[Route("/openapi.json", describe)]))
        running = uvicorn.Server(uvicorn.Config(app, log_level="critical", lifespan="off"))
        thread = threading.Thread(target=running.run, args=([listening],))
        thread.start()
        yield base_url
        running.should_exit = True
        thread.join()


@pytest.mark.judge("schemathesis")
def test_schemathesis_finds_nothing(
    server: str, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    config = Path(__file__).with_name("schemathesis-ngsild.toml")
    command = [
        sys.executable,
        "-m",
        "schemathesis.cli",
        "--config-file",
        str(config),
        "run",
        server + "/openapi.json",
        "--header",
        f"Authorization: Bearer {KEY}",
        "--max-examples",
        "20",
        "--seed",
        "1",
        "--no-color",
        "--generation-database",
        ":memory:",
        "--report",
        "junit",
        "--report-junit-path",
        str(tmp_path / "report.xml"),
    ]
    env = {**os.environ, "SCHEMATHESIS_HOOKS": str(Path(__file__).parents[1] / "schemathesis_hooks.py")}
    ran = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True, timeout=300, check=False)
    record_junit(record_property, tmp_path / "report.xml")
    assert ran.returncode == 0, ran.stdout[-6_000:] + ran.stderr[-2_000:]
    operations = sum(map(len, openapi_paths().values()))
    assert f"Selected: {operations}/{operations}" in ran.stdout
