"""What holds for all tests: where nothing may be missing, a skipped test is a failed one."""

from __future__ import annotations

import os
from collections.abc import Generator, Iterator
from typing import Any

import pytest
from hypothesis import settings

from stores.server import PostgresServer

STRICT = bool(os.environ.get("CI"))

# How long an example takes says how busy the machine is: pace is measured in `bench/`.
settings.register_profile("house", deadline=None)
settings.load_profile("house")


QUICK = ("path/test_bad_input.py", "path/test_path.py", "apps/test_operating.py")
"""Of tests of whole cities and of screens, those that every check runs; the others belong to `./dev check --all`."""


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """A real PostgreSQL server; each test takes a tenant of its own."""
    with PostgresServer() as server:
        yield server


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Screens come last: the browser's driver keeps an event loop running, in which no other test could start its own."""
    screens = {item.path for item in items if "browser" in getattr(item, "fixturenames", ())}
    items.sort(key=lambda item: item.path in screens)
    for item in items:
        of_city = item.path in screens or item.path.parent.name == "path"
        if of_city and not item.path.as_posix().endswith(QUICK):
            item.add_marker("slow")


def _fail_if_skipped(report: Any) -> None:
    if STRICT and report.skipped and not hasattr(report, "wasxfail"):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
        report.outcome = "failed"
        report.longrepr = f"skipped where nothing may be skipped: {reason}"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Turn the skip of a test into a failure under CI."""
    report = yield
    _fail_if_skipped(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """Turn the skip of a whole file into a failure under CI."""
    report = yield
    _fail_if_skipped(report)
    return report
