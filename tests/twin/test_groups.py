"""A street's local group: its tick rule against the engine's, what it makes of detectors, what it remembers and tells."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stadtwerk.kernel.clock import US
from stadtwerk.protocols import chirpstack, lampgroup
from stadtwerk.protocols.chirpstack import MulticastDownlink
from stadtwerk.protocols.lampgroup import LEVEL_FULL, OP_END, POLICY_PORT, Part, Table
from stadtwerk.protocols.malformed import Malformed
from stadtwerk.systems.lighting.engine.adaptive import table as engine
from stadtwerk.systems.lighting.engine.adaptive.influence import influence_of
from stadtwerk.systems.lighting.engine.adaptive.report import USERS
from stadtwerk.systems.lighting.engine.adaptive.tick import Light, make_city, tick
from stadtwerk.twin.city import read_city
from stadtwerk.twin.groups import levels_of
from stadtwerk.twin.presence import DetectorFigures, Detectors, Presence, Seen
from stadtwerk.twin.traffic import APPROACH_M, SPEEDS_M_S, Traffic
from stadtwerk.twin.world import World
from systems.lighting.adaptive.streets import BOTH_WAYS, BRIEF, M4, M6
from twin.folder import PERFECT_RADIO
from twin.folder import make_city as make_folder

FIELDS = 9
MIDNIGHT_US = 1_790_028_000 * US
PERFECT = DetectorFigures(0.0, 0.0, 0.0, 0.0, 0.0)


def sent(table: engine.Table, spacing_m: float, ahead: tuple[int, ...]) -> Table:
    """The engine's table as a group gets it by radio."""
    levels = {bits: tuple(np.rint(row * LEVEL_FULL).astype(int).tolist()) for bits, row in table.known.items()}
    rows = len(table.influence.street.rows)
    told = Table(table.influence.fields, rows, spacing_m, 1, anchored=False, ahead=ahead, levels=levels)
    return lampgroup.decode_table(lampgroup.encode_table(told))


def learnt(made: engine.Table) -> engine.Table:
    """Add all single runs, and one pattern of two."""
    n = made.influence.fields
    made.learn([bytes([1] * length + [0] * (n - length)) for length in range(1, n)])
    made.learn([engine.canonical(np.arange(n) % 4 < 2)[0]])
    return made


@cache
def both() -> tuple[engine.Table, Table]:
    """A table of two rows and nine fields, by the engine and as sent."""
    full, low = {**M4, "footway right": "P4"}, {**M6, "footway right": "P6"}
    made = learnt(engine.Table(influence_of(BOTH_WAYS, FIELDS), engine.Steps(full, low)))
    return made, sent(made, 31.0, (5, 4, 3))


@cache
def brief() -> tuple[engine.Table, Table]:
    """A table of the brief's street, one row of twelve fields."""
    made = learnt(engine.Table(influence_of(BRIEF, 12), engine.Steps(M4, M6)))
    return made, sent(made, 35.0, tuple(user.ahead_fields(35.0) for user in USERS))


@given(st.lists(st.booleans(), min_size=FIELDS, max_size=FIELDS))
def test_levels_by_pattern_are_the_engines(bits: list[bool]) -> None:
    """Known, turned, or answered from above: both rules, written apart, say the same, to the unit on the air."""
    theirs, ours = both()
    found, exact = levels_of(ours, bytes(bits))
    wanted = theirs.levels(np.array(bits)).reshape(2, FIELDS).T.ravel()
    assert found == pytest.approx(100 * wanted, abs=100 / LEVEL_FULL)
    assert exact == (engine.canonical(np.array(bits))[0] in theirs.known)


@settings(max_examples=60)
@given(st.lists(st.tuples(st.integers(0, 2), st.integers(1, 11)), max_size=3))
def test_a_second_of_a_group_is_a_tick_of_the_engine(there: list[tuple[int, int]]) -> None:
    """Who drives onward: the same fields need the full class, the lamps head for the same levels.

    The engine's street is a ring, a group's has ends: what would reach around the end is left out.
    """
    theirs, ours = brief()
    there = [(kind, field) for kind, field in there if field + ours.ahead[kind] < 12]
    city = make_city([theirs], [0], [(ahead, True) for ahead in ours.ahead])
    light, presence = Light(np.zeros(12), np.zeros(12)), Presence(12, 35.0)
    present = np.zeros(12, np.uint8)
    for kind, field in there:
        present[field] |= 1 << kind
    presence.hear(
        [Seen(k, 1, SPEEDS_M_S[k], (f + 0.5) * 35.0, MIDNIGHT_US, MIDNIGHT_US) for k, f in there], MIDNIGHT_US
    )
    pattern = presence.full(ours.ahead, MIDNIGHT_US)
    tick(city, light, present)
    levels, exact = levels_of(ours, pattern)
    assert exact == (light.misses == 0)
    if exact:
        assert levels == pytest.approx(100 * light.level, abs=100 / LEVEL_FULL)


def test_an_anchored_table_knows_two_states() -> None:
    dark, bright = (0,) * 4, (9, 8, 7, 6)
    table = Table(4, 1, 30.0, 1, anchored=True, ahead=(4, 2, 2), levels={bytes(4): dark, b"\1" * 4: bright})
    for pattern, wanted in ((bytes(4), dark), (b"\0\1\0\0", bright), (b"\1" * 4, bright)):
        assert np.rint(levels_of(table, pattern)[0] * LEVEL_FULL / 100).astype(int).tolist() == list(wanted)


@pytest.mark.parametrize("kind", range(3))
def test_with_perfect_detectors_nobody_is_lost(kind: int) -> None:
    """Through a street of 20 fields the field around each road user is always held, from the moment it enters."""
    spacing_m, fields, ahead = 30.0, 20, (5, 3, 3)
    detectors = Detectors(fields, spacing_m, PERFECT, np.random.default_rng(1))
    presence, traffic = Presence(fields, spacing_m), Traffic((1, kind), "tertiary", fields * spacing_m, "UTC")
    trips, held, asked = traffic.trips(MIDNIGHT_US + 17 * 3_600 * US), 0, 0
    begin_us = MIDNIGHT_US + 17 * 3_600 * US
    for second in range(1_800):
        now_us = begin_us + second * US
        presence.hear(detectors.look(trips, now_us), now_us)
        pattern = presence.full(ahead, now_us)
        places = trips.places_m(now_us)
        for one in np.flatnonzero((trips.kind == kind) & (places >= 0) & (places < fields * spacing_m)):
            field, onward = int(places[one] // spacing_m), int(trips.onward[one])
            needed = range(field - 1, field + ahead[kind] + 1) if onward > 0 else range(field - ahead[kind], field + 2)
            if second >= 60:  # who was there before the first look is seen in the next field
                asked += 1
                held += all(pattern[place] for place in needed if 0 <= place < fields)
    assert asked > 100
    assert held >= 0.995 * asked


def test_traffic_is_the_same_at_every_start() -> None:
    one, other = (Traffic((4, 7), "tertiary", 600.0, "Europe/Berlin") for _ in range(2))
    later = one.trips(MIDNIGHT_US + 3_600 * US)
    other.trips(MIDNIGHT_US)
    again = other.trips(MIDNIGHT_US + 3_600 * US)
    assert np.array_equal(later.begin_us, again.begin_us)
    assert np.array_equal(later.from_m, again.from_m)
    ends = later.from_m[later.kind == 0]
    assert set(ends.tolist()) <= {-APPROACH_M, 600.0 + APPROACH_M}
    assert np.median(later.speed_m_s[later.kind == 0]) == pytest.approx(SPEEDS_M_S[0], rel=0.1)


def world_of(folder: Path, **detectors: float) -> World:
    """A city of forty LED lamps at midnight, with perfect radio."""
    make_folder(folder / "city", 40, radio=PERFECT_RADIO)
    return open_world(folder, **detectors)


def open_world(folder: Path, **detectors: float) -> World:
    """Open the world as a start of the twin does."""
    city = read_city(folder / "city")
    city.detectors.update({"miss": 0.0, "false_per_minute": 0.0, **detectors})
    return World(city, folder / "state", seed=1, now_us=MIDNIGHT_US)


def tell(world: World, name: str, number: int, table: Table | None) -> None:
    """Send a policy, or its end."""
    parts = [Part(OP_END, number)] if table is None else lampgroup.parts_of(number, lampgroup.encode_table(table))
    for part in parts:
        body = chirpstack.encode(MulticastDownlink(name, POLICY_PORT, lampgroup.encode_part(part)))
        world.hear(chirpstack.multicast_topic(name), body)


def reports(world: World, seconds: int) -> list[lampgroup.Report]:
    """Live on and return what groups told."""
    found = []
    for _ in range(seconds):
        for message in world.step(world.now_us + US):
            if chirpstack.parse_topic(message.topic)[0] == "up":
                event = chirpstack.decode_uplink(message.body)
                if event.f_port == lampgroup.GROUP_PORT:
                    found.append(lampgroup.decode_report(event.data))
    return found


def small_table(lamps: int) -> Table:
    """A tenth of light with nobody there, seven tenths around somebody; lengths between are in the table."""
    levels = {
        bytes([1] * length + [0] * (lamps - length)): tuple([45_875] * length + [6_554] * (lamps - length))
        for length in range(lamps + 1)
    }
    return Table(lamps, 1, 30.0, 1, anchored=False, ahead=(4, 3, 3), levels=levels)


def test_a_group_follows_its_table_tells_of_it_and_survives_a_restart(tmp_path: Path) -> None:
    world = world_of(tmp_path)
    name = max(
        (one for one in world.city.groups if one.startswith("street-")), key=lambda one: len(world.city.groups[one])
    )
    ix = world.city.groups[name]
    world.step(MIDNIGHT_US + US)
    tell(world, name, 7, small_table(len(ix)))
    told = reports(world, 30)
    assert [(one.number, one.members, one.following) for one in told] == [(7, len(ix), len(ix))]
    led = world.city.lamp_type[ix] == 0
    assert np.unique(world.lamps.level[ix][led]).round().tolist() in ([10.0], [10.0, 70.0], [70.0])
    tell(world, name, 5, None)
    reports(world, 20)
    again = open_world(tmp_path)
    again.step(MIDNIGHT_US + 60 * US)
    told = reports(again, 20)
    assert told[0].number == 7, "an older number changes nothing, a restart neither"
    tell(again, name, 8, None)
    told = reports(again, 40)
    assert [(one.number, one.following) for one in told] == [(8, 0)]
    reports(again, 20)
    assert set(again.lamps.level[ix][led].tolist()) <= {100.0, 50.0}, "each follows its own program"


def test_a_quarter_of_an_hour_is_told_once_and_the_changes_are_not(tmp_path: Path) -> None:
    """Counts are noised, energy goes up; lamps that move all the time do not speak of it."""
    world = world_of(tmp_path, false_per_minute=0.3)
    name = max(
        (one for one in world.city.groups if one.startswith("street-")), key=lambda one: len(world.city.groups[one])
    )
    ix = world.city.groups[name]
    world.step(MIDNIGHT_US + US)
    tell(world, name, 1, small_table(len(ix)))
    reports(world, 30)
    moved, before, spoken = 0, world.lamps.level[ix].copy(), world.memory.f_cnt[ix].copy()
    told = []
    for _ in range(1_800):
        told += reports(world, 1)
        moved += int((world.lamps.level[ix] != before).sum())
        before = world.lamps.level[ix].copy()
    assert moved > 50
    assert (world.memory.f_cnt[ix] - spoken <= 2 + 2).all(), "two status reports a lamp, and the group's"
    assert len(told) == 2
    assert told[1].lit_s == pytest.approx(900, abs=2)
    assert told[1].energy_wh > told[0].energy_wh
    assert told[1].clock_s % 900 <= 1


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "policy-length"),
        (lampgroup.encode_part(Part(OP_END, 1))[:-1], "policy-length"),
        (b"\2" + lampgroup.encode_part(Part(OP_END, 1))[1:], "policy-version"),
        (lampgroup.encode_part(Part(lampgroup.OP_PART, 1, 3, 3, b"x")), "policy-part"),
    ],
)
def test_downlinks_that_are_none_are_refused(tmp_path: Path, data: bytes, code: str) -> None:
    world = world_of(tmp_path)
    name = next(one for one in world.city.groups if one.startswith("street-"))
    with pytest.raises(Malformed) as refused:
        world.hear(chirpstack.multicast_topic(name), chirpstack.encode(MulticastDownlink(name, POLICY_PORT, data)))
    assert refused.value.code == code


@given(st.binary(max_size=300))
def test_no_bytes_break_a_group(data: bytes) -> None:
    for read in (lampgroup.decode_table, lampgroup.decode_part, lampgroup.decode_report):
        try:
            read(data)
        except Malformed:
            continue


def test_a_table_for_other_lamps_changes_nothing(tmp_path: Path) -> None:
    world = world_of(tmp_path)
    name = next(one for one in world.city.groups if one.startswith("street-"))
    world.step(MIDNIGHT_US + US)
    tell(world, name, 3, small_table(len(world.city.groups[name]) + 5))
    assert reports(world, 20) == []
