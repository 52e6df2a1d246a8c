"""The head of the journal's chain, signed: a note in the form of C2SP tlog-checkpoint and signed-note.

Where a transparency log has the root of its tree, ours has the last seal of its chain.
"""

from __future__ import annotations

import hashlib
from base64 import b64encode
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from stadtwerk.stores.vault.sealing import read_secret

ED25519 = b"\x01"
"""The algorithm's number in signed-note."""


class Notary:
    """Signs heads with the data folder's own key."""

    def __init__(self, path: Path, name: str) -> None:
        self.name = name
        self._key = Ed25519PrivateKey.from_private_bytes(read_secret(path))
        self._public = ED25519 + self._key.public_key().public_bytes_raw()
        self._id = hashlib.sha256(f"{name}\n".encode() + self._public).digest()[:4]

    @property
    def verifier_key(self) -> str:
        """Return the public key as verifiers take it: name, hash, key."""
        return f"{self.name}+{self._id.hex()}+{b64encode(self._public).decode()}"

    def sign(self, size: int, seal: bytes, at: str) -> str:
        """Say how long the journal is and how it ends."""
        text = f"{self.name}\n{size}\n{b64encode(seal).decode()}\nat {at}\n"
        signature = b64encode(self._id + self._key.sign(text.encode())).decode()
        return f"{text}\n— {self.name} {signature}\n"
