"""Power that was observed now and then, as energy: each value weighs by the time it stands for."""

from __future__ import annotations

import numpy as np

from stadtwerk.kernel.observation import Times, Values
from stadtwerk.systems.lighting.energy.window import HOUR_US

FAR_US = 2 * HOUR_US
"""Between two values further apart nothing is known: in simulated time the city is summed up once an hour or less."""


def trapezia(at_us: Times, kw: Values) -> tuple[Values, Values]:
    """Return the energy between neighbours, kWh, and the hours between, (k - 1,) each; 0 where too far."""
    apart = np.diff(at_us)
    hours = np.where(apart <= FAR_US, apart / HOUR_US, 0.0)
    return np.asarray((kw[:-1] + kw[1:]) / 2.0 * hours), np.asarray(hours)


def energy_kwh(at_us: Times, kw: Values) -> float:
    """Return the energy of power observed at rising times, kWh; values that are NaN are left out."""
    known = ~np.isnan(kw)
    return float(trapezia(at_us[known], kw[known])[0].sum())


def means(at_us: Times, kw: Values, edges_us: Times) -> Values:
    """Return the mean power within each stretch between edges (k + 1,), (k,) kW; NaN where it is not wholly known."""
    known = ~np.isnan(kw)
    at_us, kw = at_us[known], kw[known]
    if len(at_us) < 2:
        return np.full(len(edges_us) - 1, np.nan)
    kwh, hours = trapezia(at_us, kw)
    energy = np.interp(edges_us, at_us, np.append(0.0, np.cumsum(kwh)))
    seen_h = np.interp(edges_us, at_us, np.append(0.0, np.cumsum(hours)))
    lasts_h = np.diff(edges_us) / HOUR_US
    whole = np.diff(seen_h) >= 0.99 * lasts_h
    return np.asarray(np.where(whole, np.diff(energy) / lasts_h, np.nan))
