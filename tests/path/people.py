"""People at the doors of a running city, as a test plays them: browsers without a screen, and programs with a key."""

from __future__ import annotations

import http.client
import json
from typing import Any
from urllib.parse import urlencode

from path.running import RunningCity
from stadtwerk.kernel.refusal import Refused


class Visitor:
    """One browser: keeps cookies, follows nothing."""

    def __init__(self, port: int, **headers: str) -> None:
        self.port, self.headers, self.cookies = port, headers, {}
        self.answer = {}

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any]:
        """Send a request; returns status and content, JSON as data."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        sent = {"Host": f"localhost:{self.port}", "Sec-Fetch-Site": "same-origin", **self.headers, **headers}
        if self.cookies:
            sent["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        if isinstance(body, dict) and sent.get("Content-Type", "").startswith("application/x-www"):
            body = urlencode(body)
        elif body is not None:
            body, sent["Content-Type"] = json.dumps(body), "application/json"
        connection.request(method, path, body, sent)
        response = connection.getresponse()
        content = response.read()
        for line in response.headers.get_all("set-cookie") or ():
            name, _, value = line.partition(";")[0].partition("=")
            self.cookies[name] = value
        self.answer = dict(response.headers)
        connection.close()
        kind = response.headers.get("content-type", "")
        return response.status, json.loads(content) if "json" in kind and "jsonl" not in kind else content.decode()

    def get(self, path: str) -> Any:
        """Ask and be answered."""
        status, content = self.ask("GET", path)
        assert status == 200, (path, status, content)
        return content

    def form(self, path: str, **fields: str) -> tuple[int, Any]:
        """Send a form."""
        return self.ask("POST", path, fields, **{"Content-Type": "application/x-www-form-urlencoded"})

    def command(self, kind: str, body: dict[str, Any], key: str = "") -> tuple[int, Any]:
        """Send a command."""
        headers = {"Idempotency-Key": key} if key else {}
        return self.ask("POST", f"/api/commands/{kind}", body, **headers)


def enter(city: RunningCity, path: str, **headers: str) -> Visitor:
    """Open a one-time link in a fresh browser."""
    visitor = Visitor(city.port, **headers)
    status, _ = visitor.ask("GET", path)
    assert status == 303
    return visitor


def alive(city: RunningCity) -> bool:
    """Tell whether the core answers."""
    try:
        return bool(city.client.get("/api/health"))
    except Refused:  # it is being started
        return False


def program(city: RunningCity, token: str) -> Visitor:
    """Come with a key instead."""
    return Visitor(city.port, Authorization=f"Bearer {token}")


def person(city: RunningCity, name: str, *roles: str, mail: str = "") -> tuple[str, Visitor]:
    """Give somebody an account and let them in; returns the account's id and their browser."""
    made = city.client.post("/api/commands/access.create-account", {"name": name, "mail": mail, "roles": roles})
    account = made["title"].split()[0]
    return account, enter(city, city.client.post(f"/api/people/{account}/link")["path"])
