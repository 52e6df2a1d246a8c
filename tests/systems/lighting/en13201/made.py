"""Luminaires and layouts for tests, drawn from a seed: files of every symmetry, streets of every kind."""

from __future__ import annotations

import math

import numpy as np

from stadtwerk.systems.lighting.engine.en13201.eulumdat import read_eulumdat
from stadtwerk.systems.lighting.engine.en13201.photometry import ImportRecord, Photometry
from stadtwerk.systems.lighting.engine.en13201.street import Row, Street, Strip
from stadtwerk.systems.lighting.engine.en13201.surface import NAMES, Surface, surface

RECORD = ImportRecord("test", "c90-street", "none", "0" * 64)


def uniform(flux_lm: float = 1000.0, candela: float = 100.0, top_deg: float = 90.0) -> Photometry:
    """A lamp that sends as much everywhere up to an angle."""
    gamma = np.linspace(0, top_deg, 10)
    return Photometry("even", np.array([0.0, 180.0, 360.0]), gamma, np.full((3, 10), candela), flux_lm, 50.0, RECORD)


def planes_of(isym: int, rng: np.random.Generator) -> list[float]:
    """List all planes of a file, unevenly spread but as symmetrical as the file says it is."""
    quarter = [0.0, *sorted(rng.choice(np.arange(5, 90, 2.5), 4, replace=False).tolist()), 90.0]
    second = [0.0, *sorted(rng.choice(np.arange(5, 90, 2.5), 3, replace=False).tolist()), 90.0]
    if isym == 0:
        return sorted({0.0, 120.0, 240.0, *rng.choice(np.arange(5, 360, 2.5), 9, replace=False).tolist()})
    right = quarter if isym in (1, 4) else second
    half = sorted({*quarter, *(180.0 - c for c in right)})  # 0 to 180, uneven about 90 where allowed
    if isym == 3:
        half = sorted({*quarter, *(180.0 - c for c in quarter)})
        below = sorted({*(360.0 - c for c in second), *(180.0 + c for c in second)})
        return sorted({c % 360.0 for c in (*half, *below)})
    return sorted({*half, *(360.0 - c for c in half)} - {360.0})


def ldt(isym: int, rng: np.random.Generator, *, comma: bool = False, evenly: bool = False) -> str:
    """Write an EULUMDAT file with a lumpy road distribution."""
    planes = [15.0 * k for k in range(24)] if evenly else planes_of(isym, rng)
    gammas = [0.0, *sorted(rng.choice(np.arange(2.5, 90, 2.5), 15, replace=False).tolist()), 90.0]
    stored = {0: planes, 1: planes[:1], 2: [c for c in planes if c <= 180], 4: [c for c in planes if c <= 90]}
    stored[3] = [c for c in planes if c >= 270] + [c for c in planes if c <= 90]
    phase = rng.uniform(0, 6.28, 3)
    rows = [
        [
            max(0.0, 150 + 200 * math.sin(2 * math.radians(g)) ** 2 * (1.2 + math.cos(math.radians(c) + phase[0])))
            * (1 + 0.3 * math.sin(3 * math.radians(c) + phase[1]) * math.sin(5 * math.radians(g) + phase[2]))
            * (1 - (g / 95) ** 6)
            for g in gammas
        ]
        for c in stored[isym]
    ]
    flux = round(rng.uniform(2000, 12000), 1)
    head = ["maker", "1", str(isym), str(len(planes)), "0", str(len(gammas)), "0", "report", "lumpy", "n", "f", "d"]
    head += ["0"] * 9 + ["100", "100", "1", "0", "1"] + ["1", "led", f"{flux}", "3000", "80", "77"] + ["0"] * 10
    body = [f"{value:.4f}" for value in (*planes, *gammas, *(cd for row in rows for cd in row))]
    text = "\r\n".join([*head, *body]) + "\r\n"
    return text.replace(".", ",") if comma else text


def street(rng: np.random.Generator, lights: list[Photometry], table: Surface | None = None) -> Street:
    """Draw a layout: one row or two, tilted and turned, one way or two."""
    lanes = int(rng.integers(1, 4))
    width = round(float(lanes * rng.uniform(2.5, 3.75)), 2)
    spacing = round(float(rng.uniform(14, 46)), 1)
    rows = []
    for number, light in enumerate(lights):
        y = rng.uniform(-2, 1.0) if number == 0 else width + rng.uniform(-1.0, 2)
        rows.append(
            Row(
                light,
                round(float(y), 2),
                round(float(rng.uniform(4, 11)), 1),
                0.0 if number == 0 else round(float(rng.choice([0.0, spacing / 2, spacing * 0.3])), 2),
                round(float(rng.uniform(-5, 15)), 1),
                round(float(rng.uniform(-8, 8)) + 180.0 * number, 1),
                round(float(rng.uniform(0.3, 1)), 2),
            )
        )
    strips = (Strip("footway", -2.4, 2.0), Strip("verge", width, 1.2))
    chosen = table or surface(str(rng.choice(NAMES)))
    return Street(spacing, width, lanes, tuple(rows), chosen, strips, bool(rng.integers(2)), 0.8)


def luminaire(text: str) -> Photometry:
    """Read what `ldt` wrote."""
    return read_eulumdat(text.encode("latin-1"))
