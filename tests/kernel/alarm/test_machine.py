"""Whatever happens in whatever order, an alarm is as a small plain model says, and the journal tells the same."""

from __future__ import annotations

from dataclasses import dataclass, field

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from kernel.alarm.tables import House
from stadtwerk.kernel.alarm.state import Alarms, evolve
from stadtwerk.kernel.clock import US, iso

LAMPS = ("l1", "l2", "l3")
LAMP = st.sampled_from(LAMPS)


@dataclass
class Plain:
    """One alarm in five plain facts."""

    active: bool = False
    told: bool = False
    """Somebody is asked to acknowledge it."""
    shelved_until: int | None = None
    one_shot: bool = False
    suppressed: bool = False
    out: bool = False

    @property
    def hidden(self) -> bool:
        return self.shelved_until is not None or self.suppressed or self.out

    @property
    def state(self) -> str | None:
        if self.out:
            return "out-of-service"
        if self.suppressed:
            return "suppressed"
        if self.shelved_until is not None:
            return "shelved"
        if self.active:
            return "unacknowledged" if self.told else "acknowledged"
        return "returned-unacknowledged" if self.told else None

    def show(self) -> None:
        """Tell of it anew once nothing hides it any more."""
        if self.active and not self.hidden:
            self.told = True


@dataclass
class Model:
    """Three lamps and the seconds that have passed."""

    lamps: dict[str, Plain] = field(default_factory=lambda: {lamp: Plain() for lamp in LAMPS})
    second: int = 0


class Machine(RuleBasedStateMachine):
    """Senses and orders at random; asks after each step whether house and model agree."""

    def __init__(self) -> None:
        super().__init__()
        self.house, self.model = House(), Model()

    @rule(wrong=st.sets(LAMP), seconds=st.integers(1, 120))
    def look(self, wrong: set[str], seconds: int) -> None:
        self.model.second += seconds
        self.house.look(lamp="".join("1" if lamp in wrong else "0" for lamp in LAMPS), after_s=seconds)
        for name, one in self.model.lamps.items():
            gone = one.active and name not in wrong
            came = name in wrong and not one.active
            if came:
                one.active = True
                one.told = one.told or not one.hidden
            if gone:
                one.active = False
                one.told = one.told and not one.hidden
            over = one.shelved_until is not None and self.model.second >= one.shelved_until
            if over or (one.one_shot and gone and one.shelved_until is not None):
                one.shelved_until, one.one_shot = None, False
                one.show()

    @rule(lamp=LAMP)
    def acknowledge(self, lamp: str) -> None:
        one = self.model.lamps[lamp]
        assert (self.house.order("acknowledge", f"lamp:{lamp}").state == "confirmed") == self._asked(lamp)
        one.told = False

    def _asked(self, lamp: str) -> bool:
        return self.model.lamps[lamp].told

    @rule(lamp=LAMP, seconds=st.integers(1, 300), one_shot=st.booleans())
    def shelve(self, lamp: str, seconds: int, one_shot: bool) -> None:
        one = self.model.lamps[lamp]
        until = iso(self.house.now_us + seconds * US)
        done = self.house.order("shelve", f"lamp:{lamp}", until=until, reason="known", one_shot=one_shot)
        assert (done.state == "confirmed") == (one.active or not one_shot)
        if done.state == "confirmed":
            one.shelved_until, one.one_shot = self.model.second + seconds, one_shot

    @rule(lamp=LAMP)
    def unshelve(self, lamp: str) -> None:
        one = self.model.lamps[lamp]
        done = self.house.order("unshelve", f"lamp:{lamp}").state == "confirmed"
        assert done == (one.shelved_until is not None)
        one.shelved_until, one.one_shot = None, False
        if done:
            one.show()

    @rule(lamp=LAMP)
    def suppress(self, lamp: str) -> None:
        one = self.model.lamps[lamp]
        assert (self.house.order("suppress", f"lamp:{lamp}", reason="r").state == "confirmed") != one.suppressed
        one.suppressed = True

    @rule(lamp=LAMP)
    def release(self, lamp: str) -> None:
        one = self.model.lamps[lamp]
        assert (self.house.order("release", f"lamp:{lamp}").state == "confirmed") == one.suppressed
        if one.suppressed:
            one.suppressed = False
            one.show()

    @rule(lamp=LAMP)
    def take_out(self, lamp: str) -> None:
        one = self.model.lamps[lamp]
        assert (self.house.order("take-out-of-service", f"lamp:{lamp}", reason="r").state == "confirmed") != one.out
        one.out = True

    @rule(lamp=LAMP)
    def put_back(self, lamp: str) -> None:
        one = self.model.lamps[lamp]
        assert (self.house.order("return-to-service", f"lamp:{lamp}").state == "confirmed") == one.out
        if one.out:
            one.out = False
            one.show()

    @invariant()
    def the_states_agree(self) -> None:
        said = {lamp: one.state for lamp, one in self.model.lamps.items() if one.state}
        assert self.house.states() == {f"lamp:{lamp}": state for lamp, state in said.items()}

    @invariant()
    def the_journal_tells_the_same(self) -> None:
        replayed = Alarms()
        for event in self.house.journal:
            if event.kind.startswith("alarm."):
                evolve(replayed, event)
        assert replayed.conditions == self.house.alarms.conditions


Machine.TestCase.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
TestAlarmStates = Machine.TestCase
