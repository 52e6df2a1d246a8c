"""Programs that the identity provider signs in: JWT access tokens (RFC 9068), checked without asking anybody."""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import Mapping
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from stadtwerk.adapters.oidc import ALGORITHMS, LEEWAY_S, Provider, ask_keys
from stadtwerk.kernel.access import Principal
from stadtwerk.kernel.refusal import Refused

log = logging.getLogger(__name__)

KEYS_S = 600.0
"""How long the provider's keys are believed to be its only ones."""
AGAIN_S = 30.0
"""Pause before a provider that did not answer is asked again."""
KNOWN = 10_000
"""Tokens remembered as checked."""


class BearerTokens:
    """Knows the provider's keys and which tokens they signed; keys are fetched ahead, never inside a request."""

    def __init__(self, provider: Provider) -> None:
        self._provider = provider
        self._keys: KeySet | None = None
        self._known: dict[str, tuple[Principal, int]] = {}

    async def run(self) -> None:
        """Keep the provider's keys fresh."""
        while True:
            try:
                await self.refresh()
                await asyncio.sleep(KEYS_S)
            except (Refused, JoseError, ValueError) as error:
                log.warning("the identity provider's keys could not be read: %s", error)
                await asyncio.sleep(AGAIN_S)

    async def refresh(self) -> None:
        """Fetch the provider's keys; what older ones signed is looked at anew."""
        keys = (await ask_keys(self._provider)).get("keys", [])
        self._keys = KeySet.import_key_set({"keys": keys})
        self._known.clear()

    def principal(self, token: str, wall_s: int) -> Principal | None:
        """Return whom a token stands for now, None if it is not the provider's, not for us, or over."""
        known = self._known.get(token)
        if known is None and self._keys is not None:
            known = self._check(token, self._keys, wall_s)
            if known is not None and len(self._known) < KNOWN:
                self._known[token] = known
        return known[0] if known is not None and wall_s < known[1] + LEEWAY_S else None

    def _check(self, token: str, keys: KeySet, wall_s: int) -> tuple[Principal, int] | None:
        essential: dict[str, Any] = {name: {"essential": True} for name in ("exp", "iat", "sub")}
        registry = jwt.JWTClaimsRegistry(
            now=wall_s,
            leeway=LEEWAY_S,
            iss={"essential": True, "value": self._provider.issuer},
            aud={"essential": True, "value": self._provider.audience or self._provider.client_id},
            **essential,
        )
        try:
            read = jwt.decode(token, keys, algorithms=list(ALGORITHMS))
            registry.validate(read.claims)
        except (JoseError, ValueError, KeyError, TypeError):
            return None
        if str(read.header.get("typ", "")).lower().removeprefix("application/") != "at+jwt":
            return None  # an ID token tells who somebody is; it opens nothing (RFC 9068 section 4)
        return self._principal(read.claims), int(read.claims["exp"])

    def _principal(self, claims: Mapping[str, Any]) -> Principal:
        who = hashlib.sha256(f"{claims['iss']} {claims['sub']}".encode()).hexdigest()[:16]
        return Principal(f"oidc-{who}", self._provider.roles_of(claims), (), "oidc")
