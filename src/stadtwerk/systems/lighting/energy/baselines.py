"""What the lamps of a city would take in a night: by their programs, always at their class, half-night, and at least.

All four stand on the same lamps, driver models, hours burnt and darkness; standby counts in all of them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from stadtwerk.kernel.observation import Rows, Values
from stadtwerk.systems.lighting.energy.table import Table
from stadtwerk.systems.lighting.energy.things import STANDINGS, Standing
from stadtwerk.systems.lighting.energy.window import Window
from stadtwerk.systems.lighting.engine.energy.power import (
    LEAST_PER_LIGHT,
    drawn_w,
    driver_of,
    full_w,
    given_percent,
)
from stadtwerk.systems.lighting.engine.faults.expected import STANDBY_W
from stadtwerk.systems.lighting.inventory import Inventory
from stadtwerk.systems.lighting.plans.state import InForce
from stadtwerk.systems.lighting.state import Lighting

NAMES = ("program", "always", "half_night", "bound")


@dataclass(frozen=True, slots=True)
class Lit:
    """n lamps as energy sees them: driver, program, street, group (district and standing), W at full light, level.

    `class_percent` is the level that just keeps the street's class, 100 where none is asked.
    """

    driver: Rows
    program: Rows
    street: Rows
    group: Rows
    full_w: Values
    class_percent: Values

    def __len__(self) -> int:
        return len(self.driver)


def groups_of(inventory: Inventory) -> list[tuple[str, Standing]]:
    """Return the groups energy is summed in: each district's lamps by the standing of their street."""
    return [(district, standing) for district in inventory.districts.ids for standing in STANDINGS]


def lit_of(lighting: Lighting, table: Table, programs: InForce, burning_h: Values) -> Lit:
    """Return all lamps as they are after so many hours of burning, (n,) hours (NaN = unknown, counted as new).

    What the nights taught of a lamp's own power against its model counts for everything it is compared with, too.
    """
    inventory = lighting.inventory
    own = np.exp(np.nan_to_num(lighting.learned["own_log"]))
    driver, street = driver_of(inventory.text["lamp_type"]), inventory.streets.of_lamp
    return Lit(
        driver=driver,
        program=programs.of_lamp,
        street=street,
        group=np.asarray(inventory.districts.of_lamp * len(STANDINGS) + table.standing[street], np.int32),
        full_w=full_w(inventory.power_w, driver, burning_h) * own,
        class_percent=np.minimum(100.0 * table.full_level[street], 100.0),
    )


@dataclass(frozen=True, slots=True)
class Baselines:
    """Power of each piece of a window by group, (groups, k) kW, by name."""

    window: Window
    kw: dict[str, Values]

    def kwh(self, name: str) -> Values:
        """Return the energy of each group, (groups,) kWh."""
        return np.asarray(self.kw[name] @ self.window.hours)

    def city_kw(self, name: str) -> Values:
        """Return the power of the whole city, (k,) kW."""
        return np.asarray(self.kw[name].sum(axis=0))


def baselines_of(lit: Lit, table: Table, window: Window, groups: int) -> Baselines:
    """Calculate all four baselines. The bound heeds each hour's traffic and knows neither ramps nor delays."""
    programs = len(window.lit)

    def summed(power_w: Values) -> Values:
        """Sum lamps' power, (n,) W, by group and program, (groups, programs) kW."""
        cell = lit.group * programs + lit.program
        summed_kw = np.bincount(cell, power_w / 1000.0, groups * programs)
        return np.asarray(summed_kw, np.float64).reshape(groups, programs)

    standby = summed(np.full(len(lit), STANDBY_W))

    def over(kw_at: Callable[[int, int], Values]) -> Values:
        """Put powers together by program and piece: `kw_at(program, piece)` (groups,) where lit, else standby."""
        found = np.empty((groups, len(window.hours)))
        for k in range(found.shape[1]):
            columns = [kw_at(g, k) if window.lit[g, k] else standby[:, g] for g in range(programs)]
            found[:, k] = np.sum(columns, axis=0)
        return found

    always_percent = given_percent(lit.driver, lit.class_percent, at_least=True)
    always = summed(drawn_w(lit.driver, lit.full_w, always_percent))
    halved = summed(drawn_w(lit.driver, lit.full_w, given_percent(lit.driver, lit.class_percent / 2.0)))
    by_level = {
        level: summed(drawn_w(lit.driver, lit.full_w, given_percent(lit.driver, np.full(len(lit), level))))
        for level in np.unique(window.program).tolist()
    }
    bound = {
        hour: summed(bound_w(lit, table, hour)) for hour in np.unique(window.hour[window.lit.any(axis=0)]).tolist()
    }
    program = np.empty((groups, len(window.hours)))
    for k in range(program.shape[1]):
        program[:, k] = np.sum([by_level[float(window.program[g, k])][:, g] for g in range(programs)], axis=0)
    return Baselines(
        window,
        {
            "program": program,
            "always": over(lambda g, k: always[:, g]),
            "half_night": over(lambda g, k: (halved if window.half[g, k] < 100.0 else always)[:, g]),
            "bound": over(lambda g, k: bound[int(window.hour[k])][:, g]),
        },
    )


def bound_w(lit: Lit, table: Table, hour: int) -> Values:
    """Return the least power of each lamp in a local hour of darkness, (n,) W: its street's bound by its driver's best.

    A bound stands on power that is proportional to light; `LEAST_PER_LIGHT` of that is what no driver goes below.
    """
    shares = table.bound_share(table.presence[:, hour])
    least = LEAST_PER_LIGHT[lit.driver] * lit.full_w * shares[lit.street]
    return np.asarray(np.maximum(least, STANDBY_W))
