"""A cabinet's controller reports, meters, has a last word, and keeps counting its frames whatever is killed."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import pytest

from stadtwerk.kernel.clock import US, iso
from stadtwerk.protocols import cabinetradio, chirpstack
from stadtwerk.protocols.cabinetradio import CabinetStatus, decode_cabinet
from stadtwerk.twin.city import read_city
from stadtwerk.twin.world import World
from twin.conftest import NOON_US
from twin.folder import PERFECT_RADIO, make_city


class Word(msgspec.Struct):
    """What a controller said, and when."""

    second: int
    name: str
    f_cnt: int
    status: CabinetStatus


@pytest.fixture
def city_folder(tmp_path: Path) -> Path:
    return make_city(tmp_path / "city", 240, radio=PERFECT_RADIO, controllers=True)


def begin(city: Path, *faults: dict[str, object], radio: None = None, state: str = "state") -> World:
    folder = city.parent / state
    folder.mkdir(exist_ok=True)
    (folder / "drill.jsonl").write_text("".join(json.dumps(fault) + "\n" for fault in faults))
    return World(read_city(city), folder, seed=1, now_us=NOON_US)


def listen(world: World, seconds: int) -> tuple[list[Word], list[tuple[int, str]]]:
    """Live on; return what controllers said and which gateways gave a sign of life."""
    words, signs = [], []
    for _ in range(seconds):
        for message in world.step(world.now_us + US):
            second = (world.now_us - NOON_US) // US
            kind, sender = chirpstack.parse_topic(message.topic)
            if kind == "stats":
                signs.append((second, sender))
            elif kind == "up":
                event = chirpstack.decode_uplink(message.body)
                if event.f_port == cabinetradio.CABINET_PORT:
                    words.append(Word(second, event.device_info.device_name, event.f_cnt, decode_cabinet(event.data)))
    return words, signs


def at(second: int) -> str:
    return iso(NOON_US + second * US)


def test_every_controller_reports_every_five_minutes(city_folder: Path) -> None:
    words, _ = listen(begin(city_folder), 1200)
    names = [word.name for word in words if word.second > 600]
    assert set(names) == {f"tb-c{n:03d}" for n in range(4)}
    assert 7 <= len(names) <= 9
    assert all(word.status.circuits == 3 and word.status.dead == 0 and word.status.flags == 0 for word in words)
    assert all(220 < word.status.voltage_v < 240 for word in words)
    assert all(word.status.power_w == pytest.approx(60 * 0.5, abs=5) for word in words), "60 lamps in standby by day"


def test_a_last_word_is_said_three_times_and_then_nothing(city_folder: Path) -> None:
    out = {"at": at(400), "kind": "cabinet-out", "cabinet": "tb-c001", "until": at(1400), "silent": True, "dark": True}
    words, _ = listen(begin(city_folder, out), 1500)
    mine = [word for word in words if word.name == "tb-c001"]
    gasps = [word for word in mine if word.status.flags & cabinetradio.MAINS_LOST]
    assert len(gasps) == 3
    assert all(400 <= word.second <= 408 for word in gasps)
    assert all(word.status.power_w == 0 for word in gasps)
    assert not [word for word in mine if 408 < word.second < 1400]
    assert any(1400 <= word.second <= 1412 and word.status.voltage_v > 200 for word in mine)


def test_a_tripped_breaker_is_told_at_once(city_folder: Path) -> None:
    trip = {"at": at(400), "kind": "circuit-out", "circuit": "tb-k0004", "silent": True, "dark": True}
    words, _ = listen(begin(city_folder, trip), 420)
    told = [word for word in words if word.second >= 400 and word.status.dead]
    assert {(word.name, word.status.dead) for word in told} == {("tb-c001", 0b010)}
    assert len(told) == 3


def test_a_lost_gateway_hears_no_controller_and_gives_no_sign_of_life(city_folder: Path) -> None:
    lost = {"at": at(100), "kind": "gateway-lost", "gateway": "tb-g01", "silent": True}
    words, signs = listen(begin(city_folder, lost), 700)
    eui = f"{0xA0_0000 + 1:016x}"
    assert max(second for second, sender in signs if sender == eui) <= 100
    assert sum(sender != eui for _, sender in signs) == 2 * 700 // 30 + 1
    assert not [word for word in words if word.name == "tb-c001" and word.second > 106]


def test_frames_and_meter_go_on_after_a_kill(city_folder: Path) -> None:
    first, _ = listen(begin(city_folder), 700)
    again, _ = listen(begin(city_folder), 700)
    last = {word.name: word.f_cnt for word in first}
    assert all(word.f_cnt > last[word.name] for word in again)


def test_a_city_without_controllers_has_none(tmp_path: Path) -> None:
    words, signs = listen(begin(make_city(tmp_path / "city", 60, radio=PERFECT_RADIO)), 100)
    assert words == []
    assert len({sender for _, sender in signs}) == 3
