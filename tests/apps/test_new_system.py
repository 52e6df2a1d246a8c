"""docs/new-system.md as it is written: a system is made, filled in, checked, lives in a city through kills, and goes again."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

from apps.browser import turn_to, until, until_ready, violations
from apps.conftest import sign_in, token_of
from house.example import copy_tree, cpu_s, fill_in
from path.running import RunningCity, eventually
from path.small_city import write_small_city
from stadtwerk.kernel.refusal import Refused

BIN = Path(sys.executable).parent
OPERATIONS = 5
"""Three commands and two questions."""
CONFIG = """
# A moment that is not yet, or was before the first record, fits the schema; the city answers 422.
[checks.positive_data_acceptance]
expected-statuses = ["2xx", "404", "409", "422"]
"""


def run(tree: Path, *argv: str | Path) -> str:
    """Run a program in a tree; return what it said."""
    environment = {**os.environ, "PYTHONPATH": str(tree / "src"), "COLUMNS": "200"}
    done = subprocess.run(argv, cwd=tree, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{argv}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
    return done.stdout


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the repository with the system of the page, filled in."""
    tree = copy_tree(tmp_path_factory.mktemp("example") / "stadtwerk")
    began_s = cpu_s()
    run(tree, sys.executable, "tools/new.py", "system", "waste", "--thing", "container")
    assert cpu_s() - began_s < 2
    fill_in(tree)
    run(tree, sys.executable, "tools/new.py", "tables")
    return tree


@pytest.fixture
def city(tree: Path, tmp_path: Path, libraries: Path) -> Iterator[RunningCity]:
    """A village with waste collection, without its lamps' world."""
    village = write_small_city(tmp_path / "city", 20)
    with RunningCity(village, tmp_path / "data", "--no-twin", root=tree, vendor=libraries) as running:
        yield running


@pytest.mark.slow
def test_the_checks_hold(tree: Path) -> None:
    """Linter, formatter, types, imports, census, house rules, validator and its own tests find nothing."""
    ours = ["src/stadtwerk/systems/waste", "src/stadtwerk/vocab/waste.py", "src/stadtwerk/app/systems.py"]
    run(tree, BIN / "ruff", "check", *ours, "tests/systems/waste")
    run(tree, BIN / "ruff", "format", "--check", *ours, "tests/systems/waste")
    run(tree, BIN / "mypy", *ours)
    run(tree, BIN / "lint-imports", "--no-cache")
    for tool in ("census", "rules", "validator"):
        run(tree, sys.executable, f"tools/{tool}.py")
    run(tree, BIN / "pytest", "-q", "tests/systems")
    run(tree, BIN / "pytest", "-q", "tests/path/test_tutorial.py", "-k", "readme")


@pytest.mark.slow
def test_the_system_lives_in_a_city(city: RunningCity, tree: Path, browser: Browser, libraries: Path) -> None:
    """Commands of the command line are kept through kills; everybody sees the container; a judge asks each operation."""
    cli = (sys.executable, "-m", "stadtwerk")
    data = ("--data", str(city.data))
    said = run(tree, *cli, "send", "waste.place-container", "id=c-17", "lon=6.7616", "lat=51.4344", *data)
    assert '"state": "confirmed"' in said
    with pytest.raises(Refused, match="stands already"):
        city.client.post("/api/commands/waste.place-container", {"id": "c-17", "lon": 6.7, "lat": 51.4})
    city.client.post("/api/commands/waste.empty-container", {"id": "c-17"})
    before = city.client.get("/api/waste/containers")
    city.kill("core")
    assert eventually(lambda: _asked(city, "/api/waste/containers")) == before
    city.kill_all()
    assert city.client.get("/api/waste/containers") == before
    assert "c-17" in run(tree, *cli, "ask", "waste/containers", *data)
    (entity,) = city.client.get("/ngsi-ld/v1/entities?type=WasteContainer&options=keyValues")
    assert entity["id"] == "urn:ngsi-ld:WasteContainer:c-17"
    assert entity["dateLastEmptying"] == before["containers"][0]["emptied_at"]
    _seen(city, browser, libraries)
    assert _judged(city) == OPERATIONS
    assert '"equal": true' in run(tree, *cli, "verify", *data)


def _asked(city: RunningCity, path: str) -> Any:
    try:
        return city.client.get(path)
    except Refused:
        return None


def _seen(city: RunningCity, browser: Browser, libraries: Path) -> None:
    """The screen shows the container, places one by keyboard, puts both on the map; axe finds nothing."""
    base = f"http://127.0.0.1:{city.port}"
    state = sign_in(browser, base, token_of(city))
    for theme, locale in (("dark", "de-DE"), ("light", "en-GB")):
        context = browser.new_context(storage_state=state, locale=locale, color_scheme=theme)
        page, faults = context.new_page(), []
        page.on("pageerror", lambda error, faults=faults: faults.append(str(error)))
        page.goto(f"{base}/")
        until_ready(page)
        turn_to(page, "#/waste/c-17")
        until(page, "document.querySelector('cr-waste .rows')")
        page.fill("#waste-id", f"typed-{theme}")
        page.fill("#waste-lon", "6.765")
        page.fill("#waste-lat", "51.43")
        page.keyboard.press("Enter")
        until(page, f"document.querySelector('cr-waste').innerText.includes('typed-{theme}')")
        until(page, "document.querySelector('cr-map').city.map.querySourceFeatures('things').length >= 2")
        assert ("Abfall" if locale == "de-DE" else "Waste") in page.text_content("nav.screens")
        assert not violations(page, libraries / "axe-core" / "axe.min.js", part="#panel")
        words = page.evaluate("import('/systems/waste/panel/waste.js').then(({ words }) => words)")
        assert words["de"].keys() == words["en"].keys()
        assert not faults
        context.close()


def _judged(city: RunningCity) -> int:
    """Let schemathesis ask the system's operations; return how many it found nothing in."""
    report = city.data / "report.xml"
    (city.data / "schemathesis.toml").write_text(CONFIG)
    argv = [BIN / "schemathesis", "run", f"http://127.0.0.1:{city.port}/openapi.json", "--include-path-regex", "waste"]
    argv += ["--header", f"Authorization: Bearer {city.key}", "--max-examples", "25", "--seed", "1", "--no-color"]
    argv += ["--report", "junit", "--report-junit-path", str(report)]
    done = subprocess.run(argv, cwd=city.data, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-4000:]
    cases = ET.parse(report).getroot().findall(".//testcase")  # noqa: S314 - a report we had written ourselves
    return sum("waste" in str(case.get("name")) for case in cases)


@pytest.mark.slow
def test_a_city_goes_on_without_the_system(city: RunningCity, tree: Path, tmp_path: Path, libraries: Path) -> None:
    """Its folder and its line are gone; the data folder that knows it starts, and verifies, all the same."""
    city.client.post("/api/commands/waste.place-container", {"id": "c-17", "lon": 6.7616, "lat": 51.4344})
    city.process.terminate()
    city.process.wait(20)
    without = copy_tree(tmp_path / "without")
    village = tmp_path / "city"
    with RunningCity(village, city.data, "--no-twin", root=without, vendor=libraries) as running:
        assert [command["kind"] for command in running.client.get("/api/commands")["commands"]] == [
            "waste.place-container"
        ]
        assert "waste" not in {system["name"] for system in running.client.get("/api/systems")["systems"]}
        assert '"equal": true' in run(without, sys.executable, "-m", "stadtwerk", "verify", "--data", str(city.data))
    shutil.rmtree(without)
