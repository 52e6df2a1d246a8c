"""Schemathesis, a judge of others, asks every operation of the running core what its own description allows."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from judges import record_junit
from path.running import RunningCity
from path.small_city import write_small_city

EXAMPLES = 25
CONFIG = """
# A time in the past, an area whose lines cross, a name where none may stand fit the schema, which cannot say them: 422.
# An id used for another command is 409.
[[operations]]
include-path-regex = "^/api/(commands|people)/"
[operations.checks.positive_data_acceptance]
expected-statuses = ["2xx", "404", "409", "422"]

# A rule may fit the schema and never happen, and its command may be one that its own system refuses: 422.
[[operations]]
include-path-regex = "^/api/(commands/)?(schedule|react)"
[operations.checks.positive_data_acceptance]
expected-statuses = ["2xx", "404", "409", "422"]
"""
CONFIG += """
# An instant outside the record fits the schema of a question; the city answers 422, 404 for what was not there then.
[[operations]]
include-path-regex = '^/api/(?!commands/[a-z-]+[.])'
[operations.checks.positive_data_acceptance]
expected-statuses = ["2xx", "404", "422"]
"""
NGSI_LD = Path(__file__).parents[1] / "doors" / "schemathesis-ngsild.toml"


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningCity]:
    """A village of twenty lamps."""
    folder = tmp_path_factory.mktemp("openapi")
    with RunningCity(write_small_city(folder / "city", 20), folder / "data", "--no-twin") as running:
        yield running


@pytest.mark.judge("schemathesis")
def test_schemathesis_finds_nothing(
    city: RunningCity, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    """All checks on all operations: no failure."""
    program = str(Path(sys.executable).parent / "schemathesis")
    base = f"http://127.0.0.1:{city.port}"
    (tmp_path / "schemathesis.toml").write_text(CONFIG + NGSI_LD.read_text())
    hooks = Path(__file__).parents[1] / "schemathesis_hooks.py"
    argv = [program, "run", f"{base}/openapi.json", "--header", f"Authorization: Bearer {city.key}"]
    argv += ["--max-examples", str(EXAMPLES), "--seed", "1", "--workers", "1", "--no-color"]
    argv += ["--report", "junit", "--report-junit-path", str(tmp_path / "report.xml")]
    env = {**os.environ, "SCHEMATHESIS_HOOKS": str(hooks)}
    done = subprocess.run(argv, capture_output=True, text=True, timeout=900, cwd=tmp_path, env=env, check=False)
    record_junit(record_property, tmp_path / "report.xml")
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
