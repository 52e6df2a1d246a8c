"""Sign-in with a foreign identity provider: `oidc-provider-mock` plays it, over HTTP."""

from __future__ import annotations

import http.client
import re
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from path.people import Visitor
from path.running import RunningCity
from path.small_city import write_small_city

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from oidc_provider_mock import User, run_server_in_thread

pytestmark = pytest.mark.filterwarnings("ignore")  # the provider's own, in its thread
USERS = (
    User(sub="anna", claims={"name": "Anna Ausweis", "email": "anna@id.example", "groups": ["leitstelle", "sport"]}),
    User(sub="gast", claims={"name": "Gast", "email": "gast@id.example", "groups": ["sport"]}),
    User(sub="chef", claims={"name": "Chef", "groups": "leitung"}),
)


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningCity]:
    """A village that trusts the provider."""
    folder = tmp_path_factory.mktemp("oidc")
    data = folder / "data"
    data.mkdir()
    with run_server_in_thread(user_claims=USERS, require_nonce=True) as provider:
        issuer = f"http://localhost:{provider.server_port}"
        roles = '"leitstelle" = "operator"\n"leitung" = "admin"'
        (data / "access.toml").write_text(
            f'[oidc]\nissuer = "{issuer}"\nclient_id = "stadtwerk"\n[oidc.roles]\n{roles}\n'
        )
        (data / "run").mkdir()
        (data / "run" / "oidc_secret").write_text("secret")
        with RunningCity(write_small_city(folder / "city", 1), data) as running:
            yield running


def leave(visitor: Visitor) -> str:
    """Go to the provider; returns where the browser was sent."""
    assert visitor.ask("GET", "/sign-in/oidc")[0] == 303
    return visitor.answer["location"]


def consent(address: str, subject: str) -> str:
    """Say who one is at the provider; returns the path it sends the browser back to."""
    parts = urlsplit(address)
    assert parts.hostname
    connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=20)
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    connection.request("POST", f"{parts.path}?{parts.query}", urlencode({"sub": subject}), form)
    answer = connection.getresponse()
    answer.read()
    assert answer.status in (302, 303), answer.status
    back = urlsplit(answer.headers["location"])
    return f"{back.path}?{back.query}"


def come_in(city: RunningCity, subject: str) -> tuple[Visitor, int]:
    """Do the whole way."""
    visitor = Visitor(city.port, **{"Sec-Fetch-Site": "cross-site"})
    status, _ = visitor.ask("GET", consent(leave(visitor), subject))
    return visitor, status


@pytest.mark.judge("oidc-provider-mock")
def test_somebody_of_the_right_group_comes_in(city: RunningCity) -> None:
    anna, status = come_in(city, "anna")
    assert status == 200
    assert "SameSite=strict" in anna.answer["set-cookie"] or "stadtwerk_session" in anna.cookies
    who = anna.get("/api/session")
    assert (who["roles"], who["via"]) == (["operator"], "oidc")
    assert re.fullmatch("p-[a-z2-7]{16}", who["actor"])
    assert anna.get("/api/me/data")["name"] == "Anna Ausweis"
    again, _ = come_in(city, "anna")
    assert again.get("/api/session")["actor"] == who["actor"], "the same person has the same account"
    city.client.post("/api/commands/access.disable", {"account": who["actor"]})
    assert come_in(city, "anna")[1] == 403
    assert anna.ask("GET", "/api/session")[0] == 401


@pytest.mark.judge("oidc-provider-mock")
def test_one_group_may_be_a_word(city: RunningCity) -> None:
    boss, _ = come_in(city, "chef")
    assert boss.get("/api/session")["roles"] == ["admin"]


def test_somebody_of_no_group_does_not(city: RunningCity) -> None:
    before = len(city.client.get("/api/people")["accounts"])
    guest, status = come_in(city, "gast")
    assert status == 403
    assert guest.ask("GET", "/api/session")[0] == 401
    assert len(city.client.get("/api/people")["accounts"]) == before


def test_the_request_carries_state_nonce_and_pkce(city: RunningCity) -> None:
    asked = parse_qs(urlsplit(leave(Visitor(city.port))).query)
    assert asked["code_challenge_method"] == ["S256"]
    assert asked["response_type"] == ["code"]
    assert all(len(asked[name][0]) >= 43 for name in ("state", "nonce", "code_challenge"))
    assert asked["redirect_uri"] == [f"http://localhost:{city.port}/sign-in/oidc/callback"]


@pytest.mark.secures("AR-8")
def test_an_answer_belongs_to_one_browser_and_one_visit(city: RunningCity) -> None:
    visitor, thief = Visitor(city.port), Visitor(city.port)
    back = consent(leave(visitor), "chef")
    assert thief.ask("GET", back)[0] == 401, "another browser"
    assert visitor.ask("GET", back)[0] == 401, "the visit was used up"
    back = consent(leave(visitor), "chef")
    assert visitor.ask("GET", back.replace("state=", "state=x"))[0] == 401
    other = Visitor(city.port)
    code = parse_qs(urlsplit(consent(leave(other), "chef")).query)["code"][0]
    mine = parse_qs(urlsplit(leave(visitor)).query)["state"][0]
    assert visitor.ask("GET", f"/sign-in/oidc/callback?{urlencode({'state': mine, 'code': code})}")[0] == 401, (
        "the code of another visit brings another nonce"
    )


def test_a_provider_that_is_away_is_said_so(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    (data / "access.toml").write_text('[oidc]\nissuer = "http://localhost:9"\nclient_id = "x"\n')
    with RunningCity(write_small_city(tmp_path / "city", 1), data) as city:
        visitor: Any = Visitor(city.port)
        assert visitor.ask("GET", "/sign-in/oidc")[0] == 502
