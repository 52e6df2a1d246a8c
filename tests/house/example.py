"""The worked example of docs/new-system.md, applied to a copy of the tree."""

from __future__ import annotations

import re
import resource
import shutil
import subprocess
from pathlib import Path

import rules

ROOT = Path(__file__).parents[2]
DIFF = re.compile(r"^```diff\n(.*?)^```$", re.DOTALL | re.MULTILINE)


def copy_tree(to: Path) -> Path:
    """Copy what is in the repository, or would be with the next commit, into a repository of its own."""
    for name in rules.repository(ROOT):
        (to / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, to / name)
    git = ["git", "-c", "user.name=copy", "-c", "user.email=copy@example.org"]
    for command in (["init", "-q"], ["add", "-A"], ["commit", "-q", "-m", "A copy"]):
        subprocess.run([*git, *command], cwd=to, check=True)
    return to


def cpu_s() -> float:
    """Return what child processes have taken so far, seconds of a core: the same on a busy machine."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def fill_in(tree: Path) -> None:
    """Write into the rooms what the page says."""
    page = (ROOT / "docs" / "new-system.md").read_text(encoding="utf-8")
    for diff in DIFF.findall(page):
        subprocess.run(["git", "apply", "--unidiff-zero", "-"], cwd=tree, input=diff, text=True, check=True)
