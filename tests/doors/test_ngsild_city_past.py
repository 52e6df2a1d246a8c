"""The city's own devices have a past in NGSI-LD, too: what they told, attribute by attribute (clauses 4.5.6, 5.7.3)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from conformance.ngsild.instance import BASE, START_US, Instance
from stadtwerk.context.library import Library
from stadtwerk.doors.ngsild import Services, make_ngsild
from stadtwerk.kernel.clock import US
from stadtwerk.stores.sqlite.writer import SqliteFile
from stadtwerk.stores.telemetry import TelemetryStore
from stadtwerk.systems.lighting.entities import LAMP_ORIGINS, STREETLIGHT, Rows

LAMPS = ("du-1", "du-2")
TOLD = np.array([START_US + minute * 60 * US for minute in range(4)])


class Told:
    """What the lamps told: at each full minute, the second lamp nothing."""

    def history(self, name: str, row: int, since_us: int, until_us: int) -> dict[str, Any]:
        """Return a lamp's observations."""
        assert name == "Streetlight"
        n = 4 if row == 0 else 0
        columns = {column: np.full(n, np.nan) for column, _ in LAMP_ORIGINS.values()}
        if n:
            columns |= {
                "level_percent": np.array([0.0, 50.0, 100.0, 100.0]),
                "power_w": np.array([0, 20, 41.26, np.nan]),
            }
        return {"at_us": TOLD[:n], **columns}


@pytest.fixture
def city(tmp_path: Path) -> Iterator[Instance]:
    """A broker with two lamps of the city's own."""
    instance = Instance(TelemetryStore(SqliteFile(tmp_path / "telemetry.db"), {}))
    place = np.array([6.7, 6.8])
    lamps = Rows(STREETLIGHT, LAMPS, (place, place), {}, lambda: TOLD[:2], origins=LAMP_ORIGINS)
    services = Services(history=instance.history, archive=Told())
    instance.door = make_ngsild(instance.broker, {"Streetlight": lamps}, library=Library(BASE), services=services)
    yield instance
    instance.close()


def test_5_7_3_a_lamps_past_is_read(city: Instance) -> None:
    got = city.ask("GET", "/temporal/entities/urn:ngsi-ld:Streetlight:du-1?options=temporalValues")
    assert got.status == 200
    past = got.json
    assert set(past) == {"id", "type", "powerState", "illuminanceLevel", "powerConsumption"}
    assert [value for value, _ in past["powerState"]["values"]] == ["off", "low", "on", "on"]
    assert [value for value, _ in past["powerConsumption"]["values"]] == [0, 20, 41.3]
    whole = city.ask("GET", "/temporal/entities/urn:ngsi-ld:Streetlight:du-1?attrs=powerConsumption&lastN=1").json
    (only,) = whole["powerConsumption"]
    assert (only["value"], only["unitCode"], only["type"]) == (41.3, "WTT", "Property")


def test_4_5_19_a_lamps_past_is_aggregated(city: Instance) -> None:
    query = (
        "options=aggregatedValues&aggrMethods=avg,max&aggrPeriodDuration=PT2M&type=Streetlight&attrs=illuminanceLevel"
    )
    (lamp,) = city.ask("GET", f"/temporal/entities?{query}").json
    assert [bucket[0] for bucket in lamp["illuminanceLevel"]["avg"]] == [0.25, 1]


def test_5_7_4_lamps_and_documents_are_asked_together(city: Instance) -> None:
    city.ask("POST", "/entities", {"id": "urn:ngsi-ld:Streetlight:else", "type": "Streetlight", "powerState": "on"})
    found = city.ask("GET", "/temporal/entities?type=Streetlight&q=powerState==%22on%22").json
    assert [one["id"].rpartition(":")[2] for one in found] == ["du-1", "else"]


def test_5_6_11_a_lamps_past_is_not_told_otherwise(city: Instance) -> None:
    name = "/temporal/entities/urn:ngsi-ld:Streetlight:du-1"
    assert city.ask("DELETE", name).status == 404
    assert city.ask("GET", "/temporal/entities/urn:ngsi-ld:Streetlight:du-2").status == 404
