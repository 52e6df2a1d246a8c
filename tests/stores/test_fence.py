"""One writer per tenant: a second is refused, and one that was paused and overtaken never commits again."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from stadtwerk.kernel.journal import first_broken
from stadtwerk.kernel.refusal import Refused
from stadtwerk.stores.decisions import DecisionStore
from stadtwerk.stores.postgres.address import parse_address
from stadtwerk.stores.postgres.tenant import Tenant
from stores.server import PostgresServer
from stores.writing import event

ROOT = Path(__file__).parents[2]


def opened(url: str, reign: str, *, take_over: bool = False) -> DecisionStore:
    """Open the tenant's decisions for writing."""
    return DecisionStore(Tenant(parse_address(url), reign=reign, take_over=take_over))


def test_a_second_writer_is_refused(postgres_server: PostgresServer) -> None:
    """While one writes another is refused in words; when it has ended the next one may."""
    url = postgres_server.url()
    first = opened(url, "first")
    with pytest.raises(Refused, match=r"is written by .* decisions since"):
        opened(url, "second")
    first.append([event(1, "first")], []).result(10)
    first.close()
    second = opened(url, "second")
    second.append([event(1, "second")], []).result(10)
    assert second.last_seq == 2
    second.close()


def test_a_reign_follows_itself(postgres_server: PostgresServer) -> None:
    """A core that is started anew replaces the one before at once, though the server still holds its connection."""
    url = postgres_server.url()
    before, after = opened(url, "same"), opened(url, "same")
    after.append([event(1, "after")], []).result(10)
    after.close()
    assert before.last_seq == 0


@pytest.mark.parametrize("stop_at", [0, 20], ids=["anywhere", "in a transaction"])
def test_a_paused_writer_never_commits_again(postgres_server: PostgresServer, stop_at: int) -> None:
    """A process is stopped for real, overtaken, and woken: it ends; the journal holds what was acknowledged, then ours."""
    url = postgres_server.url()
    argv = [sys.executable, "-m", "stores.writing", url, "old", str(stop_at)]
    env = {**os.environ, "PYTHONPATH": f"{ROOT / 'src'}:{ROOT / 'tests'}"}
    with subprocess.Popen(argv, env=env, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as old:
        assert old.stdout
        told = [int(old.stdout.readline()) for _ in range(stop_at - 1 if stop_at else 30)]
        if not stop_at:
            old.send_signal(signal.SIGSTOP)
        os.waitid(os.P_PID, old.pid, os.WSTOPPED | os.WNOWAIT)
        with pytest.raises(Refused, match="take-over"):
            opened(url, "new")
        new = opened(url, "new", take_over=True)
        taken_at = new.last_seq
        new.append([event(1, "new")], []).result(10)
        old.send_signal(signal.SIGCONT)
        told += [int(line) for line in old.stdout]
        assert old.wait(20) == 70
    new.append([event(2, "new")], []).result(10)
    entries = list(new.entries())
    assert first_broken(entries) is None
    assert [entry.actor for entry in entries] == ["old"] * taken_at + ["new"] * 2
    assert max(told) <= taken_at
    assert new.meta("asleep") is None
    with pytest.raises(Refused, match="somebody else now"):
        opened(url, "old", take_over=True)
    new.close()


def test_the_epoch_alone_fences(postgres_server: PostgresServer) -> None:
    """Even an old writer with a living connection and no lock to miss is stopped by its epoch at the next begin."""
    url = postgres_server.url()
    old = Tenant(parse_address(url), reign="old")
    session = old.writer("decisions")
    session.execute("SELECT pg_advisory_unlock_all()")
    session.execute("SET application_name = 'in disguise'")
    old.begin(session)
    session.execute("COMMIT")
    new = opened(url, "new")
    with pytest.raises(Exception, match="was overtaken"):
        old.begin(session)
    session.close()
    new.close()
