"""Passkeys at a running city, with a device made of software that can also lie."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from path.authenticator import Authenticator
from path.people import Visitor, alive, person
from path.running import RunningCity, eventually
from path.small_city import write_small_city


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningCity]:
    """A village of one lamp."""
    folder = tmp_path_factory.mktemp("passkeys")
    with RunningCity(write_small_city(folder / "city", 1), folder / "data") as running:
        yield running


def register(browser: Visitor, device: Authenticator, origin: str = "") -> int:
    """Add a passkey; returns the status."""
    options = browser.ask("POST", "/api/me/passkeys/options", {})[1]
    made = {"credential": device.create(options, origin=origin), "label": "Gerät"}
    return browser.ask("POST", "/api/me/passkeys", made)[0]


def sign_in(browser: Visitor, device: Authenticator, origin: str = "") -> int:
    """Sign in with a passkey; returns the status."""
    options = browser.ask("POST", "/api/sign-in/passkey/options", {})[1]
    return browser.ask("POST", "/api/sign-in/passkey", device.get(options, origin=origin))[0]


def test_a_passkey_comes_and_goes(city: RunningCity) -> None:
    account, anna = person(city, "Anna Passkey", "operator")
    device = Authenticator(f"http://localhost:{city.port}")
    assert register(anna, device) == 201
    assert "Gerät" in anna.get("/account")
    fresh = Visitor(city.port)
    assert sign_in(fresh, device) == 200
    assert fresh.get("/api/session") == {"actor": account, "roles": ["operator"], "via": "passkey"}
    city.kill("core")
    eventually(lambda: alive(city))
    again = Visitor(city.port)
    assert sign_in(again, device) == 200, "also after a restart"
    passkey = again.get("/account").partition('name="id" value="')[2][:32]
    assert again.form("/account/passkeys/remove", id=passkey)[0] == 303
    assert sign_in(Visitor(city.port), device) == 401


@pytest.mark.secures("AR-8")
def test_lies_are_refused(city: RunningCity) -> None:
    _, anna = person(city, "Anna Lüge", "operator")
    here = f"http://localhost:{city.port}"
    device = Authenticator(here)
    assert register(anna, device, origin="http://evil.example") == 401
    assert register(anna, Authenticator("http://evil.example"), origin=here) == 401
    assert register(anna, device) == 201
    assert register(anna, device) == 409, "known already"
    browser = Visitor(city.port)
    assert sign_in(browser, device, origin="http://evil.example") == 401
    assert sign_in(browser, Authenticator(here)) == 401, "nobody knows this device"
    options = browser.ask("POST", "/api/sign-in/passkey/options", {})[1]
    answer = device.get(options)
    assert browser.ask("POST", "/api/sign-in/passkey", answer)[0] == 200
    assert browser.ask("POST", "/api/sign-in/passkey", answer)[0] == 401, "a challenge is good once"
    device.counter = 0
    assert sign_in(browser, device) == 401, "a copy of the device counts behind"
    for rubbish in ({}, {"id": 5}, {"id": "x", "response": {"clientDataJSON": "e30"}}):
        assert browser.ask("POST", "/api/sign-in/passkey", rubbish)[0] == 401
    _, bert = person(city, "Bert Lüge", "operator")
    options = anna.ask("POST", "/api/me/passkeys/options", {})[1]
    stolen = {"credential": Authenticator(here).create(options), "label": ""}
    assert bert.ask("POST", "/api/me/passkeys", stolen)[0] == 401, "the challenge was another's"


def test_a_closed_account_stays_closed(city: RunningCity) -> None:
    account, anna = person(city, "Anna Zu", "operator")
    device = Authenticator(f"http://localhost:{city.port}")
    assert register(anna, device) == 201
    city.client.post("/api/commands/access.disable", {"account": account})
    assert sign_in(Visitor(city.port), device) == 403
