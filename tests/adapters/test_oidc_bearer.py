"""Access tokens of programs: what the provider signed for us opens, all else does not."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey

from stadtwerk.adapters.oidc import Provider
from stadtwerk.adapters.oidc_bearer import BearerTokens

KEY, OTHER = ECKey.generate_key("P-256"), ECKey.generate_key("P-256")
NOW_S = 1_795_000_000


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    """A provider that only tells its keys."""

    class Keys(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            issuer = f"http://127.0.0.1:{self.server.server_address[1]}"
            where = {name: f"{issuer}/{name}" for name in ("authorization_endpoint", "token_endpoint", "jwks_uri")}
            keys = {"keys": [KEY.as_dict(private=False)]}
            self.send_response(200)
            self.end_headers()
            self.wfile.write(json.dumps(keys if self.path == "/jwks_uri" else {"issuer": issuer, **where}).encode())

        def log_message(self, *args: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Keys)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield Provider(
        f"http://127.0.0.1:{server.server_address[1]}", "stadtwerk", {"sensors": "engineer"}, audience="city"
    )
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def tokens(provider: Provider) -> BearerTokens:
    """Tokens whose provider has told its keys."""
    known = BearerTokens(provider)
    asyncio.run(known.refresh())
    return known


def token(provider: Provider, key: ECKey = KEY, typ: str = "at+jwt", **claims: Any) -> str:
    """Sign a token."""
    told = {"iss": provider.issuer, "aud": "city", "sub": "meter-head-end", "iat": NOW_S, "exp": NOW_S + 300}
    return jwt.encode(
        {"alg": "ES256", "typ": typ}, {**told, "groups": ["sensors"], **claims}, key, algorithms=["ES256"]
    )


def test_a_program_of_the_provider_is_known_by_its_role(provider: Provider, tokens: BearerTokens) -> None:
    principal = tokens.principal(token(provider), NOW_S)
    assert principal is not None
    assert principal.roles == ("engineer",)
    assert "meter-head-end" not in principal.actor


@pytest.mark.parametrize(
    "wrong", [{"aud": "other"}, {"iss": "http://elsewhere"}, {"exp": NOW_S - 3600}, {"typ": "JWT"}, {"key": OTHER}]
)
@pytest.mark.secures("AR-11")
def test_others_are_not(provider: Provider, tokens: BearerTokens, wrong: dict[str, Any]) -> None:
    assert tokens.principal(token(provider, **wrong), NOW_S) is None


def test_a_token_ends(provider: Provider, tokens: BearerTokens) -> None:
    good = token(provider)
    assert tokens.principal(good, NOW_S) is not None
    assert tokens.principal(good, NOW_S + 3600) is None


@pytest.mark.parametrize("text", ["", "a.b.c", "..", "x" * 5000, "é.é.é"])
def test_what_is_no_token_is_nobody(tokens: BearerTokens, text: str) -> None:
    assert tokens.principal(text, NOW_S) is None
