"""What a cabinet's controller says survives the air, and nonsense is named."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stadtwerk.protocols.cabinetradio import CabinetStatus, decode_cabinet, encode_cabinet
from stadtwerk.protocols.malformed import Malformed


@given(
    st.builds(
        CabinetStatus,
        flags=st.integers(0, 3),
        dead=st.integers(0, 0b111111),
        circuits=st.just(6),
        voltage_v=st.integers(0, 6000).map(lambda n: n / 10),
        power_w=st.integers(0, 1_000_000).map(lambda n: n / 10),
        energy_wh=st.integers(0, 2**32 - 1),
    )
)
def test_round_trip(status: CabinetStatus) -> None:
    assert decode_cabinet(encode_cabinet(status)) == status


def test_measures_saturate_and_the_meter_rolls_over() -> None:
    seen = decode_cabinet(encode_cabinet(CabinetStatus(0, 0, 3, 9_999.0, -5.0, 2**32 + 7)))
    assert (seen.voltage_v, seen.power_w, seen.energy_wh) == (6553.5, 0.0, 7)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "cabinet-length"),
        (bytes(15), "cabinet-length"),
        (bytes(16), "cabinet-version"),
        (b"\1\0\0\x09" + bytes(12), "cabinet-circuits"),
        (b"\1\0\x08\x03" + bytes(12), "cabinet-circuits"),
    ],
)
def test_nonsense_is_named(data: bytes, code: str) -> None:
    with pytest.raises(Malformed) as fault:
        decode_cabinet(data)
    assert fault.value.code == code


@given(st.binary(max_size=40))
def test_no_bytes_do_more_than_be_malformed(data: bytes) -> None:
    try:
        assert decode_cabinet(data).circuits <= 8
    except Malformed as fault:
        assert fault.code
