"""The path on PostgreSQL: the same city, the same behaviour; also after kill -9 of core and of a server process."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from path.running import ROOT, RunningCity, eventually
from path.small_city import write_small_city
from path.test_path import dim, lamp
from stadtwerk.app.rebuild import check_folder
from stadtwerk.kernel.refusal import Refused
from stores.server import PostgresServer

PASSWORD = "correct-horse-battery"


@pytest.fixture(scope="module")
def server() -> Iterator[PostgresServer]:
    """A server of our own: its processes are killed."""
    with PostgresServer() as mine:
        yield mine


@pytest.fixture(scope="module")
def city(server: PostgresServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningCity]:
    """A village of one lamp whose data are kept by the server, which the environment names, password and all."""
    folder = tmp_path_factory.mktemp("path")
    village = write_small_city(folder / "city", 1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("STADTWERK_STORE", server.url("dorf").replace("city@", f"city:{PASSWORD}@"))
        with RunningCity(village, folder / "data") as running:
            yield running


def test_a_lamp_is_dimmed_and_confirms(city: RunningCity) -> None:
    """The lamp reports, is commanded, confirms, and shows who asked for what; no database file is in the data folder."""
    command = dim(city, 40)
    assert (command["state"], command["confirmed"]) == ("confirmed", 1)
    assert lamp(city)["override"]["command"] == command["id"]
    assert not (city.data / "decisions.db").exists()
    assert not (city.data / "telemetry.db").exists()


def dimmed(city: RunningCity, percent: float) -> bool:
    """Dim the lamp; false while the core is away, or goes away meanwhile."""
    try:
        return bool(dim(city, percent)["state"] == "confirmed")
    except Refused:
        return False


@pytest.mark.parametrize(
    "victim", ["core", "writer", *(pytest.param(name, marks=pytest.mark.slow) for name in ("reader", "server"))]
)
def test_the_path_survives_a_kill(city: RunningCity, server: PostgresServer, victim: str) -> None:
    """After kill -9 of the core, of a process of the server, or of all of it, the lamp is dimmed and confirms again."""
    before = dim(city, 55)
    if victim == "core":
        city.kill("core")
    elif victim == "server":
        server.stop(signal.SIGQUIT)
        server.start()
    else:
        os.kill(server.backends(f"stadtwerk {victim} dorf")[0], signal.SIGKILL)
    assert eventually(lambda: dimmed(city, 70), timeout_s=90)
    assert lamp(city)["level_percent"] == 70
    assert city.client.get(f"/api/commands/{before['id']}")["state"] == "confirmed"
    report = check_folder(city.data, server.url("dorf"))
    assert (report["chain"], report["equal"]) == ("good", True)


def test_a_running_city_is_saved_and_brought_back(city: RunningCity, server: PostgresServer, tmp_path: Path) -> None:
    """Saved while it runs, brought back elsewhere on SQLite: it knows all it decided, and its lamps still obey."""
    before = dim(city, 33)
    new, saved, keys = tmp_path / "new", tmp_path / "saved.tar", tmp_path / "keys.tar"
    env = {**os.environ, "PYTHONPATH": str(ROOT / "src"), "STADTWERK_STORE": server.url("dorf")}
    for argv in (
        ["backup", str(saved), "--keys", str(keys), "--data", str(city.data)],
        ["restore", str(saved), "--keys", str(keys), "--data", str(new), "--store", "sqlite"],
    ):
        done = subprocess.run(
            [sys.executable, "-m", "stadtwerk", *argv], env=env, cwd=ROOT, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
    shutil.copytree(city.data / "twin", new / "twin")
    with RunningCity(new / "city", new, "--store", "sqlite") as again:
        assert eventually(lambda: dimmed(again, 66), timeout_s=60)
        assert lamp(again)["level_percent"] == 66
        assert again.client.get(f"/api/commands/{before['id']}")["state"] == "confirmed"
    report = check_folder(new)
    assert (report["chain"], report["equal"]) == ("good", True)


def test_a_second_city_is_refused(city: RunningCity, server: PostgresServer, tmp_path: Path) -> None:
    """Another city process on the same tenant is refused in words, and so is another store for the same data folder."""
    village = write_small_city(tmp_path / "city", 1)
    with pytest.raises(AssertionError, match="already runs on this database"):
        RunningCity(village, tmp_path / "data", "--store", server.url("dorf")).__enter__()
    with pytest.raises(AssertionError, match="kept elsewhere"):
        RunningCity(village, city.data, "--store", "sqlite").__enter__()


def test_the_password_is_nowhere(city: RunningCity) -> None:
    """Neither the data folder nor any command line tells the database's password."""
    files = [path for path in city.data.rglob("*") if path.is_file()]
    assert not [path for path in files if PASSWORD.encode() in path.read_bytes()]
    lines = [path.read_bytes() for path in Path("/proc").glob("[0-9]*/cmdline") if path.exists()]
    assert not [line for line in lines if PASSWORD.encode() in line]


def test_a_server_that_is_not_there(tmp_path: Path) -> None:
    """An address where nobody answers is refused at the start, in words."""
    village = write_small_city(tmp_path / "city", 1)
    with pytest.raises(AssertionError, match="does not answer"):
        RunningCity(village, tmp_path / "data", "--store", "postgresql://city@127.0.0.1:22599/x").__enter__()


def test_a_city_takes_over(city: RunningCity, server: PostgresServer, tmp_path: Path) -> None:
    """With --take-over another city becomes the writer; the first one ends, in words, and stays away."""
    village = write_small_city(tmp_path / "city", 1)
    decided = city.client.get("/api/health")["journal_seq"]
    with RunningCity(village, tmp_path / "data", "--store", server.url("dorf"), "--take-over") as other:
        assert city.process.wait(60) != 0
        assert city.process.stdout
        assert "took over" in city.process.stdout.read()
        assert other.client.get("/api/health")["journal_seq"] >= decided
