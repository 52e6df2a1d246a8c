"""Reading query parameters: every fault is found before the first is told."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from typing import TypeVar
from urllib.parse import parse_qsl

from stadtwerk.context.limits import QUERY_FIELDS
from stadtwerk.context.problems import ERRORS, bad_data, problem
from stadtwerk.kernel.refusal import Fault, Refused

T = TypeVar("T")

_NUMBER = re.compile(r"0|[1-9]\d{0,17}", re.ASCII)


class Params:
    """The parameters of one request; read them, then call `done`, which refuses if anything was wrong.

    `more` are parameters that came in another way, such as the members of a Query that was posted.
    """

    def __init__(self, query_string: bytes, known: Collection[str], more: Mapping[str, str] | None = None) -> None:
        self._faults: list[Fault] = []
        self._other: Refused | None = None
        self._values: dict[str, str] = {}
        given = _pairs(query_string) if query_string else []
        for name, value in [*given, *more.items()] if more else given:
            if name in self._values:
                self.fault(name, "given twice")
            elif not value:
                self.fault(name, "is empty")
            self._values[name] = value
        strange = sorted(name for name in self._values if name not in known)
        if strange:
            faults = [Fault(name[:100], "no parameter of this resource") for name in strange]
            raise problem("InvalidRequest", "unknown parameters: " + ", ".join(f.field for f in faults), faults)

    def fault(self, field: str, detail: str) -> None:
        """Note that a parameter is wrong."""
        fault = Fault(field, detail)
        if fault not in self._faults:
            self._faults.append(fault)

    def text(self, name: str) -> str | None:
        """Return a parameter as it stands, None when it is absent or empty."""
        return self._values.get(name) or None

    def read(self, read: Callable[..., T], *names: str) -> T | None:
        """Compile parameters that belong together; None when one is absent or wrong."""
        values = [self.text(name) for name in names]
        if None in values:
            return None
        try:
            return read(*values)
        except Refused as refused:
            if refused.refusal.type == ERRORS + "BadRequestData":
                self._faults.extend(refused.refusal.faults)
            else:
                self._other = self._other or refused
            return None

    def integer(self, name: str, default: int, *, high: int) -> int:
        """Read a whole number from 0 to a bound."""
        text = self.text(name)
        if text is None:
            return default
        if not _NUMBER.fullmatch(text) or int(text) > high:
            self.fault(name, f"a whole number from 0 to {high}")
            return default
        return int(text)

    def flag(self, name: str) -> bool | None:
        """Read `true` or `false`."""
        text = self.text(name)
        if text not in (None, "true", "false"):
            self.fault(name, "true or false")
        return None if text is None else text == "true"

    def done(self) -> None:
        """Refuse if anything was wrong: with all faults (400), else with the first other reason.

        `local` is a flag wherever it may stand, also where everything is local.
        """
        self.flag("local")
        if self._faults:
            raise bad_data(self._faults)
        if self._other is not None:
            raise self._other


def _pairs(query_string: bytes) -> list[tuple[str, str]]:
    try:
        return parse_qsl(
            query_string.decode("utf-8"), keep_blank_values=True, errors="strict", max_num_fields=QUERY_FIELDS
        )
    except ValueError as error:
        raise problem(
            "InvalidRequest", f"the query string is not UTF-8 or has over {QUERY_FIELDS} parameters"
        ) from error
