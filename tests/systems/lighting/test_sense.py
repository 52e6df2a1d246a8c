"""What the lamps, controllers and gateways told is read as one cause each, also where nobody says it outright."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from path.small_city import write_small_city
from stadtwerk.app.folder import open_folder
from stadtwerk.kernel.alarm.causes import Causes
from stadtwerk.kernel.alarm.conditions import Conditions
from stadtwerk.kernel.clock import US, parse_iso
from stadtwerk.systems.lighting.alarms import ALARMS
from stadtwerk.systems.lighting.inventory import read_inventory
from stadtwerk.systems.lighting.sense import sense
from stadtwerk.systems.lighting.state import LAMP_FAILURE, OVERRIDE_ACTIVE, Lighting, make_lighting
from stadtwerk.systems.lighting.watched import watched

NOON_US, NIGHT_US = parse_iso("2026-11-24T11:00:00Z"), parse_iso("2026-11-24T22:00:00Z")
PERIOD_S = 900

CABINETS = ("k1,f1,g1", "k2,f1,g1", "k3,f1,g1", "k4,f1,g2", "k5,f2,g2")


class Village:
    """Fifty lamps on ten circuits; two circuits to a cabinet, four cabinets on one feeder; two gateways."""

    def __init__(self, folder: Path, now_us: int, *, controllers: bool) -> None:
        write_small_city(folder, 50)
        head = "id,lon,lat,district"
        rows = [f"{line.split(',')[0]},6.76,51.43,d1" for line in CABINETS]
        if controllers:
            head += ",feeder,gateway,dev_eui"
            rows = [
                f"{row},{','.join(line.split(',')[1:])},{n:016x}"
                for n, (row, line) in enumerate(zip(rows, CABINETS, strict=True), 0xC0)
            ]
        (folder / "cabinets.csv").write_text("\n".join([head, *rows]) + "\n")
        circuits = [f"c{n},{CABINETS[(n - 1) // 2].split(',')[0]},L1" for n in range(1, 11)]
        (folder / "circuits.csv").write_text("\n".join(["id,cabinet,phase", *circuits]) + "\n")
        (folder / "gateways.csv").write_text(
            "id,eui,lon,lat\ng1,00000000000000a1,6.76,51.43\ng2,00000000000000a2,6.76,51.43\n"
        )
        lines = (folder / "lamps.csv").read_text().splitlines()
        names = lines[0].split(",")
        cells = [dict(zip(names, line.split(","), strict=True)) for line in lines[1:]]
        for row, cell in enumerate(cells):
            cell["circuit"], cell["gateway"] = f"c{row // 5 + 1}", "g1" if row < 30 else "g2"
        (folder / "lamps.csv").write_text(
            "\n".join([lines[0], *(",".join(cell[name] for name in names) for cell in cells)]) + "\n"
        )
        self.lighting: Lighting = make_lighting(read_inventory(open_folder(folder)))
        kinds = {kind.id: kind for kind in ALARMS}
        self.conditions = {name: Conditions(kinds[name], things) for name, things in watched(self.lighting).items()}
        self.causes = Causes(self.conditions)
        self.now_us, self.controllers = now_us, controllers
        self.silent = np.zeros(50, np.bool_)
        self.lost = np.zeros(2, np.bool_)
        self.mute = np.zeros(5, np.bool_)
        self.lighting.seen.observed_at_us[:] = now_us
        self.lighting.seen["level_percent"][:] = 0.0
        self.lighting.seen["flags"][:] = 0
        self.lighting.gateways.observed_at_us[:] = now_us
        if controllers:
            self.lighting.cabinets.observed_at_us[:] = now_us
            for name, value in (("mains_lost", 0.0), ("dead_circuits", 0.0), ("voltage_v", 230.0)):
                self.lighting.cabinets[name][:] = value

    def live(self, seconds: int) -> dict[str, list[str]]:
        """Live on, whatever is not silent speaking in its turn; return what was raised, returned and explained."""
        told: dict[str, list[str]] = {"raised": [], "returned": [], "explained": []}
        lighting, deaf = self.lighting, self.lost[self.lighting.supply.gateway_of_lamp]
        step_s = 1 if seconds <= 600 else 10
        for _ in range(seconds // step_s):
            self.now_us += step_s * US
            speaks = self._turn(PERIOD_S, step_s, np.arange(50) * 18) & ~self.silent & ~deaf
            lighting.seen.observed_at_us[speaks] = self.now_us
            lighting.gateways.observed_at_us[self._turn(30, step_s) & ~self.lost] = self.now_us
            if self.controllers:
                there = ~self.lost[lighting.supply.gateway_of_cabinet] & (lighting.cabinets["mains_lost"] == 0)
                lighting.cabinets.observed_at_us[there & ~self.mute & self._turn(300, step_s)] = self.now_us
            change = self.causes.look(sense(lighting, self.now_us), self.now_us)
            told["raised"] += change.raised
            told["returned"] += change.returned
            told["explained"] += change.explained
        return told

    def _turn(self, period_s: int, step_s: int, phase_s: Any = 0) -> Any:
        second = self.now_us // US - phase_s
        return second // period_s != (second - step_s) // period_s


@pytest.fixture
def village(tmp_path: Path) -> Village:
    return Village(tmp_path / "city", NIGHT_US, controllers=True)


def dark(village: Village, cabinets: list[int], *, off: bool = True) -> None:
    """Cut the mains of cabinets, whose controllers say so, or bring them back."""
    village.lighting.cabinets["mains_lost"][cabinets] = float(off)
    village.lighting.cabinets.observed_at_us[cabinets] = village.now_us
    of_lamp = village.lighting.supply.cabinet_of_lamp
    village.silent[np.isin(of_lamp, cabinets)] = off


def test_a_quiet_hour_raises_nothing(village: Village) -> None:
    assert village.live(3600) == {"raised": [], "returned": [], "explained": []}


def test_a_cabinet_is_one_alarm_for_hours(village: Village) -> None:
    dark(village, [4])
    assert village.live(30)["raised"] == ["lighting.cabinet-out:k5"]
    assert village.live(2 * 3600)["raised"] == []
    dark(village, [4], off=False)
    assert village.live(3600) == {"raised": [], "returned": ["lighting.cabinet-out:k5"], "explained": []}


def test_a_breaker_is_a_circuit(village: Village) -> None:
    village.lighting.cabinets["dead_circuits"][0] = 0b10
    village.silent[5:10] = True
    assert village.live(30)["raised"] == ["lighting.circuit-out:c2"]
    assert village.live(2 * 3600)["raised"] == []
    village.lighting.cabinets["dead_circuits"][0] = 0b11
    village.silent[:10] = True
    assert village.live(30) == {
        "raised": ["lighting.cabinet-out:k1"],
        "returned": [],
        "explained": ["lighting.circuit-out:c2"],
    }


def test_all_cabinets_of_a_feeder_are_the_feeder_even_if_one_was_not_heard(village: Village) -> None:
    dark(village, [0, 1, 2])
    village.silent[30:40] = True
    assert village.live(60)["raised"] == ["lighting.feeder-out:f1"]
    assert village.live(3 * 3600)["raised"] == []


def test_two_cabinets_of_four_are_two_causes(village: Village) -> None:
    dark(village, [0, 1])
    assert village.live(60)["raised"] == ["lighting.cabinet-out:k1", "lighting.cabinet-out:k2"]


def test_a_gateway_is_told_within_a_minute_and_explains_its_lamps_and_controllers(village: Village) -> None:
    village.lost[1] = True
    assert village.live(60)["raised"] == ["lighting.gateway-lost:g2"]
    assert village.live(2 * 3600)["raised"] == []
    village.lost[1] = False
    assert village.live(2 * 3600) == {"raised": [], "returned": ["lighting.gateway-lost:g2"], "explained": []}


def test_all_gateways_at_once_are_the_network(village: Village) -> None:
    village.lost[:] = True
    assert village.live(120)["raised"] == ["lighting.network-lost:radio"]
    village.lost[:] = False
    village.live(60)
    village.lighting.radio_up = False
    assert village.live(20)["raised"] == ["lighting.network-lost:radio"]


def test_one_silent_lamp_is_told_after_an_hour(village: Village) -> None:
    village.silent[7] = True
    assert village.live(2600)["raised"] == []
    assert village.live(2000)["raised"] == ["lighting.lamp-silent:do-0000008"]
    village.silent[7] = False
    assert village.live(PERIOD_S)["returned"] == ["lighting.lamp-silent:do-0000008"]


def test_a_lamp_that_says_it_failed_is_out(village: Village) -> None:
    village.lighting.seen["flags"][3] = LAMP_FAILURE
    assert village.live(301)["raised"] == ["lighting.lamp-out:do-0000004"]


def test_a_controller_that_says_nothing_more_while_its_lamps_burn_is_silent(village: Village) -> None:
    village.mute[2] = True
    assert village.live(1700)["raised"] == ["lighting.controller-silent:k3"]


def test_a_cabinet_whose_lamps_are_heard_has_mains_whatever_it_said(village: Village) -> None:
    village.lighting.cabinets["mains_lost"][4] = 1.0
    assert village.live(30)["raised"] == ["lighting.cabinet-out:k5"]
    assert village.live(2 * PERIOD_S)["returned"] == ["lighting.cabinet-out:k5"]


def test_low_mains_are_told_after_ten_minutes(village: Village) -> None:
    village.lighting.cabinets["voltage_v"][1] = 201.0
    assert village.live(590)["raised"] == []
    assert village.live(20)["raised"] == ["lighting.voltage:k2"]


def test_without_controllers_the_lamps_silence_tells_of_circuit_and_cabinet(tmp_path: Path) -> None:
    village = Village(tmp_path / "city", NIGHT_US, controllers=False)
    village.silent[10:15] = True
    assert village.live(2 * 3600)["raised"] == ["lighting.circuit-out:c3"]
    village.silent[40:50] = True
    told = village.live(2 * 3600)
    assert told["raised"] == ["lighting.circuit-out:c9", "lighting.cabinet-out:k5"]
    assert told["explained"] == ["lighting.circuit-out:c9"]


def test_burning_by_day_is_told_unless_somebody_asked_for_it(tmp_path: Path) -> None:
    village = Village(tmp_path / "city", NOON_US, controllers=True)
    village.lighting.seen["level_percent"][[1, 2]] = 100.0
    village.lighting.seen["flags"][2] = OVERRIDE_ACTIVE
    assert village.live(3600)["raised"] == ["lighting.day-burner:do-0000002"]
    village.lighting.seen["level_percent"][1] = 0.0
    assert village.live(10)["returned"] == ["lighting.day-burner:do-0000002"]


def test_a_city_never_heard_is_not_in_alarm(tmp_path: Path) -> None:
    village = Village(tmp_path / "city", NIGHT_US, controllers=True)
    for seen in (village.lighting.seen, village.lighting.gateways):
        seen.observed_at_us[:] = 0
    assert sense(village.lighting, NIGHT_US + 86_400 * US) == {}


def test_what_was_silent_before_we_listened_is_not_told_at_once(tmp_path: Path) -> None:
    village = Village(tmp_path / "city", NIGHT_US, controllers=True)
    village.lighting.seen.observed_at_us[:] = NIGHT_US - 86_400 * US
    village.lighting.gateways.observed_at_us[:] = NIGHT_US - 86_400 * US
    village.lighting.listening_since_us = village.lighting.radio_since_us = NIGHT_US
    assert village.live(1800)["raised"] == []
