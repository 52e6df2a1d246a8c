"""Each import contract is worth its name: a planted breach of it is found, in a copy of the tree."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BREACHES = {
    "Imports go one way only, as the house is drawn": ("kernel/planted.py", "import stadtwerk.vocab.lighting"),
    "Systems must be unaware of each other and of NGSI-LD": (
        "systems/planted/__init__.py",
        "import stadtwerk.systems.lighting.decide",
    ),
    "The twin sees protocols and the clock, nothing else of us": ("twin/planted.py", "import stadtwerk.kernel.limits"),
    "Nobody but the app may know the twin": ("cli.py", "import stadtwerk.twin.lamps"),
    "Kernel, vocabulary, protocols and decisions are pure": ("systems/lighting/react.py", "import random"),
    "Each engine is imported only by the room that owns it": ("doors/planted.py", "import sqlite3"),
}


def lint(root: Path) -> dict[str, str]:
    """Run the linter on a tree; return KEPT or BROKEN by contract."""
    command = [Path(sys.executable).with_name("lint-imports"), "--no-cache", "--config", ROOT / ".importlinter"]
    environment = {**os.environ, "PYTHONPATH": str(root), "COLUMNS": "200", "NO_COLOR": "1"}
    done = subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, check=False)
    lines = done.stdout.splitlines()
    verdicts = {name: word for line in lines for name, _, word in [_verdict(line)] if word in ("KEPT", "BROKEN")}
    assert verdicts, done.stdout + done.stderr
    assert (done.returncode == 0) == ("BROKEN" not in verdicts.values())
    return verdicts


def _verdict(line: str) -> tuple[str, str, str]:
    return line.strip().partition(" (")[0].rpartition(" ")


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A copy of the package, to be spoilt."""
    shutil.copytree(
        ROOT / "src" / "stadtwerk",
        tmp_path / "stadtwerk",
        ignore=lambda folder, names: {
            name for name in names if Path(folder, name).is_file() and not name.endswith(".py")
        },
    )
    return tmp_path


def test_every_contract_is_tried(tree: Path) -> None:
    """The list above and the file of contracts name the same; none is broken without a breach."""
    assert lint(tree) == dict.fromkeys(BREACHES, "KEPT")


@pytest.mark.parametrize("contract", BREACHES)
def test_a_planted_breach_is_found(tree: Path, contract: str) -> None:
    """One wrong import breaks the contract that forbids it."""
    place, line = BREACHES[contract]
    spoilt = tree / "stadtwerk" / place
    spoilt.parent.mkdir(exist_ok=True)
    before = spoilt.read_text() if spoilt.exists() else ""
    spoilt.write_text(f"{before}\n{line}\n")
    assert lint(tree)[contract] == "BROKEN"
