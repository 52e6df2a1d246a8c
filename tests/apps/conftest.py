"""A browser, a small real city with platform and twin, and pages that tolerate no error.

With STADTWERK_TEST_URL (and STADTWERK_TEST_TOKEN, a one-time sign-in token) the same tests look at a running city.
"""

from __future__ import annotations

import json
import os
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from apps.browser import CHROMIUM, launch
from path.running import RunningCity, eventually
from stadtwerk.app.up import default_city
from stadtwerk.apps import vendor

ROOT = Path(__file__).parents[2]
LAMPS = 5000
WHOLE_CITY = 52_000

OpenPage = Callable[..., Page]


def not_here(why: str) -> None:
    """Skip with a reason on a developer's machine; fail where CI must see the screen."""
    if os.environ.get("CI"):
        pytest.fail(f"{why}; CI has to look at the screen")
    pytest.skip(why)


@pytest.fixture(scope="session")
def libraries() -> Path:
    """The folder of browser libraries, with what only tests need."""
    cache = Path(os.environ.get("STADTWERK_VENDOR", ROOT / ".cache" / "vendor"))
    try:
        vendor.ensure(cache, groups=("runtime", "dev"))
    except vendor.VendorError as error:
        not_here(f"browser libraries are not here: {error}")
    return cache


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The system's Chromium."""
    if not CHROMIUM.is_file():
        not_here(f"{CHROMIUM} is not installed")
    with sync_playwright() as playwright:
        started = launch(playwright)
        yield started
        started.close()


@contextmanager
def living(folder: Path, lamps: int | None, libraries: Path, heard: float = 0.9) -> Iterator[RunningCity]:
    """Boot Duisburg, whole or small, and wait until a share of its lamps has been `heard`."""
    city = default_city(ROOT / "var", seed=1, lamps=lamps)
    n = json.loads((city / "city.json").read_text())["counts"]["lamps"]
    with RunningCity(city, folder, vendor=libraries) as running:
        eventually(lambda: running.client.get("/api/health")["observed_rows"] >= heard * n, timeout_s=180)
        yield running


@pytest.fixture(scope="session")
def city(libraries: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningCity | None]:
    """The city under test: a small Duisburg with platform and twin, unless a running one is given."""
    if os.environ.get("STADTWERK_TEST_URL"):
        yield None
        return
    with living(tmp_path_factory.mktemp("city"), LAMPS, libraries) as running:
        yield running


@pytest.fixture(scope="session")
def base(city: RunningCity | None) -> str:
    """The address of the city under test."""
    return f"http://127.0.0.1:{city.port}" if city else os.environ["STADTWERK_TEST_URL"].rstrip("/")


@pytest.fixture
def kill_core(city: RunningCity | None) -> Callable[[], None]:
    """Kills the core as hard as can be; the supervisor starts it again."""
    if city is None:
        pytest.skip("a running city is not killed for a test of its screen")
    return lambda: city.kill("core")


@pytest.fixture(scope="session")
def whole_city(libraries: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningCity]:
    """A city of all 52,000 lamps."""
    with living(tmp_path_factory.mktemp("whole"), None, libraries, heard=0.5) as running:
        yield running


@pytest.fixture(scope="session")
def signed_in(browser: Browser, base: str, city: RunningCity | None) -> Any:
    """The cookies of one sign-in, shared by all pages: a link works only once."""
    return sign_in(browser, base, token_of(city) if city else os.environ["STADTWERK_TEST_TOKEN"])


def token_of(city: RunningCity) -> str:
    """The one-time word of the link the city printed."""
    return city.link.partition("token=")[2]


def sign_in(browser: Browser, base: str, token: str) -> Any:
    """Use a one-time link and return the browser's state after it."""
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{base}/sign-in?token={token}")
    assert page.locator("cr-app").count() == 1, page.url
    state = context.storage_state()
    context.close()
    return state


@pytest.fixture
def open_page(browser: Browser, signed_in: Any) -> Iterator[OpenPage]:
    """Opens pages by size, theme and language; any error in a page fails the test."""
    contexts: list[BrowserContext] = []
    faults: list[str] = []

    def open_one(
        *,
        size: tuple[int, int] = (1280, 800),
        theme: str = "night",
        lang: str = "de",
        allow: tuple[str, ...] = (),
        **more: Any,
    ) -> Page:
        context = browser.new_context(
            viewport={"width": size[0], "height": size[1]},
            locale="de-DE" if lang == "de" else "en-GB",
            color_scheme="dark" if theme == "night" else "light",
            storage_state=more.pop("state", signed_in),
            **more,
        )
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on(
            "console",
            lambda message: (
                faults.append(message.text)
                if message.type == "error" and not any(words in message.text for words in allow)
                else None
            ),
        )
        return page

    yield open_one
    for context in contexts:
        context.close()
    assert not faults, faults


@pytest.fixture
def ask(base: str, signed_in: Any) -> Callable[[str], Any]:
    """Ask the city's door as the screen does."""
    cookies = "; ".join(f"{c['name']}={c['value']}" for c in signed_in["cookies"])

    def get(path: str) -> Any:
        request = urllib.request.Request(base + path, headers={"cookie": cookies})
        with urllib.request.urlopen(request, timeout=20) as answer:
            return json.load(answer)

    return get
