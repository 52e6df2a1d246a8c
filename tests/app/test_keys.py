"""Secrets are saved apart from the data, readable by their owner only, and brought back whole."""

from __future__ import annotations

from pathlib import Path

import pytest

from stadtwerk.app.keys import load_keys, save_keys
from stadtwerk.kernel.refusal import Refused
from stadtwerk.stores.vault.database import VaultDatabase
from stadtwerk.stores.vault.sealing import read_secret


def test_there_and_back(tmp_path: Path) -> None:
    """Vault and secrets come back as they were; a second time is refused."""
    old, new, file = tmp_path / "old", tmp_path / "new", tmp_path / "keys.tar"
    (old / "run").mkdir(parents=True)
    secret = read_secret(old / "run" / "master")
    vault = VaultDatabase(old / "keys.db")
    vault.write(("INSERT INTO person VALUES (?, ?)", ("p1", b"wrapped")))
    assert save_keys(old, file) == ["keys.db", "run/master"]
    vault.close()
    assert file.stat().st_mode & 0o077 == 0
    load_keys(file, new)
    assert (new / "run" / "master").read_bytes() == secret
    again = VaultDatabase(new / "keys.db")
    assert again.rows("SELECT * FROM person") == [("p1", b"wrapped")]
    again.close()
    for twice in (lambda: save_keys(old, file), lambda: load_keys(file, new)):
        with pytest.raises(Refused, match="exists"):
            twice()


def test_what_is_no_file_of_keys_is_refused(tmp_path: Path) -> None:
    """Neither nonsense nor a folder without keys is taken."""
    (tmp_path / "x").write_bytes(b"nonsense" * 200)
    with pytest.raises(Refused, match="file"):
        load_keys(tmp_path / "x", tmp_path / "new")
    with pytest.raises(Refused, match="missing"):
        save_keys(tmp_path, tmp_path / "y")
