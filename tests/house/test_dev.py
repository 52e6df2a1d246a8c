"""`./dev` from outside, with a python3 and a uv that only tell what they were asked: no step twice, pip's settings kept."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PYTHON = """#!/bin/sh
case "$*" in
  "-m pip config list") printf '%s' "$FAKE_PIP_SETTINGS" ;;
  "-m pip install"*) mkdir -p .tools/bin; cp "$FAKE_UV" .tools/bin/uv; echo "pip $*" >> told ;;
  *) echo "python $*" >> told ;;
esac
"""
UV = """#!/bin/sh
echo "uv $*" >> told
env | grep -E '^(UV_|SSL_)' > uv-environment
case "$1" in venv) mkdir -p .venv/bin; cp "$FAKE_PYTHON" .venv/bin/python ;; esac
"""


@pytest.fixture
def dev(tmp_path: Path) -> Callable[..., list[str]]:
    """Run `./dev` in a bare folder; return what python3 and uv were told."""
    folder, programs = tmp_path / "clone", tmp_path / "bin"
    shutil.copytree(ROOT / "requirements", folder / "requirements")
    for name in ("dev", "vendor.toml"):
        shutil.copy(ROOT / name, folder)
    programs.mkdir()
    for name, text in (("python3", PYTHON), ("uv-to-be", UV), ("npm", "#!/bin/sh\n")):
        (programs / name).write_text(text)
        (programs / name).chmod(0o755)

    def run(*arguments: str, code: int = 0, **settings: str) -> list[str]:
        (folder / "told").write_text("")
        environment = {
            "PATH": f"{programs}{os.pathsep}{os.defpath}",
            "FAKE_PYTHON": str(programs / "python3"),
            "FAKE_UV": str(programs / "uv-to-be"),
            "FAKE_PIP_SETTINGS": "",
            **settings,
        }
        done = subprocess.run(["./dev", *arguments], cwd=folder, env=environment, capture_output=True, check=False)
        assert done.returncode == code, done.stderr.decode()
        return (folder / "told").read_text().splitlines()

    return run


def environment(tmp_path: Path) -> dict[str, str]:
    lines = (tmp_path / "clone" / "uv-environment").read_text().splitlines()
    return dict(line.split("=", 1) for line in lines)


def test_the_first_start_brings_everything_the_second_nothing(dev: Callable[..., list[str]], tmp_path: Path) -> None:
    first, second = dev("up", "--port", "8090"), dev("up", "--port", "8090")
    assert [line.split()[0] for line in first] == ["pip", "uv", "uv", "python", "python"]
    assert "--require-hashes" in first[0]
    assert first[2].endswith("--require-hashes -r requirements/base.lock")
    assert second == ["python -m stadtwerk up --port 8090"]


def test_a_changed_lock_is_installed_again(dev: Callable[..., list[str]], tmp_path: Path) -> None:
    dev("up")
    lock = tmp_path / "clone" / "requirements" / "base.lock"
    lock.write_text(lock.read_text() + "# changed\n")
    assert [line.split()[:3] for line in dev("up")] == [["uv", "pip", "install"], ["python", "-m", "stadtwerk"]]


def test_the_checks_lock_serves_the_city_too(dev: Callable[..., list[str]]) -> None:
    assert dev("check", "--all")[-1] == "python tools/check.py --all"
    assert not [line for line in dev("up") if line.startswith("uv")]


def test_what_is_set_for_pip_is_set_for_uv(dev: Callable[..., list[str]], tmp_path: Path) -> None:
    settings = (
        ":env:.cert='/own/ca.pem'\n:env:.index-url='https://mirror.example/simple?a=b'\nglobal.cert='/other/ca.pem'\n"
        "global.extra-index-url='\\nfile:///one\\nfile:///two'\nglobal.find-links='/wheels'\nglobal.index-url='https://other.example'\n"
    )
    dev("up", FAKE_PIP_SETTINGS=settings)
    told = environment(tmp_path)
    assert told["UV_DEFAULT_INDEX"] == "https://mirror.example/simple?a=b"
    assert told["UV_INDEX"].split() == ["file:///one", "file:///two"]
    assert told["UV_FIND_LINKS"] == "/wheels"
    assert told["SSL_CERT_FILE"] == "/own/ca.pem"


def test_what_is_set_for_uv_itself_goes_first(dev: Callable[..., list[str]], tmp_path: Path) -> None:
    dev("up", FAKE_PIP_SETTINGS="global.index-url='https://other.example'", UV_DEFAULT_INDEX="https://mine.example")
    assert environment(tmp_path)["UV_DEFAULT_INDEX"] == "https://mine.example"


def test_a_step_that_fails_ends_it_and_is_tried_again(dev: Callable[..., list[str]], tmp_path: Path) -> None:
    uv = tmp_path / "bin" / "uv-to-be"
    uv.write_text(UV + "exit 3\n")
    told = dev("up", code=3)
    assert not [line for line in told if "stadtwerk" in line]
    (tmp_path / "clone" / ".tools" / "bin" / "uv").write_text(UV)
    assert dev("up")[-1] == "python -m stadtwerk up"
