"""What breaks is written down beforehand, and breaks just so."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from stadtwerk.kernel.clock import US, iso, parse_iso
from stadtwerk.twin.city import City, read_city
from stadtwerk.twin.faults import Fault, FaultScript, write_script
from stadtwerk.twin.lamps import NEVER, UNPOWERED
from twin.conftest import NOON_US, MakeWorld
from twin.folder import NO_FAULTS, make_city
from twin.living import live


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> City:
    return read_city(make_city(tmp_path_factory.mktemp("faults"), 20_000, gateways=40, faults={}, controllers=True))


def test_the_script_follows_the_citys_rates(city: City) -> None:
    script = write_script(city, seed=1, start_us=NOON_US)
    at_start = [fault for fault in script if fault.at == iso(NOON_US)]
    dead = [fault for fault in at_start if fault.kind in ("lamp-dead", "lamp-failed")]
    assert len(dead) / 20_000 == pytest.approx(0.004, abs=0.0015)
    assert 5 < sum(fault.kind == "day-burner" for fault in at_start) < 40
    cabinets = {(fault.cabinet, fault.at) for fault in script if fault.kind == "cabinet-out"}
    assert len(cabinets) / (334 * 365) == pytest.approx(0.002, rel=0.2)
    assert {fault.kind for fault in script} >= {"radio-failed", "clock-not-set", "gateway-lost"}
    assert [fault.at for fault in script] == sorted(fault.at for fault in script)


def test_same_seed_same_faults(city: City) -> None:
    one, same, other = (write_script(city, seed=seed, start_us=NOON_US) for seed in (1, 1, 2))
    assert one == same
    assert one != other


def test_each_line_names_one_target_and_what_it_does(city: City) -> None:
    for fault in write_script(city, seed=1, start_us=NOON_US):
        targets = (fault.lamp, fault.circuit, fault.cabinet, fault.feeder, fault.gateway)
        assert sum(target is not None for target in targets) == 1
        assert parse_iso(fault.at) >= NOON_US
        assert fault.dark == (fault.kind in ("lamp-dead", "lamp-failed", "cabinet-out", "cable-break"))
        assert fault.silent == (
            fault.kind in ("lamp-dead", "radio-failed", "cabinet-out", "gateway-lost", "cable-break")
        )
        assert (fault.until is not None) == (fault.kind in ("clock-not-set", "cabinet-out", "gateway-lost"))


def test_the_three_circuits_of_a_cabinet_fall_together(city: City) -> None:
    out = Fault(iso(NOON_US), "cabinet-out", cabinet="tb-c002", dark=True, silent=True)
    wrong = FaultScript(city, [out]).at(NOON_US)
    assert np.flatnonzero(wrong.lamps & UNPOWERED).tolist() == list(range(120, 180))
    assert np.flatnonzero(wrong.cabinet_off).tolist() == [2]


def test_a_feeder_takes_all_its_cabinets_along_and_a_breaker_only_its_circuit(city: City) -> None:
    feeder = Fault(iso(NOON_US), "feeder-out", feeder="tb-f1", dark=True, silent=True)
    breaker = Fault(iso(NOON_US), "circuit-out", circuit="tb-k0001", dark=True, silent=True)
    wrong = FaultScript(city, [feeder, breaker]).at(NOON_US)
    assert np.flatnonzero(wrong.cabinet_off).tolist() == [4, 5, 6, 7]
    assert np.flatnonzero(wrong.lamps & UNPOWERED).tolist() == [*range(20, 40), *range(240, 480)]
    assert np.flatnonzero(wrong.circuit_dead).tolist() == [0]
    assert wrong.circuit_dead[0] == 0b010


def test_a_drill_adds_to_the_script(make_world: MakeWorld, tmp_path: Path) -> None:
    (tmp_path / "state").mkdir()
    (tmp_path / "state" / "drill.jsonl").write_text(
        json.dumps({"at": iso(NOON_US + US), "kind": "gateway-lost", "gateway": "tb-g01", "silent": True}) + "\n"
    )
    world = make_world()
    live(world, 2)
    assert world.air.gateway_lost.tolist() == [False, True, False]


def test_faults_begin_and_end_on_their_edges(city: City) -> None:
    begin, end = NOON_US + 100 * US, NOON_US + 200 * US
    out = Fault(iso(begin), "cabinet-out", circuit="tb-k0002", until=iso(end), dark=True, silent=True)
    lost = Fault(iso(begin), "gateway-lost", gateway="tb-g03", until=iso(end), silent=True)
    script = FaultScript(city, [out, lost])
    assert [script.next_edge_us(at) for at in (NOON_US, begin, end)] == [begin, end, NEVER]
    assert not script.at(begin - 1)[0].any()
    bits, gateways = script.at(begin)[:2]
    assert np.flatnonzero(bits & UNPOWERED).tolist() == list(range(40, 60))
    assert np.flatnonzero(gateways).tolist() == [3]
    assert not script.at(end)[0].any()


def silent_lamps(folder: Path, state: Path, now_us: int) -> set[str]:
    """Compute from the written files alone which lamps cannot be heard now, as an outside benchmark would."""
    lines = (folder / "lamps.csv").read_text().splitlines()
    header, *rows = (line.split(",") for line in lines)
    lamps = [dict(zip(header, row, strict=True)) for row in rows]
    fed = [line.split(",") for line in (folder / "circuits.csv").read_text().splitlines()[1:]]
    cabinet_of = {circuit: cabinet for circuit, cabinet, _ in fed}
    lamps = [{**lamp, "cabinet": cabinet_of[lamp["circuit"]]} for lamp in lamps]
    silent: set[str] = set()
    for line in (state / "faults.jsonl").read_text().splitlines():
        fault = json.loads(line)
        if not fault.get("silent") or parse_iso(fault["at"]) > now_us:
            continue
        if "until" in fault and parse_iso(fault["until"]) <= now_us:
            continue
        for name in ("circuit", "cabinet", "gateway"):
            silent |= {lamp["id"] for lamp in lamps if lamp[name] == fault.get(name)}
        silent |= {fault["lamp"]} if "lamp" in fault else set()
    return silent


def test_who_is_silent_can_be_told_from_the_file(make_world: MakeWorld, tmp_path: Path) -> None:
    rates = NO_FAULTS | {"dead_rate": 0.1, "radio_rate": 0.05, "cabinet_out_rate": 2.0}
    world = make_world(faults=rates)
    world.step(NOON_US + 10 * 3600 * US)
    files = tmp_path / "city", tmp_path / "state"
    before = silent_lamps(*files, world.now_us)
    heard = {h.eui for h in live(world, 905)}
    after = silent_lamps(*files, world.now_us)
    missing = {
        lamp
        for lamp, eui in zip(world.city.lamp_id, world.city.dev_eui_number.tolist(), strict=True)
        if eui not in heard
    }
    assert len(before & after) > 30
    assert before & after <= missing <= before | after


def test_the_script_survives_a_restart(make_world: MakeWorld, tmp_path: Path) -> None:
    make_world(faults={})
    before = (tmp_path / "state" / "faults.jsonl").read_bytes()
    make_world(faults={}, now_us=NOON_US + 86_400 * US, seed=9)
    assert (tmp_path / "state" / "faults.jsonl").read_bytes() == before
