"""A survey as arrays, to be asked for all streets at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from stadtwerk.kernel.observation import Rows, Values
from stadtwerk.systems.lighting.energy.things import STANDINGS, Survey
from stadtwerk.systems.lighting.engine.energy.traffic import HOURS


@dataclass(frozen=True, slots=True)
class Table:
    """Limits of s streets: standing (row of `STANDINGS`), levels as shares of full light, `lines` (s, most, 2)."""

    survey: Survey
    standing: Rows
    full_level: Values
    low_level: Values
    presence: Values
    """Share of each local hour, (s, 24), in which the full class is asked for."""
    lines: Values

    def bound_share(self, presence: Values) -> Values:
        """Return the least share of full power of each street for shares of time in the full class, both (s,)."""
        return np.asarray((self.lines[:, :, 0] + self.lines[:, :, 1] * presence[:, None]).max(axis=1))


def table_of(survey: Survey) -> Table:
    """Lay a survey out; streets with fewer lines than others get lines at zero, which bound nothing."""
    streets = survey.streets
    lines = np.zeros((len(streets), max([len(one.lines) for one in streets], default=0) + 1, 2))
    presence = np.zeros((len(streets), HOURS))
    for place, one in enumerate(streets):
        lines[place, : len(one.lines)] = np.reshape(one.lines, (-1, 2))
        presence[place, : len(one.presence)] = one.presence
    return Table(
        survey=survey,
        standing=np.array([STANDINGS.index(one.standing) for one in streets], np.int32),
        full_level=np.array([one.full_level for one in streets]),
        low_level=np.array([one.low_level for one in streets]),
        presence=presence,
        lines=lines,
    )
