"""Few uplinks travel as ChirpStack events, many as columns, and none twice."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from chirpstack_api import integration
from google.protobuf import json_format

from stadtwerk.kernel.clock import US
from stadtwerk.protocols import chirpstack, columns, lampradio
from stadtwerk.twin.city import City, read_city
from stadtwerk.twin.gateways import Gateways
from stadtwerk.twin.radio import FRAME, Frames
from twin.conftest import NOON_US, MakeWorld
from twin.folder import make_city
from twin.living import live


@pytest.fixture
def city(tmp_path: Path) -> City:
    return read_city(make_city(tmp_path, 90))


def frames(ix: list[int], at_us: int = NOON_US) -> Frames:
    made = np.zeros(len(ix), FRAME)
    made["ix"], made["at_us"], made["f_cnt"], made["rssi_dbm"] = ix, at_us, range(len(ix)), -100
    made["data"]["version"] = lampradio.VERSION
    return made


def test_up_to_four_a_second_each_travels_alone(city: City) -> None:
    sent = Gateways(city, np.random.default_rng(1)).forward(frames([0, 3, 6, 9, 1]), NOON_US)
    assert [message.topic for message in sent] == [chirpstack.uplink_topic(city.dev_eui[ix]) for ix in (0, 3, 6, 9, 1)]


def test_chirpstack_reads_every_event(city: City) -> None:
    sent = Gateways(city, np.random.default_rng(1)).forward(frames([0, 4]), NOON_US)
    events = [json_format.Parse(message.body, integration.UplinkEvent()) for message in sent]
    assert [event.device_info.device_name for event in events] == ["tb-0000001", "tb-0000005"]
    assert [event.rx_info[0].gateway_id for event in events] == [city.gateway_eui[0], city.gateway_eui[1]]
    assert all(event.rx_info[0].rssi == -100 for event in events)
    assert all(len(event.data) == 28 and event.f_port == 2 for event in events)
    assert events[0].time.ToJsonString() == "2026-11-24T12:00:00Z"
    assert len({event.deduplication_id for event in events}) == 2


def test_five_a_second_travel_in_columns(city: City) -> None:
    (message,) = Gateways(city, np.random.default_rng(1)).forward(frames([0, 3, 6, 9, 12]), NOON_US)
    assert message.topic == "gateway/tb-g00/event/columns"
    many = columns.decode_columns(message.body)
    assert many.dev_eui.tolist() == city.dev_eui_number[[0, 3, 6, 9, 12]].tolist()
    assert many.f_cnt.tolist() == [0, 1, 2, 3, 4]


def test_a_busy_gateway_gathers_for_a_second_when_time_runs_finer(city: City) -> None:
    gateways, sizes = Gateways(city, np.random.default_rng(1)), []
    for quarter in range(16):
        messages = gateways.forward(frames([0, 3]), NOON_US + quarter * US // 4)
        sizes.append(sorted(message.uplinks for message in messages))
    assert sizes[:5] == [[1, 1], [1, 1], [1, 1], [1, 1], [1, 1]]
    assert sizes[5:] == [[], [], [], [8], [], [], [], [8], [], [], []]


def test_no_frame_is_forwarded_twice_or_forgotten(make_world: MakeWorld) -> None:
    world = make_world(600)
    heard = Counter((h.eui, h.f_cnt) for h in live(world, 1000))
    assert max(heard.values()) == 1
    assert sum(heard.values()) == world.memory.f_cnt.sum() - len(world.air._frames)
