"""Resources of one kind by address: a request takes effect whole or not at all."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Generic, TypeVar

from stadtwerk.protocols.talq.wire import Refused

Row = TypeVar("Row")

PAGE = 1_000
"""Most rows of a page when the client names no limit."""


class Shelf(Generic[Row]):
    """Rows of one resource kind in the order they came, at most `limit`."""

    def __init__(self, resource: str, key: Callable[[Row], str], limit: int) -> None:
        self.resource = resource
        self.rows: dict[str, Row] = {}
        self._key = key
        self._limit = limit

    def add(self, rows: list[Row]) -> None:
        """Add new rows; Refused with 409 for a known address, 422 for one named twice or above the limit."""
        for row in rows:
            if self._key(row) in self.rows:
                raise Refused(409, "resourceConflict", "the resource exists", self.resource, self._key(row))
        self._once(rows)
        if len(self.rows) + len(rows) > self._limit:
            raise Refused(422, "serviceConstraintExceeded", f"at most {self._limit} {self.resource}", self.resource)
        self._keep(rows)

    def replace(self, rows: list[Row]) -> None:
        """Put rows in place of known ones; Refused with 404 for an unknown address, 422 for one named twice."""
        for row in rows:
            self.get(self._key(row))
        self._once(rows)
        self._keep(rows)

    def put(self, address: str, row: Row) -> None:
        """Put one row in place of the one at an address; Refused with 422 if it names another address."""
        if self._key(row) != address:
            raise Refused(422, "resourceConflict", "the body names another address", self.resource, address)
        self.replace([row])

    def get(self, address: str) -> Row:
        """Return the row at an address; Refused with 404 if there is none."""
        if address not in self.rows:
            raise Refused(404, "resourceNotFound", "there is no such resource", self.resource, address)
        return self.rows[address]

    def delete(self, address: str) -> Row:
        """Take the row at an address away and return it; Refused with 404 if there is none."""
        row = self.get(address)
        del self.rows[address]
        return row

    def _once(self, rows: list[Row]) -> None:
        if len({self._key(row) for row in rows}) < len(rows):
            raise Refused(422, "resourceConflict", "one address stands twice in the list", self.resource)

    def _keep(self, rows: list[Row]) -> None:
        self.rows.update((self._key(row), row) for row in rows)


def page(rows: list[Any], query: Mapping[str, str]) -> tuple[list[Any], dict[str, str]]:
    """Return the page a query's offset and limit ask for, and its four pagination headers; Refused with 400."""
    asked = {name: query.get(name, fallback) for name, fallback in (("offset", "0"), ("limit", str(PAGE)))}
    for name, given in asked.items():
        if not (given.isascii() and given.isdigit() and len(given) < 10):
            raise Refused(400, "parameterValueNotValid", f"{name} is no whole number")
    offset, limit = int(asked["offset"]), int(asked["limit"])
    shown = rows[offset : offset + limit]
    headers = {
        "pagination-count": str(len(shown)),
        "pagination-defaultlimit": str(PAGE),
        "pagination-offset": str(offset),
        "pagination-totalcount": str(len(rows)),
    }
    return shown, headers
