"""Which lamps, circuits, cabinets, feeders and gateways are in trouble now: arrays in, masks per kind of alarm out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from stadtwerk.kernel.alarm.conditions import Mask, Sensed, outside, yes_or_no
from stadtwerk.kernel.clock import US
from stadtwerk.kernel.observation import Values
from stadtwerk.systems.lighting.alarms import VOLTAGE
from stadtwerk.systems.lighting.plans.rollout import CONFIRMED
from stadtwerk.systems.lighting.state import (
    DRIVER_FAILURE,
    LAMP_FAILURE,
    OVERRIDE_ACTIVE,
    SILENT_PERIODS,
    Lighting,
)
from stadtwerk.systems.lighting.supply import Supply

GATEWAY_S = 31
"""A gateway says every 30 s that it is there (ChirpStack's stats_interval); later than this, one word is missing."""
CONTROLLER_S = 3 * 300
"""A cabinet's controller reports every 300 s; silent after three missed reports."""
FEEDER_SHARE = 0.75
"""A feeder is out when at least this share of its cabinets that can be heard is without mains, and two at least."""
FEW_LAMPS = 5
"""A circuit without a controller is told by its lamps' silence only from so many on."""
SETTLE_S = 300
"""Lamps follow the sun up to so much late; what they say before that tells nothing of day burners, seconds."""
LOW_V, HIGH_V = 207.0, 253.0
"""Mains within 230 V plus or minus 10 % (EN 50160)."""


def sense(lighting: Lighting, now_us: int) -> Mapping[str, Sensed]:
    """Look at what was last told and say which conditions hold now; nothing is told of a city never heard."""
    if not (lighting.seen.observed_at_us.any() or lighting.gateways.observed_at_us.any()):
        return {}
    gateway_lost = _gateways(lighting, now_us)
    network = np.array([not lighting.radio_up or bool(len(gateway_lost) > 1 and gateway_lost.all())])
    unheard = gateway_lost | network[0]
    silent = _silent(lighting, now_us)
    power = _power(lighting, silent, unheard)
    _excuse(lighting, power.said, unheard, now_us)
    said = lighting.flags()
    return {
        "lighting.network-lost": yes_or_no(network),
        "lighting.gateway-lost": yes_or_no(gateway_lost),
        "lighting.feeder-out": yes_or_no(power.feeder),
        "lighting.cabinet-out": power.cabinet,
        "lighting.circuit-out": power.circuit,
        "lighting.controller-silent": yes_or_no(_controllers_silent(lighting, now_us)),
        "lighting.voltage": _voltage(lighting),
        "lighting.lamp-out": yes_or_no((said & (LAMP_FAILURE | DRIVER_FAILURE)) != 0),
        "lighting.lamp-silent": silent,
        "lighting.day-burner": yes_or_no(_burning_by_day(lighting, said, now_us)),
    }


def _gateways(lighting: Lighting, now_us: int) -> Mask:
    """Tell which gateways (g,) that were ever heard have missed a sign of life."""
    heard_us = lighting.gateways.observed_at_us
    overdue = np.maximum(heard_us, lighting.radio_since_us) < now_us - GATEWAY_S * US
    return np.asarray(overdue & (heard_us > 0))


def _silent(lighting: Lighting, now_us: int) -> Sensed:
    """Tell which lamps (n,) have missed three reports, not counting the time in which they could not be heard."""
    horizon_us = now_us - round(SILENT_PERIODS * lighting.inventory.city["radio"]["report_period_s"] * US)
    heard_us = lighting.seen.observed_at_us
    late = heard_us < horizon_us
    if lighting.listening_since_us >= horizon_us:
        return Sensed(np.zeros(len(late), np.bool_), ~late)
    return Sensed(late & (lighting.memory.excused_us < horizon_us), ~late)


@dataclass(frozen=True, slots=True)
class _Power:
    """Who is without power: circuits (k,), cabinets (m,), feeders (f,); and which circuits a controller says are."""

    circuit: Sensed
    cabinet: Sensed
    feeder: Mask
    said: Mask


def _power(lighting: Lighting, silent: Sensed, unheard: Mask) -> _Power:
    supply, told = lighting.supply, lighting.cabinets
    off = _without_mains(lighting)
    dead = np.nan_to_num(told["dead_circuits"]).astype(np.int64)[supply.cabinet_of_circuit]
    tripped = (dead >> supply.number_of_circuit) & 1 != 0
    starts = tripped | _all_silent(lighting, silent.on, unheard)
    stays = tripped | _all_silent(lighting, ~silent.off, unheard)
    of_circuit, m = supply.cabinet_of_circuit, len(off)
    cabinet = Sensed(off | _all_of(starts, of_circuit, m), ~(off | _all_of(stays, of_circuit, m)))
    feeder = _feeders(supply, off, ~_behind(unheard, supply.gateway_of_cabinet))
    return _Power(Sensed(starts, ~stays), cabinet, feeder, tripped | off[of_circuit])


def _behind(unheard: Mask, gateway: NDArray[np.int32]) -> Mask:
    """Tell which things (n,) are heard by no gateway but one that is not heard itself."""
    if not unheard.any():
        return np.zeros(len(gateway), np.bool_)
    return np.asarray(unheard[gateway] & (gateway >= 0))


def _without_mains(lighting: Lighting) -> Mask:
    """Tell which cabinets (m,) said that they have no mains and whose lamps have not been heard since."""
    told, lamps = lighting.cabinets, lighting.supply.cabinet_of_lamp
    off = np.asarray(told["mains_lost"] == 1.0)
    for row in np.flatnonzero(off).tolist():
        since_us = int(told.observed_at_us[row]) + SETTLE_S * US
        if (lighting.seen.observed_at_us[lamps == row] > since_us).any():
            off[row] = False
    return off


def _all_silent(lighting: Lighting, silent: Mask, unheard: Mask) -> Mask:
    """Tell of which circuits (k,) all lamps are silent that a gateway could hear, if those are not too few."""
    circuits, supply = lighting.inventory.circuits, lighting.supply
    n = len(circuits.ids)
    heard, quiet = supply.circuit_lamps, np.flatnonzero(silent)
    if len(quiet) < FEW_LAMPS:
        return np.zeros(n, np.bool_)
    if unheard.any():
        deaf = _behind(unheard, supply.gateway_of_lamp)
        heard = heard - np.bincount(circuits.of_lamp[deaf], minlength=n)
        quiet = quiet[~deaf[quiet]]
    return np.asarray((heard >= FEW_LAMPS) & (np.bincount(circuits.of_lamp[quiet], minlength=n) == heard))


def _all_of(part: Mask, whole: NDArray[np.int32], n: int) -> Mask:
    """Tell which wholes (n,) have parts, at least two, all of which are marked."""
    if not part.any():
        return np.zeros(n, np.bool_)
    size = np.bincount(whole, minlength=n)
    return np.asarray((size > 1) & (np.bincount(whole[part], minlength=n) == size))


def _feeders(supply: Supply, off: Mask, reachable: Mask) -> Mask:
    n = len(supply.feeder_ids)
    known = reachable & (supply.feeder_of_cabinet >= 0)
    if not (off & known).any():
        return np.zeros(n, np.bool_)
    out = np.bincount(supply.feeder_of_cabinet[off & known], minlength=n)
    of = np.bincount(supply.feeder_of_cabinet[known], minlength=n)
    return np.asarray((out >= 2) & (out >= FEEDER_SHARE * of))


def _excuse(lighting: Lighting, dark: Mask, unheard: Mask, now_us: int) -> None:
    """Note which lamps and controllers cannot be heard now for a known reason: dark circuits (k,), lost gateways."""
    supply, memory = lighting.supply, lighting.memory
    if dark.any():
        memory.excused_us[dark[lighting.inventory.circuits.of_lamp]] = now_us
    if unheard.any():
        memory.excused_us[_behind(unheard, supply.gateway_of_lamp)] = now_us
        memory.cabinets_excused_us[_behind(unheard, supply.gateway_of_cabinet)] = now_us


def _controllers_silent(lighting: Lighting, now_us: int) -> Mask:
    """Tell which controllers (m,) that were ever heard are silent, other than after their last word."""
    told = lighting.cabinets
    since_us = np.maximum(told.observed_at_us, lighting.memory.cabinets_excused_us)
    late = np.maximum(since_us, lighting.listening_since_us) < now_us - CONTROLLER_S * US
    return np.asarray(late & (told.observed_at_us > 0) & (told["mains_lost"] != 1.0))


def _voltage(lighting: Lighting) -> Sensed:
    """Sense the mains (m,) at the cabinets; one without mains has another alarm."""
    told = lighting.cabinets
    volts: Values = np.where(told["mains_lost"] == 1.0, np.nan, told["voltage_v"])
    return outside(volts, low=LOW_V, high=HIGH_V, deadband=VOLTAGE.deadband)


def _burning_by_day(lighting: Lighting, said: NDArray[np.uint8], now_us: int) -> Mask:
    """Tell which lamps (n,) said, well after their program's end, that they burn without being asked to."""
    memory, dark = lighting.memory, lighting.plans.expected_percent(now_us) == 0
    memory.dark_since_us[~dark] = 0
    memory.dark_since_us[dark & (memory.dark_since_us == 0)] = now_us
    since_us = np.where(dark, memory.dark_since_us + SETTLE_S * US, np.iinfo(np.int64).max)
    lit = (lighting.seen["level_percent"] > 0) & (lighting.rollout.state == CONFIRMED)
    return np.asarray(lit & (lighting.seen.observed_at_us > since_us) & ((said & OVERRIDE_ACTIVE) == 0))
