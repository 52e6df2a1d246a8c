"""Under CI a skipped test is a failed one; elsewhere it is skipped."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
PYTHONPATH = os.pathsep.join((str(TESTS), str(TESTS.parent / "src")))
SKIPS = {
    "one": "import pytest\n@pytest.mark.skipif(True, reason='no broker')\ndef test_it(): ...\n",
    "inside": "import pytest\ndef test_it():\n    pytest.skip('no broker')\n",
    "file": "import pytest\npytest.skip('no broker', allow_module_level=True)\n",
}
EXPECTED_TO_FAIL = "import pytest\n@pytest.mark.xfail\ndef test_it():\n    assert False\n"


def run(folder: Path, text: str, ci: str) -> tuple[int, str]:
    """Run pytest on one file beside our conftest; return its exit code and what it says."""
    shutil.copy(TESTS / "conftest.py", folder / "conftest.py")
    (folder / "test_it.py").write_text(text)
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--rootdir", folder, "-c", os.devnull, folder]
    environment = {**os.environ, "CI": ci, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTHONPATH": PYTHONPATH}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout


@pytest.mark.parametrize("text", SKIPS.values(), ids=SKIPS)
def test_a_skip_fails_only_under_ci(tmp_path: Path, text: str) -> None:
    code, said = run(tmp_path, text, "true")
    assert code != 0
    assert "no broker" in said
    code, said = run(tmp_path, text, "")
    assert "1 skipped" in said
    assert "failed" not in said


def test_a_failure_that_is_expected_stays_expected(tmp_path: Path) -> None:
    code, said = run(tmp_path, EXPECTED_TO_FAIL, "true")
    assert code == 0
    assert "1 xfailed" in said
