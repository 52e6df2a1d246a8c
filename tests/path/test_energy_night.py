"""A simulated night through radio, core, historian and past: its account equals a second sum over the lake; it is signed."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pandas as pd
import pytest
from deltalake import DeltaTable

from path.running import RunningCity, eventually
from stadtwerk.systems.lighting.energy.window import noons_us
from systems.lighting.energy.town import write_town

DAY, MONTH = "2026-11-30", "2026-11"
CARRY_S = 1_200
"""A last word is carried on for so long: four thirds of a report period."""


@pytest.mark.slow
def test_the_account_of_a_night_is_what_the_lake_tells(tmp_path: Path) -> None:
    """Meters between the noons by pandas over Parquet: to 1e-5; powers integrated over true time: within 2 %; signed."""
    city = write_town(tmp_path / "city")
    with RunningCity(city, tmp_path / "data", "--speed", "3600", "--start", f"{DAY}T10:50:00Z") as running:
        client = running.client
        eventually(lambda: DAY in client.get("/api/lighting/energy/nights")["day"], timeout_s=900, pause_s=2)
        account = client.get(f"/api/lighting/energy/night?day={DAY}")
        begin, end = (
            pd.Timestamp(at, unit="us", tz="UTC") for at in noons_us(date.fromisoformat(DAY), "Europe/Berlin")
        )
        assert client.get(f"/api/lighting/energy/now?at={DAY}T22:00:00Z")["state"] == "night"
        report = client.get(f"/api/lighting/energy/report?month={MONTH}")
        order = {"month": MONTH, "seal": report["seal"], "remark": "geprüft"}
        client.post("/api/commands/lighting.sign-energy", order)
        signed = client.get(f"/api/lighting/energy/report?month={MONTH}")["signed"]
        assert (signed["remark"], signed["unchanged"]) == ("geprüft", True)
        lake = tmp_path / "data" / "lake" / "Streetlight"
        eventually(lambda: told(lake)["observed_at"].max() > end, timeout_s=300, pause_s=2)
        rows = told(lake)
    groups = [account["city"], *account["apart"].values()]
    measured = sum(one["measured_kwh"] for one in groups)
    assert sum(one["lamps"] for one in groups) == 120
    second, powers = 0.0, 0.0
    for _, mine in rows.groupby("ix"):
        ends = []
        for noon in (begin, end):
            last = mine[mine["observed_at"] <= noon].iloc[-1]
            late_s = min((noon - last["observed_at"]).total_seconds(), CARRY_S)
            ends.append(last["energy_kwh"] + last["power_w"] * late_s / 3_600_000)
        second += ends[1] - ends[0]
        within = mine[(mine["observed_at"] >= begin) & (mine["observed_at"] <= end)]
        hours = within["observed_at"].diff().dt.total_seconds().iloc[1:] / 3600
        means = (within["power_w"] + within["power_w"].shift(1)).iloc[1:] / 2000
        powers += float((hours * means).sum())
    assert measured == pytest.approx(second, rel=1e-5, abs=0.01)
    assert measured == pytest.approx(powers, rel=0.02)
    assert account["city"]["covered"] > 0.99


def told(lake: Path) -> pd.DataFrame:
    """Return all that the lake holds of the lamps, by lamp and time."""
    if not DeltaTable.is_deltatable(str(lake)):
        return pd.DataFrame({"observed_at": [pd.Timestamp(0, tz="UTC")]})
    table = DeltaTable(str(lake)).to_pandas(columns=["ix", "observed_at", "energy_kwh", "power_w"])
    return table.sort_values(["ix", "observed_at"])
