"""A gateway's columns survive the wire, and any wrong length or size is refused."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stadtwerk.protocols import columns
from stadtwerk.protocols.columns import GatewayColumns
from stadtwerk.protocols.lampradio import STATUS
from stadtwerk.protocols.malformed import Malformed


def heard(n: int, seed: int = 1) -> GatewayColumns:
    rng = np.random.default_rng(seed)
    return GatewayColumns(
        gateway_id="du-g01",
        time_us=1_795_000_000_000_000,
        dev_eui=rng.integers(0, 2**64 - 1, n, np.uint64),
        f_cnt=rng.integers(0, 2**32 - 1, n).astype(np.uint32),
        rssi_dbm=rng.integers(-130, -40, n).astype(np.int16),
        data=np.frombuffer(rng.bytes(n * STATUS.itemsize), STATUS),
    )


def wire(**changes: object) -> bytes:
    message = msgspec.msgpack.decode(columns.encode_columns(heard(3)))
    return msgspec.msgpack.encode({**message, **changes})


@given(st.integers(0, 300), st.integers(0, 5))
def test_columns_round_trip(n: int, seed: int) -> None:
    sent = heard(n, seed)
    seen = columns.decode_columns(columns.encode_columns(sent))
    assert (seen.gateway_id, seen.time_us, len(seen)) == (sent.gateway_id, sent.time_us, n)
    for name in ("dev_eui", "f_cnt", "rssi_dbm"):
        np.testing.assert_array_equal(getattr(seen, name), getattr(sent, name))
    assert seen.data.tobytes() == sent.data.tobytes()


def test_the_wire_is_the_contracts_map() -> None:
    message = msgspec.msgpack.decode(columns.encode_columns(heard(3)))
    assert list(message) == ["gateway_id", "time_us", "n", "f_port", "dev_eui", "f_cnt", "rssi_dbm", "data"]
    assert (message["n"], message["f_port"]) == (3, 2)
    assert [len(message[name]) for name in ("dev_eui", "f_cnt", "rssi_dbm", "data")] == [24, 12, 6, 84]


def test_the_limit_of_rows_holds_both_ways() -> None:
    assert len(columns.decode_columns(columns.encode_columns(heard(20_000)))) == 20_000
    with pytest.raises(Malformed, match="columns-rows"):
        columns.encode_columns(heard(20_001))
    with pytest.raises(Malformed, match="columns-msgpack"):
        columns.decode_columns(wire(n=20_001))
    with pytest.raises(Malformed, match="columns-size"):
        columns.decode_columns(bytes(2_000_000))


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"n": 4}, "columns-length"),
        ({"n": -1}, "columns-msgpack"),
        ({"n": "3"}, "columns-msgpack"),
        ({"data": b""}, "columns-length"),
        ({"dev_eui": bytes(23)}, "columns-length"),
        ({"f_port": 3}, "columns-msgpack"),
        ({"time_us": -1}, "columns-msgpack"),
        ({"gateway_id": ""}, "columns-msgpack"),
    ],
)
def test_a_wrong_message_is_named(change: dict[str, object], code: str) -> None:
    with pytest.raises(Malformed) as fault:
        columns.decode_columns(wire(**change))
    assert fault.value.code == code


@given(st.binary(max_size=300))
def test_any_bytes_are_columns_or_malformed(body: bytes) -> None:
    with pytest.raises(Malformed):
        columns.decode_columns(body)


def test_columns_of_different_length_never_leave() -> None:
    sent = heard(3)
    with pytest.raises(Malformed, match="different length"):
        columns.encode_columns(
            GatewayColumns(sent.gateway_id, 0, sent.dev_eui[:2], sent.f_cnt, sent.rssi_dbm, sent.data)
        )
    with pytest.raises(Malformed, match="status-dtype"):
        columns.encode_columns(GatewayColumns(sent.gateway_id, 0, sent.dev_eui, sent.f_cnt, sent.rssi_dbm, np.zeros(3)))


@given(st.integers(0, 2**64 - 1))
def test_euis_round_trip(number: int) -> None:
    assert columns.eui_number(columns.eui_text(number)) == number


@pytest.mark.parametrize("text", ["", "b0", "0x0000000000000b", "1_000000000000b0", "g" * 16])
def test_what_is_no_eui_is_malformed(text: str) -> None:
    with pytest.raises(Malformed, match="eui"):
        columns.eui_number(text)
