"""PROGRAM on the air: exact bytes, every plan back as it was, parts that fit, marks that tell changes, airtime."""

from __future__ import annotations

import struct
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stadtwerk.protocols import lampradio
from stadtwerk.protocols.lampplan import (
    NIGHTS_MAX,
    PARTS_MAX,
    PAYLOAD_BYTES,
    PROGRAMS_MAX,
    LampPlan,
    LampProgram,
    airtime_s,
    decode_part,
    decode_plan,
    encode_plan,
    mark_of,
    parts_of,
)
from stadtwerk.protocols.malformed import Malformed

PROGRAMS = st.builds(
    LampProgram,
    st.integers(-1200, 600).map(lambda hundredths: hundredths / 100),
    st.integers(0, 200).map(lambda halves: halves / 2),
    st.integers(0, 200).map(lambda halves: halves / 2),
    st.integers(0, 1439),
    st.integers(0, 1439),
)


@st.composite
def plans(draw: st.DrawFn) -> LampPlan:
    """A program, or several with a table of nights."""
    programs = tuple(draw(st.lists(PROGRAMS, min_size=1, max_size=PROGRAMS_MAX)))
    if len(programs) == 1:
        return LampPlan(programs)
    nights = draw(st.lists(st.integers(0, len(programs) - 1), max_size=450))
    return LampPlan(programs, draw(st.integers(0, 65_535)), tuple(nights))


HALF = LampProgram(-1.5, 100.0, 50.0, 23 * 60, 5 * 60)


def test_a_program_takes_nine_bytes() -> None:
    assert encode_plan(LampPlan((HALF,))) == bytes.fromhex("016affc86464052c01")


def test_a_year_of_four_programs_fits_four_frames() -> None:
    """The table's bits by hand: two a night, the highest first."""
    plan = LampPlan((HALF,) * 4, (date(2026, 10, 1) - date(1970, 1, 1)).days, (3, 0, 2, 1) * 100)
    body = encode_plan(plan)
    assert body[33:] == struct.pack("<HH", 20727, 400) + bytes([0b11001001]) * 100
    parts = parts_of(body, 1_790_000_000)
    assert [len(part) for part in parts] == [PAYLOAD_BYTES] * 3 + [16]
    assert parts[1][:8] == struct.pack("<BBHI", 1, 0x13, mark_of(body), 1_790_000_000)


@given(plans(), st.integers(0, 2**32 - 1))
def test_a_plan_comes_back_from_its_parts(plan: LampPlan, serial: int) -> None:
    parts = parts_of(encode_plan(plan), serial)
    assert max(map(len, parts)) <= PAYLOAD_BYTES
    read = [decode_part(part) for part in parts]
    assert [(one.place, one.count, one.serial) for one in read] == [(k, len(parts), serial) for k in range(len(parts))]
    body = b"".join(one.body for one in read)
    assert {one.mark for one in read} == {mark_of(body)} != {0}
    assert decode_plan(body) == plan


@given(plans(), st.integers(0, 10_000), st.integers(1, 0xFFFF))
def test_no_change_within_sixteen_bits_keeps_the_mark(plan: LampPlan, at: int, change: int) -> None:
    body = encode_plan(plan)
    number, bits = int.from_bytes(body), 8 * len(body)
    other = number ^ (change << at % bits)
    if other.bit_length() <= bits:
        assert mark_of(other.to_bytes(len(body))) != mark_of(body)


@given(st.binary(max_size=200))
def test_nonsense_is_named_or_a_plan(body: bytes) -> None:
    for read in (decode_plan, decode_part):
        try:
            read(body)
        except Malformed as fault:
            assert fault.code.startswith(("plan-", "part-"))


@pytest.mark.parametrize(
    "plan",
    [
        LampPlan(()),
        LampPlan((HALF,) * (PROGRAMS_MAX + 1)),
        LampPlan((LampProgram(-1.5, 100.5, 50.0, 0, 0),)),
        LampPlan((LampProgram(-1.5, 100.0, 50.0, 1440, 0),)),
        LampPlan((LampProgram(-91.0, 100.0, 50.0, 0, 0),)),
        LampPlan((HALF, HALF), 20_000, (0, 2)),
        LampPlan((HALF, HALF), 70_000, (0, 1)),
        LampPlan((HALF, HALF), 20_000, (0,) * (NIGHTS_MAX + 1)),
    ],
)
def test_what_no_lamp_may_be_told(plan: LampPlan) -> None:
    with pytest.raises(Malformed):
        encode_plan(plan)


def test_too_long_a_plan_and_wrong_parts() -> None:
    with pytest.raises(Malformed):
        parts_of(bytes(PARTS_MAX * 43 + 1), 0)
    (part,) = parts_of(encode_plan(LampPlan((HALF,))), 7)
    for wrong in (b"\x02" + part[1:], part[:1] + b"\x32" + part[2:], part[:8], part + bytes(PAYLOAD_BYTES)):
        with pytest.raises(Malformed):
            decode_part(wrong)


def test_nights_beyond_the_table_are_the_default() -> None:
    plan = LampPlan((HALF, HALF), 100, (1, 1))
    assert [plan.place(day) for day in (99, 100, 101, 102)] == [0, 1, 1, 0]


@pytest.mark.parametrize(
    ("payload", "sf", "ms"),
    [(51, 12, 2793.5), (51, 10, 698.4), (51, 7, 118.0)],
)
def test_airtime_is_that_of_the_public_calculators(payload: int, sf: int, ms: float) -> None:
    """Figures as published for 51 bytes at 125 kHz, coding rate 4/5, 13 bytes of overhead."""
    assert airtime_s(payload, sf) * 1000 == pytest.approx(ms, abs=0.1)


def test_a_lamp_that_knows_no_plans_says_nought() -> None:
    """The field was reserved, so old lamps send zero there; old readers of 28 bytes read the rest as before."""
    assert lampradio.STATUS.itemsize == 28
    assert lampradio.STATUS.fields["program_mark"][1] == 26
    row = lampradio.decode_status(bytes([1, 0, 80]) + bytes(25))
    assert row["program_mark"].tolist() == [0]
