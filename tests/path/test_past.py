"""`?at=` gives what the live answer was at that moment; what cannot be asked is refused in words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest

from path.running import RunningCity, eventually
from path.small_city import write_small_city
from stadtwerk.kernel.clock import US, iso, parse_iso
from stadtwerk.kernel.refusal import Refused

LAMPS = 60
START = "2026-11-23T15:20:00+00:00"
"""A few minutes before the lamps of the village come on."""


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningCity]:
    """Lamps that report each minute, at thirty times the pace of the world."""
    folder = tmp_path_factory.mktemp("past")
    village = write_small_city(folder / "city", LAMPS, report_period_s=60)
    with RunningCity(village, folder / "data", "--speed", "30", "--start", START) as running:
        yield running


def now(city: RunningCity) -> str:
    return str(city.client.get("/api/city")["clock"]["now"])


def ask_at(city: RunningCity, path: str, at: str) -> Any:
    return city.client.get(f"{path}{'&' if '?' in path else '?'}at={quote(at)}")


def still(city: RunningCity, path: str) -> tuple[str, Any]:
    """Return an answer of the present and an instant at which it was true: between two looks that say the same."""
    while True:
        before = now(city)
        answer = city.client.get(path)
        after = now(city)
        if before[:19] == after[:19]:
            return before, answer


def without_clock(answer: Any) -> Any:
    """Leave out what only tells the time of the question."""
    return (
        {name: value for name, value in answer.items() if name not in ("at", "now")}
        if isinstance(answer, dict)
        else answer
    )


def test_past_answers_equal_the_live_ones(city: RunningCity) -> None:
    # The first reports of all lamps come at once and take their time; the question is about a city at work.
    eventually(lambda: city.client.get("/api/health")["observed_rows"] >= 3 * LAMPS, timeout_s=90)
    lamp, seen = "do-0000009", []
    paths = ("/api/lighting/lamps/levels", "/api/lighting/totals", f"/api/lighting/lamps/{lamp}")
    body = {
        "target": {"lamp": lamp},
        "level_percent": 40,
        "ramp_s": 0,
        "reason": "test",
        "until": "2026-11-23T20:00:00Z",
    }
    command: dict[str, Any] = {}
    for round_ in range(12):
        seen += [(path, *still(city, path)) for path in paths]
        if round_ == 4:
            command = city.client.post("/api/commands/lighting.set-level?wait=5", body)
    for path, at, live in seen:
        # What was observed within that very second may have been committed after the question.
        second_before = iso(parse_iso(at) - US)
        then = [without_clock(ask_at(city, path, instant)) for instant in (at, second_before)]
        assert without_clock(live) in then, (path, at)
    assert len({live["level"] for path, _, live in seen if path == paths[0]}) > 1, "nothing happened meanwhile"
    asked_at = command["requested_at"]
    assert [one["id"] for one in ask_at(city, "/api/commands", now(city))["commands"]] == [command["id"]]
    then = ask_at(city, f"/api/commands/{command['id']}", asked_at)
    assert (then["state"], then["pending"], then["closed_at"]) == ("accepted", 1, None)
    assert ask_at(city, "/api/commands", "2026-11-23T15:20:05Z") == {"commands": []}
    with pytest.raises(Refused) as no:
        ask_at(city, f"/api/commands/{command['id']}", "2026-11-23T15:20:05Z")
    assert no.value.refusal.status == 404


def test_history_of_then_ends_then(city: RunningCity) -> None:
    eventually(lambda: len(city.client.get("/api/lighting/energy?hours=1")["at"]) > 3, timeout_s=60)
    whole = city.client.get("/api/lighting/energy?hours=1")["at"]
    assert ask_at(city, "/api/lighting/energy?hours=1", whole[2])["at"] == whole[:3]


@pytest.mark.parametrize(
    ("at", "words"),
    [
        ("2030-01-01T00:00:00Z", "lies in the future: it is 2026-11-23"),
        ("2020-01-01T00:00:00Z", "lies before the first record: 2026-11-23"),
        ("yesterday", "not an RFC 3339 time"),
        ("2026-11-23T15:21:00", "a time needs its zone"),
    ],
)
def test_an_instant_outside_the_record_is_refused(city: RunningCity, at: str, words: str) -> None:
    for path in ("/api/lighting/totals", "/api/commands"):
        with pytest.raises(Refused) as no:
            ask_at(city, path, at)
        assert no.value.refusal.status == 422
        assert no.value.refusal.faults[0].field == "at"
        assert words in no.value.refusal.faults[0].detail


def test_the_past_survives_kills(city: RunningCity) -> None:
    at, before = still(city, "/api/lighting/lamps/levels")
    eventually(lambda: now(city) > at, timeout_s=20)
    assert without_clock(ask_at(city, "/api/lighting/lamps/levels", at)) == without_clock(before)
    city.kill("historian")
    city.kill("core")
    then = eventually(lambda: _answer(city, at), timeout_s=60)
    assert without_clock(then) == without_clock(before)


def _answer(city: RunningCity, at: str) -> Any:
    try:
        return ask_at(city, "/api/lighting/lamps/levels", at)
    except Refused:
        return None
