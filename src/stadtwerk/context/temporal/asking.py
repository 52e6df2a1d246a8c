"""What a client asks of the past: the temporal query and how its answer is shown (clauses 4.11, 5.2.21, 6.3.10, 6.3.12)."""  # noqa: E501

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal, get_args

import msgspec

from stadtwerk.context.moments import read_moment
from stadtwerk.context.params import Params
from stadtwerk.context.problems import one_fault, problem
from stadtwerk.context.temporal.duration import Duration, read_duration
from stadtwerk.context.temporal.tracks import NEVER, TimeProperty

Shape = Literal["normalized", "concise", "temporalValues", "aggregatedValues"]
Method = Literal["totalCount", "distinctCount", "sum", "avg", "min", "max", "stddev", "sumsq"]

METHODS: tuple[Method, ...] = get_args(Method)
_PROPERTIES: tuple[TimeProperty, ...] = get_args(TimeProperty)
TIME_PARAMS = ("timerel", "timeAt", "endTimeAt", "timeproperty", "lastN", "aggrMethods", "aggrPeriodDuration")
SHAPE_PARAMS = ("options", "format")
_MAX = 2**63 - 1
_WHOLE = re.compile(r"[1-9]\d{0,8}", re.ASCII)


class Span(msgspec.Struct, frozen=True):
    """Which instances are asked for: those whose time is in [since, until), microseconds UTC; the last n of them."""

    since_us: int = NEVER + 1
    until_us: int = _MAX
    relation: str = ""
    time: str = "any"
    """The temporal property that counts; `any` if none was named."""
    last: int = 0

    @property
    def strict_time(self) -> str:
        """Return the temporal property that counts where each instance must have it."""
        return "observedAt" if self.time == "any" else self.time


class Aggregation(msgspec.Struct, frozen=True):
    """How instances are put together: by which methods, over which periods (clause 4.5.19)."""

    methods: tuple[Method, ...] = ()
    period: Duration = Duration()


class TimeAsk(msgspec.Struct, frozen=True):
    """A temporal query and the form of its answer."""

    span: Span = Span()
    shape: Shape = "normalized"
    sys_attrs: bool = False
    aggregation: Aggregation = Aggregation()


def read_time(params: Params) -> TimeAsk:
    """Read the temporal query (clause 5.2.21) of a request's parameters, and the form of the answer."""
    given = {name: params.text(name) or "" for name in TIME_PARAMS}
    shape, sys_attrs = read_shape(params.text("options"), params.text("format"))
    ask = params.read(lambda: TimeAsk(_span(given), shape, sys_attrs, _aggregation(given, shape)))
    return ask or TimeAsk()


def read_shape(options: str | None, form: str | None) -> tuple[Shape, bool]:
    """Read `options` and `format`, which wins; refuses words it does not know (400 InvalidRequest)."""
    words = options.split(",") if options else []
    for word in (*words, *([form] if form else ())):
        if word not in get_args(Shape) and (word != "sysAttrs" or word == form):
            raise problem("InvalidRequest", f"{word[:40]!r} is no form of a temporal representation")
    shapes = [form] if form else [word for word in words if word != "sysAttrs"]
    if len(shapes) > 1:
        raise one_fault("options", f"{' and '.join(shapes)} exclude each other")
    return (shapes[0] if shapes else "normalized"), "sysAttrs" in words  # type: ignore[return-value]


def _span(given: Mapping[str, str]) -> Span:
    relation, time = given["timerel"], given["timeproperty"]
    at, end = _moment(given, "timeAt"), _moment(given, "endTimeAt")
    if time and time not in _PROPERTIES:
        raise one_fault("timeproperty", f"one of {', '.join(_PROPERTIES)}")
    if relation not in ("", "before", "after", "between"):
        raise one_fault("timerel", "before, after or between")
    if bool(relation) != (at is not None):
        raise one_fault("timeAt", "timerel and timeAt go together")
    if (relation == "between") != (end is not None):
        raise one_fault("endTimeAt", "goes with timerel=between, and the other way round")
    if at is not None and end is not None and end <= at:
        raise one_fault("endTimeAt", "lies after timeAt")
    last = _last(given["lastN"])
    counted = time or ("observedAt" if relation else "any")
    if at is None:
        return Span(time=counted, last=last)
    if relation == "before":
        return Span(until_us=at, relation=relation, time=counted, last=last)
    # After is later than; between begins with its first instant (clause 4.11).
    since = at + 1 if relation == "after" else at
    return Span(since, _MAX if end is None else end, relation, counted, last)


def _last(text: str) -> int:
    if text and not _WHOLE.fullmatch(text):
        raise one_fault("lastN", "a whole number from 1")
    return int(text or 0)


def _moment(given: Mapping[str, str], name: str) -> int | None:
    text = given[name]
    at_us = read_moment(text) if "T" in text else None
    if text and at_us is None:
        raise one_fault(name, "a date and time such as 2026-11-26T18:00:00Z")
    return at_us


def _aggregation(given: Mapping[str, str], shape: Shape) -> Aggregation:
    if shape != "aggregatedValues":
        return Aggregation()
    names = given["aggrMethods"].split(",") if given["aggrMethods"] else []
    if not names or any(name not in METHODS for name in names):
        raise one_fault("aggrMethods", f"some of {', '.join(METHODS)}")
    return Aggregation(tuple(dict.fromkeys(names)), read_duration(given["aggrPeriodDuration"] or "PT0S"))  # type: ignore[arg-type]
