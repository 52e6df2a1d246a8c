"""Rules with dates, as data: what they demand, where, on what they stand, and when they are in force."""

from __future__ import annotations

import tomllib
from datetime import date, datetime
from functools import cache
from importlib.resources import files
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

import msgspec

from stadtwerk.kernel.clock import US
from stadtwerk.kernel.refusal import Refused

RULES_MAX = 100
"""Most rules of one city."""

Where = Literal["crossing", "near-nature", "elsewhere", "everywhere"]
Demand = Literal["least-level", "most-level", "most-cct", "most-upward", "sign-394"]
Id = Annotated[str, msgspec.Meta(pattern="^[a-z0-9][a-z0-9-]{0,63}$")]


class Words(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A title in both languages."""

    de: str
    en: str


class Rule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A rule about light; `value` in percent of full light or of flux, or K, as the demand says."""

    id: Id
    title: Words
    basis: str
    where: Where
    demand: Demand
    value: float
    within_m: Annotated[float, msgspec.Meta(ge=0, le=500)] = 0.0
    binds: tuple[Literal["command", "program"], ...] = ()
    valid_from: date | None = None
    valid_until: date | None = None
    """Last day in force; None = until further notice."""
    checked: bool = True
    """Whether somebody held it against the text it stands on."""

    def in_force(self, day: date) -> bool:
        """Tell whether the rule holds on a day."""
        began = self.valid_from is not None and self.valid_from <= day
        return began and (self.valid_until is None or day <= self.valid_until)


def rules_of(city: dict[str, Any]) -> tuple[Rule, ...]:
    """Return the house's rules with the city's own over them, by id; refuses what is no rule."""
    try:
        own = msgspec.convert(city.get("light_rules", []), list[Rule])
    except msgspec.ValidationError as error:
        raise Refused.field("light_rules", str(error)) from error
    rules = {rule.id: rule for rule in (*_house(), *own)}
    if len(rules) > RULES_MAX:
        raise Refused.field("light_rules", f"a city has at most {RULES_MAX} rules")
    return tuple(rules.values())


def day_of(city: dict[str, Any], now_us: int) -> date:
    """Return the city's calendar day at a time."""
    return datetime.fromtimestamp(now_us / US, ZoneInfo(city["timezone"])).date()


@cache
def _house() -> tuple[Rule, ...]:
    text = (files(__package__) / "rules.toml").read_text("utf-8")
    return tuple(msgspec.convert(tomllib.loads(text)["rule"], list[Rule]))
