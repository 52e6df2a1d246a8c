"""Talking to a running city from the command line: its data folder holds port and key."""

from __future__ import annotations

import http.client
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import msgspec

from stadtwerk.kernel.refusal import Refusal, Refused


class Client:
    """Asks one running core over HTTP; raises `Refused` with the city's own words."""

    def __init__(self, data: Path) -> None:
        try:
            self.port = int(msgspec.json.decode((data / "run" / "core.json").read_bytes())["port"])
            self._key = (data / "run" / "key").read_text()
        except OSError as error:
            raise _away(f"{data} has never been started") from error

    def get(self, path: str) -> Any:
        """Ask a question."""
        return self._request("GET", path)

    def post(self, path: str, body: Any = None, *, key: str | None = None) -> Any:
        """Send a command; the same key again asks for the same command."""
        content = msgspec.json.encode(body) if body is not None else b""
        return self._request("POST", path, content, {"Idempotency-Key": key} if key else {})

    def _request(
        self, method: str, path: str, body: bytes | None = None, more: Mapping[str, str] = MappingProxyType({})
    ) -> Any:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        headers = {"Authorization": f"Bearer {self._key}", "Content-Type": "application/json", **more}
        try:
            connection.request(method, path, body, headers)
            response = connection.getresponse()
            content = response.read()
        except (OSError, http.client.HTTPException) as error:
            raise _away(f"nothing answers on port {self.port}") from error
        finally:
            connection.close()
        if response.status >= 400:
            raise Refused(msgspec.json.decode(content, type=Refusal))
        return msgspec.json.decode(content)


def read_fields(fields: Iterable[str]) -> dict[str, Any]:
    """Read name=value as the fields of a command: numbers and other JSON as such, all else as text."""
    content = {}
    for field in fields:
        name, sign, text = field.partition("=")
        if not sign:
            raise Refused.field(name, "write name=value")
        try:
            content[name] = msgspec.json.decode(text)
        except msgspec.DecodeError:
            content[name] = text
    return content


def _away(detail: str) -> Refused:
    return Refused.of("away", "The city is not running", 503, f"{detail}; start it with `./dev up`.")
