"""Passkeys (WebAuthn Level 3): a key pair on the person's device; the device checks the person, we check a signature.

Whatever a device looks at to know its owner stays on the device.
"""

from __future__ import annotations

import hashlib
import secrets
import time
from typing import Any

import msgspec
import webauthn
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from stadtwerk.kernel.limits import SIGN_INS_OPEN
from stadtwerk.kernel.refusal import Refused

CEREMONY_S = 300
"""A challenge is good for so long, and once."""


class Secret(msgspec.Struct, frozen=True):
    """What is kept sealed of a passkey: its credential id and public key, base64url."""

    credential: str
    public_key: str


class Challenges:
    """Challenges under way, each for one purpose and good once."""

    def __init__(self) -> None:
        self._open: dict[bytes, tuple[str, float]] = {}

    def make(self, purpose: str) -> bytes:
        """Make a challenge."""
        now_s = time.monotonic()
        self._open = {one: (what, end_s) for one, (what, end_s) in self._open.items() if end_s > now_s}
        while len(self._open) >= SIGN_INS_OPEN:
            # The oldest gives way: whoever asks without end must not keep others out for minutes.
            self._open.pop(next(iter(self._open)))
        challenge = secrets.token_bytes(32)
        self._open[challenge] = (purpose, now_s + CEREMONY_S)
        return challenge

    def take(self, challenge: bytes, purpose: str) -> bytes:
        """Use a challenge up; refuses one that is not open for this purpose."""
        what, end_s = self._open.pop(challenge, ("", 0.0))
        if what != purpose or end_s <= time.monotonic():
            raise _refusal("the challenge is not open any more")
        return challenge


class PasskeyCheck:
    """Makes what browsers are asked, and checks what they answer, for one address."""

    def __init__(self, public_url: str) -> None:
        self.origin = public_url
        self._host = public_url.partition("://")[2].partition(":")[0]
        self._challenges = Challenges()

    def ask_new(self, account: str, name: str, known: list[str]) -> str:
        """Ask for a new passkey of an account that has these credentials already."""
        options = webauthn.generate_registration_options(
            rp_id=self._host,
            rp_name="stadtwerk",
            user_id=account.encode(),
            user_name=name,
            challenge=self._challenges.make(account),
            exclude_credentials=[PublicKeyCredentialDescriptor(id=base64url_to_bytes(one)) for one in known],
            authenticator_selection=AuthenticatorSelectionCriteria(
                resident_key=ResidentKeyRequirement.REQUIRED, user_verification=UserVerificationRequirement.REQUIRED
            ),
        )
        return webauthn.options_to_json(options)

    def check_new(self, account: str, credential: dict[str, Any]) -> tuple[str, Secret, int]:
        """Check a new passkey; returns its id here, what is kept of it, and its counter."""
        try:
            found = webauthn.verify_registration_response(
                credential=credential,
                expected_challenge=self._challenges.take(_challenge(credential), account),
                expected_rp_id=self._host,
                expected_origin=self.origin,
                require_user_verification=True,
            )
        except (WebAuthnException, KeyError, ValueError, TypeError) as error:
            raise _refusal(str(error)) from error
        secret = Secret(bytes_to_base64url(found.credential_id), bytes_to_base64url(found.credential_public_key))
        return passkey_id(secret.credential), secret, found.sign_count

    def ask_known(self) -> str:
        """Ask for a signature of any passkey known for this address."""
        options = webauthn.generate_authentication_options(
            rp_id=self._host,
            challenge=self._challenges.make("sign-in"),
            user_verification=UserVerificationRequirement.REQUIRED,
        )
        return webauthn.options_to_json(options)

    def check_known(self, credential: dict[str, Any], secret: Secret, counter: int) -> int:
        """Check a signature of a passkey; returns its new counter."""
        try:
            found = webauthn.verify_authentication_response(
                credential=credential,
                expected_challenge=self._challenges.take(_challenge(credential), "sign-in"),
                expected_rp_id=self._host,
                expected_origin=self.origin,
                credential_public_key=base64url_to_bytes(secret.public_key),
                credential_current_sign_count=counter,
                require_user_verification=True,
            )
        except (WebAuthnException, KeyError, ValueError, TypeError) as error:
            raise _refusal(str(error)) from error
        return found.new_sign_count


def passkey_id(credential: str) -> str:
    """Name a passkey by a hash of its credential id: what is in the journal leads nobody to the device."""
    return hashlib.sha256(credential.encode("utf-8", "replace")).hexdigest()[:32]


def _challenge(credential: dict[str, Any]) -> bytes:
    client_data = msgspec.json.decode(base64url_to_bytes(credential["response"]["clientDataJSON"]))
    return base64url_to_bytes(client_data["challenge"])


def _refusal(detail: str) -> Refused:
    return Refused.of("passkey", "The passkey was not accepted", 401, detail)
