"""Sealing text with a person's key: AES-256-GCM, the nonce made from the text itself.

The same text sealed twice in the same place gives the same ciphertext, so that an order sent again is the same order.
"""

from __future__ import annotations

import hashlib
import hmac
import os
from base64 import urlsafe_b64decode, urlsafe_b64encode
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from stadtwerk.kernel.access.personal import SEALED

KEY_BYTES = 64
"""Half of a person's key encrypts, half makes nonces."""
NONCE_BYTES = 12


def read_secret(path: Path, n: int = 32) -> bytes:
    """Return the secret bytes of a file, made once, readable by its owner only."""
    if not path.exists():
        fresh = path.with_suffix(".new")
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(os.urandom(n))
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)
    return path.read_bytes()


def wrap(master: bytes, person: str, key: bytes) -> bytes:
    """Lock a person's key with the folder's master key."""
    nonce = os.urandom(NONCE_BYTES)
    return nonce + AESGCM(master).encrypt(nonce, key, person.encode())


def unwrap(master: bytes, person: str, wrapped: bytes) -> bytes:
    """Unlock a person's key."""
    return AESGCM(master).decrypt(wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:], person.encode())


def seal(key: bytes, person: str, text: str, place: str) -> str:
    """Seal a person's text; `place` (command and field) keeps equal texts in other places apart."""
    message = f"{len(place)}:{place}{text}".encode()
    nonce = hmac.digest(key[32:], message, hashlib.sha256)[:NONCE_BYTES]
    body = nonce + AESGCM(key[:32]).encrypt(nonce, text.encode(), person.encode())
    return f"{SEALED}{person}:{urlsafe_b64encode(body).decode()}"


def unseal(key: bytes, person: str, sealed: str) -> str | None:
    """Open a sealed text; None if it was not sealed with this key for this person, or changed since."""
    try:
        body = urlsafe_b64decode(sealed.removeprefix(f"{SEALED}{person}:"))
        return AESGCM(key[:32]).decrypt(body[:NONCE_BYTES], body[NONCE_BYTES:], person.encode()).decode()
    except (InvalidTag, ValueError):
        return None
