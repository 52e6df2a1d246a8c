"""Shared poles: what fits, what is refused, who pays, and that no sequence of orders ever overloads a pole."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from path.small_city import write_small_city
from stadtwerk.app.folder import open_folder
from stadtwerk.kernel.clock import US, iso
from stadtwerk.kernel.command import Command, Order
from stadtwerk.kernel.journal import Document
from stadtwerk.systems.poles import SYSTEM
from stadtwerk.systems.poles.decide import Poles
from stadtwerk.systems.poles.stock import Stock, read_stock
from stadtwerk.vocab.poles import RESERVE_DAYS, AssignSlot, ReleaseSlot, ReserveSlot
from validator import rooms, unfilled

NOW_US = 1_790_000_000 * US
DAY_US = 86_400 * US
POLE = "do-p000001"


@pytest.mark.parametrize("room", rooms("poles"), ids=str)
def test_the_room_is_filled_in(room: str) -> None:
    """Each room says by itself what is still to be written."""
    for words in unfilled(room):
        pytest.fail(words, pytrace=False)


@pytest.fixture(scope="module")
def stock(tmp_path_factory: pytest.TempPathFactory) -> Stock:
    """Three poles of 6 m with a lamp of 30 W each."""
    return read_stock(open_folder(write_small_city(tmp_path_factory.mktemp("city"), 3)))


@pytest.fixture
def poles(stock: Stock) -> Poles:
    """The poles with nothing on them."""
    return Poles(stock)


def reserve(**more: Any) -> ReserveSlot:
    """Ask for the top of a pole for an access point, for 30 days."""
    usual = {
        "pole": POLE, "slot": "top", "kind": "access-point", "holder": "Netz GmbH", "until": iso(NOW_US + 30 * DAY_US),
        "power_w": 20.0, "mass_kg": 3.0, "wind_area_m2": 0.05, "rent_eur_year": 120.0,
    }  # fmt: skip
    return ReserveSlot(**{**usual, **more})


def happen(poles: Poles, content: msgspec.Struct, at_us: int = NOW_US) -> tuple[Command, list[Document]]:
    """Decide an order and make its events true."""
    order = Order(f"order-{len(poles.book.commands):04d}", "ada", "poles.some-slot", content)
    documents: list[Document] = []
    for event in SYSTEM.decide(poles, order, at_us):
        if poles.book.evolve(event) is None:
            documents += SYSTEM.evolve(poles, event)
    return poles.book.commands[order.id], documents


def detail(poles: Poles, content: msgspec.Struct, at_us: int = NOW_US) -> str:
    """Return why an order is refused, with its status before it."""
    refusal = happen(poles, content, at_us)[0].refusal
    assert refusal is not None
    return f"{refusal.status} {refusal.detail}"


def ask(poles: Poles, path: str, now_us: int = NOW_US, **params: Any) -> Any:
    """Ask one of the system's questions."""
    query = {query.path: query for query in SYSTEM.queries}[path]
    return query.run(poles, None, query.params(**params), now_us)


def slot(poles: Poles, name: str = "top", now_us: int = NOW_US) -> Any:
    """Return a slot of the first pole as people see it."""
    shown = ask(poles, "/poles/poles/{id}", now_us, id=POLE)["slots"]
    return next(one for one in shown if one["slot"] == name)["taken"]


def test_reserved_then_used_then_gone_and_back_after_a_restart(poles: Poles) -> None:
    """The whole life of a slot; the documents alone bring each state back."""
    kept: list[Document] = []
    for content, state in ((reserve(), "reserved"), (AssignSlot(POLE, "top", "Netz GmbH"), "in-use")):
        kept += happen(poles, content)[1]
        again = Poles(poles.stock)
        SYSTEM.recall(again, kept[-1:])
        assert slot(again)["state"] == slot(poles)["state"] == state
    happen(poles, ReleaseSlot(POLE, "top"))
    assert slot(poles) is None
    (gone,) = ask(poles, "/poles/poles/{id}", id=POLE)["gone"]
    assert (gone["holder"], gone["state"]) == ("Netz GmbH", "ended")


def test_a_reservation_lapses_by_itself_and_a_used_slot_does_not(poles: Poles) -> None:
    """After its end another may have it."""
    happen(poles, reserve())
    happen(poles, reserve(slot="upper"))
    happen(poles, AssignSlot(POLE, "upper", "Netz GmbH"))
    later_us = NOW_US + 31 * DAY_US
    assert slot(poles, "top", later_us) is None
    assert slot(poles, "upper", later_us)["state"] == "in-use"
    again = reserve(holder="Andere AG", until=iso(later_us + DAY_US))
    assert happen(poles, again, later_us)[0].state == "confirmed"
    assert slot(poles, "top", later_us)["holder"] == "Andere AG"


@pytest.mark.refusal("poles.reserve-slot")
@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"pole": "do-p000009"}, "404 no pole"),
        ({"kind": "charger"}, "409 top of this pole is for"),
        ({"slot": "base", "kind": "charger", "power_w": 1400.0}, "409 it would take 1400.00 W; 1350.00 of 1350.00 W"),
        ({"mass_kg": 18.1}, "409 it would take 18.10 kg"),
        ({"wind_area_m2": 0.4}, "kNm are left"),
        ({"until": iso(NOW_US)}, "422 until: lies in the past"),
        ({"until": "soon"}, "422"),
        ({"until": iso(NOW_US + (RESERVE_DAYS + 1) * DAY_US)}, "422 until: a reservation lasts"),
    ],
)
def test_what_a_pole_cannot_take_is_refused(poles: Poles, change: dict[str, Any], words: str) -> None:
    """In words with numbers; nothing is kept of it."""
    assert words in detail(poles, reserve(**change))
    assert not len(poles.shared)


@pytest.mark.refusal("poles.reserve-slot")
def test_two_want_the_same_slot(poles: Poles) -> None:
    """The second is told who has it, and until when."""
    happen(poles, reserve())
    assert "409 top is reserved until" in detail(poles, reserve(holder="Andere AG"))
    happen(poles, AssignSlot(POLE, "top", "Netz GmbH"))
    assert "409 top is in use, access-point of Netz GmbH." in detail(poles, reserve(holder="Andere AG"))


@pytest.mark.refusal("poles.reserve-slot")
def test_a_low_pole_lacks_slots(tmp_path: Path) -> None:
    """Its slots are named."""
    folder = write_small_city(tmp_path, 1)
    table = (folder / "lamps.csv").read_text().replace(",6.0,30.0,", ",4.5,30.0,")
    (folder / "lamps.csv").write_text(table)
    assert "409 do-p000001 has upper, lower; choose" in detail(Poles(read_stock(open_folder(folder))), reserve())


@pytest.mark.refusal("poles.assign-slot")
@pytest.mark.refusal("poles.release-slot")
def test_what_is_not_reserved_is_neither_used_nor_released(poles: Poles) -> None:
    """Free slots, foreign reservations and slots in use are each told apart."""
    assert "is free" in detail(poles, AssignSlot(POLE, "top", "Netz GmbH"))
    assert "is free" in detail(poles, ReleaseSlot(POLE, "top"))
    happen(poles, reserve())
    assert "409 it is kept for Netz GmbH" in detail(poles, AssignSlot(POLE, "top", "Andere AG"))
    happen(poles, AssignSlot(POLE, "top", "Netz GmbH"))
    assert "409 access-point of Netz GmbH" in detail(poles, AssignSlot(POLE, "top", "Netz GmbH"))


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["reserve", "assign", "release"]), st.sampled_from(["top", "upper", "lower", "base"]),
            st.sampled_from(["sensor", "access-point", "charger"]), st.floats(0, 1500), st.floats(0, 20),
            st.floats(0, 0.5), st.integers(0, 40),
        ),
        max_size=30,
    )
)  # fmt: skip
@settings(max_examples=60, deadline=None)
def test_no_sequence_of_orders_overloads_a_pole(stock: Stock, steps: list[tuple[Any, ...]]) -> None:
    """A second sum, kept beside by plain rules from the README, agrees: what is accepted fits, what fits is accepted."""
    poles, at_us = Poles(stock), NOW_US
    fits = {"top": "sensor access-point", "upper": "sensor access-point", "lower": "sensor access-point"}
    fits["base"] = "sensor charger"
    height = {"top": 6.0, "upper": 4.2, "lower": 3.0, "base": 0.8}
    beside: dict[str, tuple[float, float, float, float]] = {}
    for what, name, kind, watts, kilos, area, days in steps:
        at_us += days * DAY_US
        beside = {place: one for place, one in beside.items() if one[3] > at_us}
        if what == "reserve":
            moment = 0.65 * 1.3 * area * height[name]
            sums = [
                sum(column)
                for column in zip((watts, kilos, moment), *(one[:3] for one in beside.values()), strict=True)
            ]
            good = (
                name not in beside
                and kind in fits[name].split()
                and sums[0] <= 1350
                and sums[1] <= 18
                and sums[2] <= 1.5
            )
            content = reserve(slot=name, kind=kind, power_w=watts, mass_kg=kilos, wind_area_m2=area,
                              until=iso(at_us + 30 * DAY_US))  # fmt: skip
            if good:
                beside[name] = (watts, kilos, moment, at_us + 30 * DAY_US)
        elif what == "assign":
            good = name in beside and beside[name][3] != float("inf")
            content = AssignSlot(POLE, name, "Netz GmbH")
            if good:
                beside[name] = (*beside[name][:3], float("inf"))
        else:
            good, content = name in beside, ReleaseSlot(POLE, name)
            beside.pop(name, None)
        assert (happen(poles, content, at_us)[0].state == "confirmed") is good
        assert poles.on(POLE, at_us).keys() == beside.keys()


def test_the_ledger_adds_up(poles: Poles) -> None:
    """A year in use at 120 EUR and 20 W is 120 EUR and 175.3 kWh of whoever pays; reservations cost nothing."""
    happen(poles, reserve())
    happen(poles, AssignSlot(POLE, "top", "Netz GmbH"))
    happen(poles, reserve(pole="do-p000002", holder="Stadt", energy_paid_by="city"))
    year_us = NOW_US + round(365.25 * DAY_US)
    first, second = ask(poles, "/poles/ledger", year_us)["holders"]
    assert (first["holder"], first["in_use"], first["reserved"]) == ("Netz GmbH", 1, 0)
    assert (first["rent_eur"], first["energy_kwh_holder"], first["energy_kwh_city"]) == (120.0, 175.32, 0.0)
    assert (second["rent_eur"], second["energy_kwh_city"], second["reserved"]) == (0.0, 0.0, 0)
    assert ask(poles, "/poles/ledger", year_us, holder="Stadt")["n"] == 1


def test_free_poles_are_the_nearest_with_room(poles: Poles) -> None:
    """Taken slots and spent watts make a pole fall out."""
    here = {"lon": float(poles.stock.lon[0]), "lat": 51.43, "kind": "charger", "power_w": 1000.0}
    assert [one["id"] for one in ask(poles, "/poles/free", **here)["poles"]] == list(poles.stock.ids)
    happen(poles, reserve(power_w=500.0))
    assert [one["id"] for one in ask(poles, "/poles/free", **here)["poles"]] == list(poles.stock.ids[1:])
    assert ask(poles, "/poles/free", **{**here, "power_w": 9000.0})["poles"] == []


def test_a_reservation_about_to_lapse_is_an_alarm(poles: Poles) -> None:
    """Two weeks before; not once it is in use."""
    (alarm,) = SYSTEM.alarms
    assert set(SYSTEM.watched(poles)) == {alarm.id}
    happen(poles, reserve())
    assert not SYSTEM.sense(poles, NOW_US)[alarm.id].on.any()
    assert SYSTEM.sense(poles, NOW_US + 17 * DAY_US)[alarm.id].on.all()
    happen(poles, AssignSlot(POLE, "top", "Netz GmbH"), NOW_US + 17 * DAY_US)
    assert SYSTEM.sense(poles, NOW_US + 17 * DAY_US)[alarm.id].off.all()


def test_what_is_published_is_what_is_shown(poles: Poles) -> None:
    """Every attribute of the entity, beside the view."""
    happen(poles, reserve())
    (source,) = SYSTEM.entities(poles).values()
    shown = ask(poles, "/poles/poles/{id}", id=POLE)
    told = {one.name: source.column(one.name)[0] for one in source.entity_type.attributes if one.name != "location"}
    assert told["slotsTaken"] == ["top: access-point"]
    assert told["slotsFree"] == [one["slot"] for one in shown["slots"] if not one["taken"]]
    assert told["powerBudget"] == shown["budgets"][0]["budget"]
    assert told["powerReserved"] == shown["budgets"][0]["used"] == 20.0
    assert told["massReserved"] == shown["budgets"][1]["used"] == 3.0
    assert told["windLoadUse"] == pytest.approx(shown["budgets"][2]["used"] / shown["budgets"][2]["budget"], abs=5e-3)
    assert told["refStreetlight"] == ["urn:ngsi-ld:Streetlight:do-0000001"]
    assert told["streetPoleNum"] == POLE
    lon, lat = source.locations()
    assert (lon[0], lat[0]) == (shown["lon"], shown["lat"])
    assert [one["id"] for one in ask(poles, "/poles/poles")["poles"]] == [POLE]
