"""The pages of one's own and the screens of people: a real browser with a real (virtual) passkey, axe, both languages."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from apps.browser import show, turn_to, until, violations
from apps.conftest import OpenPage
from path.running import RunningCity
from path.small_city import write_small_city

RULE = '[[four_eyes]]\nkind = "lighting.clear"\ntargets_over = 2\n'


@pytest.fixture(scope="module")
def city(libraries: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningCity]:
    """A village where ending many overrides takes two persons."""
    folder = tmp_path_factory.mktemp("people-screens")
    data = folder / "data"
    data.mkdir()
    (data / "access.toml").write_text(RULE)
    with RunningCity(write_small_city(folder / "city", 5), data, vendor=libraries) as running:
        yield running


@pytest.fixture(scope="module")
def signed_in() -> None:
    """Everybody signs in for themselves here."""


@pytest.fixture(scope="module")
def base(city: RunningCity) -> str:
    """Passkeys are bound to a name, so everything happens at localhost."""
    return f"http://localhost:{city.port}"


def enter(page: Page, city: RunningCity, name: str, *roles: str) -> str:
    """Give somebody an account and open their link in this browser."""
    made = city.client.post(
        "/api/commands/access.create-account", {"name": name, "mail": "x@y.example", "roles": roles}
    )
    account = str(made["title"].split()[0])
    path = city.client.post(f"/api/people/{account}/link")["path"]
    page.goto(f"http://localhost:{city.port}{path}")
    return account


def virtual_device(page: Page) -> None:
    """Plug a passkey device into Chromium (WebAuthn Level 3, section 11: user agent automation)."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    facts = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True}
    options = {**facts, "isUserVerified": True, "automaticPresenceSimulation": True}
    session.send("WebAuthn.addVirtualAuthenticator", {"options": options})


@pytest.mark.judge("chromium-webauthn")
def test_a_passkey_of_chromium_signs_in(open_page: OpenPage, city: RunningCity, base: str) -> None:
    page = open_page(state=None, lang="en", allow=("404",))
    account = enter(page, city, "Anna Chromium", "operator")
    virtual_device(page)
    page.goto(f"{base}/account")
    page.fill("#passkey-label", "Work phone")
    page.click("#passkey-form button")
    page.locator("#passkeys .things").get_by_text("Work phone").wait_for()
    page.get_by_role("button", name="Sign out").click()
    page.click("#passkey-button")
    page.wait_for_url(f"{base}/")
    page.goto(f"{base}/account")
    assert account in page.inner_text("main")
    assert "passkey (this one)" in page.inner_text("main")


def test_a_stranger_s_passkey_is_refused_in_words(open_page: OpenPage, base: str) -> None:
    page = open_page(state=None, allow=("401",))
    virtual_device(page)
    page.goto(f"{base}/sign-in")
    page.click("#passkey-button")
    until(page, "!document.getElementById('failed').hidden")
    assert "nicht angenommen" in page.inner_text("#failed")


@pytest.mark.judge("axe")
@pytest.mark.parametrize(("theme", "lang"), [("night", "de"), ("day", "en")])
def test_axe_finds_nothing_on_the_pages(
    open_page: OpenPage, city: RunningCity, base: str, libraries: Path, theme: str, lang: str
) -> None:
    axe = libraries / "axe-core" / "axe.min.js"
    page = open_page(theme=theme, lang=lang, state=None)
    page.goto(f"{base}/sign-in")
    found = violations(page, axe)
    enter(page, city, f"Anna Seite {theme}", "operator", "admin")
    virtual_device(page)
    page.goto(f"{base}/account")
    page.fill("#key-name", "Wetter")
    page.click("text=Schlüssel anlegen" if lang == "de" else "text=Create key")
    assert page.inner_text("#new-key").startswith("sw_")
    found += violations(page, axe)
    page.goto(f"{base}/account/data")
    found += violations(page, axe)
    assert page.evaluate("[document.documentElement.lang, document.documentElement.dataset.theme]") == [lang, theme]
    assert not found, "\n".join(found)


def test_the_pages_work_without_scripts(browser: Browser, city: RunningCity, base: str) -> None:
    page = browser.new_context(java_script_enabled=False, locale="en-GB").new_page()
    enter(page, city, "Anna Skriptlos", "operator")
    page.goto(f"{base}/account")
    page.fill("#key-name", "Plain")
    page.click("text=Create key")
    assert page.inner_text("#new-key").startswith("sw_")
    page.click("text=Revoke")
    assert "No key yet." in page.inner_text("main")
    page.click("text=My data")
    assert "Anna Skriptlos" in page.inner_text("main")
    page.click("text=Deutsch")
    assert "Meine Daten" in page.inner_text("h1")
    page.goto(f"{base}/account")
    page.click("text=Sign out")
    assert page.url.endswith("/sign-in")
    page.context.close()


def test_a_telephone_shows_the_account(open_page: OpenPage, city: RunningCity, base: str) -> None:
    page = open_page(size=(360, 740), state=None)
    enter(page, city, "Anna Telefon", "operator")
    for path in ("/account", "/account/data", "/sign-in"):
        page.goto(base + path)
        assert page.evaluate("document.documentElement.scrollWidth") == 360, path


@pytest.mark.judge("axe")
@pytest.mark.parametrize(("theme", "lang"), [("night", "de"), ("day", "en")])
def test_people_audit_and_approvals_on_the_screen(
    open_page: OpenPage, city: RunningCity, base: str, libraries: Path, theme: str, lang: str
) -> None:
    axe = libraries / "axe-core" / "axe.min.js"
    page = open_page(theme=theme, lang=lang, state=None, allow=("404",))
    enter(page, city, f"Chefin {theme}", "admin", "operator")
    _post(city, {"target": {"district": "d1"}, "reason": "many"})
    show(page, base, "#/approvals")
    until(page, "document.querySelector('cr-approvals .decide')")
    found = violations(page, axe)
    page.fill("cr-approvals input[name=reason]", "agreed")
    page.click("cr-approvals button.primary")
    until(page, "!document.querySelector('cr-approvals .decide')")
    turn_to(page, "#/people/new")
    page.fill("#people-name", f"Bert Bildschirm {theme}")
    found += violations(page, axe, part="#panel")
    page.click("cr-people form button.primary")
    until(page, "location.hash.startsWith('#/people/p-')")
    until(page, "document.querySelector('#people-why')")
    assert "Bert" not in page.inner_text("#panel")
    found += violations(page, axe, part="#panel")
    page.fill("#people-why", "call back")
    page.locator("cr-people form", has=page.locator("#people-why")).locator("button").click()
    until(page, "document.querySelector('#panel').innerText.includes('Bert Bildschirm')")
    turn_to(page, "#/people")
    until(page, "document.querySelectorAll('table.audit tbody tr').length > 1")
    found += violations(page, axe, part="#panel")
    turn_to(page, "#/audit")
    until(page, "document.querySelectorAll('table.audit tbody tr').length > 1")
    page.select_option("#audit-kind", "access.read")
    page.click("cr-audit form button.primary")
    until(page, "document.querySelector('cr-audit table')?.innerText.includes('call back')")
    found += violations(page, axe, part="#panel")
    assert not found, "\n".join(found)


def test_operators_see_neither_people_nor_audit(open_page: OpenPage, city: RunningCity, base: str) -> None:
    page = open_page(state=None, lang="en", allow=("403", "404"))
    enter(page, city, "Anna Operatorin", "operator")
    show(page, base, "#/")
    names = page.locator("nav.screens").inner_text()
    assert "Audit" not in names
    assert "People" not in names
    turn_to(page, "#/people")
    until(page, "document.querySelector('#panel .problem')")


def _post(city: RunningCity, body: dict[str, Any]) -> None:
    request: Callable[..., Any] = urllib.request.Request
    headers = {"Authorization": f"Bearer {city.key}", "Content-Type": "application/json"}
    asked = request(f"http://127.0.0.1:{city.port}/api/commands/lighting.clear", json.dumps(body).encode(), headers)
    urllib.request.urlopen(asked, timeout=20).close()
