"""Each house rule is worth its name: what it forbids is found."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

import rules

PACKAGE = '"""A room."""\n'


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str, str], Path]:
    """Write a file into a small repository."""
    subprocess.run(["git", "init", "-q", tmp_path], check=True)

    def to(name: str, text: str) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    for room in ("", "kernel/", "vocab/", "systems/"):
        to(f"src/stadtwerk/{room}__init__.py", PACKAGE)
    return to


def test_a_good_tree_breaks_nothing(tmp_path: Path, write: Callable[[str, str], Path]) -> None:
    assert list(rules.faults(tmp_path)) == []


@pytest.mark.parametrize(
    ("name", "text", "fault"),
    [
        ("notes.md", "see https://" + "pypi" + ".org/simple", "names the registry"),
        ("notes.md", "made with farm" + "-studio.", "no part of the project"),
        ("notes.md", "found in /work/." + "library/search", "no part of the project"),
        ("notes.md", "run dupli" + "cates --change HEAD", "no part of the project"),
        ("big.txt", "x" * (rules.FILE_BYTES + 1), "over 1,000,000"),
        ("requirements/base.lock", "numpy>=2 --hash=sha256:" + "0" * 64, "not a pinned"),
        ("requirements/base.lock", "numpy==2.4.6", "no hash"),
        ("src/stadtwerk/doors/http.py", PACKAGE, "no __init__.py"),
        ("src/stadtwerk/doors/__init__.py", "", "no docstring"),
        ("src/stadtwerk/vocab/safety.py", "emotion_score = 1", "excluded"),
        ("src/stadtwerk/kernel/clock.py", "import datetime\nx = datetime.datetime.now()", "makes time or chance"),
        ("src/stadtwerk/cli.py", "argv = ['stadtwerk.twin']", "only the app starts the twin"),
    ],
)
def test_a_breach_is_found(tmp_path: Path, write: Callable[[str, str], Path], name: str, text: str, fault: str) -> None:
    write(name, text)
    found = list(rules.faults(tmp_path))
    assert len(found) == 1
    assert fault in found[0]
