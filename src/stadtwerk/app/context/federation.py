"""The other context sources as the NGSI-LD door asks them: who we are, who rests, how it went (clause 4.3.6)."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from stadtwerk.adapters.http_client import Unreachable
from stadtwerk.app.context.broker import Broker
from stadtwerk.context.headers import context_link
from stadtwerk.context.moments import write_moment
from stadtwerk.context.registrations.source import Source
from stadtwerk.context.registrations.via import extended
from stadtwerk.doors.ngsild.federation_port import Errand, Heard
from stadtwerk.kernel.clock import US, Clock

log = logging.getLogger(__name__)

RECORDS = 20_000
"""Sources whose figures are kept."""
IDENTITY = "identity"
"""Kind of the kept thing that holds this broker's alias."""
FROM_REQUEST = "urn:ngsi-ld:request"
"""Value of contextSourceInfo that stands for: as the request says (clause 5.2.9)."""
OWN = frozenset(("jsonldcontext", "host", "content-length", "transfer-encoding", "connection", "via", "link"))
"""Headers that a registration cannot set."""


class Sources(Protocol):
    """Sends requests."""

    async def ask(
        self, method: str, url: str, *, headers: Mapping[str, str], body: Any, timeout_s: float
    ) -> tuple[int, Mapping[str, str], Any]:
        """Send a request; return status, headers and JSON."""
        ...


@dataclass(slots=True)
class Record:
    """How asking a source went so far, since this process began."""

    sent: int = 0
    failed: int = 0
    last_success_us: int = 0
    last_failure_us: int = 0


class SourceFederation:
    """Asks sources; `wall` tells how long a source that failed is left alone."""

    def __init__(self, broker: Broker, sources: Sources, wall: Clock) -> None:
        self._broker, self._sources, self._wall = broker, sources, wall
        self._began_us = wall.now_us()
        self._records: dict[tuple[str, str], Record] = {}
        """By tenant and id of registration; of those that were asked, the latest of them."""

    def uptime_s(self) -> int:
        """Return for how many seconds this broker has been there."""
        return (self._wall.now_us() - self._began_us) // US

    def went(self, tenant: str, registration_id: str) -> dict[str, Any]:
        """Return how asking a source went, nothing before it was asked."""
        record = self._records.get((tenant, registration_id))
        if record is None or not record.sent:
            return {}
        good = record.last_success_us >= record.last_failure_us
        told: dict[str, Any] = {"status": "ok" if good else "failed", "timesSent": record.sent}
        told |= {"timesFailed": record.failed} if record.failed else {}
        instants = {"lastSuccess": record.last_success_us, "lastFailure": record.last_failure_us}
        return told | {name: write_moment(at_us) for name, at_us in instants.items() if at_us}

    def alias(self) -> str:
        """Return this broker's name in Via headers, made once for a data folder."""
        kept = self._broker.tenants[""].kept.get(IDENTITY, {})
        if "alias" not in kept:
            self._broker.keep(self._broker.tenants[""], IDENTITY, "alias", f"stadtwerk-{uuid.uuid4()}".encode())
        return self._broker.tenants[""].kept[IDENTITY]["alias"].decode()

    def _rests(self, source: Source, record: Record) -> bool:
        """Tell whether a source is left alone after a failure, as its registration says (management.cooldown)."""
        if not source.cooldown_s or record.last_failure_us <= record.last_success_us:
            return False
        return self._wall.now_us() < record.last_failure_us + source.cooldown_s * US

    async def ask(
        self, source: Source, errand: Errand, *, tenant: str, via: str, header: Callable[[bytes], str]
    ) -> Heard:
        """Send a request to a source; what goes wrong is an answer, too."""
        record = self._record(tenant, source)
        if self._rests(source, record):
            return Heard(504, reason="left alone for a while after a failure")
        record.sent += 1
        url = f"{source.endpoint}/ngsi-ld/v1/{errand.path}" + (f"?{errand.query}" if errand.query else "")
        headers = self._headers(source, errand, via, header)
        try:
            status, told, content = await self._sources.ask(
                errand.method, url, headers=headers, body=errand.body, timeout_s=source.timeout_s
            )
        except Unreachable as reason:
            log.info("context source %s: %s", source.id, reason)
            status, told, content = 504, {}, {"title": "Gateway Timeout", "detail": str(reason)}
        now_us = self._wall.now_us()
        if status < 500:
            record.last_success_us = now_us
        else:
            record.failed, record.last_failure_us = record.failed + 1, now_us
        count = told.get("ngsild-results-count", "")
        return Heard(status, content, _reason(status, content), int(count) if count.isdecimal() else None)

    def _record(self, tenant: str, source: Source) -> Record:
        record = self._records.get((tenant, source.id))
        if record is None:
            if len(self._records) >= RECORDS:
                del self._records[next(iter(self._records))]
            record = self._records[tenant, source.id] = Record()
        return record

    def _headers(self, source: Source, errand: Errand, via: str, header: Callable[[bytes], str]) -> dict[str, str]:
        headers = {
            "Accept": "application/json",
            "Link": context_link(errand.context_url),
            "Via": extended(via, self.alias()),
        }
        if errand.body is not None:
            headers["Content-Type"] = "application/json"
        if source.tenant:
            headers["NGSILD-Tenant"] = source.tenant
        for key, value in source.told:
            given = header(key.lower().encode()) if value == FROM_REQUEST else value
            if given and key.lower() not in OWN:
                headers[key] = given
        return headers


def _reason(status: int, content: Any) -> str:
    if isinstance(content, dict):
        told = content.get("detail") or content.get("title")
        if isinstance(told, str):
            return told[:300]
    return f"the source answered {status}"
