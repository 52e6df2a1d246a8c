"""Replay of a night and the month's report against a second computation, minute by minute on SPA's sun; refusals."""

from __future__ import annotations

import csv
import io
import json
from datetime import date
from typing import Any

import msgspec
import numpy as np
import pandas as pd
import pytest
from pvlib import spa

from stadtwerk.kernel.clock import parse_iso
from stadtwerk.kernel.refusal import Refused
from stadtwerk.systems.lighting.energy.account import Trend, account_of
from stadtwerk.systems.lighting.energy.decide import seal_of
from stadtwerk.systems.lighting.energy.registers import Registers
from stadtwerk.systems.lighting.energy.replay import OfReplay, replay_view
from stadtwerk.systems.lighting.energy.report import report_csv, report_view
from stadtwerk.systems.lighting.energy.surveying import survey_of
from stadtwerk.systems.lighting.energy.table import table_of
from stadtwerk.systems.lighting.energy.window import noons_us
from stadtwerk.systems.lighting.engine.en13201.assess import annual_kwh_m2
from stadtwerk.systems.lighting.engine.sections import section_of
from stadtwerk.systems.lighting.state import Lighting
from systems.lighting.energy.town import STREETS, lighting_of, write_town

DAY, ZONE = "2026-11-20", "Europe/Berlin"
NOW_US = parse_iso("2026-11-22T12:00:00Z")
BURNT_H = 4_000.0
CURVES = {"led": ((10, 25, 50, 75, 100), (0.145, 0.276, 0.502, 0.742, 1.0)), "hst": ((50, 100), (0.62, 1.0))}


@pytest.fixture(scope="module")
def lighting(tmp_path_factory: pytest.TempPathFactory) -> Lighting:
    made = lighting_of(write_town(tmp_path_factory.mktemp("town")))
    made.energy.table = table_of(survey_of(made.inventory, "", NOW_US, lambda done: None))
    made.seen["burning_h"][:] = BURNT_H
    return made


def dark_minutes(lighting: Lighting, day: str, days: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """Return for minutes from noon on: wall minute of the day, and whether it is night for the programs (SPA)."""
    begin = pd.Timestamp(f"{day}T12:00").tz_localize(ZONE)
    at = pd.date_range(begin, begin + pd.Timedelta(days=days), freq="min", inclusive="left")
    lon, lat = lighting.inventory.city["centre"]
    seconds = at.astype("datetime64[s, UTC]").astype("int64").to_numpy(np.float64) + 30
    deg = np.asarray(spa.solar_position(seconds, lat, lon, 0, 1013.25, 12, 70.0, 0.0)[3])
    return np.asarray(at.hour * 60 + at.minute), deg < -1.5


def full_w(kind: str, nominal: float) -> float:
    return nominal * (0.92 + 0.08 * BURNT_H / 1e5 if kind == "led" else 1 + 0.05 * BURNT_H / 2e4)


def given(kind: str, percent: float, edge: float) -> float:
    if kind == "led" or percent <= 0:
        return percent
    return 50.0 if kind == "hst" and percent < edge else 100.0


def watts(kind: str, nominal: float, percent: float) -> float:
    share = 1.0 if kind == "hme" else float(np.interp(percent, *CURVES[kind]))
    return full_w(kind, nominal) * share if percent > 0 else 0.5


POLICIES: tuple[dict[str, Any], ...] = (
    {"policy": "always"},
    {"policy": "half-night"},
    {"policy": "program", "program": "half-night", "dim_percent": 20, "dim_from": "21:15", "dim_until": "06:00"},
    {"policy": "program", "program": "all-night"},
)


@pytest.mark.parametrize("asked", POLICIES)
def test_energy_and_minutes_below_class_minute_by_minute(lighting: Lighting, asked: dict[str, Any]) -> None:
    """Energy within 0.3 %, street-minutes below the class within a minute a switching and street."""
    wall, dark = dark_minutes(lighting, DAY)
    table = lighting.energy.table
    assert table
    kwh, below, lowest = 0.0, 0, 0
    halved = (wall >= 23 * 60) | (wall < 5 * 60)
    tried = (wall >= 21 * 60 + 15) | (wall < 6 * 60)
    for place, (_, _, kind, _, nominal) in enumerate(STREETS):
        limits = table.survey.streets[place]
        own = min(100.0, 100 * limits.full_level)
        if asked["policy"] == "program":
            level = np.where(tried & ("dim_percent" in asked), asked.get("dim_percent", 100), 100.0)
            light = np.array([given(kind, float(one), 75.0) for one in (20.0, 100.0)])[(level == 100).astype(int)]
        else:
            half = halved & (asked["policy"] == "half-night")
            light = np.where(half, given(kind, own / 2, 75.0), given(kind, own, 50.0 + 1e-9))
        light = np.where(dark, light, 0.0)
        kwh += 20 * sum(watts(kind, nominal, float(one)) for one in light) / 60 / 1000
        if limits.standing != "unclassed":
            below += int((dark & (light < own - 1e-6)).sum())
            lowest += int((dark & (light < 100 * min(limits.low_level, 1) - 1e-6)).sum())
    told = replay_view(lighting, OfReplay(day=DAY, **asked), NOW_US)
    assert told["would_be"]["kwh"] == pytest.approx(kwh, rel=0.003)
    assert told["would_be"]["below_min"] == pytest.approx(below, abs=4 * len(STREETS))
    assert told["would_be"]["below_lowest_min"] == pytest.approx(lowest, abs=4 * len(STREETS))
    assert told["would_be"]["cost_eur"] == pytest.approx(kwh * 0.25, rel=0.004)
    assert told["saved_kwh"] == pytest.approx(told["as_it_was"]["kwh"] - told["would_be"]["kwh"], abs=0.02)
    json.dumps(told)


def test_policies_stand_in_their_order(lighting: Lighting) -> None:
    """On demand takes no more than the class all night and misses none; as it was is its own replay."""
    found = {
        policy: replay_view(lighting, OfReplay(day=DAY, policy=policy), NOW_US)["would_be"]  # type: ignore[arg-type]
        for policy in ("as-it-was", "always", "half-night", "on-demand")
    }
    assert found["on-demand"]["kwh"] <= found["always"]["kwh"]
    assert found["always"]["below_min"] == found["on-demand"]["below_min"] == 0
    assert found["half-night"]["below_min"] > 0
    assert found["half-night"]["kwh"] <= found["always"]["kwh"]


def test_what_a_replay_refuses(lighting: Lighting) -> None:
    with pytest.raises(Refused, match="nobody"):
        replay_view(lighting, OfReplay(day=DAY, policy="program", program="nobody"), NOW_US)
    for day, words in (("gestern", "not a day"), ("0001-01-01", "from 2000"), ("2026-12-24", "begins at")):
        with pytest.raises(Refused, match=words):
            replay_view(lighting, OfReplay(day=day), NOW_US)
    for wrong in ({"policy": "dark"}, {"dim_percent": 101}, {"dim_from": "24:00"}, {"price_ct": -1}):
        with pytest.raises(msgspec.ValidationError):
            msgspec.convert(wrong, OfReplay)


def test_a_months_report_adds_up_and_streets_follow_the_standard(lighting: Lighting) -> None:
    """Sums are those of the nights; AECI of a street is the standard's formula over a year of minutes; CSV tells the same."""
    span = noons_us(date.fromisoformat(DAY), ZONE)
    n = len(lighting.inventory)
    first, last = (
        Registers(np.full(n, at), np.full(n, kwh), np.full(n, 0.5), np.full(n, BURNT_H))
        for at, kwh in zip(span, (10.0, 10.6), strict=True)
    )
    assert lighting.energy.table
    trend = Trend(np.array(span), np.array([1.0, 1.0]))
    account = account_of(lighting, lighting.energy.table, date.fromisoformat(DAY), (first, last), trend=trend, now_us=0)
    lighting.energy.nights.put(account)
    told = report_view(lighting, "2026-11", NOW_US)
    json.dumps(told)
    assert told["seal"] == seal_of([account])
    assert told["sums"]["kept"]["measured_kwh"] + told["sums"]["missed"]["measured_kwh"] + told["sums"]["unclassed"][
        "measured_kwh"
    ] == pytest.approx(0.6 * n)
    wall, dark = dark_minutes(lighting, "2025-11-22", 365)
    hours = dict.fromkeys((100.0, 40.0), 0.0)
    dim = (wall >= 22 * 60 + 30) | (wall < 5 * 60)
    hours[40.0], hours[100.0] = (dark & dim).sum() / 60, (dark & ~dim).sum() / 60
    off = 8760 - sum(hours.values())
    section = section_of(lighting.inventory, lighting.inventory.streets.index["s4"], NOW_US)
    assert section is not None
    pairs = [(h, len(section.street.rows) * watts("led", 60.0, level)) for level, h in hours.items()]
    second = annual_kwh_m2(section.street, [*pairs, (off, 0.5 * len(section.street.rows))])
    mine = next(row for row in told["streets"] if row["id"] == "s4")
    assert mine["annual_kwh_m2"] == pytest.approx(second, rel=0.005)
    rows = list(csv.reader(io.StringIO(report_csv(lighting, "2026-11", NOW_US).decode())))
    figures = [dict(zip(rows[0], row, strict=True)) for row in rows[1 : 1 + len(account.figures)]]
    assert sum(float(row["measured_kwh"]) for row in figures) == pytest.approx(0.6 * n, abs=0.01)
    assert rows[-1] == ["seal", told["seal"]]
    with pytest.raises(Refused, match="accounted"):
        report_view(lighting, "2026-10", NOW_US)
