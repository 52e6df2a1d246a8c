"""Sign-in with a foreign identity provider: OpenID Connect Core 1.0, authorization code with PKCE (RFC 7636)."""

from __future__ import annotations

import hashlib
import logging
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode

import httpx
import msgspec
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from stadtwerk.kernel.refusal import Refused

log = logging.getLogger(__name__)

ALGORITHMS = ("RS256", "PS256", "ES256", "EdDSA")
"""Signatures that are believed; none and shared secrets are not."""
LEEWAY_S = 60
"""How far the provider's clock may be off."""
TIMEOUT_S = 10.0
ANSWER_BYTES = 200_000
"""Largest answer that is read of a provider."""


class Provider(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An identity provider, and which of its groups open which role here."""

    issuer: str
    client_id: str
    roles: Mapping[str, str] = {}
    groups_claim: str = "groups"
    scope: str = "openid profile email"
    audience: str = ""
    """What access tokens of programs are issued for, "" = the client's id."""

    def roles_of(self, claims: Mapping[str, Any]) -> tuple[str, ...]:
        """Return the roles here that the provider's groups of somebody open."""
        groups = claims.get(self.groups_claim) or ()
        groups = (groups,) if isinstance(groups, str) else groups
        return tuple(sorted({self.roles[group] for group in groups if group in self.roles}))


class Visit(msgspec.Struct, frozen=True):
    """A sign-in under way: what we sent along, to be held against what comes back."""

    state: str
    nonce: str
    verifier: str


class Identity(msgspec.Struct, frozen=True):
    """Who the provider says somebody is; roles are ours."""

    issuer: str
    subject: str
    name: str
    mail: str
    roles: tuple[str, ...]


class OidcClient:
    """Sends people to the provider and believes only what it signed for us, for this visit, just now."""

    def __init__(self, provider: Provider, redirect_uri: str, secret: str = "") -> None:
        self._provider, self._redirect_uri, self._secret = provider, redirect_uri, secret

    async def authorization_url(self, visit: Visit) -> str:
        """Return where to send a person's browser."""
        async with _http() as http:
            facts = await _facts(http, self._provider)
        challenge = urlsafe_b64encode(hashlib.sha256(visit.verifier.encode()).digest()).rstrip(b"=").decode()
        query = {
            "response_type": "code",
            "client_id": self._provider.client_id,
            "redirect_uri": self._redirect_uri,
            "scope": self._provider.scope,
            "state": visit.state,
            "nonce": visit.nonce,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        return f"{facts['authorization_endpoint']}?{urlencode(query)}"

    async def identity(self, visit: Visit, code: str, wall_s: int) -> Identity:
        """Trade the code for the provider's word; refuses (401) what is not signed, for us, and of this visit."""
        async with _http() as http:
            facts = await _facts(http, self._provider)
            form = {
                "grant_type": "authorization_code",
                "code": code,
                "redirect_uri": self._redirect_uri,
                "client_id": self._provider.client_id,
                "code_verifier": visit.verifier,
            }
            tokens = await _json(http, "POST", facts["token_endpoint"], form, self._proof())
            keys = await _json(http, "GET", facts["jwks_uri"])
        claims = check_token(str(tokens.get("id_token", "")), keys, self._provider, nonce=visit.nonce, wall_s=wall_s)
        return _identity(self._provider, claims)

    def _proof(self) -> httpx.BasicAuth | None:
        """Return what proves that we are the client (client_secret_basic, RFC 6749 section 2.3.1)."""
        return httpx.BasicAuth(quote(self._provider.client_id), quote(self._secret)) if self._secret else None


async def ask_keys(provider: Provider) -> Mapping[str, Any]:
    """Return the keys with which the provider signs (RFC 7517); refuses (401, 502) what is not the provider."""
    async with _http() as http:
        facts = await _facts(http, provider)
        keys: Mapping[str, Any] = await _json(http, "GET", facts["jwks_uri"])
    return keys


async def _facts(http: httpx.AsyncClient, provider: Provider) -> Mapping[str, str]:
    facts = await _json(http, "GET", f"{provider.issuer.rstrip('/')}/.well-known/openid-configuration")
    needed = ("authorization_endpoint", "token_endpoint", "jwks_uri")
    if facts.get("issuer") != provider.issuer or not all(isinstance(facts.get(one), str) for one in needed):
        raise _refusal("the provider describes itself as somebody else")
    return dict(facts)


def check_token(
    token: str, keys: Mapping[str, Any], provider: Provider, *, nonce: str, wall_s: int
) -> Mapping[str, Any]:
    """Return the claims of an ID token (OpenID Connect Core 1.0 section 3.1.3.7), or refuse it."""
    registry = jwt.JWTClaimsRegistry(
        now=wall_s,
        leeway=LEEWAY_S,
        iss={"essential": True, "value": provider.issuer},
        aud={"essential": True, "value": provider.client_id},
        exp={"essential": True},
        iat={"essential": True},
        sub={"essential": True},
        nonce={"essential": True, "value": nonce},
    )
    try:
        key_set = KeySet.import_key_set({"keys": keys.get("keys", [])})
        claims = jwt.decode(token, key_set, algorithms=list(ALGORITHMS)).claims
        registry.validate(claims)
    except (JoseError, ValueError, KeyError, TypeError) as error:
        raise _refusal(f"{type(error).__name__}: {error}") from error
    audience = claims["aud"]
    if isinstance(audience, list) and len(audience) > 1 and claims.get("azp") != provider.client_id:
        raise _refusal("the token is for several, and not issued to us")
    return claims


def _identity(provider: Provider, claims: Mapping[str, Any]) -> Identity:
    roles = provider.roles_of(claims)
    name = claims.get("name") or claims.get("preferred_username") or claims.get("email") or claims["sub"]
    return Identity(provider.issuer, str(claims["sub"]), str(name)[:200], str(claims.get("email") or "")[:200], roles)


def _http() -> httpx.AsyncClient:
    return httpx.AsyncClient(timeout=TIMEOUT_S, follow_redirects=False)


async def _json(
    http: httpx.AsyncClient,
    method: str,
    url: str,
    form: Mapping[str, str] | None = None,
    proof: httpx.BasicAuth | None = None,
) -> Any:
    try:
        answer = await http.request(method, url, data=form, auth=proof)
        if 400 <= answer.status_code < 500:
            raise _refusal(f"the provider said no: {answer.status_code}")
        answer.raise_for_status()
        if len(answer.content) > ANSWER_BYTES:
            raise _refusal("the provider says too much")
        return msgspec.json.decode(answer.content, type=dict[str, Any])
    except (httpx.HTTPError, msgspec.DecodeError) as error:
        log.warning("identity provider: %s %s: %s", method, url.partition("?")[0], type(error).__name__)
        raise Refused.of("provider", "The identity provider does not answer", 502, "Try again later.") from error


def _refusal(detail: str) -> Refused:
    log.warning("identity provider refused: %s", detail)
    return Refused.of("provider", "The identity provider's word was not believed", 401, detail)
