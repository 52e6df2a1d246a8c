"""TLV, SenML and CBOR: the specification's own examples byte for byte, foreign CBOR, round trips, and nonsense named."""

from __future__ import annotations

import json
import math
from typing import Any

import cbor2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stadtwerk.protocols.lwm2m import cbor, content, senml, text, tlv
from stadtwerk.protocols.lwm2m.model import OBJECTS, Path, Resource, Value, check, parse_path
from stadtwerk.protocols.malformed import Malformed

DEVICE = Path(3, 0)

# OMA-TS-LightweightM2M-V1_0 6.4.3.1 and Core-V1_1 7.4.3.1: answer to "Read /3/0".
TLV_DEVICE = bytes.fromhex(
    "C800144F70656E204D6F62696C6520416C6C69616E6365 C801164C69676874776569676874204D324D20436C69656E74"
    "C80209333435303030313233 C303312E30 8606410001410105 88070842000ED842011388 870841007D42010384"
    "C10964 C10A0F 830B410000 C40D5182428F C60E2B30323A3030 C11055"
)
# The same device with the instance around it (6.4.3.2): "Read /3".
TLV_DEVICES = bytes.fromhex("080079") + TLV_DEVICE
# 6.4.3.2 B: "Read /2", access control, whose resources the registry's part here does not know: bytes stay bytes.
TLV_ACCESS = bytes.fromhex("08000EC10001C1010083 02417F07C1037F 080212C10003C10100 8702417F0761013601C1037F")
TLV_SERVERS = bytes.fromhex("08000FC10001C40100015180C10601C10755")

DEVICE_SAYS: dict[Path, Value] = {
    Path(3, 0, 0): "Open Mobile Alliance",
    Path(3, 0, 1): "Lightweight M2M Client",
    Path(3, 0, 2): "345000123",
    Path(3, 0, 3): "1.0",
    Path(3, 0, 6, 0): 1,
    Path(3, 0, 6, 1): 5,
    Path(3, 0, 7, 0): 3800,
    Path(3, 0, 7, 1): 5000,
    Path(3, 0, 8, 0): 125,
    Path(3, 0, 8, 1): 900,
    Path(3, 0, 9): 100,
    Path(3, 0, 10): 15,
    Path(3, 0, 11, 0): 0,
    Path(3, 0, 13): 1367491215,
    Path(3, 0, 14): "+02:00",
    Path(3, 0, 16): "U",
}

# Core-V1_1 7.4.5: the same in SenML CBOR, sixteen records.
CBOR_DEVICE = b"".join(
    [
        b"\x90\xa3\x21\x65/3/0/\x00\x610\x03\x74Open Mobile Alliance",
        b"\xa2\x00\x611\x03\x76Lightweight M2M Client\xa2\x00\x612\x03\x69345000123\xa2\x00\x613\x03\x631.0",
        b"\xa2\x00\x636/0\x02\x01\xa2\x00\x636/1\x02\x05\xa2\x00\x637/0\x02\x19\x0e\xd8\xa2\x00\x637/1\x02\x19\x13\x88",
        b"\xa2\x00\x638/0\x02\x18\x7d\xa2\x00\x638/1\x02\x19\x03\x84\xa2\x00\x619\x02\x18\x64\xa2\x00\x6210\x02\x0f",
        b"\xa2\x00\x6411/0\x02\x00\xa2\x00\x6213\x02\x1a\x51\x82\x42\x8f\xa2\x00\x6214\x03\x66+02:00",
        b"\xa2\x00\x6216\x03\x61U",
    ]
)


def test_the_specifications_tlv_examples() -> None:
    assert tlv.decode(TLV_DEVICE, DEVICE) == DEVICE_SAYS
    assert tlv.encode(DEVICE_SAYS, DEVICE) == TLV_DEVICE
    assert tlv.decode(TLV_DEVICES, Path(3)) == tlv.decode(TLV_DEVICES, DEVICE) == DEVICE_SAYS
    assert tlv.encode(DEVICE_SAYS, Path(3)) == TLV_DEVICES


@pytest.mark.parametrize(("example", "base"), [(TLV_ACCESS, Path(2)), (TLV_SERVERS, Path(1))])
def test_the_specifications_examples_of_many_instances(example: bytes, base: Path) -> None:
    told = tlv.decode(example, base)
    assert tlv.encode(told, base) == example
    if base == Path(1):
        assert told[Path(1, 0, 1)] == 86_400
    else:
        assert told[Path(2, 2, 2, 310)] == b"\1"


def test_the_specifications_senml_examples() -> None:
    assert senml.decode_cbor(CBOR_DEVICE, DEVICE) == DEVICE_SAYS
    assert senml.encode_cbor(DEVICE_SAYS, DEVICE) == CBOR_DEVICE
    pack = json.loads(senml.encode_json(DEVICE_SAYS, DEVICE))
    assert pack[0] == {"bn": "/3/0/", "n": "0", "vs": "Open Mobile Alliance"}
    assert pack[4] == {"n": "6/0", "v": 1}


def values_of(kind: Resource) -> st.SearchStrategy[Value]:
    low = None if math.isinf(kind.low) else int(kind.low)
    high = None if math.isinf(kind.high) else int(kind.high)
    whole = st.integers(-(1 << 63) if low is None else low, (1 << 63) - 1 if high is None else high)
    return {
        "Integer": whole,
        "Time": whole,
        "Unsigned Integer": whole.map(abs).filter(lambda n: n < 1 << 63),
        "Float": st.floats(low, high, allow_nan=False, allow_infinity=False),
        "Boolean": st.booleans(),
        "String": st.text(max_size=300),
        "Opaque": st.binary(max_size=300),
        "Objlnk": st.tuples(st.integers(0, 65_535), st.integers(0, 65_535)),
    }[kind.kind]


@st.composite
def objects(draw: st.DrawFn) -> tuple[Path, dict[Path, Value]]:
    number = draw(st.sampled_from(sorted(OBJECTS)))
    base = Path(number, draw(st.integers(0, 300)))
    kinds = [one for one in OBJECTS[number].resources if one.kind]
    chosen = draw(st.lists(st.sampled_from(kinds), min_size=1, max_size=8, unique_by=lambda one: one.id))
    told: dict[Path, Value] = {}
    for kind in chosen:
        places = draw(st.sets(st.integers(0, 1000), min_size=1, max_size=3)) if kind.many else {-1}
        told |= {Path(*base[:2], kind.id, place): draw(values_of(kind)) for place in places}
    return base, told


@given(objects(), st.sampled_from([tlv.FORMAT, senml.JSON, senml.CBOR]))
def test_what_is_written_is_read_again(given: tuple[Path, dict[Path, Value]], number: int) -> None:
    base, told = given
    assert content.decode(number, content.encode(number, told, base), base) == told


@given(objects())
def test_a_single_value_is_text(given: tuple[Path, dict[Path, Value]]) -> None:
    for path, value in given[1].items():
        written = content.encode(text.FORMAT, {path: value}, path)
        assert content.decode(text.FORMAT, written, path) == {path: value}


@pytest.mark.parametrize(
    ("path", "body"),
    [
        (Path(3416, 0, 1), b"bright"),
        (Path(3416, 0, 1), b"101"),
        (Path(3416, 0, 54), b"yes"),
        (Path(3416, 0, 4711), b"1"),
        (Path(3416, 0, 16), b""),
        (Path(0, 0, 3), b"*"),
        (Path(3, 0, 22, 0), b"3416"),
    ],
)
def test_wrong_text_is_named(path: Path, body: bytes) -> None:
    with pytest.raises(Malformed):
        content.decode(text.FORMAT, body, path)


@given(objects())
def test_our_cbor_is_read_and_written_alike_by_a_foreign_library(given: tuple[Path, dict[Path, Value]]) -> None:
    base, told = given
    ours = senml.encode_cbor(told, base)
    foreign = cbor2.loads(ours)
    assert cbor2.dumps(foreign, canonical=False) == ours or cbor.decode(cbor2.dumps(foreign)) == cbor.decode(ours)
    assert senml.decode_cbor(cbor2.dumps(foreign), base) == told


plain = st.recursive(
    st.integers(-(1 << 64), (1 << 64) - 1) | st.floats(allow_nan=False) | st.booleans() | st.text() | st.binary(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.integers(-9, 9) | st.text(), inner, max_size=4),
    max_leaves=8,
).filter(lambda value: depth(value) <= cbor.DEPTH_MAX)


def depth(value: Any) -> int:
    inner = value if isinstance(value, list) else list(value.values()) if isinstance(value, dict) else []
    return 1 + max(map(depth, inner), default=0) if isinstance(value, list | dict) else 0


@pytest.mark.judge("cbor2")
@given(plain)
def test_cbor_agrees_with_cbor2_both_ways(value: Any) -> None:
    assert cbor2.loads(cbor.encode(value)) == value
    assert cbor.decode(cbor2.dumps(value)) == value
    assert cbor.encode(value) == cbor2.dumps(value, canonical=True) or isinstance(value, list | dict)


def test_open_lengths_and_decimal_fractions_are_read() -> None:
    """Some encoders write lists, maps and texts of open length, some write 21.5 as 215 times ten to the minus one."""
    open_pack = b"\x9f\xbf\x21\x7f\x62/3\x63418\xff\x00\x64/0/4\x02\xc4\x82\x20\x18\xd7\xff\xff"
    assert cbor2.loads(open_pack)[0][-2] == "/3418"
    assert senml.decode_cbor(open_pack, Path(3418, 0)) == {Path(3418, 0, 4): 21.5}


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"\xc8", "lwm2m-tlv-length"),
        (b"\xc8\x00\x14Open", "lwm2m-tlv-length"),
        (b"\xc3\x09\1\2\3", "lwm2m-tlv-value"),
        (b"\xc1\x09\x65", "lwm2m-range"),
        (b"\x41\x00\x01", "lwm2m-tlv-place"),
        (b"\x84\x06\xc1\x00\x01\x00", "lwm2m-tlv-place"),
        (b"\xe1\xff\xff\x00", "lwm2m-tlv-id"),
        (b"\xc2\x0e\xff\xfe", "lwm2m-tlv-value"),
        (b"\x00\x01\xc0\x00", "lwm2m-tlv-value"),
        (b"\xc0\x09" * 3_000, "lwm2m-tlv-entries"),
    ],
)
def test_wrong_tlv_is_named(data: bytes, code: str) -> None:
    if code == "lwm2m-tlv-entries":
        with pytest.raises(Malformed, match=code):
            list(tlv.entries(data))
        return
    with pytest.raises(Malformed):
        tlv.decode(data, DEVICE)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("{}", "senml-pack"),
        ("[1]", "senml-record"),
        ("[", "senml-json"),
        ('[{"n":"/3/0/9"}]', "senml-value"),
        ('[{"n":"/3/0/9","v":1,"vb":true}]', "senml-value"),
        ('[{"n":"/3/0/9","v":true}]', "senml-value"),
        ('[{"n":"/3/0/9","v":101}]', "lwm2m-range"),
        ('[{"n":"/3/0/9","v":1.5}]', "lwm2m-type"),
        ('[{"n":"/3/0/9","vs":"9"}]', "lwm2m-type"),
        ('[{"n":"/4/0/9","v":1}]', "senml-name"),
        ('[{"n":"/3/0","v":1}]', "senml-name"),
        ('[{"n":"3/0/9","v":1}]', "lwm2m-path"),
        ('[{"bn":7,"n":"3/0/9","v":1}]', "senml-name"),
        ('[{"n":"/3/0/9","v":1,"new_":1}]', "senml-must-understand"),
        ('[{"bver":11,"n":"/3/0/9","v":1}]', "senml-version"),
        ('[{"bv":1,"n":"/3/0/9","v":1}]', "senml-sum"),
        ('[{"n":"/3/0/22/0","vlo":"3:x"}]', "senml-link"),
        ('[{"n":"/0/0/3","vd":"*"}]', "senml-data"),
    ],
)
def test_wrong_senml_is_named(body: str, code: str) -> None:
    base = Path(0, 0) if "/0/0/3" in body else DEVICE
    with pytest.raises(Malformed) as told:
        senml.decode_json(body.encode(), base)
    assert told.value.code == code


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "cbor-length"),
        (b"\x82\x01", "cbor-length"),
        (b"\x01\x01", "cbor-end"),
        (b"\xff", "cbor-end"),
        (b"\x81\xff", "cbor-break"),
        (b"\x1c", "cbor-head"),
        (b"\xf8\x20", "cbor-simple"),
        (b"\x61\xff", "cbor-text"),
        (b"\xa1\x80\x01", "cbor-map"),
        (b"\xa2\x01\x01\x01\x02", "cbor-map"),
        (b"\xc1\x01", "cbor-tag"),
        (b"\xc4\x82\x1a\xff\xff\xff\xff\x01", "cbor-tag"),
        (b"\x7f\x41\x41\xff", "cbor-chunk"),
        (b"\x81" * 60 + b"\x01", "cbor-limit"),
        (b"\x99\xff\xff" + b"\x01" * 65_535, "cbor-limit"),
    ],
)
def test_wrong_cbor_is_named(data: bytes, code: str) -> None:
    with pytest.raises(Malformed) as told:
        cbor.decode(data)
    assert told.value.code == code


@given(st.binary(max_size=200), st.sampled_from(sorted(content.CODECS)))
def test_any_bytes_are_read_or_named(data: bytes, number: int) -> None:
    try:
        content.decode(number, data, Path(3416, 0))
    except Malformed as error:
        assert error.code


def test_a_format_that_is_not_spoken_and_a_number_json_lacks() -> None:
    with pytest.raises(Malformed, match="lwm2m-format"):
        content.decode(11_543, b"", DEVICE)
    nan: dict[Path, Value] = {Path(3416, 0, 52): math.nan}
    with pytest.raises(Malformed, match="senml-number"):
        senml.encode_json(nan, Path(3416, 0))
    (back,) = tlv.decode(tlv.encode(nan, Path(3416, 0)), Path(3416, 0)).values()
    assert isinstance(back, float)
    assert math.isnan(back)


def test_who_says_nothing_is_spoken_to_in_tlv() -> None:
    assert content.preferred(()) == tlv.FORMAT
    assert content.preferred((60, senml.JSON, senml.CBOR)) == senml.CBOR
    assert content.preferred((senml.JSON,)) == senml.JSON


@pytest.mark.parametrize("place", ["", "/", "3/0", "/3/0/1/2/3", "/-1", "/65535", "/3//1", "/٣"])
def test_what_is_no_path(place: str) -> None:
    with pytest.raises(Malformed, match="lwm2m-path"):
        parse_path(place)


def test_a_path_is_what_it_says() -> None:
    assert parse_path("/3416/0/3") == Path(3416, 0, 3)
    assert str(Path(3416, 0)) == "/3416/0"
    assert Path(3416).holds(Path(3416, 0, 3))
    assert not Path(3416, 1).holds(Path(3416, 0, 3))
    with pytest.raises(Malformed, match="lwm2m-type"):
        check(Path(3, 0, 4), 1)
