"""Laws that hold whatever is drawn, held against Python's own dates, fractions, statistics and patterns."""

from __future__ import annotations

import re
import statistics
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from zoneinfo import ZoneInfo

from hypothesis import assume, example, given
from hypothesis import strategies as st

from stadtwerk.engines.feel import Feel, evaluate
from stadtwerk.engines.feel.library import patterns
from stadtwerk.engines.feel.moments import Date, DateTime, Days, Months, Time, date_of
from stadtwerk.engines.feel.moments_text import read_temporal, write_temporal
from stadtwerk.engines.feel.text import written
from stadtwerk.engines.feel.values import Run, VoidError

TRUTHS = st.sampled_from((True, False, None))
NUMBERS = st.decimals(-(10**12), 10**12, allow_nan=False, places=4)
DATES = st.dates().map(lambda day: Date(day.year, day.month, day.day))
ZONES = st.one_of(st.none(), st.integers(-14 * 60, 14 * 60).map(lambda m: m * 60), st.just("Europe/Berlin"))
TIMES = st.builds(Time, st.integers(0, 86_400 * 10**9 - 1), ZONES)
MOMENTS = st.builds(DateTime, DATES, TIMES)
LENGTHS = st.one_of(st.integers(-(10**18), 10**18).map(Days), st.integers(-(10**6), 10**6).map(Months))
LEAVES = st.one_of(st.none(), st.booleans(), NUMBERS, st.text(max_size=8), DATES, TIMES, MOMENTS, LENGTHS)
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(st.one_of(st.sampled_from("abcd"), st.text(min_size=1, max_size=5)), inner),
    ),
    max_leaves=8,
)


def value(text: str, **variables: object) -> object:
    return evaluate(text, variables).value


@given(TRUTHS, TRUTHS, TRUTHS)
def test_three_valued_logic_keeps_its_laws(a: bool | None, b: bool | None, c: bool | None) -> None:
    """Commutative, associative, distributive, de Morgan; not known is neither (Kleene)."""

    def told(text: str) -> object:
        return value(text, a=a, b=b, c=c)

    assert told("a and b") == told("b and a")
    assert told("a or (b or c)") == told("(a or b) or c")
    assert told("a and (b or c)") == told("(a and b) or (a and c)")
    assert told("not(a and b)") == told("not(a) or not(b)")
    rank = {False: 0, None: 1, True: 2}
    assert rank[told("a and b")] == min(rank[a], rank[b])
    assert rank[told("a or b")] == max(rank[a], rank[b])


@given(NUMBERS, NUMBERS)
def test_numbers_are_exact(a: Decimal, b: Decimal) -> None:
    for operator, result in (
        ("+", Fraction(a) + Fraction(b)),
        ("-", Fraction(a) - Fraction(b)),
        ("*", Fraction(a) * Fraction(b)),
    ):
        assert Fraction(value(f"a {operator} b", a=a, b=b)) == result
    assert value("a < b", a=a, b=b) == (a < b)
    if b:
        assert (
            abs(Fraction(value("a / b", a=a, b=b)) - Fraction(a) / Fraction(b))
            <= abs(Fraction(a) / Fraction(b)) / 10**33
        )
        left = value("modulo(a, b)", a=a, b=b)
        assert Fraction(left) == Fraction(a) - Fraction(b) * (Fraction(a) // Fraction(b))


@given(st.lists(NUMBERS, min_size=2, max_size=12))
def test_statistics_are_those_of_python(numbers: list[Decimal]) -> None:
    plain = [Fraction(one) for one in numbers]
    assert Fraction(value("sum(l)", l=numbers)) == sum(plain)
    assert abs(Fraction(value("mean(l)", l=numbers)) - statistics.mean(plain)) < Fraction(1, 10**15)
    assert Fraction(value("median(l)", l=numbers)) == statistics.median(plain)
    assert value("mode(l)", l=numbers) == sorted(statistics.multimode(numbers))
    assert value("sort(l, function(x, y) x < y)", l=numbers) == sorted(numbers)
    assert abs(float(value("stddev(l)", l=numbers)) - statistics.stdev(map(float, numbers))) <= 1e-3


@given(st.one_of(DATES, TIMES, MOMENTS, LENGTHS))
def test_a_moment_comes_back_from_its_text(moment: object) -> None:
    told = write_temporal(moment)
    assert read_temporal(told) == moment
    assert value(f'@"{told}"') == moment


@given(VALUES)
def test_a_value_comes_back_from_its_text(told: object) -> None:
    assert value(written(told)) == told


@given(VALUES, VALUES)
def test_equality_is_symmetric_and_reflexive(one: object, other: object) -> None:
    assert value("a = b", a=one, b=other) == value("b = a", a=one, b=other)
    assert value("a = a", a=one) is True
    assert value("a != b", a=one, b=other) == value("not(a = b)", a=one, b=other)


@given(st.dates(), st.integers(-200_000, 200_000))
def test_days_are_those_of_python(day: date, days: int) -> None:
    ours = Date(day.year, day.month, day.day)
    assert ours.ordinal == day.toordinal() - date(1970, 1, 1).toordinal()
    assert date_of(ours.ordinal) == ours
    iso = day.isocalendar()
    assert value("d.weekday", d=ours) == iso.weekday
    assert value("week of year(d)", d=ours) == iso.week
    assert value("day of year(d)", d=ours) == day.timetuple().tm_yday
    try:
        later = day + timedelta(days=days)
    except OverflowError:
        return
    assert value("d + l", d=ours, l=Days(days * 86_400 * 10**9)) == Date(later.year, later.month, later.day)


@given(st.integers(-400_000_000, 400_000_000))
def test_every_day_has_one_number(ordinal: int) -> None:
    assert date_of(ordinal).ordinal == ordinal
    assert date_of(ordinal) != date_of(ordinal + 1)


@given(
    st.datetimes(datetime(1950, 1, 1), datetime(2200, 1, 1)),  # noqa: DTZ001 - Hypothesis wants them so
    st.sampled_from(("Europe/Berlin", "Asia/Dhaka", "America/New_York")),
)
def test_zones_are_those_of_python(moment: datetime, zone: str) -> None:
    told = moment.replace(microsecond=0, tzinfo=ZoneInfo(zone))
    ours = read_temporal(f"{told.replace(tzinfo=None).isoformat()}@{zone}")
    assert isinstance(ours, DateTime)
    assert ours.utc_ns == (told.astimezone(UTC) - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(seconds=1) * 10**9


@given(DATES, DATES, st.integers(-5_000, 5_000))
def test_months_add_up(first: Date, last: Date, months: int) -> None:
    between = value("years and months duration(a, b)", a=first, b=last)
    assert isinstance(between, Months)
    assume(1 < first.year < 9_000 and 1 < last.year < 9_000)
    reached = value("a + m", a=first, m=between)
    beyond = value("a + m", a=first, m=Months(between.months + (1 if first.ordinal <= last.ordinal else -1)))
    if first.ordinal <= last.ordinal:
        assert reached.ordinal <= last.ordinal <= beyond.ordinal
    else:
        assert reached.ordinal >= last.ordinal >= beyond.ordinal
    there = value("a + m", a=first, m=Months(months))
    assert (there.year * 12 + there.month) - (first.year * 12 + first.month) == months


ATOMS = st.sampled_from(("a", "b", ".", "[ab]", "[^a]", "\\d", "(a|b)", "(?:ab)", "(?:(a)(b)?)", "^", "$", "\\."))
PATTERNS = st.lists(st.tuples(ATOMS, st.sampled_from(("", "*", "+", "?", "{1,2}", "*?", "+?"))), min_size=1, max_size=5)


@given(PATTERNS, st.text("ab1.\n", max_size=10))
@example([("(a+)+", "$")], "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!")
def test_patterns_find_what_python_finds(parts: list[tuple[str, str]], text: str) -> None:
    pattern = "".join(atom if atom in "^$" else atom + times for atom, times in parts)
    theirs = None if "!" in text else re.search(pattern.replace("$", "\\Z"), text)
    assert patterns.search(Run(), pattern, "", text) is (theirs is not None)
    if theirs is not None and theirs.group():
        ours = patterns.compiled(pattern, "").find(text, 0, [0])
        assert ours is not None
        assert ours[:2] == theirs.span()


@given(st.text("a+*?()[]{}|\\^$.,-0123pLd", max_size=30), st.text(max_size=20))
def test_no_text_as_a_pattern_holds_us_up(pattern: str, text: str) -> None:
    with suppress(VoidError):
        patterns.search(Run(), pattern, "", text)


@given(st.integers(-50, 50), st.integers(-50, 50), st.integers(-50, 50), st.booleans(), st.booleans())
def test_ranges_hold_what_lies_between(low: int, high: int, point: int, closed: bool, shut: bool) -> None:
    text = f"{'[' if closed else '('}{low}..{high}{']' if shut else ')'}"
    inside = (low <= point if closed else low < point) and (point <= high if shut else point < high)
    tests = Feel().tests(f"{text}")
    if low > high:
        assert value(text) is None
    else:
        assert value(f"{point} in {text}") is inside
        assert tests.value({"?": Decimal(point)}) is inside
        assert value(f"includes({text}, {point})") is inside
