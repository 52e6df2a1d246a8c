"""Logs: written as JSON lines without secrets, read back merged, whatever wrote them."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from stadtwerk import logs
from stadtwerk.logs.read import Line, chosen, follow, lines, parse
from stadtwerk.logs.secret import blank

ROOT = Path(__file__).parents[2]


@pytest.fixture
def written(tmp_path: Path) -> Iterator[Path]:
    """Write to a file inside the test."""
    path = tmp_path / "core.log"
    with logs.to_file("core", path):
        yield path


def told(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_a_line_has_time_level_event_process_and_what_it_belongs_to(written: Path) -> None:
    with logs.bound(command_id="01a2"):
        logging.getLogger("stadtwerk.x").info("command %s", "sent", extra={"targets": 7})
    logging.getLogger("stadtwerk.x").info("after")
    first, second = told(written)
    assert first.pop("timestamp").endswith("Z")  # type: ignore[attr-defined]
    assert first == {
        "level": "info",
        "event": "command sent",
        "process": "core",
        "logger": "stadtwerk.x",
        "command_id": "01a2",
        "targets": 7,
    }
    assert "command_id" not in second


def test_a_fault_is_one_line_with_its_traceback(written: Path) -> None:
    try:
        int("broken")
    except ValueError:
        logging.getLogger("x").exception("failed")
    (line,) = told(written)
    assert "invalid literal for int() with base 10: 'broken'" in str(line["exception"])


@pytest.mark.parametrize(
    "text",
    [
        "GET /sign-in?token=SECRETsecret1",
        "Authorization: Bearer SECRETsecret1",
        "Basic SECRETsecret1==",
        '{"password": "SECRETsecret1"}',
        "stadtwerk_session=SECRETsecret1",
        "postgresql://city:SECRETsecret1@db/city",
    ],
)
def test_secrets_are_blanked(text: str, written: Path) -> None:
    assert "SECRETsecret1" not in blank(text)
    logging.getLogger("x").warning(text)
    logging.getLogger("x").warning("hello", extra={"authorization": "SECRETsecret1", "token": "SECRETsecret1"})
    assert "SECRETsecret1" not in written.read_text()


def test_ordinary_words_stay() -> None:
    for text in (
        "the password of platform is wrong",
        "token 1234 was answered",
        "session ended",
        "commit failed, stopping",
    ):
        assert blank(text) == text


def test_a_process_that_ends_by_a_fault_says_so_in_json() -> None:
    script = "from stadtwerk import logs; logs.begin('core'); raise ValueError('broken')"
    env = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    done = subprocess.run([sys.executable, "-c", script], env=env, capture_output=True, text=True, check=False)
    line = json.loads(done.stderr)
    assert (line["level"], line["process"]) == ("critical", "core")
    assert "ValueError: broken" in line["exception"]


def put(run: Path, name: str, *entries: dict[str, object] | str) -> None:
    text = "".join((entry if isinstance(entry, str) else json.dumps(entry)) + "\n" for entry in entries)
    (run / name).write_text(text)


def entry(second: int, event: str, **more: object) -> dict[str, object]:
    return {"timestamp": f"2026-11-24T12:00:{second:02d}.000000Z", "level": "info", "event": event, **more}


def test_lines_of_all_processes_are_merged_by_time(tmp_path: Path) -> None:
    put(tmp_path, "core.old.log", entry(1, "one"))
    put(tmp_path, "core.log", entry(4, "four"), entry(6, "six"))
    put(tmp_path, "twin.log", entry(3, "three"), "Traceback: raw words", entry(5, "five"))
    assert [line.event for line in lines(tmp_path)] == ["one", "three", "Traceback: raw words", "four", "five", "six"]


def test_foreign_lines_are_read() -> None:
    line = parse("1790000000: Error: Address already in use", "broker", "")
    assert line == Line("2026-09-21T14:13:20.000000Z", "broker", "error", "Error: Address already in use")
    assert parse("{broken json", "core", "x").at == "x"


def test_a_commands_story_includes_its_requests(tmp_path: Path) -> None:
    put(
        tmp_path,
        "core.log",
        entry(1, "command requested", command_id="A"),
        entry(2, "other", command_id="B"),
        entry(3, "request answered", command_id="A", request_id="r1"),
        entry(4, "slow", request_id="r1", level="warning"),
        entry(5, "unrelated", request_id="r2"),
    )
    story = [line.event for line in chosen(lines(tmp_path), command="A")]
    assert story == ["command requested", "request answered", "slow"]
    assert [line.event for line in chosen(lines(tmp_path), level="warning")] == ["slow"]
    assert not list(chosen(lines(tmp_path), process="twin"))


def test_a_line_reads_well() -> None:
    line = Line("2026-11-24T12:00:01.123456Z", "core", "error", "failed", {"command_id": "A"}, "Traceback\nValueError")
    assert (
        line.words()
        == "2026-11-24T12:00:01.123 core       error    failed  command_id=A\n    Traceback\n    ValueError"
    )


def test_following_goes_on_where_a_log_is_put_aside(tmp_path: Path) -> None:
    put(tmp_path, "core.log", entry(1, "before"))
    steps = iter(
        (
            lambda: put(tmp_path, "core.log", entry(1, "before"), entry(2, "second")),
            lambda: put(tmp_path, "core.log", entry(3, "new")),
        )
    )
    stream = follow(tmp_path, lambda: next(steps)())  # noqa: PLW0108 - each pause writes something else
    assert next(stream).event == "second"
    assert next(stream).event == "new"
