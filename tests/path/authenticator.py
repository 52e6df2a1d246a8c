"""A passkey made of software, so that many people can have one; Chromium's own is used in tests/apps."""

from __future__ import annotations

import hashlib
import json
import os
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Any

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

PRESENT_VERIFIED_ATTESTED, PRESENT_VERIFIED = 0x45, 0x05


def text(data: bytes) -> str:
    """Write bytes as base64url."""
    return urlsafe_b64encode(data).rstrip(b"=").decode()


class Authenticator:
    """One key pair for one address; counts its signatures."""

    def __init__(self, origin: str) -> None:
        self.origin, self.host = origin, origin.partition("://")[2].partition(":")[0]
        self.key, self.id, self.counter = ec.generate_private_key(ec.SECP256R1()), os.urandom(32), 0

    def create(self, options: dict[str, Any], *, origin: str = "") -> dict[str, Any]:
        """Answer `navigator.credentials.create`."""
        numbers = self.key.public_key().public_numbers()
        public = {1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32, "big"), -3: numbers.y.to_bytes(32, "big")}
        attested = bytes(16) + len(self.id).to_bytes(2, "big") + self.id + cbor2.dumps(public)
        data = self._data(PRESENT_VERIFIED_ATTESTED) + attested
        made = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})
        client = self._client("webauthn.create", options, origin)
        return self._answer({"attestationObject": text(made), "clientDataJSON": text(client)})

    def get(self, options: dict[str, Any], *, origin: str = "") -> dict[str, Any]:
        """Answer `navigator.credentials.get`."""
        self.counter += 1
        data, client = self._data(PRESENT_VERIFIED), self._client("webauthn.get", options, origin)
        signed = self.key.sign(data + hashlib.sha256(client).digest(), ec.ECDSA(hashes.SHA256()))
        return self._answer(
            {"authenticatorData": text(data), "clientDataJSON": text(client), "signature": text(signed)}
        )

    def _data(self, flags: int) -> bytes:
        return hashlib.sha256(self.host.encode()).digest() + bytes([flags]) + self.counter.to_bytes(4, "big")

    def _client(self, kind: str, options: dict[str, Any], origin: str) -> bytes:
        challenge = text(urlsafe_b64decode(options["challenge"] + "=="))
        return json.dumps({"type": kind, "challenge": challenge, "origin": origin or self.origin}).encode()

    def _answer(self, response: dict[str, str]) -> dict[str, Any]:
        return {"id": text(self.id), "rawId": text(self.id), "type": "public-key", "response": response}
