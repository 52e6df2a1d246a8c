"""Clock, ids, access and places."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stadtwerk.kernel import geo
from stadtwerk.kernel.access import PUBLIC, Principal, may, require
from stadtwerk.kernel.clock import SteppedClock, iso, parse_iso
from stadtwerk.kernel.ids import check_command_id, new_command_id, urn
from stadtwerk.kernel.refusal import Refused

SQUARE = [(6.0, 51.0), (7.0, 51.0), (7.0, 52.0), (6.0, 52.0)]


def test_city_time_never_runs_back() -> None:
    """A stepped clock ignores an earlier time."""
    clock = SteppedClock(1_000_000)
    clock.move_to(500_000)
    assert clock.now_us() == 1_000_000
    clock.advance(1.5)
    assert clock.now_us() == 2_500_000


@given(at_ms=st.integers(0, 4_102_444_800_000))
def test_times_come_back_as_written(at_ms: int) -> None:
    """RFC 3339 with milliseconds is read back exactly."""
    assert parse_iso(iso(at_ms * 1000)) == at_ms * 1000


@pytest.mark.parametrize("text", ["", "yesterday", "2026-13-01T00:00:00Z", "2026-11-23T22:00:00", "\ud800"])
def test_bad_times_are_refused(text: str) -> None:
    """A time that is none, or has no zone, is refused by name."""
    with pytest.raises(Refused, match="until"):
        parse_iso(text, "until")


def test_ids() -> None:
    """Entity names follow NGSI-LD; command ids are UUIDs of version 7 and rise with time."""
    assert urn("Streetlight", "du-0000001") == "urn:ngsi-ld:Streetlight:du-0000001"
    first, second = (new_command_id(at_us, lambda n: b"\xff" * n) for at_us in (10**15, 10**15 + 1000))
    assert first < second
    assert first[14] == "7"
    assert first[19] in "89ab"
    assert check_command_id(first) == first
    with pytest.raises(Refused):
        check_command_id("no spaces please")


def test_access_is_closed_by_default() -> None:
    """The public reads published entities and nothing else; a role opens only its own."""
    assert may(PUBLIC, "ngsild.read")
    assert not may(PUBLIC, "lighting.read")
    assert not may(Principal("x", ("nobody",)), "ngsild.read")
    with pytest.raises(Refused) as nobody:
        require(PUBLIC, "lighting.set-level")
    assert nobody.value.refusal.status == 401
    with pytest.raises(Refused) as auditor:
        require(Principal("a", ("auditor",)), "lighting.set-level")
    assert auditor.value.refusal.status == 403


def test_places() -> None:
    """Points are in or out of a drawn area; crossing lines, too few corners and bad numbers are refused."""
    area = geo.polygon(SQUARE)
    assert geo.inside(area, np.array([6.5, 8.0]), np.array([51.5, 51.5])).tolist() == [True, False]
    bow_tie = [(0.0, 0.0), (1.0, 1.0), (1.0, 0.0), (0.0, 1.0)]
    for ring in (bow_tie, SQUARE[:2], [(float("nan"), 1.0), *SQUARE[1:]], SQUARE * 200):
        with pytest.raises(Refused):
            geo.polygon(ring)
