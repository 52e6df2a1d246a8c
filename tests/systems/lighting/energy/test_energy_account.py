"""The account of a night against a second computation: pandas over the lamps' own rows, minute by minute on SPA's sun."""

from __future__ import annotations

import json
from datetime import date
from types import SimpleNamespace
from typing import Any

import msgspec
import numpy as np
import pandas as pd
import pytest
from pvlib import spa

from stadtwerk.kernel.clock import US, iso, parse_iso
from stadtwerk.kernel.command import Order
from stadtwerk.kernel.journal import Event
from stadtwerk.kernel.limits import NIGHTS_KEPT
from stadtwerk.kernel.refusal import Refused
from stadtwerk.systems.lighting import SYSTEM
from stadtwerk.systems.lighting.energy import views
from stadtwerk.systems.lighting.energy.account import Trend, account_of
from stadtwerk.systems.lighting.energy.decide import seal_of
from stadtwerk.systems.lighting.energy.evolve import ACCOUNTED, evolve
from stadtwerk.systems.lighting.energy.hours import energy_kwh, means
from stadtwerk.systems.lighting.energy.orders import SignEnergy
from stadtwerk.systems.lighting.energy.queries import QUERIES, Now
from stadtwerk.systems.lighting.energy.registers import Registers, read_registers
from stadtwerk.systems.lighting.energy.state import Energy
from stadtwerk.systems.lighting.energy.surveying import survey_of
from stadtwerk.systems.lighting.energy.table import table_of
from stadtwerk.systems.lighting.energy.things import Account
from stadtwerk.systems.lighting.energy.window import noons_us, window_of
from stadtwerk.systems.lighting.state import Lighting, make_lighting
from systems.lighting.energy.town import STREETS, lighting_of, write_town

DAY = date(2026, 11, 20)
ZONE = "Europe/Berlin"
BURNT_H = 4_000.0
SILENT, RESET, UNHEARD, JUMPED = 3, 25, 47, 65
"""Lamps silent from two in the morning on, with a new meter, never heard, and with a meter that ran away."""
CURVES = {
    "led": ((10, 25, 50, 75, 100), (0.145, 0.276, 0.502, 0.742, 1.0)),
    "hst": ((50, 100), (0.62, 1.0)),
    "hme": ((100,), (1.0,)),
}
LED_NEW, HID_OLD, LED_H, HID_H = 0.92, 1.05, 100_000.0, 20_000.0
STANDBY = 0.5


@pytest.fixture(scope="module")
def lighting(tmp_path_factory: pytest.TempPathFactory) -> Lighting:
    made = lighting_of(write_town(tmp_path_factory.mktemp("town")))
    made.energy.table = table_of(survey_of(made.inventory, "", parse_iso("2026-11-20T12:00:00Z"), lambda done: None))
    return made


@pytest.fixture(scope="module")
def minutes(lighting: Lighting) -> pd.DataFrame:
    """Return the minutes from noon to noon: wall time and whether programs have light (SPA, 1.5 degrees below)."""
    begin = pd.Timestamp(f"{DAY}T12:00").tz_localize(ZONE)
    at = pd.date_range(begin, begin + pd.Timedelta(days=1), freq="min", inclusive="left")
    lon, lat = lighting.inventory.city["centre"]
    seconds = at.astype("datetime64[s, UTC]").astype("int64").to_numpy(np.float64) + 30
    deg = np.asarray(spa.solar_position(seconds, lat, lon, 0, 1013.25, 12, 70.0, 0.0)[3])
    return pd.DataFrame({"at": at, "dark": deg < -1.5, "hour": at.hour, "minute": at.hour * 60 + at.minute})


def full_of(kind: str, nominal: float) -> float:
    """Return W at full light after `BURNT_H`, told again as plain arithmetic."""
    if kind == "led":
        return nominal * (LED_NEW + (1 - LED_NEW) * BURNT_H / LED_H)
    return nominal * (1 + (HID_OLD - 1) * BURNT_H / HID_H)


def watts(kind: str, full: float, percent: float) -> float:
    """Return W at a level the lamp really gives."""
    if percent <= 0:
        return STANDBY
    at, share = CURVES[kind]
    return full * float(np.interp(percent, at, share))


def given(kind: str, percent: float, least: float = 75.0) -> float:
    """Return the light a lamp of a kind gives when asked for a level."""
    if kind == "led" or percent <= 0:
        return percent
    return 50.0 if kind == "hst" and percent < least else 100.0


def dimmed(minutes: pd.DataFrame, begin: int, end: int) -> Any:
    return (minutes["minute"] >= begin) | (minutes["minute"] < end)


@pytest.fixture(scope="module")
def rows(lighting: Lighting, minutes: pd.DataFrame) -> pd.DataFrame:
    """Return what the lamps told: a row each quarter hour at its own minute, one in twenty lost, by their programs."""
    rng, inventory, told = np.random.default_rng(4), lighting.inventory, []
    for lamp in range(len(inventory)):
        _, _, kind, program, nominal = STREETS[lamp // 20]
        full = full_of(kind, nominal)
        level = np.where(dimmed(minutes, 22 * 60 + 30, 5 * 60), 40.0 if program == "half-night" else 100.0, 100.0)
        level = np.where(minutes["dark"], level, 0.0)
        power = np.array([watts(kind, full, given(kind, one)) for one in level])
        before, after = STANDBY / 60 / 1000 * np.arange(1, 181)[::-1], np.cumsum(power) / 60 / 1000
        register = 500.0 + np.concatenate([-before, [0.0], after])
        at = pd.date_range(minutes["at"].iloc[0] - pd.Timedelta(minutes=180), periods=len(register), freq="min")
        every = pd.DataFrame({"at": at, "kwh": register, "w": np.concatenate([[STANDBY] * 181, power]), "lamp": lamp})
        mine = every.iloc[int(rng.integers(0, 15)) :: 15]
        told.append(mine[rng.random(len(mine)) > 0.05])
    frame = pd.concat(told)
    night = minutes["at"].iloc[0]
    frame = frame[~((frame["lamp"] == SILENT) & (frame["at"] > night + pd.Timedelta(hours=14)))]
    frame.loc[(frame["lamp"] == RESET) & (frame["at"] > night + pd.Timedelta(hours=9)), "kwh"] -= 480.0
    frame.loc[(frame["lamp"] == JUMPED) & (frame["at"] > night + pd.Timedelta(hours=9)), "kwh"] += 480.0
    return frame[frame["lamp"] != UNHEARD].reset_index(drop=True)


def registers_at(rows: pd.DataFrame, at: pd.Timestamp, n: int) -> Registers:
    """Return each lamp's last row up to an instant, as the working copy would have it."""
    last = rows[rows["at"] <= at].groupby("lamp").last()
    found = Registers(np.zeros(n, np.int64), *(np.full(n, np.nan) for _ in range(3)))
    ix = last.index.to_numpy()
    found.at_us[ix] = last["at"].dt.tz_convert("UTC").astype("datetime64[us, UTC]").astype("int64").to_numpy()
    found.energy_kwh[ix], found.power_w[ix], found.burning_h[ix] = last["kwh"], last["w"], BURNT_H
    return found


@pytest.fixture(scope="module")
def account(lighting: Lighting, minutes: pd.DataFrame, rows: pd.DataFrame) -> Account:
    begin = minutes["at"].iloc[0]
    pair = [registers_at(rows, at, len(lighting.inventory)) for at in (begin, begin + pd.Timedelta(days=1))]
    for one in pair:
        one.burning_h[:] = BURNT_H
    assert lighting.energy.table
    at_us = np.arange(*noons_us(DAY, ZONE), 60 * US)
    return account_of(
        lighting,
        lighting.energy.table,
        DAY,
        (pair[0], pair[1]),
        trend=Trend(at_us, at_us * 0.0 + 3.0),
        now_us=0,
    )


def spent_kwh(rows: pd.DataFrame, minutes: pd.DataFrame) -> pd.Series:
    """Return each sound lamp's energy of the night: meters between noons, filled by the last power, all in pandas."""
    begin = minutes["at"].iloc[0]
    found = {}
    for lamp, mine in rows.groupby("lamp"):
        if lamp in (RESET, JUMPED):
            continue
        ends = []
        for noon in (begin, begin + pd.Timedelta(days=1)):
            last = mine[mine["at"] <= noon].iloc[-1]
            late = min((noon - last["at"]).total_seconds(), 1_200.0)
            ends.append(last["kwh"] + last["w"] * late / 3_600_000)
        found[lamp] = ends[1] - ends[0]
    return pd.Series(found)


def test_measured_energy_is_what_the_rows_tell(account: Account, rows: pd.DataFrame, minutes: pd.DataFrame) -> None:
    """Sums of the account equal pandas over the rows to 1e-6; the truth behind lost reports is met within 0.2 %."""
    second = spent_kwh(rows, minutes)
    total = sum(one.measured_kwh for one in account.figures)
    assert total == pytest.approx(second.sum(), rel=1e-6, abs=0.01)
    truth = 0.0
    for lamp in second.index.difference([SILENT]):
        _, _, kind, program, nominal = STREETS[int(lamp) // 20]
        level = np.where(dimmed(minutes, 22 * 60 + 30, 5 * 60), 40.0 if program == "half-night" else 100.0, 100.0)
        level = np.where(minutes["dark"], level, 0.0)
        truth += sum(watts(kind, full_of(kind, nominal), given(kind, one)) for one in level) / 60 / 1000
    assert total - second[SILENT] == pytest.approx(truth, rel=0.002)


def test_what_is_not_known_is_said(account: Account, lighting: Lighting) -> None:
    """Four lamps lack all or part of the night: the share of time, and an interval that holds what they may have taken."""
    lamps = sum(one.lamps for one in account.figures)
    covered = sum(one.covered * one.lamps for one in account.figures)
    assert lamps == len(lighting.inventory)
    assert lamps - covered == pytest.approx(3 + 10 / 24, abs=0.05)
    for one in account.figures:
        assert 0 <= one.unknown_low_kwh <= one.estimated_kwh <= one.unknown_high_kwh + 1e-9
        assert (one.unknown_high_kwh > 0) == (one.covered < 1)


@pytest.mark.parametrize("name", ["program", "always", "half_night", "bound"])
def test_baselines_minute_by_minute(account: Account, lighting: Lighting, minutes: pd.DataFrame, name: str) -> None:
    """Every group's baseline against a plain sum over minutes and lamps: within 0.5 %."""
    inventory, table = lighting.inventory, lighting.energy.table
    assert table
    halved = dimmed(minutes, 23 * 60, 5 * 60)
    second: dict[tuple[str, str], float] = {}
    for lamp in range(len(inventory)):
        street, _, kind, program, nominal = STREETS[lamp // 20]
        limits = table.survey.streets[inventory.streets.index[street]]
        full, level = full_of(kind, nominal), min(100.0, limits.full_level * 100)
        always = watts(kind, full, given(kind, level, 50.0 + 1e-9))
        if name == "always":
            drawn = np.full(len(minutes), always)
        elif name == "half_night":
            drawn = np.where(halved, watts(kind, full, given(kind, level / 2)), always)
        elif name == "program":
            dim = dimmed(minutes, 22 * 60 + 30, 5 * 60) & (program == "half-night")
            drawn = np.where(dim, watts(kind, full, given(kind, 40.0)), full)
        else:
            best = 0.742 / 0.75 if kind == "led" else 1.0
            p = np.array(limits.presence or [0.0] * 24)[minutes["hour"]]
            shares = [a + b * p for a, b in limits.lines] or [p * 0.0]
            drawn = np.maximum(best * full * np.max(shares, axis=0), STANDBY)
        kwh = np.where(minutes["dark"], drawn, STANDBY).sum() / 60 / 1000
        group = inventory.districts.ids[int(inventory.districts.of_lamp[lamp])], limits.standing
        second[group] = second.get(group, 0.0) + float(kwh)
    ours = {(one.district, one.standing): getattr(one, f"{name}_kwh") for one in account.figures}
    assert ours == pytest.approx(second, rel=0.005)
    assert sum(getattr(account.curve, name)) / 4 == pytest.approx(sum(ours.values()), rel=0.001)


@pytest.mark.parametrize("day", ["2026-03-28", "2026-06-21", "2026-10-24", "2026-12-21", "2028-02-29"])
def test_darkness_and_half_night_against_spa(lighting: Lighting, day: str) -> None:
    """Nights of the clock's change, of midsummer, and of a leap day: edges of darkness within 30 s, 23 to 5 by the wall."""
    span_us = noons_us(date.fromisoformat(day), ZONE)
    window = window_of(lighting.plans.in_force(span_us[0]).rules, lighting.plans.place, span_us)
    seconds = np.arange(span_us[0] // US, span_us[1] // US, 5.0)
    lon, lat = lighting.inventory.city["centre"]
    dark = np.asarray(spa.solar_position(seconds, lat, lon, 0, 1013.25, 12, 70.0, 0.0)[3]) < -1.5
    lit = np.flatnonzero(window.lit[0])
    begin, end = window.edges_us[lit[0]] / US, window.edges_us[lit[-1] + 1] / US
    assert abs(begin - seconds[dark][0]) < 30
    assert abs(end - seconds[dark][-1]) < 30
    halved = np.flatnonzero(window.half[0] == 50.0)
    walls = [
        pd.Timestamp(int(at), unit="us", tz="UTC").tz_convert(ZONE).strftime("%H:%M")
        for at in (window.edges_us[halved[0]], window.edges_us[halved[-1] + 1])
    ]
    dawn = pd.Timestamp(end, unit="s", tz="UTC").tz_convert(ZONE).strftime("%H:%M")
    assert walls == ["23:00", min("05:00", dawn)]
    assert window.hours.sum() == pytest.approx({"2026-03-28": 23, "2026-10-24": 25}.get(day, 24))


def test_power_seen_now_and_then_weighs_by_its_time() -> None:
    """Sixty kilowatts are sixty kilowatt hours an hour, whether told each minute or each hour; gaps are no energy."""
    hour = 3_600 * US
    for step in (60 * US, hour):
        at_us = np.arange(0, 10 * hour + 1, step)
        assert energy_kwh(at_us, np.full(len(at_us), 60.0)) == pytest.approx(600.0)
    ragged = np.array([0, 1, 2, 5, 6]) * hour
    assert energy_kwh(ragged, np.array([10.0, 20.0, 30.0, 30.0, np.nan])) == pytest.approx(15 + 25)
    found = means(ragged, np.array([10.0, 20.0, 30.0, 30.0, 30.0]), np.array([0, 2, 4, 6]) * hour)
    assert found[0] == pytest.approx(20.0)
    assert np.isnan(found[1])


def test_a_night_is_kept_and_shown(lighting: Lighting, account: Account) -> None:
    """Kept as documents that bring it back; streets that keep their class first, the others apart; the oldest give way."""
    event = Event(1, ACCOUNTED, account.id, "energy", "", msgspec.to_builtins(account))
    (kept,) = evolve(lighting.energy, event)
    again = Energy()
    again.recall([kept])
    assert again.nights.get(account.id) == account
    shown = views.night_view(lighting, None, account.id, parse_iso("2026-11-22T12:00:00Z"))  # type: ignore[arg-type]
    json.dumps(shown)
    assert shown["state"] == "done"
    first = shown["city"]
    above = first["measured_kwh"] + first["estimated_kwh"] - first["bound_kwh"]
    assert first["gap_points"] == pytest.approx(100 * above / first["always_kwh"], abs=0.01)
    assert first["gap_low"] <= first["gap_points"] <= first["gap_high"]
    assert sum(one["lamps"] for one in shown["districts"]) == first["lamps"]
    year = views.nights_view(lighting, "", parse_iso("2026-11-22T12:00:00Z"))
    assert (year["day"], year["gap_points"]) == ([account.id], [first["gap_points"]])
    for n in range(NIGHTS_KEPT):
        body = {**msgspec.to_builtins(account), "id": f"2027-{n:04d}"}
        last = evolve(again, Event(1, ACCOUNTED, body["id"], "energy", "", body))
    assert len(again.nights) == NIGHTS_KEPT
    assert last[-1].body is None


def test_a_night_under_way_is_told_as_far_as_it_has_come(lighting: Lighting) -> None:
    """Hourly totals of 3 kW: energy by their time, baselines over the same hours, all of it fit for JSON."""
    hour_us = 3_600 * US
    since_us, now_us = noons_us(date(2026, 11, 27), ZONE)[0], parse_iso("2026-11-27T22:00:00Z")

    def history(name: str, row: int, first_us: int, until_us: int) -> dict[str, Any]:
        at_us = np.arange(since_us, min(until_us, now_us + 1), hour_us)
        return {"at_us": at_us, "power_kw": np.full(len(at_us), 3.0)}

    told = views.night_view(lighting, SimpleNamespace(history=history), "2026-11-27", now_us)  # type: ignore[arg-type]
    msgspec.json.encode(told)
    assert told["state"] == "running"
    assert told["so_far"]["measured_kwh"] == pytest.approx(33.0)
    assert told["so_far"]["covered"] == 1.0
    curve = told["curve"]
    assert curve["measured"][:44] == (3.0,) * 44
    assert curve["measured"][-1] is None
    assert told["so_far"]["bound_kwh"] == pytest.approx(sum(curve["bound"][:44]) / 4, rel=0.01)


def test_now_is_the_power_of_now(lighting: Lighting) -> None:
    """At night measured power beside the baselines, silent lamps by their programs; by day no points."""
    now_us, seen = parse_iso("2026-11-20T20:00:00Z"), lighting.seen
    seen["power_w"][:] = lighting.inventory.power_w
    seen["burning_h"][:] = BURNT_H
    seen.observed_at_us[:] = now_us
    seen.observed_at_us[:2] = now_us - 7_200 * US
    told = views.now_view(lighting, now_us)
    assert told["state"] == "night"
    assert told["gap_low"] < told["gap_points"] <= told["gap_high"]
    assert told["bound_kw"] <= told["always_kw"]
    assert views.now_view(lighting, parse_iso("2026-11-20T11:00:00Z"))["gap_points"] is None
    registers = next(query for query in QUERIES if query.path.endswith("/registers"))
    read = read_registers(registers.run(lighting, None, Now(), now_us))
    assert (read.at_us == seen.observed_at_us).all()
    assert (read.power_w == lighting.inventory.power_w).all()


def test_what_is_refused(lighting: Lighting) -> None:
    now_us = parse_iso("2026-11-22T12:00:00Z")
    for day, words in (("gestern", "not a day"), ("2027-01-01", "begins at")):
        with pytest.raises(Refused, match=words):
            views.night_view(lighting, None, day, now_us)  # type: ignore[arg-type]
    bare = make_lighting(lighting.inventory)
    with pytest.raises(Refused, match="streets are done"):
        views.table_at_hand(bare)
    told = views.now_view(bare, now_us)
    assert (told["state"], told["done"], told["of"]) == ("surveying", 0, len(lighting.inventory.streets.ids))


@pytest.mark.refusal("lighting.sign-energy")
def test_each_refusal_of_a_signature(account: Account) -> None:
    """A month without account, one not over, another report than the one seen, and a second signature."""
    energy = Energy()
    evolve(energy, Event(1, ACCOUNTED, account.id, "energy", "", msgspec.to_builtins(account)))
    seal, after = seal_of(energy.of_month("2026-11")), "2026-12-02T09:00:00Z"

    class Holder:
        def __init__(self) -> None:
            self.energy = energy

    def sign(month: str, told: str, at: str) -> list[Event]:
        order = Order("c1", "anna", "lighting.sign-energy", SignEnergy(month, told))
        return SYSTEM.decide(Holder(), order, parse_iso(at))

    for month, told, at, code in (
        ("2026-10", seal, after, "no-account"),
        ("2026-11", seal, "2026-11-30T09:00:00Z", "month-open"),
        ("2026-11", "0" * 64, after, "report-changed"),
    ):
        assert code in str(sign(month, told, at)[-1].body)
    done = sign("2026-11", seal, after)
    signed = next(event for event in done if event.kind == "lighting.energy-signed")
    (kept,) = evolve(energy, signed)
    assert energy.signed.get("2026-11") is not None
    assert json.loads(kept.body or b"")["by"] == "anna"
    assert "signed" in str(sign("2026-11", seal, after)[-1].body)
    assert iso(json.loads(kept.body or b"")["at_us"])[:10] == "2026-12-02"
