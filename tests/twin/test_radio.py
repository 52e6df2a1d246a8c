"""The air loses, delays and repeats as the city's figures say, and as the seed says."""

from __future__ import annotations

import numpy as np
import pytest

from stadtwerk.kernel.clock import US
from stadtwerk.protocols.lampradio import STATUS, LampCommand
from stadtwerk.twin import radio
from stadtwerk.twin.city import City, read_city
from stadtwerk.twin.radio import Air
from twin.folder import make_city

N = 20_000
COMMAND = LampCommand(3, 0)


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> City:
    return read_city(make_city(tmp_path_factory.mktemp("radio"), N, gateways=40))


def air(city: City, seed: int = 1) -> Air:
    return Air(city, np.random.default_rng(seed))


def send(sky: Air, *, twice: bool, n: int = N) -> np.ndarray:
    ix = np.arange(n)
    f_cnt = np.arange(n, dtype=np.uint32)
    sky.send_up(ix, f_cnt, np.zeros(n, STATUS), twice=np.full(n, twice), now_us=0)
    return sky.take_up(10 * US)


def test_one_transmission_in_twenty_is_lost_and_one_in_a_hundred_comes_twice(city: City) -> None:
    sky = air(city)
    frames = send(sky, twice=False)
    _, counts = np.unique(frames["ix"], return_counts=True)
    assert len(counts) / N == pytest.approx(0.95, abs=0.006)
    assert (counts == 2).mean() == pytest.approx(0.01, abs=0.003)
    assert sky.lost_up == N - len(counts)
    assert sky.repeated == int((counts == 2).sum())


def test_what_is_sent_twice_is_rarely_lost(city: City) -> None:
    frames = send(air(city), twice=True)
    assert len(np.unique(frames["ix"])) / N == pytest.approx(1 - 0.05**2, abs=0.0015)


def test_delays_lie_within_the_citys_figures_and_arrivals_in_order(city: City) -> None:
    at_s = send(air(city), twice=False)["at_us"] / US
    assert at_s.min() >= 0.2
    assert at_s.max() <= 5.0
    assert at_s.mean() == pytest.approx(2.6, abs=0.05)
    assert (np.diff(at_s) >= 0).all()


def test_nothing_arrives_before_its_time(city: City) -> None:
    sky = air(city)
    send(sky, twice=False, n=0)
    sky.send_up(np.arange(100), np.zeros(100, np.uint32), np.zeros(100, STATUS), twice=np.ones(100, bool), now_us=0)
    seen = 0
    for second in range(7):
        frames = sky.take_up(second * US)
        assert (frames["at_us"] <= second * US).all()
        assert (frames["at_us"] > (second - 1) * US).all()
        seen += len(frames)
    assert seen >= 99


def test_three_downlinks_in_a_hundred_are_missed(city: City) -> None:
    sky = air(city)
    assert sky.send_down(np.arange(N), COMMAND, alone=False, now_us=0)
    assert sky.take_down(0) == []
    heard = np.concatenate([downlink.ix for downlink in sky.take_down(6 * US)])
    assert len(heard) / N == pytest.approx(0.97, abs=0.004)
    assert sky.lost_down == N - len(heard)
    assert len(np.unique(heard)) == len(heard)


def test_a_group_hears_at_once_what_its_gateway_sends_once(city: City) -> None:
    sky = air(city)
    sky.send_down(np.arange(N), COMMAND, alone=False, now_us=0)
    downlinks = sky.take_down(6 * US)
    assert len(downlinks) == 40
    assert all(len(np.unique(city.gateway[downlink.ix])) == 1 for downlink in downlinks)
    assert [d.at_us for d in downlinks] == sorted(d.at_us for d in downlinks)


def test_a_lost_gateway_carries_nothing(city: City) -> None:
    sky = air(city)
    sky.gateway_lost = np.arange(40) == 3
    assert 3 not in city.gateway[send(sky, twice=True)["ix"]]
    sky.send_down(np.arange(N), COMMAND, alone=False, now_us=0)
    heard = np.concatenate([downlink.ix for downlink in sky.take_down(6 * US)])
    assert 3 not in city.gateway[heard]


def test_same_seed_same_weather(city: City) -> None:
    once, again, other = (send(air(city, seed), twice=False) for seed in (1, 1, 2))
    assert once.tobytes() == again.tobytes()
    assert once.tobytes() != other.tobytes()


def test_a_crowded_air_loses_and_counts(city: City) -> None:
    sky = air(city)
    ix = np.zeros(radio.FRAMES_PER_LAMP * N, np.int64)
    for _ in range(2):
        rows = np.zeros(len(ix), STATUS)
        sky.send_up(ix, ix.astype(np.uint32), rows, twice=np.ones(len(ix), bool), now_us=0)
    arrived = sky.take_up(6 * US)
    assert len(arrived) == radio.FRAMES_PER_LAMP * N
    assert sky.lost_up + len(arrived) >= 2 * len(ix)


def test_full_gateways_refuse(city: City) -> None:
    sky = air(city)
    taken = [sky.send_down(np.arange(100), COMMAND, alone=False, now_us=0) for _ in range(300)]
    assert taken.count(True) == radio.DOWNLINKS_MAX // 40
    assert not taken[-1]


def test_who_is_far_is_heard_faintly(city: City) -> None:
    frames = send(air(city), twice=True)
    there = city.gateway_lon_lat[city.gateway[frames["ix"]]]
    far = np.hypot(there[:, 0] - city.lon[frames["ix"]], there[:, 1] - city.lat[frames["ix"]])
    assert np.corrcoef(np.log(far), frames["rssi_dbm"])[0, 1] < -0.8
    assert -137 <= frames["rssi_dbm"].min() <= frames["rssi_dbm"].max() <= -30
