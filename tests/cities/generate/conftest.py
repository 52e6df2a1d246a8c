"""One small Duisburg, drawn once for all tests of the generator."""

from __future__ import annotations

import pytest

from stadtwerk.cities.generate import generate_duisburg
from stadtwerk.cities.plan import CityPlan


@pytest.fixture(scope="session")
def small_city() -> CityPlan:
    return generate_duisburg(7, lamps=1000)
