"""Runs robot in an environment of its own, with mock servers on ports of one's own."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from etsi_suite import CACHE, CORE_FILE, CORE_URL, HERE

NEEDS = (
    "robotframework==7.4.1",
    "robotframework-jsonlibrary==0.5",
    "robotframework-requests==0.9.7",
    "deepdiff==8.6.1",
    "prettydiff==0.1.0",
    "paho-mqtt==1.6.1",
    "robotframework-mqttlibrary==0.7.1.post3",
)
"""The suite's own requirements, without its linter."""
PATCHED = "libraries/robotframework-httpctrl"
"""The mock HTTP server, which the suite carries in a corrected form."""


@dataclass(frozen=True)
class Wish:
    """What to run, against which broker, and how far the mock servers' ports are shifted."""

    url: str
    files: tuple[str, ...]
    cases: tuple[str, ...] = ()
    offset: int = 0

    def variables(self) -> dict[str, object]:
        """Return the suite's variables; MQTT's fixed port 1883 is kept apart by a loopback address of one's own."""
        where = urlsplit(self.url)
        return {
            "url": self.url,
            "temporal_api_url": self.url,
            "broker_root": f"{where.scheme}://{where.netloc}",
            "notification_server_host": "127.0.0.1",
            "notification_server_port": 8085 + self.offset,
            "mqtt_broker_host": f"127.0.{1 + self.offset // 250}.{2 + self.offset % 250}",
            "mqtt_broker_non_default_port": 8085 + self.offset,
            "context_source_host": "127.0.0.1",
            "context_source_port": 8086 + self.offset,
            "context_server_host": "127.0.0.1",
            "context_server_port": 8087 + self.offset,
            "core_context": CORE_URL + CORE_FILE.name,
            "local_mosquitto": str(HERE / "local_mosquitto.py"),
        }


def environment(copy: Path) -> Path:
    """Return the interpreter of robot's own environment, made when the needs have changed."""
    venv = CACHE / "venv"
    python, stamp = venv / "bin" / "python", venv / "stamp"
    if not stamp.exists() or stamp.read_text() != "\n".join(NEEDS):
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(venv)], check=True)
        library = CACHE / "httpctrl"
        shutil.copytree(copy / PATCHED, library, dirs_exist_ok=True)  # a build leaves files behind
        pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, *NEEDS, str(library)], check=True)
        stamp.write_text("\n".join(NEEDS))
    return python


def run(copy: Path, wish: Wish, out: Path, *, verbose: bool = False, dry: bool = False) -> Path:
    """Run the wished files and return robot's output.xml; the console's words go to a file beside it."""
    python = environment(copy)
    out.mkdir(parents=True, exist_ok=True)
    (out / "variables.json").write_text(json.dumps(wish.variables()))
    (out / "arguments.txt").write_text("\n".join(wish.files) + "\n")
    options = ["--outputdir", str(out), "--variablefile", str(out / "variables.json"), "--name", "NGSI-LD"]
    options += ["--log", "NONE", "--report", "NONE", "--console", "verbose" if verbose else "none"]
    options += ["--dryrun"] if dry else []
    options += [word for case in wish.cases for word in ("--test", case)]
    options += ["--listener", str(HERE / "etsi_listener.py"), "--argumentfile", str(out / "arguments.txt")]
    paths = os.pathsep.join((str(copy / "libraries"), str(copy)))
    with (out / "console.txt").open("wb") as console:
        said = None if verbose else console
        env = {**os.environ, "PYTHONPATH": paths, "PYTHONDONTWRITEBYTECODE": "1"}
        subprocess.run([str(python), "-m", "robot", *options], cwd=copy, env=env, stdout=said, check=False)
    return out / "output.xml"
