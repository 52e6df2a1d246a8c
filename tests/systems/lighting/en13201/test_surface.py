"""r-tables: shape figures known from elsewhere, and cells on which transcriptions differ."""

from __future__ import annotations

import numpy as np
import pytest

from stadtwerk.kernel.refusal import Refused
from stadtwerk.systems.lighting.engine.en13201.assess import assess
from stadtwerk.systems.lighting.engine.en13201.generated import generated_luminaire
from stadtwerk.systems.lighting.engine.en13201.street import Row, Street
from stadtwerk.systems.lighting.engine.en13201.surface import BETA_DEG, NAMES, TAN_GAMMA, made_surface, surface

S1 = {"R1": 0.247, "R2": 0.582, "R3": 1.109, "R4": 1.549, "C1": 0.244, "C2": 0.967}
Q0 = {"R1": 0.103, "R2": 0.071, "R3": 0.071, "R4": 0.081, "C1": 0.101, "C2": 0.071}


@pytest.mark.parametrize("name", sorted(S1))
def test_specular_factor_and_mean_coefficient(name: str) -> None:
    """S1 = r(0, 2) / r(0, 0), and Q0 by integrating q = r / cos^3 over the field of CIE 144."""
    table = surface(name)
    assert table.r[8, 0] / table.r[0, 0] == pytest.approx(S1[name], abs=6e-4)
    x, y = np.meshgrid(np.arange(-4, 12, 0.05) + 0.025, np.arange(-3, 3, 0.05) + 0.025)
    tan = np.hypot(x, y)
    beta = np.degrees(np.arctan2(np.abs(y), x))  # the eye is far away
    solid = 1.0 / (1.0 + tan**2) ** 1.5
    q = table.reflection(tan, beta) / solid
    assert (q * solid).sum() / solid.sum() == pytest.approx(Q0[name], abs=1.5e-3)


@pytest.mark.parametrize("name", NAMES)
def test_tables_hold_what_tables_hold(name: str) -> None:
    """29 x 20 cells, 396 of them filled in the dry tables, equal for all beta right below the lamp."""
    table = surface(name)
    assert table.r.shape == (29, 20)
    assert len(np.unique(table.r[0])) == 1
    if name in S1:
        assert np.count_nonzero(table.r) == 396


def test_disputed_cells_are_told_and_matter_little() -> None:
    """Each differing cell is recorded with what is used; taking the other value moves mean luminance by < 0.3 %."""
    light = generated_luminaire("road", 5000.0, 40.0)
    for name, cells in (("R2", 4), ("R3", 2), ("R4", 3)):
        table = surface(name)
        assert len(table.disputed) == cells
        other = table.r.copy()
        for cell in table.disputed:
            i, j = TAN_GAMMA.tolist().index(cell["tan_gamma"]), BETA_DEG.tolist().index(cell["beta_deg"])
            assert table.r[i, j] == pytest.approx(cell["used"] * 1e-4)
            other[i, j] = cell["others"][0] * 1e-4
        road = Street(36.0, 7.0, 2, (Row(light, 0.0, 8.0),), table)
        changed = Street(36.0, 7.0, 2, (Row(light, 0.0, 8.0),), made_surface("other", other, None))
        assert assess(changed).mean_cd_m2 == pytest.approx(assess(road).mean_cd_m2, rel=3e-3)


def test_scaling_to_a_measured_surface() -> None:
    """Luminance goes with Q0; wet tables without a nominal Q0 cannot be scaled."""
    assert surface("R3").scaled_to(0.14).r == pytest.approx(surface("R3").r * 2)
    with pytest.raises(Refused):
        surface("C2W3").scaled_to(0.1)
    with pytest.raises(Refused):
        surface("R9")
