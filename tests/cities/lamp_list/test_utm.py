"""UTM against what defines it: true to angle everywhere, true to scale along the middle meridian."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad

from stadtwerk.cities.lamp_list import utm

FLATTENING = 1 / 298.257222101
SQUARED = FLATTENING * (2 - FLATTENING)

lats, aways, zones = st.floats(0.1, 80), st.floats(-4, 4), st.integers(1, 60)


def at(lon: float, lat: float, zone: int) -> complex:
    east, north = utm.to_utm(np.array([lon]), np.array([lat]), zone)
    return complex(east[0], north[0])


@given(lats)
def test_the_middle_meridian_is_its_true_length(lat: float) -> None:
    """Its length is integrated from the ellipse itself (quad), within a tenth of a millimetre."""
    arc_m, _ = quad(
        lambda phi: 6_378_137.0 * (1 - SQUARED) / (1 - SQUARED * np.sin(phi) ** 2) ** 1.5, 0, np.radians(lat)
    )
    place = at(9.0, lat, 32)
    assert place.real == pytest.approx(500_000, abs=1e-6)
    assert place.imag == pytest.approx(0.9996 * arc_m, abs=1e-4)


@given(lats, aways, zones)
def test_the_map_is_true_to_angle(lat: float, away: float, zone: int) -> None:
    """A step east and one north of the same length on the ellipsoid stay so, at a right angle (Cauchy-Riemann)."""
    lon, step, phi = utm.meridian(zone) + away, 1e-4, np.radians(lat)
    across = np.sqrt(1 - SQUARED * np.sin(phi) ** 2)
    east_m, north_m = np.cos(phi) / across, (1 - SQUARED) / across**3
    east = (at(lon + step, lat, zone) - at(lon - step, lat, zone)) / east_m
    north = (at(lon, lat + step, zone) - at(lon, lat - step, zone)) / north_m
    assert abs(north - 1j * east) < 1e-5 * abs(north)


@given(lats, aways, zones)
def test_there_and_back(lat: float, away: float, zone: int) -> None:
    """A place comes back within a tenth of a millimetre."""
    lon = utm.meridian(zone) + away
    place = at(lon, lat, zone)
    back_lon, back_lat = utm.to_degrees(np.array([place.real]), np.array([place.imag]), zone)
    assert abs(back_lon[0] - lon) < 1e-9
    assert abs(back_lat[0] - lat) < 1e-9
