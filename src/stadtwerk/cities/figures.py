"""The figures by which a city is lit: its own from its toml file, usual German ones where it says nothing."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal, TypeVar

import msgspec

from stadtwerk.kernel.refusal import Refused

T = TypeVar("T")

Share = Annotated[float, msgspec.Meta(ge=0, le=1)]
Metres = Annotated[float, msgspec.Meta(gt=0, le=500)]
Count = Annotated[int, msgspec.Meta(ge=1, le=2_000_000)]

Arrangement = Literal["one", "alternate", "both", "median"]
"""Where poles stand: on one side, in zigzag, in opposite pairs, or twin-armed on the central island."""


class Rule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How a class of street is lit; spacing is per row of poles, offset from the street's centre line."""

    spacing_m: Metres
    offset_m: Annotated[float, msgspec.Meta(ge=0, le=50)]
    height_m: Annotated[float, msgspec.Meta(gt=2, le=40)]
    arrangement: Arrangement
    program: str
    category: str
    led_w: Annotated[float, msgspec.Meta(gt=0, le=2000)]
    hst_w: Annotated[float, msgspec.Meta(gt=0, le=2000)]
    hme_w: Annotated[float, msgspec.Meta(gt=0, le=2000)]


RULES: dict[str, Rule] = {
    "trunk": Rule(38, 9.0, 12, "median", "all-night", "road", 112, 250, 250),
    "primary": Rule(36, 8.0, 10, "median", "all-night", "road", 92, 150, 250),
    "secondary": Rule(34, 6.5, 9, "alternate", "all-night", "road", 72, 150, 125),
    "tertiary": Rule(33, 5.5, 8, "alternate", "all-night", "road", 52, 100, 125),
    "residential": Rule(32, 4.2, 6, "one", "half-night", "road", 28, 70, 80),
    "living_street": Rule(30, 3.5, 5, "one", "half-night", "road", 22, 50, 80),
    "pedestrian": Rule(26, 3.5, 5, "alternate", "all-night", "sidewalk", 32, 70, 80),
    "service": Rule(38, 3.2, 5, "one", "half-night", "road", 22, 50, 80),
    "cycleway": Rule(34, 2.2, 5, "one", "path", "pedestrianPath", 18, 50, 80),
    "footway": Rule(32, 1.8, 4.5, "one", "path", "pedestrianPath", 16, 50, 80),
}
"""Classes in order of rank (widest first); a class not named here (a motorway) is not lit.
The figures are estimates of German practice: EN 13201 classes M3-P5 at these heights and spacings."""

PATHS = frozenset({"cycleway", "footway"})
"""Ways that a lit road beside them lights as well."""


class LampFigures(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How many poles, luminaires, cabinets and gateways, and of what age; None leaves it to the rules.

    The count of lamps is kept only together with that of poles.
    """

    poles: Count | None = None
    lamps: Count | None = None
    cabinets: Count | None = None
    gateways: Count | None = None
    led_share: Share = 0.55
    mercury_share: Share = 0.08
    latest_installed_on: date = date(2026, 6, 30)
    rules: dict[str, dict[str, Any]] = {}

    def by_class(self) -> dict[str, Rule]:
        """Return the rule of each lit class, the city's own figures over the usual ones.

        Raises Refused where a figure has the wrong type or size.
        """
        classes = dict(RULES)
        for highway, own in self.rules.items():
            usual = msgspec.structs.asdict(RULES.get(highway, RULES["residential"]))
            classes[highway] = _convert({**usual, **own}, Rule, f"lamps.rules.{highway}")
        return classes


USUAL_RADIO: dict[str, float] = {
    "uplink_loss": 0.05,
    "downlink_loss": 0.03,
    "delay_min_s": 0.2,
    "delay_max_s": 5.0,
    "duplicate_rate": 0.01,
    "report_period_s": 900,
}
"""A lossy but working LoRaWAN: what the twin's radio does unless the city says otherwise."""

USUAL_FAULTS: dict[str, float] = {
    "dead_rate": 0.004,
    "day_burner_rate": 0.001,
    "circuit_out_rate": 0.0002,
    "cabinet_out_rate": 0.002,
    "feeder_out_rate": 0.001,
}
"""Shares of lamps dead or burning by day, and of circuits, cabinets and feeders out on any day; estimates."""


def _program(german: str, english: str, dim_percent: int) -> dict[str, Any]:
    return {
        "title": {"de": german, "en": english},
        "on_elevation_deg": -1.5,
        "full_percent": 100,
        "dim_percent": dim_percent,
        "dim_from": "23:00",
        "dim_until": "05:00",
    }


USUAL_PROGRAMS: dict[str, dict[str, Any]] = {
    "all-night": _program("Ganznachtschaltung", "All night", 100),
    "half-night": _program("Halbnachtschaltung", "Half night", 50),
    "path": _program("Wegeschaltung", "Paths", 40),
}
"""Programs in the form of city.json."""


def lamp_figures(figures: dict[str, Any]) -> LampFigures:
    """Read the table `lamps` of a plan's figures; raises Refused where it is wrong."""
    return _convert(figures.get("lamps", {}), LampFigures, "lamps")


def _convert(value: object, kind: type[T], field: str) -> T:
    try:
        return msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        raise Refused.field(field, str(error)) from error
