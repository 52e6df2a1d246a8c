"""Each radio frame is let in once, or set aside with a reason; nothing hangs."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stadtwerk.adapters.lamp_radio.uplink import Frames, Gate, read
from stadtwerk.kernel.clock import US
from stadtwerk.protocols import chirpstack, columns, lampradio
from stadtwerk.protocols.malformed import Malformed

NOW_US = 1_790_000_000 * US
EUIS = np.array([0xA2, 0xA1, 0xA3], np.uint64)


def status(n: int) -> lampradio.StatusRows:
    """Pack n lamps at 40 %."""
    names = (
        "temperature_c",
        "power_w",
        "voltage_v",
        "energy_wh",
        "burning_min",
        "clock_s",
        "token",
        "applied",
        "flags",
    )
    zeros = {name: np.zeros(n) for name in names}
    return lampradio.encode_status({**zeros, "flags": np.zeros(n, np.uint8), "level_percent": np.full(n, 40.0)})


def gate() -> Gate:
    """Know three lamps: rows 0 and 1 at gateway g1, row 2 at g2; only row 0 was heard before (frame 10)."""
    return Gate(EUIS, ["g1", "g1", "g2"], np.array([10.0, np.nan, np.nan]))


def frames(
    eui: list[int], f_cnt: list[int], gateway: str | None = "g1", time_us: int = NOW_US, data: object = None
) -> Frames:
    """Make a message's frames."""
    n = len(eui)
    rows = status(n) if data is None else data
    return Frames(gateway, time_us, np.array(eui, np.uint64), np.array(f_cnt, np.uint32), np.zeros(n, np.int16), rows)


def test_good_frames_become_observations() -> None:
    """Rows, units and signal strength come out as columns."""
    seen = gate().admit(frames([0xA1, 0xA2], [1, 11]), NOW_US)
    assert seen is not None
    assert seen.rows.tolist() == [1, 0]
    assert seen.columns["level_percent"].tolist() == [40.0, 40.0]


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (frames([0xA2], [10]), "replayed-frame"),
        (frames([0xA2], [3]), "replayed-frame"),
        (frames([0xFF], [1]), "unknown-device"),
        (frames([0xA3], [1]), "foreign-gateway"),
        (frames([0xA1], [1], gateway="g9"), "foreign-gateway"),
        (frames([0xA1], [1], time_us=0), "clock"),
        (frames([0xA1], [1], time_us=NOW_US + 3600 * US), "clock"),
    ],
)
def test_bad_frames_are_counted(bad: Frames, reason: str) -> None:
    """Replays, strangers, a second gateway's claim and clocks of 1970 are set aside by name."""
    door = gate()
    assert door.admit(bad, NOW_US) is None
    assert dict(door.rejected) == {reason: 1}


def test_one_bad_row_does_not_spoil_the_others() -> None:
    """A columnar message with a duplicate, a stranger and a good row gives the good row."""
    door = gate()
    seen = door.admit(frames([0xA2, 0xA2, 0xFF], [13, 13, 1]), NOW_US)
    assert seen is not None
    assert seen.rows.tolist() == [0]
    assert door.rejected == {"replayed-frame": 1, "unknown-device": 1}
    assert door.missed == 2


@given(body=st.binary(max_size=400), columnar=st.booleans())
def test_noise_is_malformed_at_most(body: bytes, columnar: bool) -> None:
    """Whatever bytes come, the reader answers with frames or with a typed fault."""
    topic = chirpstack.columns_topic("g1") if columnar else chirpstack.uplink_topic("00000000000000a1")
    try:
        read(topic, body, NOW_US)
    except Malformed as fault:
        assert fault.code


def test_a_liar_about_its_name_is_malformed() -> None:
    """Topic and content must name the same sender."""
    many = columns.GatewayColumns("g2", NOW_US, EUIS[:1], np.ones(1, np.uint32), np.zeros(1, np.int16), status(1))
    with pytest.raises(Malformed, match="gateway-topic"):
        read(chirpstack.columns_topic("g1"), columns.encode_columns(many), NOW_US)
