"""A hundred people are forgotten: not one byte of them is left in any file, and was there in the open before."""

from __future__ import annotations

import gzip
import json
import os
import random
import signal
import string
from base64 import b64encode
from pathlib import Path

import pytest

from path.authenticator import Authenticator
from path.people import Visitor, person, program
from path.running import RunningCity, eventually
from path.small_city import write_small_city
from path.traces import traces

PEOPLE = 100


CORE = "Quvxyzjöwkßhqpvexz"
"""Stands in every marker, so that one search finds all of them; no other word of the city contains it."""


def marker(n: int) -> str:
    """Make a word nobody else uses, with umlauts, as names have."""
    draw = random.Random(f"marker {n}")
    return CORE + "".join(draw.choice(string.ascii_lowercase) for _ in range(7))


def plain(word: str) -> str:
    """Write a word as mail addresses do."""
    return word.replace("ö", "oe").replace("ß", "ss")


def live(city: RunningCity, word: str, n: int) -> str:
    """Let a person do all that leaves traces; returns the account."""
    mail = f"{plain(word)}@stadt.example"
    account, browser = person(city, f"Dr. {word} {word}-Meier", "operator", mail=mail)
    browser.headers["User-Agent"] = f"Mozilla {word.encode('ascii', 'ignore').decode()} Firefox/1 Linux"
    key = Authenticator(f"http://localhost:{city.port}")
    options = browser.ask("POST", "/api/me/passkeys/options", {})[1]
    assert word in options["user"]["name"]
    made = {"credential": key.create(options), "label": f"Telefon von {word}"}
    assert browser.ask("POST", "/api/me/passkeys", made)[0] == 201
    api_key = browser.ask("POST", "/api/me/keys", {"name": f"Rechner {word}"})[1]["token"]
    assert program(city, api_key).get("/api/session")["actor"] == account
    known = browser.ask("POST", "/api/sign-in/passkey/options", {})[1]
    assert browser.ask("POST", "/api/sign-in/passkey", key.get(known))[0] == 200
    lamp = f"do-{n % 5 + 1:07d}"
    assert (
        browser.command("lighting.clear", {"target": {"lamp": lamp}, "reason": f"für Dr. {word} {word}-Meier"})[0]
        == 422
    )
    assert browser.command("lighting.clear", {"target": {"lamp": lamp}, "reason": "Prüfung"})[0] == 202
    for path in (f"/api/search?q={mail}", f"/{mail}", f"/api/audit?actor={mail}", f"/sign-in?token={mail}"):
        browser.ask("GET", path)
    client = city.client
    client.post(
        "/api/commands/access.rename",
        {"account": account, "name": f"Prof. {word}", "mail": mail, "reason": f"{word} heiratet"},
    )
    client.post("/api/commands/access.disable", {"account": account, "reason": f"{word} ist krank"})
    client.post("/api/commands/access.enable", {"account": account, "reason": f"{word} ist gesund"})
    found = client.post("/api/people/open", {"accounts": [account], "why": "Rückruf"})["people"]
    assert found[account] == {"name": f"Prof. {word}", "mail": mail}
    return account


def test_the_search_finds_whatever_dress_a_word_wears(tmp_path: Path) -> None:
    """A search that finds nothing proves nothing unless it finds what is there."""
    word = marker(1)
    dresses = {
        "plain": word.encode(),
        "shouted": word.upper().encode(),
        "wide": word.encode("utf-16-le"),
        "hex": f"x{word}".encode().hex().encode(),
        "base64": b64encode(f"ab{word}c".encode()),
        "json": json.dumps(word).encode(),
        "zip": b"rest" + gzip.compress(f"a {word} b".encode()),
        "packed": b'{"rows":"' + b64encode(__import__("zlib").compress(f"a {word} b".encode())) + b'"}',
    }
    for name, content in dresses.items():
        (tmp_path / name).write_bytes(os.urandom(1000) + content + os.urandom(1000))
    found = {line.split()[0] for line in traces(tmp_path, [word])}
    assert found == set(dresses)


@pytest.mark.slow
def test_a_hundred_people_are_forgotten(tmp_path: Path) -> None:
    """Accounts, passkeys, keys, reasons, typed searches; erased, and the whole city killed at once."""
    _forget(tmp_path, PEOPLE)


@pytest.mark.secures("personal")
def test_a_few_people_are_forgotten(tmp_path: Path) -> None:
    """The same with five, at every check."""
    _forget(tmp_path, 5)


def _forget(tmp_path: Path, people: int) -> None:
    words = [marker(n) for n in range(people)]
    data = tmp_path / "data"
    folder = write_small_city(tmp_path / "city", 5)
    with RunningCity(folder, data) as city:
        accounts = [live(city, word, n) for n, word in enumerate(words)]
        assert not list(traces(data, [CORE, plain(CORE)])), "in the open before anybody asked to be forgotten"
        for n, account in enumerate(accounts):
            erased = city.client.post(
                "/api/commands/access.erase", {"account": account, "reason": f"{words[n]} möchte es"}
            )
            assert erased["state"] == "confirmed"
        for name in ("core", "broker", "twin"):
            city.kill(name)
        os.kill(city.process.pid, signal.SIGKILL)
        city.process.wait()
    wrapped_keys_are_gone(data, accounts)
    assert not list(traces(data, [CORE, plain(CORE)]))
    with RunningCity(folder, data) as city:
        rows = {row["id"]: row for row in city.client.get("/api/people")["accounts"]}
        assert {rows[account]["state"] for account in accounts} == {"erased"}
        assert city.client.post("/api/people/open", {"accounts": accounts[:5], "why": "test"}) == {"people": {}}
        stranger = Visitor(city.port)
        assert stranger.ask("GET", "/api/session")[0] == 401
    assert not list(traces(data, [CORE, plain(CORE)]))


def wrapped_keys_are_gone(data: Path, accounts: list[str]) -> None:
    """No pseudonym of the forgotten is in the vault or its log: the key's row is overwritten."""
    vault = b"".join(path.read_bytes() for path in data.glob("keys.db*"))
    assert not [account for account in accounts if account.encode() in vault]


def test_a_crash_before_the_key_is_destroyed_is_made_good(tmp_path: Path) -> None:
    """The journal says forgotten, the key is still there: the next start destroys it."""
    import sqlite3  # noqa: PLC0415 - puts back by hand what a crash would have left

    data = tmp_path / "data"
    folder = write_small_city(tmp_path / "city", 1)
    with RunningCity(folder, data) as city:
        account, _ = person(city, "Anna Absturz")
        with sqlite3.connect(data / "keys.db") as vault:
            row = vault.execute("SELECT * FROM person").fetchone()
        city.client.post("/api/commands/access.erase", {"account": account})
        with sqlite3.connect(data / "keys.db") as vault:
            vault.execute("INSERT INTO person VALUES (?, ?)", row)
        vault.close()
        city.kill("core")
        eventually(lambda: account.encode() not in b"".join(path.read_bytes() for path in data.glob("keys.db*")))
