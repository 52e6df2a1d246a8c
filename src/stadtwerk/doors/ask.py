"""Questions of systems, asked by a page rather than over the API."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from stadtwerk.doors.desk import Desk
from stadtwerk.doors.params import converted


async def asked_of(desk: Desk, path: str, given: Mapping[str, str]) -> Any:
    """Return the answer to a system's question, named by its path below /api; the page has looked who asks."""
    system, query = next((one, query) for one in desk.systems for query in one.queries if query.path == path)
    return await asyncio.to_thread(desk.ask, system, query.run, converted(given, query.params))
