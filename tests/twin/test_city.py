"""A city folder is read whole, or refused with the reason."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from stadtwerk.protocols import chirpstack, lampradio
from stadtwerk.protocols.chirpstack import DownlinkCommand, MulticastDownlink
from stadtwerk.protocols.lampradio import LampCommand
from stadtwerk.protocols.malformed import Malformed
from stadtwerk.twin.addresses import Addresses
from stadtwerk.twin.city import CityError, read_city
from stadtwerk.twin.world import World
from twin.folder import make_city


def test_what_is_read_is_what_was_written(tmp_path: Path) -> None:
    city = read_city(make_city(tmp_path, 100))
    assert (len(city), city.name, city.timezone) == (100, "testburg", "Europe/Berlin")
    assert [p.id for p in city.programs] == ["all-night", "half-night"]
    assert city.gateway_id == ("tb-g00", "tb-g01", "tb-g02")
    assert city.groups["city"].tolist() == list(range(100))
    assert city.groups["street-s3"].tolist() == list(range(3, 100, 10))
    assert city.groups["circuit-tb-k0001"].tolist() == list(range(20, 40))
    assert city.circuits_of["tb-c000"] == ("tb-k0000", "tb-k0001", "tb-k0002")
    assert (city.lamp_type[:6] == [0, 0, 0, 0, 1, 2]).all()
    assert f"{int(city.dev_eui_number[5]):016x}" == city.dev_eui[5]
    assert city.radio.uplink_loss == 0.05


def test_circuits_may_lack_and_lamps_be_limited(tmp_path: Path) -> None:
    folder = make_city(tmp_path, 100)
    (folder / "circuits.csv").unlink()
    city = read_city(folder, limit_lamps=10)
    assert len(city) == 10
    assert city.circuits_of == {}
    assert city.groups["city"].max() == 9
    assert city.fingerprint != read_city(folder).fingerprint


def test_who_speaks_something_else_is_called_by_nobody_over_lorawan(tmp_path: Path) -> None:
    folder = make_city(tmp_path, 100)
    assert set(read_city(folder).spoken.tolist()) == {0}
    first, *lines = (folder / "lamps.csv").read_text().splitlines()
    told = [f"{line},{'lwm2m' if row % 2 else 'lorawan'}" for row, line in enumerate(lines)]
    (folder / "lamps.csv").write_text("\n".join([f"{first},radio", *told]))
    city = read_city(folder)
    called = Addresses(city).read(chirpstack.multicast_topic("city"), group_call("city")).ix
    assert called.tolist() == list(range(0, 100, 2))
    alone = DownlinkCommand(city.dev_eui[1], lampradio.COMMAND_PORT, b"")
    with pytest.raises(Malformed):
        Addresses(city).read(chirpstack.downlink_topic(city.dev_eui[1]), chirpstack.encode(alone))


def group_call(group: str) -> bytes:
    data = lampradio.encode_command(LampCommand(lampradio.OP_REPORT, 0))
    return chirpstack.encode(MulticastDownlink(group, lampradio.COMMAND_PORT, data))


@pytest.mark.parametrize(
    ("file", "old", "new", "reason"),
    [
        ("lamps.csv", "dev_eui", "deveui", "no column dev_eui"),
        ("lamps.csv", "tb-0000001,", "", "row 2 has 14 fields"),
        ("lamps.csv", "60.0,led", "nan,led", "not a number"),
        ("lamps.csv", "60.0,led", "many,led", "could not convert"),
        ("lamps.csv", ",led,", ",neon,", "unknown lamp_type 'neon'"),
        ("lamps.csv", "half-night", "whole-night", "unknown program 'whole-night'"),
        ("lamps.csv", "tb-g01", "tb-g99", "unknown gateway 'tb-g99'"),
        ("lamps.csv", "000000b000000001", "000000b000000000", "two lamps"),
        ("lamps.csv", "000000b000000001", "xyz", "dev_eui"),
        ("lamps.csv", "2019-05-01", "yesterday", "yesterday"),
        ("city.json", '"centre"', '"center"', "centre"),
        ("city.json", "{", "", "JSONDecodeError"),
        ("city.json", '"on_elevation_deg"', '"on_deg"', "on_elevation_deg"),
    ],
)
def test_a_broken_folder_is_refused_with_the_reason(tmp_path: Path, file: str, old: str, new: str, reason: str) -> None:
    path = make_city(tmp_path, 20) / file
    path.write_text(path.read_text().replace(old, new, 1))
    with pytest.raises(CityError, match=reason):
        read_city(tmp_path)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CityError, match=r"city\.json"):
        read_city(tmp_path)


def test_an_empty_city_lives(tmp_path: Path) -> None:
    city = read_city(make_city(tmp_path / "city", 0))
    world = World(city, tmp_path / "state", seed=1, now_us=0)
    assert [message for message in world.step(10_000_000) if message.uplinks] == []
    assert np.size(world.lamps.level) == 0
