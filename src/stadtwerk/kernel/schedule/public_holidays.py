"""Public holidays by law of a country or one of its parts (library `holidays`)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import lru_cache

from stadtwerk.kernel.refusal import Refused

Names = Mapping[str, str]
"""A name by language: de and en."""


@lru_cache(maxsize=64)
def public_holidays(region: str, year: int) -> Mapping[date, Names]:
    """Return a year's public holidays of a region (ISO 3166-2, `DE-NW`), with names in German and English."""
    import holidays  # noqa: PLC0415 - it reads every country of the world: 20 MB and half a second, at the first use

    country, _, part = region.partition("-")
    try:
        german, english = (
            holidays.country_holidays(country, subdiv=part or None, years=year, language=language)
            for language in ("de", "en_US")
        )
    except NotImplementedError as error:
        raise Refused.field("holidays", f"nobody knows the public holidays of {region!r}") from error
    return {day: {"de": german[day], "en": english[day]} for day in sorted(german)}
