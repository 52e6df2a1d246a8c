"""The persons' keys: made, used to seal and open, destroyed; and marks by which a known name is recognised."""

from __future__ import annotations

import hashlib
import hmac
import re
from base64 import b32encode
from collections import defaultdict
from collections.abc import Iterable
from os import urandom

from cryptography.exceptions import InvalidTag

from stadtwerk.kernel.access.personal import person_of
from stadtwerk.kernel.refusal import Refused
from stadtwerk.stores.vault.database import VaultDatabase
from stadtwerk.stores.vault.sealing import KEY_BYTES, seal, unseal, unwrap, wrap

WORDS = re.compile(r"[\w@.+-]*\w")
NAME_WORDS = 5
"""A name is looked for in runs of up to so many words."""


class Persons:
    """Seals and opens what is personal; whoever has no key here is forgotten."""

    def __init__(self, database: VaultDatabase, master: bytes) -> None:
        self._database, self._master = database, master
        self._keys = {person: self._unwrap(person, key) for person, key in database.rows("SELECT * FROM person")}
        self._marks: dict[tuple[str, str], set[str]] = defaultdict(set)
        for mark, kind, person in database.rows("SELECT mark, kind, person FROM mark"):
            self._marks[kind, mark].add(person)

    def _unwrap(self, person: str, wrapped: bytes) -> bytes:
        try:
            return unwrap(self._master, person, wrapped)
        except InvalidTag:
            detail = "run/master does not open keys.db: bring both back from the same backup."
            raise Refused.of("master-key", "The persons' keys cannot be opened", 409, detail) from None

    def __contains__(self, person: str) -> bool:
        return person in self._keys

    def all(self) -> list[str]:
        """Return everybody who has a key."""
        return list(self._keys)

    def id_for(self, command_id: str) -> str:
        """Make a person's pseudonym from the id of the command that creates the account: sent again, it is the same."""
        return "p-" + b32encode(self._digest("account", command_id)).decode().lower()[:16]

    def create(self, person: str) -> None:
        """Make a key for a person who has none."""
        if person not in self._keys:
            key = urandom(KEY_BYTES)
            self._database.write(("INSERT INTO person VALUES (?, ?)", (person, wrap(self._master, person, key))))
            self._keys[person] = key

    def seal(self, person: str, text: str, place: str) -> str:
        """Seal a text with a person's key; refuses a person who has none."""
        key = self._keys.get(person)
        if key is None:
            raise Refused.of("unknown-account", "There is no such account", 404, f"no account {person!r}")
        return seal(key, person, text, place)

    def open(self, sealed: str) -> str | None:
        """Open a sealed text: only `app/people.py` calls this, after it has noted who reads and why."""
        person = person_of(sealed)
        key = self._keys.get(person)
        return unseal(key, person, sealed) if key else None

    def destroy(self, person: str) -> None:
        """Forget a person: key, marks, counters and sessions are gone from the file and its log."""
        self._database.write(
            ("DELETE FROM person WHERE id=?", (person,)),
            ("DELETE FROM mark WHERE person=?", (person,)),
            ("DELETE FROM counter WHERE person=?", (person,)),
            ("DELETE FROM session WHERE actor=?", (person,)),
        )
        self._database.scrub()
        self._keys.pop(person, None)
        for people in self._marks.values():
            people.discard(person)

    def mark(self, person: str, kind: str, texts: Iterable[str]) -> None:
        """Remember texts of a person (names and mail, or subject at a provider) by keyed hashes; earlier ones go."""
        marks = [self._mark(text) for text in texts if text]
        self._database.write(
            ("DELETE FROM mark WHERE person=? AND kind=?", (person, kind)),
            *(("INSERT OR IGNORE INTO mark VALUES (?, ?, ?)", (mark, kind, person)) for mark in marks),
        )
        for (known_kind, _), people in self._marks.items():
            if known_kind == kind:
                people.discard(person)
        for mark in marks:
            self._marks[kind, mark].add(person)

    def marked(self, kind: str, text: str) -> str | None:
        """Return the person a text of this kind was remembered for."""
        return next(iter(self._marks.get((kind, self._mark(text)), ())), None)

    def marks_of(self, person: str, kind: str) -> int:
        """Count what is remembered of a person."""
        return sum(person in people for (known, _), people in self._marks.items() if known == kind)

    def names_somebody(self, text: str) -> bool:
        """Tell whether a text contains the name or the mail of somebody who has an account."""
        words = WORDS.findall(text)
        runs = (words[at : at + n] for n in range(1, NAME_WORDS + 1) for at in range(len(words) - n + 1))
        return any(self.marked("name", " ".join(run)) for run in runs)

    def counter(self, passkey: str) -> int:
        """Return the signature counter a passkey last showed."""
        rows = self._database.rows("SELECT n FROM counter WHERE passkey=?", (passkey,))
        return int(rows[0][0]) if rows else 0

    def count(self, passkey: str, person: str, n: int) -> None:
        """Remember the signature counter a passkey showed."""
        self._database.write(("INSERT OR REPLACE INTO counter VALUES (?, ?, ?)", (passkey, person, n)))

    def _mark(self, text: str) -> str:
        return self._digest("mark", " ".join(WORDS.findall(text.casefold()))).hex()

    def _digest(self, purpose: str, text: str) -> bytes:
        return hmac.digest(self._master, f"{purpose}:{text}".encode("utf-8", "replace"), hashlib.sha256)
