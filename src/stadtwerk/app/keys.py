"""The secrets of a data folder, saved apart from its data: who finds one of both files learns nothing of persons.

An erased person's key is gone from the data folder, not from an older file of keys: delete those that are older than
the last erasure.
"""

from __future__ import annotations

import os
import tarfile
import tempfile
from pathlib import Path

from stadtwerk.kernel.refusal import Refused
from stadtwerk.stores.vault.database import VaultDatabase

VAULT = "keys.db"
NAMES = ("access.toml", "run/key", "run/master", "run/notary", "run/oidc_secret")
"""What is secret or proves something, besides the vault; the broker's passwords are made anew."""


def save_keys(data: Path, file: Path) -> list[str]:
    """Write a data folder's secrets to a file that only its owner can read; also while the city runs."""
    if file.exists():
        raise Refused.of("exists", "The file is there already", 409, f"{file} exists; choose another name.")
    if not (data / VAULT).exists():
        raise Refused.of("data", "There are no keys in this data folder", 404, f"{data / VAULT} is missing.")
    with tempfile.TemporaryDirectory() as temp:
        vault = VaultDatabase(data / VAULT)
        vault.backup(Path(temp) / VAULT)
        vault.close()
        told = [name for name in NAMES if (data / name).exists()]
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as target:
            with tarfile.open(fileobj=target, mode="w") as tar:
                tar.add(Path(temp) / VAULT, VAULT)
                for name in told:
                    tar.add(data / name, name)
            target.flush()
            os.fsync(target.fileno())
    return [VAULT, *told]


def load_keys(file: Path, data: Path) -> None:
    """Bring secrets back into a data folder that has none; refuses what is no file of keys."""
    if (data / VAULT).exists():
        raise Refused.of("not-empty", "There are keys already", 409, f"{data / VAULT} exists.")
    try:
        with tarfile.open(file) as tar:
            names = tar.getnames()
            whole = VAULT in names and {*names} <= {VAULT, *NAMES}
            if whole:
                data.mkdir(parents=True, exist_ok=True)
                tar.extractall(data, filter="data")
    except (OSError, tarfile.TarError, EOFError) as error:
        raise Refused.of("backup", "This is not a file of keys", 422, f"{file}: {error}") from error
    if not whole:
        detail = f"{file} holds {', '.join(names[:10])}"
        raise Refused.of("backup", "This is not a file of keys", 422, detail)
    (data / VAULT).chmod(0o600)
