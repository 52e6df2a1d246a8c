"""Public holidays of North Rhine-Westphalia against its law (Feiertagsgesetz NW, section 2), written out by hand."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from stadtwerk.kernel.refusal import Refused
from stadtwerk.kernel.schedule.public_holidays import public_holidays

EASTER = {
    2024: date(2024, 3, 31),
    2025: date(2025, 4, 20),
    2026: date(2026, 4, 5),
    2027: date(2027, 3, 28),
    2028: date(2028, 4, 16),
    2038: date(2038, 4, 25),
}
"""Easter Sundays as published (Physikalisch-Technische Bundesanstalt)."""

LISTED = {
    2026: ("01-01", "04-03", "04-06", "05-01", "05-14", "05-25", "06-04", "10-03", "11-01", "12-25", "12-26"),
    2027: ("01-01", "03-26", "03-29", "05-01", "05-06", "05-17", "05-27", "10-03", "11-01", "12-25", "12-26"),
}
"""The eleven days of the two years, as the state's ministry of the interior lists them."""


def by_law(year: int) -> set[date]:
    """Fixed days, and those counted from Easter: Good Friday, Easter Monday, Ascension, Whit Monday, Corpus Christi."""
    fixed = {date(year, month, day) for month, day in ((1, 1), (5, 1), (10, 3), (11, 1), (12, 25), (12, 26))}
    return fixed | {EASTER[year] + timedelta(days=after) for after in (-2, 1, 39, 50, 60)}


@pytest.mark.parametrize("year", sorted(EASTER))
def test_the_days_of_the_law(year: int) -> None:
    assert set(public_holidays("DE-NW", year)) == by_law(year)


@pytest.mark.parametrize("year", sorted(LISTED))
def test_the_published_list(year: int) -> None:
    assert [f"{day:%m-%d}" for day in sorted(public_holidays("DE-NW", year))] == list(LISTED[year])


def test_each_has_a_name_in_both_languages() -> None:
    names = public_holidays("DE-NW", 2026)[date(2026, 6, 4)]
    assert names == {"de": "Fronleichnam", "en": "Corpus Christi"}


def test_an_unknown_region_is_refused() -> None:
    with pytest.raises(Refused, match="XX-YY"):
        public_holidays("XX-YY", 2026)
