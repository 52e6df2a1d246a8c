"""What processes use, read from Linux, held against what Python itself knows."""

from __future__ import annotations

import json
import os
import resource
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from stadtwerk.supervise.processes import listener, noted, usage, usages


def test_our_own_usage_is_what_python_says() -> None:
    used = usage(os.getpid())
    assert used
    own = resource.getrusage(resource.RUSAGE_SELF)
    assert used.cpu_s == pytest.approx(own.ru_utime + own.ru_stime, abs=0.2)
    assert 1e6 < used.rss_bytes <= own.ru_maxrss * 1024 * 1.05
    assert used.age_s > 0


def test_a_process_that_ended_is_not_there(tmp_path: Path) -> None:
    child = subprocess.Popen([sys.executable, "-c", ""])
    child.wait()
    (tmp_path / "pids.json").write_text(json.dumps({"self": os.getpid(), "gone": child.pid}))
    assert list(usages(tmp_path)) == ["self"]


def test_half_a_file_is_nothing(tmp_path: Path) -> None:
    (tmp_path / "pids.json").write_text('{"core": 1')
    assert noted(tmp_path / "pids.json") == {}
    assert noted(tmp_path / "absent.json") == {}


def test_who_listens_is_found() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        found = listener(port)
        assert found
        assert found.pid == os.getpid()
    assert listener(port) is None
