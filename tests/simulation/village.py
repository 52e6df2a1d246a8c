"""A village of a few lamps, made in memory: which lamp stands where, and whom a group means."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from simulation.options import Options
from stadtwerk.systems.lighting.inventory import Inventory, make_inventory

PROGRAM = {"title": {"de": "Ganznacht", "en": "All night"}, "on_elevation_deg": -1.5, "full_percent": 100}


@dataclass
class Village:
    """Lamps by number from 0; the members of each group by its name."""

    inventory: Inventory
    gateway_of: list[int]
    euis: list[str]
    groups: dict[str, list[int]] = field(default_factory=dict)

    def meant(self, target: dict[str, Any]) -> list[int]:
        """Tell which lamps a command's target means, found without the platform's help."""
        ((kind, name),) = target.items()
        if kind == "lamp":
            return [int(name[1:])]
        if kind == "lamps":
            return sorted({int(one[1:]) for one in name})
        return self.groups[f"{kind}-{name}"]


def make_village(options: Options) -> Village:
    """Lay lamps out: streets and gateways in blocks, circuits in turn, one district."""
    n = options.lamps
    street = [f"s{number * options.streets // n}" for number in range(n)]
    circuit = [f"c{number % options.circuits}" for number in range(n)]
    gateway_of = [number * options.gateways // n for number in range(n)]
    euis = [f"{0xA000 + 7 * (n - number):016x}" for number in range(n)]
    lamps = {
        "id": [f"l{number}" for number in range(n)],
        "lon": [str(6.76 + number * 1e-4) for number in range(n)],
        "lat": ["51.43"] * n,
        "power_w": ["30"] * n,
        "height_m": ["6"] * n,
        "street": street,
        "circuit": circuit,
        "district": ["d0"] * n,
        "program": ["all-night"] * n,
        "pole": [f"p{number}" for number in range(n)],
        "gateway": [f"g{gateway}" for gateway in gateway_of],
        "lamp_type": ["led"] * n,
        "installed_on": ["2020-05-01"] * n,
        "category": ["road"] * n,
        "dev_eui": euis,
    }
    here = {"lon": "6.76", "lat": "51.43"}
    places = {
        "streets": [{"id": one, "name": one, **here} for one in sorted(set(street))],
        "circuits": [{"id": one, "cabinet": "k0", "phase": "L1"} for one in sorted(set(circuit))],
        "districts": [{"id": "d0", "name": "Mitte", **here}],
        "cabinets": [{"id": "k0", "district": "d0", **here}],
        "gateways": [{"id": f"g{one}", "eui": f"{one:016x}", **here} for one in range(options.gateways)],
    }
    city = {
        "programs": {"all-night": PROGRAM},
        "radio": {"report_period_s": 900},
        "centre": [6.76, 51.43],
        "timezone": "Europe/Berlin",
    }
    village = Village(make_inventory(city, lamps, places), gateway_of, euis)
    for kind, column in (("street", street), ("circuit", circuit), ("district", lamps["district"])):
        for number, name in enumerate(column):
            village.groups.setdefault(f"{kind}-{name}", []).append(number)
    return village
