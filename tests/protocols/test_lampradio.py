"""The lamps' payloads survive the air, and nonsense is named."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stadtwerk.protocols import lampradio
from stadtwerk.protocols.lampradio import COMMAND, STATUS, LampCommand
from stadtwerk.protocols.malformed import Malformed

commands = st.builds(
    LampCommand,
    op=st.sampled_from([1, 2, 3]),
    token=st.integers(1, 2**32 - 1),
    level_percent=st.integers(0, 200).map(lambda half: half / 2),
    ramp_s=st.integers(0, 3600),
    until_s=st.integers(1, 2**32 - 1),
)


def statuses(n: int) -> dict[str, np.ndarray]:
    return {
        "level_percent": np.linspace(0, 100, n),
        "temperature_c": np.linspace(-20, 60, n),
        "power_w": np.linspace(0, 250, n),
        "voltage_v": np.full(n, 231.4),
        "energy_wh": np.full(n, 123_456),
        "burning_min": np.full(n, 99),
        "clock_s": np.full(n, 1_795_000_000),
        "token": np.arange(n),
        "applied": np.arange(n),
        "flags": np.full(n, 5),
    }


def test_sizes_on_the_air() -> None:
    assert (STATUS.itemsize, COMMAND.itemsize) == (28, 16)


def test_a_command_byte_by_byte() -> None:
    body = lampradio.encode_command(LampCommand(1, 0x01020304, 40.0, 10, 0x0A0B0C0D))
    assert body.hex() == "01015000" + "0a000000" + "04030201" + "0d0c0b0a"


@given(commands)
def test_a_command_round_trips(command: LampCommand) -> None:
    assert lampradio.decode_command(lampradio.encode_command(command)) == command


@given(st.binary(max_size=40))
def test_any_bytes_are_a_command_or_malformed(body: bytes) -> None:
    try:
        command = lampradio.decode_command(body)
    except Malformed as fault:
        assert fault.code.startswith("command-")
    else:
        assert lampradio.decode_command(lampradio.encode_command(command)) == command


@pytest.mark.parametrize(
    ("command", "code"),
    [
        (LampCommand(4, 1), "command-op"),
        (LampCommand(1, 1, 101, 0, 9), "command-level"),
        (LampCommand(1, 1, float("nan"), 0, 9), "command-level"),
        (LampCommand(1, 1, 50, 3601, 9), "command-ramp"),
        (LampCommand(1, 0, 50, 0, 9), "command-token"),
        (LampCommand(1, 2**32, 50, 0, 9), "command-token"),
        (LampCommand(1, 1, 50, 0, 0), "command-until"),
    ],
)
def test_a_command_no_lamp_may_get_is_refused(command: LampCommand, code: str) -> None:
    with pytest.raises(Malformed) as fault:
        lampradio.encode_command(command)
    assert fault.value.code == code


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "command-length"),
        (b"\x02\x01" + bytes(14), "command-version"),
        (b"\x01\x01\xc9\x00" + bytes(4) + b"\x01" + bytes(3) + b"\x01" + bytes(3), "command-level"),
    ],
)
def test_a_wrong_command_from_the_air_is_named(body: bytes, code: str) -> None:
    with pytest.raises(Malformed) as fault:
        lampradio.decode_command(body)
    assert fault.value.code == code


def test_statuses_round_trip_in_physical_units() -> None:
    rows = lampradio.decode_status(lampradio.encode_status(statuses(201)).tobytes())
    seen = lampradio.physical(rows)
    np.testing.assert_allclose(seen["level_percent"], np.linspace(0, 100, 201), atol=0.25)
    np.testing.assert_allclose(seen["power_w"], np.linspace(0, 250, 201), atol=0.051)
    np.testing.assert_allclose(seen["voltage_v"], 231.4)
    np.testing.assert_allclose(seen["energy_kwh"], 123.456)
    np.testing.assert_allclose(seen["burning_h"], 1.65)
    assert seen["clock_us"][0] == 1_795_000_000_000_000
    assert (seen["flags"] == 5).all()


def test_measures_saturate_and_counters_roll_over() -> None:
    wild = statuses(1) | {
        "temperature_c": np.array([900.0]),
        "power_w": np.array([1e9]),
        "voltage_v": np.array([-1.0]),
        "applied": np.array([65_537]),
        "energy_wh": np.array([2.0**32 + 7]),
    }
    row = lampradio.encode_status(wild)[0]
    assert (row["temperature_c"], row["power_dw"], row["voltage_dv"]) == (127, 65_535, 0)
    assert (row["applied"], row["energy_wh"]) == (1, 7)


@pytest.mark.parametrize("name", ["level_percent", "power_w", "temperature_c", "voltage_v"])
@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_what_is_no_number_never_goes_on_air(name: str, value: float) -> None:
    with pytest.raises(Malformed, match="not a number"):
        lampradio.encode_status(statuses(1) | {name: np.array([value])})


@pytest.mark.parametrize("length", [0, 1, 27, 29, 55])
def test_a_status_of_wrong_length_is_refused(length: int) -> None:
    with pytest.raises(Malformed) as fault:
        lampradio.decode_status(bytes(length))
    assert fault.value.code == "status-length"


def test_an_array_of_another_kind_is_refused() -> None:
    with pytest.raises(Malformed, match="status-dtype"):
        lampradio.status_rows(np.zeros(3))


def test_unsound_rows_are_told_apart() -> None:
    rows = lampradio.encode_status(statuses(4))
    rows["version"][1], rows["level"][2] = 9, 201
    assert lampradio.sound(rows).tolist() == [True, False, False, True]
    with pytest.raises(Malformed, match="status-version"):
        lampradio.decode_status(rows)
    with pytest.raises(Malformed, match="status-level"):
        lampradio.decode_status(rows[2:])
