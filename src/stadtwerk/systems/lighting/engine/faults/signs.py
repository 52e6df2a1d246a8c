"""What a lamp's own night says of it: rules over (n, s) measurements against expected power, one cause a lamp."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from stadtwerk.systems.lighting.engine.faults.expected import DRIVERS, LED, STANDBY_W, expected_w
from stadtwerk.systems.lighting.engine.faults.fleet import Fleet, Mask, Night, Rows, Values

LOW_V, HIGH_V = 207.0, 253.0
"""230 V plus or minus 10 % (EN 50160); power at other voltages tells nothing of the lamp."""
DARK_SHARE, DARK_OF_FULL = 0.35, 0.1
"""A lamp that takes less of its expected power, and of its full power beyond standby, gives no light."""
BURNING_SHARE = 0.5
"""A lamp that should be off and takes more of its full power gives light."""
LEAK_W = (1.5, 9.0)
"""Extra power with the light off that is leakage; more than 30 mA x 230 V = 6.9 W would trip a residual current
device (HD 60364-7-714), and is measured with some error."""
GONE = 6
"""A lamp is silent when its last so many reports are missing: by chance once in 6e7 nights at 5 % lost."""
OUT = 4
"""A lamp is out when it is dark in its last so many reports, or in three and never lit."""
UNTOLD = 5
"""A driver is silent when its controller's last so many reports lack the power."""
SAG_SHARE, SAG_LAMPS = 0.3, 3
"""Discharge lamps of a cabinet dark together: a dip of the mains put their arcs out."""
LEVEL_BINS = 11
COMMON_LAMPS = 30
"""Fewer lamps of a model at a level do not correct its curve."""
SPAN = 0.2
"""Whether a lamp follows is told by so much difference in the power asked for, share of full."""
STEADY = 0.05
"""Scatter of the logarithm of measured over expected power within one night, with 2 % noise and room."""


@dataclass(frozen=True, slots=True)
class Signs:
    """What a night says of n lamps, before what they share is known: masks (n,) and the figures behind them.

    `ratio` is the night's median log of measured over the lamp's own expected power (NaN: too few reports), `steady`
    whether it holds over all reports, `reports` how many there were.
    """

    silent_run: Rows
    driver_silent: Mask
    burning: Mask
    leak_w: Values
    out: Mask
    dark: Mask
    blinks: Rows
    stuck: Mask
    lit: Mask
    ratio: Values
    steady: Mask
    reports: Rows


def read_signs(fleet: Fleet, night: Night, gain: Values, excused: Mask) -> Signs:
    """Hold a night against expectation: `gain` (n,) is each lamp's own share of it, `excused` (n, s) was unheard."""
    heard = np.isfinite(night.voltage_v)
    measured = np.isfinite(night.power_w)
    sound = measured & (night.voltage_v >= LOW_V) & (night.voltage_v <= HIGH_V)
    asked_on = night.asked_percent > 0
    lit_w, full_w = expected_w(fleet, night)
    with np.errstate(invalid="ignore", divide="ignore"):
        ratio = night.power_w / (lit_w * gain[:, None])
    own_w = np.maximum(full_w * gain, 1.0)[:, None]
    dark = sound & asked_on & (ratio < DARK_SHARE) & (night.power_w < DARK_OF_FULL * own_w + STANDBY_W)
    usable = sound & asked_on & ~_put_out(fleet, night, dark, sound & asked_on)
    dark &= usable
    lit = usable & ~dark
    off = sound & (night.asked_percent == 0)
    burns = off & (night.power_w > BURNING_SHARE * own_w)
    extra = night.power_w - STANDBY_W
    leaks = off & ~burns & (extra > LEAK_W[0]) & (extra < LEAK_W[1])
    log_ratio = _corrected(fleet, night, np.where(lit, ratio, np.nan))
    reports = np.isfinite(log_ratio).sum(axis=1)
    middle, spread = _robust(log_ratio)
    seen = np.where(reports >= OUT, middle, np.nan)
    trailing_dark = _trailing(dark, usable)
    stuck = _stuck(fleet, lit, log_ratio, lit_w, full_w)
    trailing_burns = _trailing(burns, off)
    return Signs(
        silent_run=_trailing(~heard, ~excused),
        driver_silent=_trailing(heard & ~measured, heard) >= UNTOLD,
        burning=(trailing_burns >= 2) | ((trailing_burns >= 1) & stuck),
        leak_w=np.where(_trailing(leaks, off) >= 2, _last_mean(extra, leaks), 0.0),
        out=(trailing_dark >= OUT) | ((trailing_dark >= OUT - 1) & ~lit.any(axis=1)),
        dark=np.asarray(dark.any(axis=1)),
        blinks=_blinks(dark, lit),
        stuck=stuck,
        lit=np.asarray(lit.any(axis=1)),
        ratio=seen,
        steady=spread <= STEADY,
        reports=reports,
    )


def _put_out(fleet: Fleet, night: Night, dark: Mask, could: Mask) -> Mask:
    """Tell in which reports (n, s) a discharge lamp is excused: its cabinet's mains dipped, then or just before."""
    known = fleet.cabinet >= 0
    arc = known & (fleet.driver != LED)
    n = int(fleet.cabinet.max(initial=-1)) + 1
    put_out = np.zeros_like(dark)
    dipped = np.zeros(n, np.bool_)
    for moment in range(dark.shape[1]):
        volts = night.voltage_v[:, moment]
        told = known & np.isfinite(volts)
        low = np.bincount(fleet.cabinet[told & (volts < LOW_V)], minlength=n)
        dips = low > 0.5 * np.maximum(np.bincount(fleet.cabinet[told], minlength=n), 1)
        all_arcs = np.bincount(fleet.cabinet[arc & could[:, moment]], minlength=n)
        dark_arcs = np.bincount(fleet.cabinet[arc & dark[:, moment]], minlength=n)
        together = (dark_arcs >= SAG_LAMPS) & (dark_arcs >= SAG_SHARE * all_arcs)
        excuse = dips | dipped | together
        put_out[arc, moment] = excuse[fleet.cabinet[arc]]
        dipped = dips
    return put_out


def _corrected(fleet: Fleet, night: Night, ratio: Values) -> Values:
    """Return the log of each ratio (n, s), less what all lamps of a driver model at that level show tonight."""
    with np.errstate(invalid="ignore", divide="ignore"):
        log_ratio = np.log(np.maximum(ratio, 1e-3))
    bins = np.rint(np.nan_to_num(night.asked_percent) / 10).astype(np.int64)
    key = fleet.driver[:, None].astype(np.int64) * LEVEL_BINS + np.clip(bins, 0, LEVEL_BINS - 1)
    told = np.isfinite(log_ratio)
    for group in range(len(DRIVERS) * LEVEL_BINS):
        mine = told & (key == group)
        if mine.sum() >= COMMON_LAMPS:
            log_ratio[mine] -= np.median(log_ratio[mine])
    return log_ratio


def _robust(values: Values) -> tuple[Values, Values]:
    """Return median and standard deviation (n,) of the rows, NaN where a row is empty."""
    filled = np.where(np.isfinite(values), values, np.inf)
    count = np.isfinite(values).sum(axis=1)
    ordered = np.sort(filled, axis=1)
    rows = np.arange(len(values))
    lower = ordered[rows, np.maximum(count - 1, 0) // 2]
    upper = ordered[rows, np.minimum(count // 2, values.shape[1] - 1)]
    middle = np.where(count > 0, np.where(count > 0, lower, 0.0) / 2 + np.where(count > 0, upper, 0.0) / 2, np.nan)
    return middle, _spread(values, count)


def _spread(values: Values, count: Rows) -> Values:
    clean = np.nan_to_num(values)
    of = np.maximum(count, 1)
    mean = clean.sum(axis=1) / of
    squares = np.where(np.isfinite(values), (clean - mean[:, None]) ** 2, 0.0).sum(axis=1)
    return np.asarray(np.sqrt(squares / np.maximum(count - 1, 1)))


def _trailing(mask: Mask, counted: Mask) -> Rows:
    """Count how many of the last counted reports (n, s) the mask holds for without a break, (n,)."""
    run = np.zeros(len(mask), np.int64)
    going = np.ones(len(mask), np.bool_)
    for moment in range(mask.shape[1] - 1, -1, -1):
        run += going & counted[:, moment] & mask[:, moment]
        going &= mask[:, moment] | ~counted[:, moment]
    return run


def _last_mean(values: Values, where: Mask) -> Values:
    clean = np.where(where, np.nan_to_num(values), 0.0)
    return np.asarray(clean.sum(axis=1) / np.maximum(where.sum(axis=1), 1))


def _blinks(dark: Mask, lit: Mask) -> Rows:
    """Count how often each lamp came back from the dark within the night, (n,)."""
    was_dark = np.zeros(len(dark), np.bool_)
    count = np.zeros(len(dark), np.int64)
    for moment in range(dark.shape[1]):
        count += was_dark & lit[:, moment]
        was_dark = dark[:, moment] | (was_dark & ~lit[:, moment])
    return count


def _stuck(fleet: Fleet, lit: Mask, log_ratio: Values, lit_w: Values, full_w: Values) -> Mask:
    """Tell which lamps (n,) that can dim took the same power all night though different light was asked for."""
    with np.errstate(invalid="ignore", divide="ignore"):
        share = np.where(np.isfinite(log_ratio), lit_w / full_w[:, None], np.nan)
        taken = log_ratio + np.log(share)
    count = np.isfinite(taken).sum(axis=1)
    highest = np.where(np.isfinite(share), share, -np.inf).max(axis=1)
    lowest = np.where(np.isfinite(share), share, np.inf).min(axis=1)
    constant, wrong = _spread(taken, count), _spread(log_ratio, count)
    dims = np.array([driver.dims for driver in DRIVERS])[fleet.driver]
    asked_more = (count >= OUT) & (highest - lowest >= SPAN)
    return np.asarray(dims & asked_more & (constant < STEADY) & (wrong > 2 * constant) & lit.any(axis=1))
