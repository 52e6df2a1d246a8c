"""The doctor: each fault is planted for real in the data folder of a city that ran, and must be found and named."""

from __future__ import annotations

import fcntl
import json
import os
import re
import shutil
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from path.running import ROOT, RunningCity, eventually, free_port
from path.small_city import write_small_city
from stadtwerk.app.doctor import CHECKS, examine, files, kept, language, machine, processes, words_de, words_en
from stadtwerk.app.doctor.case import Case, take_case
from stadtwerk.app.doctor.finding import Finding
from stadtwerk.stores.sqlite.checkup import QUICK_BYTES

VENDOR = ROOT / ".cache" / "vendor"
DAY_S = 86_400


@pytest.fixture(scope="module")
def rested(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A city that ran, was commanded, and rests."""
    folder = tmp_path_factory.mktemp("rested")
    city = write_small_city(folder / "city", 5)
    (city / "map.pmtiles").write_bytes(b"")
    with RunningCity(city, folder / "data") as running:
        until = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
        body = {"target": {"lamp": "do-0000001"}, "level_percent": 40, "until": until}
        assert running.client.post("/api/commands/lighting.set-level?wait=25", body)["state"] == "confirmed"
    return folder


@pytest.fixture
def data(rested: Path, tmp_path: Path) -> Path:
    """A copy of its data folder, with a city folder of its own and a free port, to be spoilt."""
    shutil.copytree(rested, tmp_path, dirs_exist_ok=True)
    note(tmp_path / "data", city=str(tmp_path / "city"), port=free_port())
    return tmp_path / "data"


def note(data: Path, **changes: Any) -> None:
    path = data / "run" / "core.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))


def found(check: Callable[[Case], Any], case: Case) -> dict[str, str]:
    """Run one check; return level by code."""
    told = check(case)
    return {one.code: one.level for one in ([told] if isinstance(told, Finding) else told)}


def change(path: Path, sql: str, *values: object) -> None:
    with sqlite3.connect(path) as db:
        db.execute(sql, values)
    db.close()


def test_a_city_that_rests_is_well(data: Path) -> None:
    told = {one.code: one.level for one in examine(data, deep=True).findings if one.check != "logs"}
    known = {"contact.default", "memory.low"}
    assert {code for code, level in told.items() if level != "ok"} <= known
    assert {"lock.free", "journal.whole", "databases.ok", "city.ok", "secrets.ok", "release.ok"} <= set(told)


def test_a_folder_that_never_ran_is_told_so(tmp_path: Path) -> None:
    report = examine(tmp_path / "nothing")
    assert {"lock.new": "ok"}.items() <= {one.code: one.level for one in report.findings}.items()
    assert report.worst != "error"


def test_an_old_python_and_a_strange_platform(data: Path) -> None:
    case = take_case(data, VENDOR)
    assert machine.python(case, version=(3, 10)).code == "python.old"
    assert machine.python(case, system="darwin").code == "python.platform"


def test_a_disk_that_fills_up(data: Path) -> None:
    os.utime(data / "run" / "mqtt.json", (time.time() - 3 * DAY_S,) * 2)
    with (data / "lake.parquet").open("wb") as file:
        file.truncate(4_000_000_000_000)  # a file with holes: it takes no room, but counts as grown within three days
    assert found(machine.disk, take_case(data, VENDOR)) == {"disk.out": "error"}


def test_a_disk_without_room(data: Path) -> None:
    case = take_case(data, VENDOR)
    assert machine.disk(case, free_bytes=1_000_000_000).code == "disk.low"
    assert machine.disk(case, free_bytes=100_000_000).code == "disk.out"


@pytest.mark.parametrize(
    ("free_kb", "code"), [(4_000_000, "memory.ok"), (400_000, "memory.low"), (100_000, "memory.out")]
)
def test_memory_that_runs_out(data: Path, tmp_path: Path, free_kb: int, code: str) -> None:
    (tmp_path / "meminfo").write_text(f"MemTotal: 8000000 kB\nMemAvailable: {free_kb} kB\n")
    assert next(machine.memory(take_case(data, VENDOR), meminfo=tmp_path / "meminfo")).code == code


def test_a_clock_that_went_back(data: Path) -> None:
    os.utime(data / "telemetry.db", (time.time() + DAY_S,) * 2)
    assert found(machine.clock, take_case(data, VENDOR)) == {"clock.behind": "error"}


def test_processes_left_behind(data: Path) -> None:
    with (data / "run" / "crew.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_SH)
        assert found(processes.lock, take_case(data, VENDOR)) == {"lock.leftovers": "warning"}


def test_a_port_that_somebody_else_took(data: Path) -> None:
    with socket.create_server(("127.0.0.1", take_case(data, VENDOR).port + 1)):
        told = processes.ports(take_case(data, VENDOR))
    assert told.code == "ports.taken"
    assert str(os.getpid()) in told.facts["who"]


@pytest.fixture
def held(data: Path) -> Iterator[Case]:
    """The folder held as by a supervisor whose core does not answer."""
    with (data / "run" / "lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield take_case(data, VENDOR)


def test_a_city_that_runs_but_does_not_answer(held: Case) -> None:
    assert held.running
    assert found(processes.ports, held) == {"ports.silent": "error"}
    assert found(processes.broker, held) == {"broker.silent": "error"}
    assert found(processes.core, held) == {"core.silent": "error"}
    assert found(processes.processes, held) == {"processes.gone": "error"}


@pytest.mark.parametrize(("restarts", "level"), [(0, "ok"), (1, "warning"), (9, "error")])
def test_processes_that_were_restarted(held: Case, restarts: int, level: str) -> None:
    (held.run / "pids.json").write_text(json.dumps({"core": os.getpid()}))
    (held.run / "restarts.json").write_text(json.dumps({"core": restarts, "twin": 0}))
    assert list(found(processes.processes, held).values()) == [level]


def test_which_broker_it_is(held: Case, tmp_path: Path) -> None:
    program = tmp_path / "mosquitto"
    program.symlink_to(shutil.which("sleep") or "")
    children = [subprocess.Popen([name, "30"]) for name in (program, "sleep")]
    try:
        with socket.create_server(("127.0.0.1", held.port + 1)):
            for child, code in zip(children, ("broker.ok", "broker.amqtt"), strict=True):
                (held.run / "pids.json").write_text(json.dumps({"broker": child.pid}))
                eventually(lambda code=code: found(processes.broker, held).get(code))
    finally:
        for child in children:
            child.kill()
            child.wait()


def healthy(case: Case, **health: Any) -> Case:
    return Case(
        case.data, running=True, health={"lamps": 100, "silent": 0, "loop_lag_s": 0.001, "reasons": [], **health}
    )


def test_a_core_that_is_held_up_or_near_a_limit(held: Case) -> None:
    near = {"status": "degraded", "about": "inbox_rows", "detail": "350,000 of 400,000 rows"}
    assert found(processes.core, healthy(held)) == {"core.ok": "ok"}
    assert found(processes.core, healthy(held, loop_lag_s=2.0)) == {"core.lag": "warning"}
    assert found(processes.core, healthy(held, reasons=[near])) == {"core.ok": "ok", "limits.near": "warning"}


@pytest.mark.parametrize(("silent", "level"), [(0, "ok"), (6, "warning"), (51, "error")])
def test_lamps_that_are_silent(held: Case, silent: int, level: str) -> None:
    assert list(found(processes.lamps, healthy(held, silent=silent)).values()) == [level]


def test_a_damaged_database(data: Path) -> None:
    path = data / "decisions.db"
    db = sqlite3.connect(path)
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    db.close()
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(os.urandom(path.stat().st_size - 4096))
    case = take_case(data, VENDOR)
    assert found(kept.databases, case)["databases.broken"] == "error"
    assert examine(data).exit_code == 2, "what lies in a damaged file stops no other check"


def test_databases_that_are_gone(data: Path) -> None:
    for path in data.glob("*.db*"):
        path.unlink()
    assert found(kept.databases, take_case(data, VENDOR))["databases.away"] == "error"


def test_a_write_ahead_log_that_grows(data: Path) -> None:
    with (data / "telemetry.db-wal").open("wb") as file:
        file.truncate(200_000_000)
    assert found(kept.databases, take_case(data, VENDOR))["databases.wal"] == "warning"


def test_a_large_database_is_opened_only(data: Path) -> None:
    with (data / "big.db").open("wb") as file:
        file.truncate(QUICK_BYTES + 4096)
    assert "databases.broken" in found(kept.databases, take_case(data, VENDOR))


@pytest.mark.parametrize("deep", [False, True])
def test_a_journal_that_was_changed(data: Path, *, deep: bool) -> None:
    case = take_case(data, VENDOR, deep=deep)
    assert set(found(kept.journal, case)) == {"journal.whole" if deep else "journal.ok"}
    change(data / "decisions.db", "UPDATE journal SET actor='somebody' WHERE seq=2")
    assert found(kept.journal, case) == {"journal.chain" if deep else "journal.broken": "error"}


def test_what_is_stored_is_not_what_the_journal_tells(data: Path) -> None:
    change(data / "decisions.db", "UPDATE command SET open=1, outcome=x'00'")
    assert found(kept.journal, take_case(data, VENDOR, deep=True)) == {"journal.unequal": "error"}


def test_messages_set_aside(data: Path) -> None:
    now_us = time.time_ns() // 1000
    change(data / "telemetry.db", "INSERT INTO quarantine VALUES ('topic', 12, ?, x'00')", now_us - 2 * 3_600_000_000)
    assert found(kept.quarantine, take_case(data, VENDOR)) == {"quarantine.ok": "ok"}
    change(data / "telemetry.db", "INSERT INTO quarantine VALUES ('replayed-frame', 9, ?, x'00')", now_us)
    assert found(kept.quarantine, take_case(data, VENDOR)) == {"quarantine.ok": "ok"}, "radio repeats itself"
    change(data / "telemetry.db", "INSERT INTO quarantine VALUES ('unknown-device', 3, ?, x'00')", now_us)
    assert found(kept.quarantine, take_case(data, VENDOR)) == {"quarantine.growing": "warning"}


def test_observations_that_nobody_archives(data: Path) -> None:
    assert found(kept.history, take_case(data, VENDOR)) == {"history.ok": "ok"}
    row = (1 << 40, "Streetlight", kept.WAITING_MANY_ROWS + 1, "", b"")
    change(data / "telemetry.db", "INSERT INTO tail (seq, type, n, names, body) VALUES (?, ?, ?, ?, ?)", *row)
    assert found(kept.history, take_case(data, VENDOR)) == {"history.behind": "warning"}


def test_a_folder_that_knows_a_future(data: Path) -> None:
    future_us = time.time_ns() // 1000 + 3_600_000_000
    change(data / "decisions.db", "UPDATE meta SET value=? WHERE name='city_now_us'", str(future_us))
    assert found(kept.time, take_case(data, VENDOR)) == {"time.future": "error"}
    change(data / "decisions.db", "INSERT OR REPLACE INTO meta VALUES ('time', 'simulated')")
    assert found(kept.time, take_case(data, VENDOR)) == {"time.simulated": "ok"}


@pytest.mark.parametrize("name", ["key", "mqtt.json"])
def test_a_secret_that_others_can_read(data: Path, name: str) -> None:
    (data / "run" / name).chmod(0o644)
    assert found(kept.secrets, take_case(data, VENDOR)) == {"secrets.open": "error"}


def test_every_secret_the_city_makes_is_watched(data: Path) -> None:
    """What only its owner may read when the city made it, is what the doctor looks at."""
    closed = {path for path in data.rglob("*") if path.is_file() and not path.stat().st_mode & 0o077}
    for path in closed:
        path.chmod(0o644)
    told = {finding.facts["file"].name for finding in kept.secrets(take_case(data, VENDOR))}
    assert {path.name for path in closed} <= told


def test_a_folder_of_a_newer_release(data: Path) -> None:
    note(data, release="99.0.0")
    assert found(kept.release, take_case(data, VENDOR)) == {"release.newer": "error"}


def test_a_city_folder_that_is_not_whole(data: Path) -> None:
    city = data.parent / "city"
    (city / "map.pmtiles").unlink()
    assert found(files.city, take_case(data, VENDOR)) == {"city.no-map": "warning"}
    text = (city / "lamps.csv").read_text()
    (city / "lamps.csv").write_text(text.replace("000000000000a001", "000000000000afff"))
    assert found(files.city, take_case(data, VENDOR)) == {"city.other": "error"}
    (city / "lamps.csv").write_text(text.replace("6.0,30.0", "six,30.0"))
    assert found(files.city, take_case(data, VENDOR)) == {"city.broken": "error"}
    (city / "circuits.csv").unlink()
    assert found(files.city, take_case(data, VENDOR)) == {"city.incomplete": "error"}


def test_a_city_folder_of_a_newer_form(data: Path) -> None:
    path = data.parent / "city" / "city.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "format": 99}))
    assert found(files.city, take_case(data, VENDOR)) == {"city.newer": "error"}


def test_browser_libraries_that_are_missing_or_altered(data: Path, tmp_path: Path) -> None:
    assert found(files.vendor, take_case(data, tmp_path / "none")) == {"vendor.missing": "error"}
    if VENDOR.exists():
        shutil.copytree(VENDOR, tmp_path / "vendor")
        (tmp_path / "vendor" / "lit" / ".verified").write_text("other")
        told = files.vendor(take_case(data, tmp_path / "vendor"))
        assert (told.code, told.facts["names"]) == ("vendor.missing", "lit")


def log(data: Path, level: str, event: str, *, ago_s: float = 0) -> None:
    at = (datetime.now(UTC) - timedelta(seconds=ago_s)).isoformat()[:26] + "Z"
    with (data / "run" / "core.log").open("a") as file:
        file.write(json.dumps({"timestamp": at, "level": level, "event": event, "process": "core"}) + "\n")


def test_warnings_of_the_last_hour(data: Path) -> None:
    for path in (data / "run").glob("*.log"):
        path.unlink()
    log(data, "warning", "long ago", ago_s=7200)
    log(data, "info", "nothing")
    assert found(files.logs, take_case(data, VENDOR)) == {"logs.quiet": "ok"}
    for seconds in range(3):
        log(data, "warning", f"broker not reached, again in {seconds}.5 s")
    (told,) = files.logs(take_case(data, VENDOR))
    assert told.facts["kinds"] == "3× core: broker not reached, again in … s"


def test_why_the_city_does_not_start(data: Path) -> None:
    """A refused start is told with the city's own words, until a start succeeded."""
    argv = [
        sys.executable,
        "-m",
        "stadtwerk",
        "up",
        "--city",
        str(data.parent / "city"),
        "--data",
        str(data),
        "--no-browser",
    ]
    port = free_port()
    (data.parent / "city" / "lamps.csv").write_text("id\n")
    done = subprocess.run(
        [*argv, "--port", str(port)],
        env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode != 0
    told = {one.code: one.words("en")[0] for one in files.logs(take_case(data, VENDOR))}
    assert "not a city" in told["logs.refused"]


def test_a_check_that_stumbles_stops_no_other(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (data / "run" / "mqtt.json").unlink()
    (data / "run" / "pids.json").write_text("[]")
    shutil.rmtree(data.parent / "city")
    report = examine(data)
    assert {one.check for one in report.findings} >= {"python", "journal", "vendor", "logs"}
    assert report.exit_code == 2


def test_both_languages_say_the_same_things() -> None:
    assert words_de.WORDS.keys() == words_en.WORDS.keys()
    for code, words in words_en.WORDS.items():
        fields = [sorted(re.findall(r"{(\w+)}", text)) for text in (words, words_de.WORDS[code])]
        assert fields[0] == fields[1], code
        assert (" -> " in words) == (" -> " in words_de.WORDS[code]), code
    said = "".join(
        path.read_text() for path in (ROOT / "src/stadtwerk/app/doctor").glob("*.py") if "words" not in path.name
    )
    assert [code for code in words_en.WORDS if f'"{code}"' not in said] == []
    assert len(CHECKS) == 21


@pytest.mark.parametrize(
    ("environment", "lang"),
    [({"LANG": "de_DE.UTF-8"}, "de"), ({"LANG": "en_GB"}, "en"), ({}, "en"), ({"LANG": "de_DE", "LC_ALL": "C"}, "en")],
)
def test_the_environment_chooses_the_language(environment: dict[str, str], lang: str) -> None:
    assert language(environment) == lang


def test_the_command_line_ends_with_the_worst(data: Path) -> None:
    argv = [sys.executable, "-m", "stadtwerk", "doctor", "--data", str(data)]
    env = {**os.environ, "PYTHONPATH": str(ROOT / "src"), "STADTWERK_VENDOR": str(VENDOR), "LANG": "de_DE.UTF-8"}
    (data / "run" / "key").chmod(0o644)
    done = subprocess.run(argv, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "✗ secrets      run/key ist für andere lesbar" in done.stdout
    told = json.loads(
        subprocess.run([*argv, "--json", "--lang", "en"], env=env, capture_output=True, text=True, check=False).stdout
    )
    assert told["status"] == "error"
    wrong = next(one for one in told["findings"] if one["level"] == "error")
    assert wrong["advice"] == f"chmod 600 {data / 'run' / 'key'}"
