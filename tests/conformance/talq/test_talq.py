"""TALQ 2.7.1 between our CMS and our gateway, every exchange held against TALQ's own OpenAPI files."""

from __future__ import annotations

import gzip
import json
import zlib
from uuid import UUID

import msgspec
import pytest

from conformance.talq import oas, sample
from conformance.talq.pair import LAMP, Pair
from conformance.talq.score import LATER, played
from conformance.talq.wired import WiredPair
from stadtwerk.protocols.talq import client as talk
from stadtwerk.protocols.talq import wire
from stadtwerk.protocols.talq.client import Client
from stadtwerk.protocols.talq.model import ATTRIBUTES, Device
from stadtwerk.protocols.talq.side import Side
from stadtwerk.protocols.talq.wire import NIL, Answer, Refused, Request

pytestmark = pytest.mark.skipif(not oas.FOLDER.is_dir(), reason="TALQ's OpenAPI files are not here")

SCOPES = {"configuration": "c", "measurement": "m", "event": "e", "operational": "o"}


@pytest.fixture(scope="module", params=["messages", "http"])
def counted(request: pytest.FixtureRequest) -> dict[str, set[str]]:
    """What was carried when all operations were played, messages handed over or over sockets."""
    if request.param == "messages":
        return played(Pair()).counted
    wired = WiredPair()
    found = played(wired).counted
    wired.close()
    return found


@pytest.fixture
def pair() -> Pair:
    pair = Pair()
    pair.bootstrap()
    return pair


def held(pair: Pair, level_percent: int) -> Request:
    return talk.set_level(pair.from_cms, [LAMP], talk.level_command(level_percent, 3, LATER, "order 7"))


def keys(answer: Answer) -> list[str]:
    return [one["key"] for one in oas.body_of(answer)]


@pytest.mark.judge("talq-oas")
@pytest.mark.parametrize("side", ["cms", "gw"])
@pytest.mark.parametrize("profile", oas.PROFILES)
def test_all_that_is_mandatory_is_played(counted: dict[str, set[str]], profile: str, side: str) -> None:
    items = oas.mandatory(profile, side)
    assert len(items) > 40
    assert not items - counted[side]


def test_the_table_is_that_of_talq() -> None:
    for name, members in ATTRIBUTES.items():
        declared = oas.properties(oas.schemas()[name], inherited=False)
        told = {}
        for member, schema in declared.items():
            if member not in ("type", "id"):
                kind = oas.referred(schema)[0].removeprefix("Attribute")
                scope = next(part["x-talq-scope"] for part in (schema, *schema["allOf"]) if "x-talq-scope" in part)
                told[member] = (kind, SCOPES[scope.lower()])
        assert members == told


@pytest.mark.parametrize("side", ["cms", "gw"])
def test_each_path_served_is_one_of_talq(pair: Pair, side: str) -> None:
    routes: Side = pair.cms if side == "cms" else pair.gateway
    served = {(m, p) for p, methods in routes._routes.items() for m in methods}
    known = set()
    for method, path, _ in oas.operations(side):
        known.add((method, tuple("*" if p.startswith("{") else p for p in path.strip("/").split("/"))))
    assert served <= known


def test_the_bootstrap_gives_an_address_and_then_takes_steps_in_order_only() -> None:
    pair = Pair()
    client = pair.from_gateway
    early = client.ask("GET", "/devices", clientAddress=str(LAMP))
    assert pair.cms.handle(early).status == 403
    own = pair.network.gateway
    wrong = Device(address=LAMP, name="g", class_="Gateway", functions=own.functions)
    assert pair.cms.handle(client.ask("POST", "/devices", [wrong])).status == 422
    first = pair.cms.handle(client.ask("POST", "/devices", [own]))
    assert first.status == 201
    pair.gateway.let_in(msgspec.convert(oas.body_of(first)[0], Device))
    client.address = pair.gateway.address
    assert client.address != NIL
    assert pair.ask("cms", "POST", "/services", pair.network.services).status == 403
    assert pair.ask("cms", "GET", "/devices").status == 403
    assert pair.ask("cms", "POST", "/device-classes", pair.network.classes[:1]).status == 201
    assert pair.ask("cms", "POST", "/device-classes", pair.network.classes[1:]).status == 403
    assert pair.cms.handle(client.ask("POST", "/log-reports", {}, clientAddress=str(NIL))).status == 403


def test_a_gateway_that_comes_again_keeps_its_address_and_takes_nobody_elses_lamp(pair: Pair) -> None:
    before = pair.gateway.address
    pair.bootstrap()
    assert pair.gateway.address == before
    other = Pair()
    other.cms = pair.cms
    for row in other.network.gateway.functions:
        if row["type"] == "BasicFunction":
            row["serial"] = {**row["serial"], "value": "another"}
    with pytest.raises(Refused) as refused:
        other.bootstrap()
    assert refused.value.status == 409


@pytest.mark.parametrize("headers", [{}, {"talq-api-version": "3.0.0"}, {"talq-api-version": "2.x"}])
def test_a_version_that_cannot_be_spoken_is_refused(pair: Pair, headers: dict[str, str]) -> None:
    request = Request("GET", "/devices", {"clientAddress": str(pair.gateway.address)}, headers)
    assert pair.send("cms", request).status == 400


@pytest.mark.parametrize(("theirs", "spoken"), [("2.6.0", "2.6.0"), ("2.10.0", "2.7.1"), ("2.7.1", "2.7.1")])
def test_the_side_with_the_higher_version_steps_down(pair: Pair, theirs: str, spoken: str) -> None:
    query = {"clientAddress": str(pair.gateway.address)}
    answer = pair.cms.handle(Request("GET", "/devices", query, {"talq-api-version": theirs}))
    assert (answer.status, answer.headers["talq-api-version"]) == (200, spoken)
    client = Client(lambda: LAMP)
    client.read(answer, 200)
    assert client.version == spoken


@pytest.mark.parametrize("missing", ["clientAddress", "talqRequestId"])
def test_a_parameter_is_missed(pair: Pair, missing: str) -> None:
    request = talk.clear(pair.from_cms, [LAMP])
    del request.query[missing]
    answer = pair.send("gw", request)
    assert (answer.status, keys(answer)) == (400, ["parameterMissing"])
    request.query[missing] = "no uuid"
    assert keys(pair.send("gw", request)) == ["parameterValueNotValid"]


def coded(pair: Pair, body: bytes, **headers: str) -> Answer:
    base = talk.clear(pair.from_cms, [LAMP])
    told = {"content-type": "application/json", "content-length": str(len(body)), "talq-api-version": wire.VERSION}
    told |= {name.replace("_", "-"): value for name, value in headers.items()}
    return pair.gateway.handle(Request("POST", base.path, base.query, told, body))


def test_codings_lengths_and_kinds_of_body(pair: Pair) -> None:
    plain = json.dumps({"addresses": [{"resource": "devices", "address": str(LAMP)}]}).encode()
    assert coded(pair, plain).status == 202
    assert coded(pair, gzip.compress(plain), content_encoding="gzip").status == 202
    assert coded(pair, zlib.compress(plain), content_encoding="deflate").status == 202
    assert coded(pair, plain, content_encoding="br").status == 415
    assert coded(pair, plain, content_type="text/xml").status == 415
    assert coded(pair, plain, transfer_encoding="chunked").status == 411
    assert coded(pair, plain, content_length="7").status == 400
    assert coded(pair, gzip.compress(plain)[:-9], content_encoding="gzip").status == 400
    assert coded(pair, b"{", content_type="application/json; charset=utf-8").status == 400
    assert coded(pair, b'{"addresses": 7}').status == 400


def test_an_answer_comes_in_the_coding_of_its_question(pair: Pair) -> None:
    pair.from_gateway._coding = "deflate"
    answer = pair.ask("cms", "PUT", "/devices", pair.network.devices)
    assert answer.headers["content-encoding"] == "deflate"
    assert answer.headers["content-length"] == str(len(answer.body))
    assert json.loads(zlib.decompress(answer.body))[0]["address"] == str(LAMP)


def test_a_bomb_is_not_inflated(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire, "BODY_BYTES", 1_000)
    assert coded(pair, gzip.compress(b" " * 100_000), content_encoding="gzip").status == 413


def test_known_addresses_conflict_and_unknown_ones_are_not_found(pair: Pair) -> None:
    assert pair.ask("cms", "POST", "/devices", pair.network.devices).status == 409
    assert pair.ask("gw", "POST", "/devices", pair.network.devices).status == 409
    stranger = Device(address=UUID(int=9), name="x", class_="Lamp")
    for side in ("cms", "gw"):
        assert pair.ask(side, "PUT", "/devices", [stranger]).status == 404
        assert pair.ask(side, "GET", f"/devices/{stranger.address}").status == 404
        assert pair.ask(side, "GET", f"/devices/{LAMP}/LampActuator/none").status == 404
        unclassed = Device(address=UUID(int=9), name="x", class_="None")
        answer = pair.ask(side, "POST", "/devices", [unclassed])
        assert (answer.status, keys(answer)) == (422, ["relatedResourceNotFound"])
    assert pair.cms.handle(pair.from_gateway.ask("GET", "/nothing")).status == 404
    assert pair.cms.handle(pair.from_gateway.ask("DELETE", "/devices")).status == 405


def lamp_with(**attributes: object) -> Device:
    function = {"id": "LampActuator", "type": "LampActuatorFunction", **attributes}
    return Device(address=LAMP, name="lamp", class_="Lamp", functions=[function])


@pytest.mark.parametrize("side", ["cms", "gw"])
def test_a_level_out_of_range_is_unprocessable_and_changes_nothing(pair: Pair, side: str) -> None:
    for level, status in ((101, 422), (-1, 422), (40.5, 400), ("40", 400), (100, 200)):
        value = {"type": "AttributeLevelState", "value": {"name": "LevelState", "value": level}}
        assert pair.ask(side, "PATCH", "/devices", [lamp_with(defaultLightState=value)]).status == status
    path = f"/devices/{LAMP}/LampActuator/defaultLightState"
    assert oas.body_of(pair.ask(side, "GET", path))["value"]["value"] == 100


def test_vendor_attributes_pass_and_read_only_ones_are_accepted_without_effect(pair: Pair) -> None:
    watts = {"type": "AttributeString", "value": "sodium"}
    state = {"type": "AttributeLevelState", "value": {"name": "LevelState", "value": 7}}
    patch = lamp_with(vendorFlavour=watts, actualLightState=state)
    for side, level in (("gw", 40), ("cms", 7)):
        assert pair.ask(side, "PATCH", f"/devices/{LAMP}", patch).status == 200
        path = f"/devices/{LAMP}/LampActuator"
        got = oas.body_of(pair.ask(side, "GET", path))
        assert got["vendorFlavour"] == watts
        assert got["actualLightState"]["value"]["value"] == level


def test_devices_come_in_pages(pair: Pair) -> None:
    for side in ("cms", "gw"):
        answer = pair.ask(side, "GET", "/devices", offset="1", limit="1")
        assert [len(oas.body_of(answer)), answer.headers["pagination-totalcount"]] == [1, "2"]
        assert len(oas.body_of(pair.ask(side, "GET", "/devices", deviceClasses="Lamp"))) == 1
        assert pair.ask(side, "GET", "/devices", limit="-1").status == 400


def test_an_override_ends_and_a_clear_goes_back_to_the_program(pair: Pair) -> None:
    assert pair.send("gw", held(pair, 40)).status == 202
    order = pair.orders[-1]
    assert order.command is not None
    assert (order.device, order.command["expiration"], order.command["state"]["value"]) == (LAMP, LATER, 40)
    assert pair.send("gw", talk.clear(pair.from_cms, [LAMP])).status == 202
    assert pair.orders[-1].command is None
    assert pair.send("gw", held(pair, 101)).status == 422
    backwards = {**sample.COMMAND, "expiration": "2026-11-27T21:00:00Z"}
    body = {"addresses": [{"resource": "devices", "address": str(LAMP)}], "targetCommand": backwards}
    assert keys(pair.ask("gw", "POST", "/override-commands", body)) == ["overrideCommandNotValid"]
    gateway = [{"resource": "devices", "address": str(pair.gateway.address)}]
    assert keys(pair.ask("gw", "POST", "/override-commands", {"addresses": gateway})) == ["overrideAddressNotValid"]
    nowhere = [{"resource": "devices", "address": "none"}]
    assert keys(pair.ask("gw", "POST", "/override-commands", {"addresses": nowhere})) == ["relatedResourceNotFound"]


def test_what_is_referred_to_exists_and_stays(pair: Pair) -> None:
    owner = str(pair.cms.address)
    calendar = {"id": "year", "ownerCMS": owner, "defaultProgram": "night"}
    assert keys(pair.ask("gw", "POST", "/calendars", [calendar])) == ["relatedResourceNotFound"]
    program = {"id": "night", "ownerCMS": owner, "type": "ControlProgramOne"}
    program |= {"activePeriods": [], "fixedTimeControls": []}
    assert pair.ask("gw", "POST", "/control-programs", [program]).status == 201
    assert pair.ask("gw", "POST", "/calendars", [calendar]).status == 201
    assert pair.send("gw", talk.assign_calendar(pair.from_cms, [LAMP], "year")).status == 202
    assert pair.orders[-1].calendar == "year"
    for path in ("/control-programs/night", "/calendars/year"):
        assert keys(pair.ask("gw", "DELETE", path)) == ["deletingResourceIsReferred"]
    assert keys(pair.send("gw", talk.assign_calendar(pair.from_cms, [LAMP], "none"))) == ["relatedResourceNotFound"]
    assert keys(pair.ask("cms", "DELETE", "/device-classes/Lamp")) == ["deletingResourceIsReferred"]


def test_only_its_cms_commands_a_gateway(pair: Pair) -> None:
    stranger = Client(lambda: LAMP)
    stranger.address = LAMP
    assert pair.send("gw", talk.clear(stranger, [LAMP])).status == 403
    assert Pair().gateway.handle(talk.clear(pair.from_cms, [LAMP])).status == 403


def test_a_log_about_nothing_known_is_refused(pair: Pair) -> None:
    logger = {"address": "all", "ownerCMS": str(pair.cms.address)}
    assert pair.ask("cms", "POST", "/log-reports", {"address": "all", "entries": []}).status == 422
    pair.cms.gateways[pair.gateway.address].loggers.add([logger])
    event = {"type": "EventLogData", "srcAddress": str(UUID(int=9)), "eventType": "lampFailure"}
    for data, status in ((event, 422), ({**event, "type": "None"}, 400), ({**event, "srcAddress": str(LAMP)}, 201)):
        body = {"address": "all", "entries": [{"data": data}]}
        request = pair.from_gateway.ask("POST", "/log-reports", body)
        assert pair.cms.handle(request).status == status
    assert pair.told[-1].about == "logged"
