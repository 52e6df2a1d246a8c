"""`?at=` of what was decided: alarms, schedules and reactions as they were, one's life up to then, there and back."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest

from path.running import RunningCity, eventually
from path.small_city import write_small_city
from path.test_past import ask_at, now, still, without_clock
from stadtwerk.kernel.clock import US, iso, parse_iso
from stadtwerk.kernel.refusal import Refused

START, BROKEN = "2026-11-23T15:20:00+00:00", "do-0000005"
ALARM = f"lighting.lamp-out:{BROKEN}"
RULE = "lighting.repeat-after-outage"
PATHS = ("/api/alarms", f"/api/alarms/{ALARM}", "/api/schedule/plans", "/api/schedule/week", "/api/react/rules")
PLAN = {
    "id": "night",
    "title": "Night",
    "rule": {"times": ["22:00"]},
    "order": {
        "kind": "lighting.set-level",
        "content": {"target": {"street": "s1"}, "level_percent": 50, "until": {"$clock": "05:00"}},
    },
}

Seen = list[tuple[str, str, Any]]
"""Path, instant and answer of then."""


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def city(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningCity]:
    """A village at dusk, on either store, at thirty times the pace of the world, in which a lamp does not come on."""
    server = request.getfixturevalue("postgres_server") if request.param == "postgresql" else None
    store = ["--store", server.url()] if server else []
    folder = tmp_path_factory.mktemp("decided")
    fault = {"at": "2026-11-23T15:21:00Z", "kind": "lamp-failed", "lamp": BROKEN, "dark": True}
    (folder / "data" / "twin").mkdir(parents=True)
    (folder / "data" / "twin" / "drill.jsonl").write_text(json.dumps(fault) + "\n")
    village = write_small_city(folder / "city", 40, report_period_s=60)
    with RunningCity(village, folder / "data", "--speed", "30", "--start", START, *store) as running:
        eventually(lambda: now(running) > "2026-11-23T15:20:30")
        yield running


def order(city: RunningCity, kind: str, **content: Any) -> None:
    """Give an order and see it carried out."""
    answer = city.client.post(f"/api/commands/{kind}?wait=5", content)
    assert answer["state"] == "confirmed", answer


def look(city: RunningCity) -> Seen:
    """Ask everything once, each with an instant at which the answer was true; the next order comes a second later."""
    seen = [(path, *still(city, path)) for path in PATHS]
    last = seen[-1][1]
    eventually(lambda: now(city) > iso(parse_iso(last) + 2 * US))
    return seen


def after(seen: Seen) -> str:
    """Return an instant after a look and before whatever was ordered next."""
    return iso(parse_iso(seen[-1][1]) + US)


@pytest.fixture(scope="module")
def looks(city: RunningCity) -> list[Seen]:
    """Looks at the city while an alarm comes and is worked on, a schedule is made, run and rests, a reaction rests."""
    looks = [look(city)]
    eventually(lambda: city.client.get("/api/alarms")["alarms"], timeout_s=90)
    looks.append(look(city))
    order(city, "alarm.acknowledge", alarms=[ALARM], comment="crew called")
    order(city, "schedule.create", **PLAN)
    order(city, "react.switch", rule=RULE, on=False)
    looks.append(look(city))
    order(city, "alarm.shelve", alarms=[ALARM], until="2026-11-24T06:00:00Z", reason="spare part is ordered")
    order(city, "schedule.run-now", id="night")
    eventually(
        lambda: [run["outcome"] for run in city.client.get("/api/schedule/plans/night")["runs"]] == ["confirmed"]
    )
    order(city, "schedule.disable", id="night")
    order(city, "react.switch", rule=RULE, on=True)
    looks.append(look(city))
    return looks


def test_there_and_back_each_answer_is_that_of_then(city: RunningCity, looks: list[Seen]) -> None:
    for place in (3, 0, 2, 1, 3):
        for path, at, live in looks[place]:
            second_before = iso(parse_iso(at) - US)
            then = [without_clock(ask_at(city, path, instant)) for instant in (at, second_before)]
            assert without_clock(live) in then, (place, path, at)


def test_each_look_saw_something_else(looks: list[Seen]) -> None:
    """The answers above were equal because they followed, not because nothing happened."""
    told = [{path: without_clock(live) for path, _, live in look} for look in looks]
    changed = [{path for path in PATHS if before[path] != after[path]} for before, after in pairwise(told)]
    assert changed[0] >= {"/api/alarms", f"/api/alarms/{ALARM}"}
    assert changed[1] >= set(PATHS)
    assert changed[2] >= {"/api/alarms", f"/api/alarms/{ALARM}", "/api/schedule/plans", "/api/react/rules"}


def test_a_life_ends_then(city: RunningCity, looks: list[Seen]) -> None:
    lives = [
        [line["kind"] for line in ask_at(city, f"/api/alarms/{ALARM}", after(look))["history"]] for look in looks[1:]
    ]
    raised, acknowledged, shelved = "alarm.raised", "alarm.acknowledged", "alarm.shelved"
    assert lives == [[raised], [acknowledged, raised], [shelved, acknowledged, raised]]


def test_figures_are_those_of_then(city: RunningCity, looks: list[Seen]) -> None:
    found = [ask_at(city, "/api/alarms/figures", after(look)) for look in looks]
    named = [{one["name"]: one["value"] for one in answer["figures"]} for answer in found]
    assert [one["unacknowledged"] for one in named] == [0, 1, 0, 0]
    assert [one["standing"] for one in named] == [0, 1, 1, 0]
    assert {answer["since"] for answer in found} == {iso(parse_iso(START))}


def test_the_audit_ends_then(city: RunningCity, looks: list[Seen]) -> None:
    told = [ask_at(city, "/api/audit?kind=command.requested", after(look))["entries"] for look in looks]
    kinds = [{entry["command_kind"] for entry in entries} for entries in told]
    assert "alarm.acknowledge" not in kinds[1]
    assert {"alarm.acknowledge", "schedule.create", "react.switch"} <= kinds[2]
    assert "alarm.shelve" not in kinds[2]
    assert "alarm.shelve" in kinds[3]


@pytest.mark.parametrize("path", ["/api/people", "/api/approvals"])
def test_what_knows_only_the_present_says_so(city: RunningCity, path: str) -> None:
    with pytest.raises(Refused) as no:
        ask_at(city, path, START)
    assert (no.value.refusal.status, no.value.refusal.faults[0].field) == (422, "at")


def test_what_was_not_yet_there_is_not_found(city: RunningCity, looks: list[Seen]) -> None:
    with pytest.raises(Refused) as no:
        ask_at(city, "/api/schedule/plans/night", after(looks[1]))
    assert no.value.refusal.status == 404
    assert ask_at(city, "/api/schedule/plans/night", after(looks[2]))["enabled"]
    assert not ask_at(city, "/api/schedule/plans/night", after(looks[3]))["enabled"]
