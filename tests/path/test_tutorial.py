"""The tutorial is run as it is written: each block's output must hold the lines that follow it."""

from __future__ import annotations

import re
import shutil
import subprocess

from path.running import ROOT, RunningCity

BLOCK = re.compile(r"^```(sh up|sh|text)\n(.*?)^```$", re.DOTALL | re.MULTILINE)


def test_the_tutorial_works_as_written() -> None:
    """All commands run, in order, from the checkout's root."""
    for left in ("tutorial", "tutorial-export"):
        shutil.rmtree(ROOT / "var" / left, ignore_errors=True)
    blocks = BLOCK.findall((ROOT / "docs" / "tutorial.md").read_text(encoding="utf-8"))
    assert [kind for kind, _ in blocks[:1]] == ["sh up"]
    with RunningCity.of_command(blocks[0][1].split()[2:]):
        output = ""
        for kind, text in blocks[1:]:
            if kind == "sh":
                output = _run(text)
            else:
                for line in text.splitlines():
                    assert line in output, f"{line!r} is not in:\n{output[-3000:]}"


def _run(command: str) -> str:
    done = subprocess.run(["sh", "-ec", command], cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def test_the_readme_names_only_files_that_exist() -> None:
    """No link of README or docs is broken."""
    for page in (ROOT / "README.md", *(ROOT / "docs").rglob("*.md")):
        for target in re.findall(r"\]\((?!http)([^)#]+)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.relative_to(ROOT)} links {target}"
