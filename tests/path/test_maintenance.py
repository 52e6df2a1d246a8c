"""Maintenance through the doors of a running city: tours are searched beside the core, and survive its death."""

from __future__ import annotations

import hashlib
import urllib.error
import urllib.request
from collections.abc import Iterator
from datetime import datetime, timedelta
from io import BytesIO
from itertools import pairwise
from math import cos, radians
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import pytest
from PIL import Image

from path.running import RunningCity, eventually
from path.small_city import write_small_city
from stadtwerk.kernel.refusal import Refused

LAMPS = 200
TOMORROW = (datetime.now(ZoneInfo("Europe/Berlin")).date() + timedelta(days=1)).isoformat()


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningCity]:
    """A village of 200 lamps with a crew and eight jobs."""
    folder = tmp_path_factory.mktemp("maintenance")
    with RunningCity(write_small_city(folder / "city", LAMPS), folder / "data") as running:
        crew = {"id": "nord", "name": "Nord", "vehicle": "DU-ST 1", "skills": ["lift"], "depot": [6.76, 51.43]}
        order(running, "put-crew", crew)
        for number in range(1, 9):
            order(running, "open-job", {"kind": "lamp", "lamps": [f"do-{number * 20:07d}"]})
        yield running


def order(city: RunningCity, what: str, content: dict[str, Any]) -> Any:
    """Give an order of maintenance."""
    return city.client.post(f"/api/commands/lighting.{what}", content)


def tour(city: RunningCity) -> Any:
    """Return tomorrow as the screens ask for it."""
    return city.client.get(f"/api/lighting/tours?day={TOMORROW}")


def planned(city: RunningCity) -> Any:
    """Wait until tomorrow is planned and return it."""
    return eventually(lambda: (now := tour(city))["planning"]["state"] == "planned" and now)


def test_tours_are_searched_beside_the_core(city: RunningCity) -> None:
    order(city, "plan-tours", {"day": TOMORROW, "seconds": 1})
    (nord,) = planned(city)["tours"]
    assert sorted(stop["job"]["id"] for stop in nord["stops"]) == [f"j-{number:06d}" for number in range(1, 9)]
    assert all(earlier["leave_at"] <= later["arrive_at"] for earlier, later in pairwise(nord["stops"]))
    # There and back along one street is the least anybody can drive.
    lons = [stop["job"]["position"][0] for stop in nord["stops"]]
    least_m = 2 * (max(lons) - min(lons)) * 111_195 * cos(radians(51.43))
    assert 0.99 * least_m <= nord["distance_m"] <= 1.02 * least_m


def test_a_search_that_died_with_the_core_begins_anew(city: RunningCity) -> None:
    order(city, "plan-tours", {"day": TOMORROW, "seconds": 2})
    assert city.kill("core")
    eventually(lambda: is_up(city))
    assert planned(city)["planning"]["left"] == []


def is_up(city: RunningCity) -> bool:
    """Tell whether the core answers again."""
    try:
        return bool(city.client.get("/api/health"))
    except Refused:
        return False


def page(city: RunningCity, path: str, form: dict[str, str] | None = None, lang: str = "en") -> tuple[int, str, str]:
    """Ask for a page as a browser without JavaScript and without a session: status, address in the end, text."""
    body = urlencode(form).encode() if form is not None else None
    headers = {"accept-language": lang, "content-type": "application/x-www-form-urlencoded"}
    request = urllib.request.Request(f"http://127.0.0.1:{city.port}{path}", body, headers)
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return answer.status, answer.url, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, path, error.read().decode()


def test_a_citizen_reports_a_lamp(city: RunningCity) -> None:
    """Find the pole by its label, report, see the job; the second report is known, and both pages say so."""
    assert "do-p000077" in page(city, "/report?label=77")[2]
    assert "do-p000077" in page(city, "/report?lon=6.75883&lat=51.43")[2], "among the three nearest"
    assert "We do not find" in page(city, "/report?label=999999")[2]
    status, address, text = page(city, "/report", {"lamp": "do-0000077", "what": "damage"})
    assert (status, "We have opened a work order" in text) == (200, True), text
    assert "Wir haben einen Arbeitsauftrag angelegt" in page(city, address.removeprefix(base(city)), lang="de")[2]
    again = page(city, "/report", {"lamp": "do-0000077", "what": "damage"})[2]
    assert "We know already" in again
    assert "reported before today" in again


def base(city: RunningCity) -> str:
    """Return the city's address."""
    return f"http://127.0.0.1:{city.port}"


def test_bad_reports_are_told_what_is_missing(city: RunningCity) -> None:
    assert page(city, "/report", {"lamp": "do-0000077"})[0] == 422
    assert page(city, "/report", {"lamp": "do-x", "what": "dark"})[0] == 404
    assert page(city, "/report/r-nothing")[0] == 404
    assert page(city, "/report?lon=x&lat=999")[0] == 200
    assert page(city, "/report", {"lamp": "x" * 20_000})[0] == 413


def test_the_public_may_only_report_by_the_page(city: RunningCity) -> None:
    """The API's commands and lists stay closed: the page takes so many reports a minute and no more."""
    assert page(city, "/api/lighting/reports")[0] == 401
    assert page(city, "/api/commands/lighting.report-lamp", {})[0] == 401
    many = [page(city, "/report", {"lamp": "do-0000077", "what": "dark"})[0] for _ in range(70)]
    assert 429 in many
    assert many.index(429) >= 50


def upload(city: RunningCity, job: str, body: bytes, *, key: str = "", may: bool = True) -> int:
    """Send a photo as the crew's page does and return the status."""
    headers = {"content-type": "image/jpeg", **({"idempotency-key": key} if key else {})}
    headers |= {"authorization": f"Bearer {city.key}"} if may else {}
    request = urllib.request.Request(f"{base(city)}/crew/jobs/{job}/photos", body, headers)
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return int(error.code)


def test_photos_at_the_door(city: RunningCity) -> None:
    """The same key again is the same photo; strangers, other jobs and what is no photo are refused; the hash is journaled."""
    written = BytesIO()
    Image.new("RGB", (60, 40), (1, 2, 3)).save(written, "PNG")
    key = "0197a000-0000-7000-8000-000000000001"
    assert [upload(city, "j-000001", written.getvalue(), key=key) for _ in range(2)] == [202, 202]
    assert upload(city, "j-000001", b"no photo") == 415
    assert upload(city, "j-009999", written.getvalue()) == 404
    assert upload(city, "j-000001", written.getvalue(), may=False) == 401
    (name,) = city.client.get("/api/lighting/jobs/j-000001")["photos"]
    lying = [path for path in (city.data / "photos").rglob("*") if path.is_file()]
    assert [path.stem for path in lying] == [name]
    assert hashlib.sha256(lying[0].read_bytes()).hexdigest() == name


def test_crew_pages_are_for_those_who_are_signed_in(city: RunningCity) -> None:
    assert page(city, "/crew/")[1].endswith("/sign-in")
    assert page(city, "/crew/nord")[1].endswith("/sign-in")
    assert page(city, f"/crew/photos/{'0' * 64}")[0] == 401
