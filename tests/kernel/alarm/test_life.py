"""The life of an alarm: one per cause, acknowledged, shelved with an end, suppressed by design, and every refusal."""

from __future__ import annotations

from typing import Any

import pytest

from kernel.alarm.tables import KINDS, WATCHED, House
from stadtwerk.kernel.alarm.state import Alarms, evolve, recall
from stadtwerk.kernel.clock import US, iso


def later(house: House, seconds: float) -> str:
    return iso(house.now_us + round(seconds * US))


def test_an_alarm_comes_is_acknowledged_goes_and_is_forgotten() -> None:
    house = House()
    assert house.look(lamp="010") == ["raised lamp:l2"]
    assert house.states() == {"lamp:l2": "unacknowledged"}
    assert house.order("acknowledge", "lamp:l2", comment="crew is on its way").state == "confirmed"
    assert house.states() == {"lamp:l2": "acknowledged"}
    assert house.look() == ["returned lamp:l2"]
    assert house.states() == {}
    assert house.documents["test.lamp:l2"].body is None


def test_an_alarm_that_went_unseen_stays_until_somebody_says_so() -> None:
    house = House()
    house.look(lamp="100")
    house.look()
    assert house.states() == {"lamp:l1": "returned-unacknowledged"}
    house.look(lamp="100")
    assert house.alarms.listed()[0].count == 2
    house.look()
    house.order("acknowledge", "lamp:l1")
    assert house.states() == {}


def test_where_an_action_must_be_confirmed_the_alarm_waits_for_it() -> None:
    house = House()
    house.look(cabinet="1")
    no = house.order("confirm", "cabinet:c")
    assert no.refusal is not None
    assert "acknowledge first" in no.refusal.detail
    house.order("acknowledge", "cabinet:c")
    house.look()
    assert house.alarms.conditions["test.cabinet:c"].retain
    house.order("confirm", "cabinet:c", comment="fuse changed")
    assert house.states() == {}


def test_one_cause_is_one_alarm_and_its_consequences_never_come() -> None:
    house = House()
    assert house.look("1", "11", "111") == ["raised cabinet:c"]
    assert house.look("1", "11", "111", after_s=60) == []
    assert house.look() == ["returned cabinet:c"]


def test_consequences_that_stood_already_are_explained_and_logged() -> None:
    house = House()
    house.look(lamp="110")
    assert house.look(circuit="10", lamp="110") == ["raised circuit:k1", "suppressed lamp:l1", "suppressed lamp:l2"]
    assert house.journal[-1].body["by"] == house.journal[-1].cause == "test.circuit:k1"
    assert house.states() == {"circuit:k1": "unacknowledged", "lamp:l1": "suppressed", "lamp:l2": "suppressed"}
    assert house.look(lamp="010") == [
        "returned circuit:k1",
        "returned lamp:l1",
        "released lamp:l1",
        "released lamp:l2",
    ]
    assert house.states() == {"circuit:k1": "returned-unacknowledged", "lamp:l2": "unacknowledged"}
    assert house.alarms.conditions["test.lamp:l2"].count == 2


def test_an_alarm_that_stood_long_before_has_a_cause_of_its_own() -> None:
    house = House()
    house.look(lamp="100")
    assert house.look(circuit="10", lamp="110", after_s=3601) == ["raised circuit:k1"]
    assert house.states() == {"circuit:k1": "unacknowledged", "lamp:l1": "unacknowledged"}


def test_a_feeder_explains_through_what_it_explains() -> None:
    house = House()
    house.look(lamp="001")
    assert house.look("1", "11", "111") == ["raised cabinet:c", "suppressed lamp:l3"]


def test_shelving_ends_by_itself_and_tells_again_what_still_stands() -> None:
    house = House()
    house.look(lamp="100")
    house.order("shelve", "lamp:l1", until=later(house, 600), reason="work order 17")
    assert house.states() == {"lamp:l1": "shelved"}
    assert house.look(lamp="100", after_s=599) == []
    assert house.look(lamp="100", after_s=1) == ["unshelved lamp:l1"]
    assert house.states() == {"lamp:l1": "unacknowledged"}
    assert house.journal[-1].cause == "time"


def test_what_went_while_shelved_is_gone_when_the_shelving_ends() -> None:
    house = House()
    house.look(lamp="100")
    house.order("shelve", "lamp:l1", until=later(house, 600), reason="work order 17")
    house.look()
    house.look(after_s=600)
    assert house.states() == {}


def test_one_shot_shelving_ends_with_the_next_return_at_the_latest_at_its_end() -> None:
    house = House()
    house.look(lamp="110")
    until = later(house, 600)
    house.order("shelve", "lamp:l1", "lamp:l2", until=until, reason="flickers", one_shot=True)
    assert house.look(lamp="010") == ["returned lamp:l1", "unshelved lamp:l1"]
    assert house.look(lamp="110") == ["raised lamp:l1"]
    assert house.look(lamp="110", after_s=600) == ["unshelved lamp:l2"]


def test_what_is_suppressed_or_out_of_service_is_not_told_of() -> None:
    house = House()
    house.order("suppress", "lamp:l1", reason="road works until May")
    house.order("take-out-of-service", "lamp:l2", reason="being replaced")
    house.look(lamp="110")
    assert house.states() == {"lamp:l1": "suppressed", "lamp:l2": "out-of-service"}
    assert [event.body["annunciated"] for event in house.journal if event.kind == "alarm.raised"] == [False, False]
    house.order("release", "lamp:l1")
    house.order("return-to-service", "lamp:l2")
    assert house.states() == {"lamp:l1": "unacknowledged", "lamp:l2": "unacknowledged"}


def test_what_is_shelved_and_suppressed_is_told_only_when_both_have_ended() -> None:
    house = House()
    house.look(lamp="100")
    house.order("shelve", "lamp:l1", until=later(house, 600), reason="known")
    house.order("suppress", "lamp:l1", reason="by design")
    house.order("unshelve", "lamp:l1")
    assert house.states() == {"lamp:l1": "suppressed"}
    house.order("release", "lamp:l1")
    assert house.states() == {"lamp:l1": "unacknowledged"}


def test_many_are_acknowledged_at_once_and_those_done_are_passed_over() -> None:
    house = House()
    house.look(lamp="111")
    house.order("acknowledge", "lamp:l1")
    house.order("acknowledge", "lamp:l1", "lamp:l2", "lamp:l3")
    assert set(house.states().values()) == {"acknowledged"}
    assert sum(event.kind == "alarm.acknowledged" for event in house.journal) == 3


@pytest.mark.parametrize(
    ("what", "named", "more", "status", "words"),
    [
        ("acknowledge", "lamp:l1", {}, 409, "Nobody is asked"),
        ("acknowledge", "lamp:l9", {}, 404, "no alarm"),
        ("acknowledge", "door:l1", {}, 404, "no alarm"),
        ("confirm", "lamp:l1", {}, 409, "Nobody is asked"),
        ("confirm", "lamp:l2", {}, 422, "acknowledge first"),
        ("comment", "lamp:l9", {"comment": "?"}, 404, "no alarm"),
        ("shelve", "lamp:l2", {"until": -1, "reason": "r"}, 422, "past"),
        ("shelve", "lamp:l2", {"until": 86_401, "reason": "r"}, 422, "at most 24 hours"),
        ("shelve", "lamp:l1", {"until": 60, "reason": "r", "one_shot": True}, 422, "only an active alarm"),
        ("shelve", "lamp:l9", {"until": 60, "reason": "r"}, 404, "no alarm"),
        ("unshelve", "lamp:l2", {}, 409, "not shelved"),
        ("suppress", "lamp:l9", {"reason": "r"}, 404, "no alarm"),
        ("release", "lamp:l2", {}, 409, "not suppressed"),
        ("take-out-of-service", "lamp:l9", {"reason": "r"}, 404, "no alarm"),
        ("return-to-service", "lamp:l2", {}, 409, "in service"),
    ],
)
def test_refused(what: str, named: str, more: dict[str, Any], status: int, words: str) -> None:
    """Every refusal says why, changes nothing, and stands in the journal beside what was asked."""
    house = House()
    house.look(lamp="010")
    before = house.states()
    if "until" in more:
        more = {**more, "until": later(house, more["until"])}
    command = house.order(what, named, **more)
    assert command.state == "refused"
    assert command.refusal is not None
    assert command.refusal.status == status
    assert words in command.refusal.detail
    assert house.states() == before


@pytest.mark.parametrize("what", ["suppress", "take-out-of-service"])
def test_doing_it_twice_is_refused(what: str) -> None:
    house = House()
    house.order(what, "lamp:l1", reason="once")
    command = house.order(what, "lamp:l1", reason="twice")
    assert command.refusal is not None
    assert command.refusal.status == 409


def test_a_time_without_zone_is_refused() -> None:
    house = House()
    house.look(lamp="010")
    command = house.order("shelve", "lamp:l2", until="2026-11-24T22:00:00", reason="r")
    assert command.refusal is not None
    assert command.refusal.faults[0].field == "until"


def test_a_restart_takes_everything_up_again() -> None:
    house = House()
    house.look(lamp="110")
    house.order("acknowledge", "lamp:l1")
    house.order("shelve", "lamp:l2", until=later(house, 600), reason="known")
    again = Alarms()
    again.watch(KINDS, WATCHED)
    recall(again, [one for one in house.documents.values() if one.body is not None])
    assert again.conditions == house.alarms.conditions
    assert again.sensed["test.lamp"].active.tolist() == [True, True, False]
    assert not again.causes.look({"test.lamp": house.of("110")}, house.now_us)


def test_a_replay_of_the_journal_gives_the_same_documents() -> None:
    house = House()
    house.look(lamp="110")
    house.look("1", "11", "111")
    house.order("acknowledge", "cabinet:c")
    house.order("comment", "cabinet:c", comment="crew called")
    house.look()
    replayed = Alarms()
    documents = {}
    for event in house.journal:
        if event.kind.startswith("alarm."):
            documents.update({one.id: one for one in evolve(replayed, event)})
    assert documents == house.documents
