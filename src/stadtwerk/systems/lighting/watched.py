"""What street lighting's alarms are about: lamps, circuits, cabinets, feeders, gateways, and what explains what."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from stadtwerk.kernel.alarm.conditions import Watched
from stadtwerk.systems.lighting.inventory import Places
from stadtwerk.systems.lighting.state import Lighting


def watched(lighting: Lighting) -> Mapping[str, Watched]:
    """Name what each kind of alarm watches, and which other kind explains it."""
    inventory, supply = lighting.inventory, lighting.supply
    circuits, districts = inventory.circuits, inventory.districts
    lamps = [
        f"{lamp}, {inventory.streets.names[row]}" for lamp, row in _pairs(inventory.ids, inventory.streets.of_lamp)
    ]
    cabinets = _named(supply.cabinet_ids, supply.cabinet_of_lamp, districts)
    feeders = _named(supply.feeder_ids, supply.feeder_of_cabinet[supply.cabinet_of_lamp], districts)
    gateways = _named(supply.gateway_ids, supply.gateway_of_lamp, districts)
    fed = _named(circuits.ids, circuits.of_lamp, inventory.streets)
    one = np.ones(len(lamps), np.int64)
    network = np.zeros(len(supply.gateway_ids), np.int32)
    n_lamps = np.array([len(lamps)])
    silence = {"lighting.circuit-out": circuits.of_lamp, "lighting.gateway-lost": supply.gateway_of_lamp}
    behind = {"lighting.cabinet-out": _same(supply.cabinet_ids), "lighting.gateway-lost": supply.gateway_of_cabinet}
    return {
        "lighting.network-lost": Watched(["radio"], [inventory.city["name"]], "", n_lamps),
        "lighting.gateway-lost": Watched(
            supply.gateway_ids, gateways, "gateway", supply.gateway_lamps, {"lighting.network-lost": network}
        ),
        "lighting.feeder-out": Watched(supply.feeder_ids, feeders, "feeder", supply.feeder_lamps),
        "lighting.cabinet-out": Watched(
            supply.cabinet_ids,
            cabinets,
            "cabinet",
            supply.cabinet_lamps,
            {"lighting.feeder-out": supply.feeder_of_cabinet},
        ),
        "lighting.circuit-out": Watched(
            circuits.ids,
            fed,
            "circuit",
            supply.circuit_lamps,
            {"lighting.cabinet-out": supply.cabinet_of_circuit},
        ),
        "lighting.controller-silent": Watched(supply.cabinet_ids, cabinets, "cabinet", supply.cabinet_lamps, behind),
        "lighting.voltage": Watched(supply.cabinet_ids, cabinets, "cabinet", supply.cabinet_lamps),
        "lighting.lamp-out": Watched(inventory.ids, lamps, "lamp", one),
        "lighting.lamp-silent": Watched(inventory.ids, lamps, "lamp", one, silence),
        "lighting.day-burner": Watched(inventory.ids, lamps, "lamp", one),
    }


def _pairs(ids: Sequence[str], rows: NDArray[np.int32]) -> Iterator[tuple[str, int]]:
    return zip(ids, rows.tolist(), strict=True)


def _named(ids: Sequence[str], of_lamp: NDArray[np.int32], places: Places) -> list[str]:
    """Name things by their id and the place where most of their lamps stand."""
    n = len(places.ids)
    known = of_lamp >= 0
    pairs, counts = np.unique(of_lamp[known].astype(np.int64) * n + places.of_lamp[known], return_counts=True)
    most = {int(pair) // n: places.names[int(pair) % n] for pair in pairs[np.argsort(counts, kind="stable")]}
    return [f"{name}, {most[row]}" if row in most else name for row, name in enumerate(ids)]


def _same(ids: list[str]) -> NDArray[np.int32]:
    return np.arange(len(ids), dtype=np.int32)
