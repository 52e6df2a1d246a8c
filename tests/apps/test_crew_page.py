"""The crew's phone: the tour is there without network, nothing that was done is lost; and the screen that plans tours."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from PIL import ExifTags, Image
from playwright.sync_api import Browser, BrowserContext, Error, Page, Route

from apps.browser import ARGUMENTS, CHROMIUM, until, violations
from apps.conftest import token_of
from path.running import RunningCity, eventually
from path.small_city import write_small_city

JOBS = 6
PHONE = {"width": 390, "height": 844}


@pytest.fixture(scope="module")
def street_city(libraries: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningCity]:
    """A village with a crew that is on shift all day and six jobs in its tour."""
    folder = tmp_path_factory.mktemp("crew")
    with RunningCity(write_small_city(folder / "city", 200), folder / "data", vendor=libraries) as running:
        crew = {"id": "nord", "name": "Nord", "vehicle": "DU-ST 1", "skills": ["lift"], "depot": [6.76, 51.43]}
        order(running, "put-crew", {**crew, "begin": "00:00", "end": "23:59"})
        today = datetime.now(ZoneInfo("Europe/Berlin")).date().isoformat()
        for number in range(1, JOBS + 1):
            order(running, "open-job", {"kind": "lamp", "lamps": [f"do-{number * 20:07d}"]})
            order(running, "plan-job", {"job": name(number), "crew": "nord", "day": today})
        yield running


@pytest.fixture(scope="module")
def inside(browser: Browser, street_city: RunningCity) -> Any:
    """The state of a browser that has signed in."""
    context = browser.new_context()
    context.new_page().goto(f"{base(street_city)}/sign-in?token={token_of(street_city)}")
    state = context.storage_state()
    context.close()
    return state


@pytest.fixture
def phone(browser: Browser, inside: Any) -> Iterator[Callable[..., Page]]:
    """Opens the page on a phone of its own."""
    contexts: list[BrowserContext] = []

    def open_one(**more: Any) -> Page:
        contexts.append(browser.new_context(**{"viewport": PHONE, "locale": "en-GB", **more}, storage_state=inside))
        return contexts[-1].new_page()

    yield open_one
    for context in contexts:
        context.close()


def name(number: int) -> str:
    """Name a job."""
    return f"j-{number:06d}"


def base(city: RunningCity) -> str:
    """Return the city's address: a name that browsers trust without a certificate."""
    return f"http://localhost:{city.port}"


def order(city: RunningCity, what: str, content: dict[str, Any]) -> Any:
    """Give an order of maintenance."""
    return city.client.post(f"/api/commands/lighting.{what}", content)


def job(city: RunningCity, number: int) -> Any:
    """Return a job as the city sees it."""
    return city.client.get(f"/api/lighting/jobs/{name(number)}")


def ready(page: Page, city: RunningCity) -> Page:
    """Open the tour and wait until it is kept for the road."""
    page.goto(f"{base(city)}/crew/nord")
    until(page, "!document.getElementById('kept').hidden")
    return page


def stop(page: Page, number: int) -> Any:
    """Return a stop on the page."""
    return page.locator(f"#{name(number)}")


def finish(page: Page, number: int, note: str = "") -> None:
    """Say that a job is done."""
    stop(page, number).locator("[name=note]").fill(note)
    stop(page, number).locator("select").select_option("repaired")
    stop(page, number).locator(".finish button").click()


def photo() -> dict[str, Any]:
    """Make a photo that tells where it was taken."""
    exif, written = Image.Exif(), BytesIO()
    exif.get_ifd(ExifTags.IFD.GPSInfo)[ExifTags.GPS.GPSLatitudeRef] = "N"
    Image.new("RGB", (320, 240), (90, 90, 200)).save(written, "JPEG", exif=exif)
    return {"name": "lamp.jpg", "mimeType": "image/jpeg", "buffer": written.getvalue()}


@pytest.mark.judge("axe")
@pytest.mark.parametrize("scheme", ["dark", "light"])
def test_axe_and_thumbs(phone: Callable[..., Page], street_city: RunningCity, libraries: Path, scheme: str) -> None:
    page = ready(phone(color_scheme=scheme), street_city)
    assert not violations(page, libraries / "axe-core" / "axe.min.js")
    small = page.evaluate(
        "() => [...document.querySelectorAll('a, button, .button, select, input:not([type=file])')]"
        ".filter(one => one.checkVisibility() && one.getBoundingClientRect().height < 44).map(one => one.outerHTML)"
    )
    assert not small
    page.goto(f"{base(street_city)}/crew/")
    assert not violations(page, libraries / "axe-core" / "axe.min.js")


def test_without_javascript_the_tour_can_be_read(phone: Callable[..., Page], street_city: RunningCity) -> None:
    page = phone(java_script_enabled=False)
    page.goto(f"{base(street_city)}/crew/nord")
    assert page.locator("#stops li").count() == JOBS
    assert "do-p000020" in stop(page, 1).inner_text()
    assert not page.locator(".acts").first.is_visible()


def test_without_network_work_goes_on_and_is_told_later(phone: Callable[..., Page], street_city: RunningCity) -> None:
    """Offline: reload, begin, photo, finish; a new tab still knows; back online the city has all of it, in order."""
    page = ready(phone(), street_city)
    page.context.set_offline(True)
    page.reload()
    stop(page, 1).locator("[data-act=start]").click()
    stop(page, 1).locator("input[type=file]").set_input_files(photo())
    until(page, "document.getElementById('link').dataset.waits === '2'")
    finish(page, 1, "Driver")
    until(page, "document.getElementById('link').dataset.waits === '3'")
    page.close()
    page = page.context.new_page()
    page.goto(f"{base(street_city)}/crew/nord")
    until(page, "document.getElementById('link').dataset.waits === '3'")
    assert "done" in stop(page, 1).locator(".state").inner_text()
    assert job(street_city, 1)["state"] == "planned"
    page.context.set_offline(False)
    until(page, "document.getElementById('link').dataset.waits === '0'")
    told = job(street_city, 1)
    assert (told["state"], told["result"], told["note"], len(told["photos"])) == ("done", "repaired", "Driver", 1)
    assert told["done_at"] < told["changed_at"], "when it was done, not when it was told"
    kept = page.request.get(f"{base(street_city)}/crew/photos/{told['photos'][0]}")
    assert not Image.open(BytesIO(kept.body())).getexif()


def test_an_answer_lost_on_the_way_does_no_harm(phone: Callable[..., Page], street_city: RunningCity) -> None:
    """The city carries it out, the phone never hears: it asks again with the same key, and once is once."""
    page = ready(phone(), street_city)
    lost: list[str] = []

    def lose(route: Route) -> None:
        if not lost:
            route.fetch()
            lost.append(route.request.headers["idempotency-key"])
            route.abort()
        else:
            route.continue_()

    page.route("**/api/commands/lighting.finish-job", lose)
    finish(page, 2)
    until(page, "document.getElementById('link').textContent.startsWith('No network')")
    assert (job(street_city, 2)["state"], len(lost)) == ("done", 1)
    page.evaluate("() => dispatchEvent(new Event('online'))")
    until(page, "document.getElementById('link').dataset.waits === '0'")
    kinds = [command["kind"] for command in street_city.client.get("/api/commands?limit=200")["commands"]]
    assert kinds.count("lighting.finish-job") == 2, "one of the test before, one of this"
    assert page.locator("#j-000002 .problem").is_hidden()


def test_a_mistake_is_taken_back(phone: Callable[..., Page], street_city: RunningCity) -> None:
    """Before it was sent it never was; after that it is taken back in the city."""
    page = ready(phone(), street_city)
    page.context.set_offline(True)
    finish(page, 3)
    until(page, "document.getElementById('link').dataset.waits === '1'")
    stop(page, 3).locator("[data-act=undo]").click()
    until(page, "document.getElementById('link').dataset.waits === '0'")
    page.context.set_offline(False)
    stop(page, 3).locator("[data-act=start]").click()
    eventually(lambda: job(street_city, 3)["state"] == "under way")
    until(page, "document.getElementById('j-000003').dataset.state === 'under way'")
    stop(page, 3).locator("[data-act=undo]").click()
    eventually(lambda: job(street_city, 3)["state"] == "planned")


def test_what_the_city_refuses_is_said_and_stays(phone: Callable[..., Page], street_city: RunningCity) -> None:
    page = ready(phone(), street_city)
    page.context.set_offline(True)
    finish(page, 4)
    until(page, "document.getElementById('link').dataset.waits === '1'")
    order(street_city, "cancel-job", {"job": name(4), "reason": "twice"})
    page.context.set_offline(False)
    until(page, "!document.querySelector('#j-000004 .problem').hidden")
    assert "another state" in stop(page, 4).locator(".problem").inner_text()


def test_a_browser_killed_without_network_loses_nothing(
    browser: Browser, inside: Any, street_city: RunningCity, tmp_path: Path
) -> None:
    """The whole browser crashes right after the tap; started again, still without network, it knows; then it tells."""
    start = partial(
        browser.browser_type.launch_persistent_context,
        tmp_path,
        executable_path=str(CHROMIUM),
        args=ARGUMENTS,
        viewport=PHONE,  # type: ignore[arg-type] # a plain dict of width and height
    )
    first = start()
    first.add_cookies(inside["cookies"])
    page = ready(first.pages[0], street_city)
    first.set_offline(True)
    finish(page, 5, "before the crash")
    until(page, "document.getElementById('link').dataset.waits === '1'")
    with pytest.raises(Error):
        first.new_cdp_session(page).send("Browser.crash")
    again = start()
    again.add_cookies(inside["cookies"])
    again.set_offline(True)
    page = again.pages[0]
    page.goto(f"{base(street_city)}/crew/nord")
    until(page, "document.getElementById('link').dataset.waits === '1'")
    again.set_offline(False)
    until(page, "document.getElementById('link').dataset.waits === '0'")
    assert job(street_city, 5)["note"] == "before the crash"
    again.close()


@pytest.fixture(scope="module")
def tomorrow(street_city: RunningCity) -> str:
    """Tomorrow, with a second crew and eight more jobs."""
    crew = {"id": "sued", "name": "Süd", "vehicle": "DU-ST 2", "skills": ["lift"], "depot": [6.757, 51.43]}
    order(street_city, "put-crew", crew)
    for number in range(1, 9):
        lamp = f"do-{number * 20 + 7:07d}"
        order(
            street_city, "open-job", {"kind": "lamp", "lamps": [lamp], "priority": "high" if number == 1 else "normal"}
        )
    return (datetime.now(ZoneInfo("Europe/Berlin")).date() + timedelta(days=1)).isoformat()


def tours(city: RunningCity, day: str) -> dict[str, list[str]]:
    """Return the jobs of each crew in order."""
    answer = city.client.get(f"/api/lighting/tours?day={day}")
    return {tour["crew"]["id"]: [stop["job"]["id"] for stop in tour["stops"]] for tour in answer["tours"]}


DESK = {"width": 1280, "height": 900}


@pytest.mark.judge("axe")
def test_tours_are_planned_and_moved_by_keyboard(
    phone: Callable[..., Page], street_city: RunningCity, tomorrow: str, libraries: Path
) -> None:
    """Replan, look at the picture, move a job down, to the other crew and back: the focus stays with it."""
    page = phone(viewport=DESK, color_scheme="dark")
    page.goto(f"{base(street_city)}/#/works/{tomorrow}")
    page.get_by_role("button", name="Plan all tours anew").click()
    until(page, "document.querySelectorAll('.gantt .job').length >= 8")
    until(page, "!document.querySelector('.works-head .primary').disabled")
    planned = tours(street_city, tomorrow)
    assert sum(map(len, planned.values())) >= 8
    crew, (first, second, *_) = max(planned.items(), key=lambda pair: len(pair[1]))
    other = next(one for one in planned if one != crew)
    page.locator(f"[data-job={first}] a").focus()
    page.keyboard.press("Shift+ArrowDown")
    until(
        page,
        f"[...document.querySelectorAll('.works-tour [data-job]')].findIndex(one => one.dataset.job === '{first}')"
        f" > [...document.querySelectorAll('.works-tour [data-job]')].findIndex(one => one.dataset.job === '{second}')",
    )
    assert tours(street_city, tomorrow)[crew][:2] == [second, first]
    until(page, f"document.activeElement.closest('[data-job={first}]')")
    page.keyboard.press("Shift+ArrowRight" if list(planned).index(crew) == 0 else "Shift+ArrowLeft")
    eventually(lambda: page.wait_for_timeout(50) or first in tours(street_city, tomorrow)[other])
    page.get_by_role("button", name=f"{first}: take the last step back").click()
    eventually(lambda: page.wait_for_timeout(50) or first in tours(street_city, tomorrow)[crew])
    axe = libraries / "axe-core" / "axe.min.js"
    found = violations(page, axe)
    page.emulate_media(color_scheme="light")
    page.evaluate("() => { document.documentElement.dataset.theme = 'day'; }")
    assert not found + violations(page, axe, part="#panel")


def test_a_tour_that_is_too_long_is_refused_in_words(
    phone: Callable[..., Page], street_city: RunningCity, tomorrow: str
) -> None:
    crew = {"id": "kurz", "name": "Kurz", "vehicle": "DU-ST 3", "skills": ["lift"], "depot": [6.76, 51.43]}
    order(street_city, "put-crew", {**crew, "begin": "07:00", "end": "07:10"})
    order(street_city, "open-job", {"kind": "lamp", "lamps": ["do-0000199"]})
    page = phone(viewport=DESK, locale="de-DE")
    page.goto(f"{base(street_city)}/#/works/{tomorrow}")
    page.locator(".works-open [data-job] select").last.select_option("kurz")
    until(page, "document.querySelector('cr-works .problem')?.textContent.includes('nach Schichtende zurück')")
    order(street_city, "remove-crew", {"id": "kurz"})
