"""What the lamps hang on: circuits, cabinets, feeders of the grid, and the gateways that hear them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from stadtwerk.systems.lighting.inventory import LWM2M, RADIOS, Indices, Inventory

Counts = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Supply:
    """k circuits, m cabinets, f feeders, g gateways: who hangs on whom by row, -1 for nobody; lamps on each."""

    cabinet_ids: list[str]
    feeder_ids: list[str]
    gateway_ids: list[str]
    gateway_euis: list[str]
    cabinet_euis: list[str]
    """Of the cabinets' controllers; empty where a cabinet has none."""
    cabinet_of_circuit: Indices
    number_of_circuit: Indices
    """Place of a circuit within its cabinet, 0 first: the bit in what the controller says."""
    feeder_of_cabinet: Indices
    gateway_of_cabinet: Indices
    gateway_of_lamp: Indices
    cabinet_of_lamp: Indices
    circuit_lamps: Counts
    cabinet_lamps: Counts
    feeder_lamps: Counts
    gateway_lamps: Counts


def read_supply(inventory: Inventory) -> Supply:
    """Read who hangs on whom; a city that does not tell of feeders or controllers has none."""
    cabinets, circuits = inventory.cabinets, inventory.circuits
    cabinet_ids = [row["id"] for row in cabinets]
    feeder_ids = sorted({row["feeder"] for row in cabinets if row.get("feeder")})
    gateway_ids = [row["id"] for row in inventory.gateways]
    cabinet_of_circuit = _rows([row["cabinet"] for row in circuits.extra], cabinet_ids)
    feeder_of_cabinet = _rows([row.get("feeder", "") for row in cabinets], feeder_ids)
    by_gateway = inventory.radio != RADIOS.index(LWM2M)
    gateway_of_lamp = np.where(by_gateway, _rows(inventory.text["gateway"], gateway_ids), np.int32(-1))
    cabinet_of_lamp = cabinet_of_circuit[circuits.of_lamp]
    feeder_of_lamp = feeder_of_cabinet[cabinet_of_lamp]
    return Supply(
        cabinet_ids=cabinet_ids,
        feeder_ids=feeder_ids,
        gateway_ids=gateway_ids,
        gateway_euis=[row["eui"] for row in inventory.gateways],
        cabinet_euis=[row.get("dev_eui", "") for row in cabinets],
        cabinet_of_circuit=cabinet_of_circuit,
        number_of_circuit=_numbers(cabinet_of_circuit),
        feeder_of_cabinet=feeder_of_cabinet,
        gateway_of_cabinet=_rows([row.get("gateway", "") for row in cabinets], gateway_ids),
        gateway_of_lamp=gateway_of_lamp,
        cabinet_of_lamp=cabinet_of_lamp,
        circuit_lamps=_count(circuits.of_lamp, len(circuits.ids)),
        cabinet_lamps=_count(cabinet_of_lamp, len(cabinet_ids)),
        feeder_lamps=_count(feeder_of_lamp, len(feeder_ids)),
        gateway_lamps=_count(gateway_of_lamp, len(gateway_ids)),
    )


def _rows(names: Sequence[str], known: Sequence[str]) -> Indices:
    row_of = {name: row for row, name in enumerate(known)}
    return np.array([row_of.get(name, -1) for name in names], np.int32)


def _numbers(cabinet: Indices) -> Indices:
    seen: dict[int, int] = {}
    numbers = []
    for row in cabinet.tolist():
        numbers.append(seen.get(row, 0))
        seen[row] = numbers[-1] + 1
    return np.array(numbers, np.int32)


def _count(rows: Indices, n: int) -> Counts:
    return np.bincount(rows[rows >= 0], minlength=n)
