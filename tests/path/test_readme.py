"""A newcomer's walk: every command of the README is run as it is written, in a copy of the repository as git gives it."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import osmium
import pytest

from cities.osm.tiny import osm_xml
from path.running import ROOT, eventually, free_port
from rules import repository

BLOCK = re.compile(r"^```sh\n(.*?)^```$", re.DOTALL | re.MULTILINE)
BOOT_S = 240
NOT_WALKED = {
    "git clone <this repository> stadtwerk && cd stadtwerk": "the copy stands for it",
    "./dev check": "the suite that runs this test",
}
"""Lines of the README that the walk does not run, with the reason."""


def commands() -> list[str]:
    """Return the README's commands line by line, without their remarks."""
    blocks = BLOCK.findall((ROOT / "README.md").read_text(encoding="utf-8"))
    lines = [re.sub(r"\s+#.*", "", line) for block in blocks for line in block.splitlines()]
    return [line for line in lines if line.strip()]


class Clone:
    """A fresh copy of what git would give, with what was installed and made before, and a port of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port = folder, free_port()
        for name in repository(ROOT):
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, target)
        # How long the first start takes without these is measured by bench/boot.py.
        (folder / "var").mkdir()
        for name in (".venv", ".tools", ".cache", "var/cities"):
            if (ROOT / name).exists():
                (folder / name).symlink_to(ROOT / name)
        self.env = {name: value for name, value in os.environ.items() if not name.startswith(("STADTWERK", "PYTHON"))}

    def run(self, line: str) -> str:
        """Run a line as a newcomer types it, but on the walk's own port."""
        line = line.replace("127.0.0.1:8080", f"127.0.0.1:{self.port}")
        shell = ["sh", "-ec", line]
        done = subprocess.run(
            shell, cwd=self.folder, env=self.env, capture_output=True, text=True, timeout=180, check=False
        )
        assert done.returncode == 0, f"{line}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    @contextlib.contextmanager
    def up(self, line: str) -> Iterator[str]:
        """Boot a city with a line of the README, on the walk's own port; give the sign-in link."""
        argv = [*line.split(), "--port", str(self.port), "--no-browser"]
        with subprocess.Popen(argv, cwd=self.folder, env=self.env, stdout=subprocess.PIPE, text=True) as process:
            timer = threading.Timer(BOOT_S, process.kill)
            timer.start()
            try:
                links = (text.split()[1] for text in process.stdout or () if text.startswith("ready "))
                yield next(links)
            finally:
                timer.cancel()
                process.send_signal(signal.SIGTERM)


def extract(path: Path) -> None:
    """Write a small town as a newcomer would have downloaded it."""
    source = path.with_suffix(".xml")
    source.write_text(osm_xml())
    with osmium.SimpleWriter(str(path)) as writer:
        for thing in osmium.FileProcessor(str(source)):
            writer.add(thing)


def test_every_line_is_walked_or_says_why_not() -> None:
    """No command is left out in silence."""
    assert set(NOT_WALKED) <= set(commands())
    assert {line.split()[1] for line in commands() if line.startswith("./dev")} >= {
        "up",
        "check",
        "status",
        "lamps",
        "set",
    }


@pytest.mark.slow
def test_the_readme_works_as_written(tmp_path: Path) -> None:
    """Boot the whole city, look at it, command it, ask it; import an extract and boot that; see a doctor; leave."""
    clone = Clone(tmp_path / "stadtwerk")
    lines = [line for line in commands() if line not in NOT_WALKED]
    boots = [line for line in lines if line.startswith("./dev up")]
    imports = [line for line in lines if line.startswith("./dev import")]
    with clone.up(boots[0]) as link:
        assert f":{clone.port}/sign-in?token=" in link
        eventually(lambda: '"observed_rows": 0,' not in clone.run("./dev status"), timeout_s=90)
        for line in lines:
            if line not in (*boots, *imports):
                assert clone.run(line).strip(), f"{line} says nothing"
        assert "running" in clone.run("./dev doctor --lang en || [ $? = 1 ]")
        clone.run("./dev export left")
        assert (clone.folder / "left" / "entities.ngsild.jsonl").stat().st_size > 1_000_000
    extract(clone.folder / "my-city.osm.pbf")
    (clone.folder / "lamps.csv").write_text("id,lon,lat\n1,6.76,51.43\n2,6.7604,51.43\n")
    for line in imports:
        clone.run(line)
    with clone.up(boots[1]):
        assert clone.run("./dev status --data var/my-city").strip()
