"""The physics of a luminaire: which light it can give, what that costs, how it ages and how warm it gets."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from stadtwerk.kernel.clock import US

LAMP_TYPES = ("led", "hst", "hme")
LED, HST, HME = range(3)
"""Light-emitting diode, high-pressure sodium, high-pressure mercury."""

STANDBY_W = 0.5
"""Radio and driver with the light off; Regulation (EU) 2019/2020 allows 0.5 W."""

NO_LOAD_SHARE = 0.06
"""P0: what a driver takes of its nominal power before any light; estimate."""

HST_TAP_PERCENT, HST_TAP_SHARE = 50.0, 0.62
"""Light and power of a sodium lamp on the second tap of its ballast; estimate."""

_LIGHT = np.array([0, 10, 25, 50, 75, 100], np.float64)
_PHI = np.array([0, 0.09, 0.23, 0.47, 0.725, 1.0])
"""phi(d) of a LED driver: electrical share by light share, LEDs liking low currents; estimate."""

MAINS_V = 230.0
LED_LIFE_H, HID_LIFE_H = 100_000.0, 20_000.0
LED_NEW_SHARE, HID_OLD_SHARE = 0.92, 1.05
"""Power of a new LED with constant light output, of a discharge lamp before it is changed; estimates."""

Values = NDArray[np.float64]


def achievable_percent(asked_percent: Values, lamp_type: NDArray[np.uint8]) -> Values:
    """Tell which light (n,) percent lamps really give: sodium knows 0, 50 and 100, mercury only 0 and 100."""
    hst = np.where(asked_percent >= 75, 100.0, np.where(asked_percent > 0, HST_TAP_PERCENT, 0.0))
    hme = np.where(asked_percent > 0, 100.0, 0.0)
    return np.where(lamp_type == LED, asked_percent, np.where(lamp_type == HST, hst, hme))


def power_w(level_percent: Values, lamp_type: NDArray[np.uint8], full_w: Values) -> Values:
    """Compute the power (n,) W at a level from that at full light: P0 + (Pn - P0) phi(d), standby at 0."""
    led = NO_LOAD_SHARE + (1 - NO_LOAD_SHARE) * np.interp(level_percent, _LIGHT, _PHI)
    tap = np.interp(level_percent, [0, HST_TAP_PERCENT, 100], [0, HST_TAP_SHARE, 1])
    share = np.where(lamp_type == LED, led, np.where(lamp_type == HST, tap, level_percent / 100))
    return np.where(level_percent > 0, np.maximum(share * full_w, STANDBY_W), STANDBY_W)


def full_power_w(nominal_w: Values, lamp_type: NDArray[np.uint8], *, burning_h: Values, voltage_v: Values) -> Values:
    """Compute the power (n,) W at full light today.

    A LED driver with constant light output starts below its nominal power and rises as the light fades; it
    does not feel the mains. A discharge lamp's power rises until it is changed and follows voltage squared.
    """
    led_age = np.minimum(burning_h / LED_LIFE_H, 1)
    hid_age = burning_h % HID_LIFE_H / HID_LIFE_H
    led = LED_NEW_SHARE + (1 - LED_NEW_SHARE) * led_age
    hid = (1 + (HID_OLD_SHARE - 1) * hid_age) * (voltage_v / MAINS_V) ** 2
    return nominal_w * np.where(lamp_type == LED, led, hid)


def ambient_c(now_us: int, longitude_deg: float) -> float:
    """Compute the air's temperature, degrees Celsius: 10.5 +- 8 over a year, +- 4 over a day (Duisburg)."""
    day = now_us / (86_400 * US)
    season = -math.cos(2 * math.pi * (day - 18) / 365.2425)
    hour = (day + longitude_deg / 360) % 1 * 24
    return 10.5 + 8 * season - 4 * math.cos(2 * math.pi * (hour - 3) / 24)


def temperature_c(ambient: float, drawn_w: Values) -> Values:
    """Compute the temperature (n,) inside the luminaire: 25 K above the air at 60 W; estimate."""
    return ambient + 25 * np.sqrt(np.maximum(drawn_w, 0) / 60)
