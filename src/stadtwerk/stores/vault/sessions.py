"""Who is signed in: sessions and one-time links by the hash of their token, in memory and on disk."""

from __future__ import annotations

import threading
from typing import Any

from msgspec import Struct, convert
from msgspec.structs import replace

from stadtwerk.kernel.clock import US
from stadtwerk.kernel.limits import SESSIONS
from stadtwerk.stores.vault.database import VaultDatabase

SEEN_US = 60 * US
"""A session's last use is written down at most this often."""


class Session(Struct, frozen=True):
    """A session or one-time link: whose, by which way, on what kind of device, until when (wall time)."""

    token_hash: str
    actor: str
    via: str
    device: str
    one_time: bool
    opened_at_us: int
    seen_at_us: int
    expires_at_us: int

    @property
    def id(self) -> str:
        """Return the name people call the session by: it opens nothing."""
        return self.token_hash[:16]


class Sessions:
    """All that hold; the disk is written before anybody is told."""

    def __init__(self, database: VaultDatabase) -> None:
        self._database = database
        self._lock = threading.Lock()
        rows = database.rows("SELECT * FROM session")
        self._held = {row[0]: _session(row) for row in rows}

    def open(self, session: Session) -> None:
        """Remember a session; those that ran out are forgotten, and of too many the one unused longest."""
        mine = sorted(self.of(session.actor, session.opened_at_us), key=lambda one: one.seen_at_us)
        old = {one.token_hash for one in mine[: max(0, len(mine) - SESSIONS + 1)]}
        old |= {key for key, one in list(self._held.items()) if one.expires_at_us <= session.opened_at_us}
        row = tuple(getattr(session, name) for name in session.__struct_fields__)
        self._database.write(
            *(("DELETE FROM session WHERE token_hash=?", (key,)) for key in old),
            ("INSERT INTO session VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row),
        )
        with self._lock:
            self._held = {key: one for key, one in self._held.items() if key not in old}
            self._held[session.token_hash] = session

    def find(self, token_hash: str, wall_us: int, idle_us: int) -> Session | None:
        """Return the session of a token, if it still holds and was used of late."""
        session = self._held.get(token_hash)
        if session is None or session.one_time or session.expires_at_us <= wall_us:
            return None
        return session if wall_us - session.seen_at_us < idle_us else None

    def seen(self, session: Session, wall_us: int) -> bool:
        """Note that a session is used; tells whether that is to be written down."""
        if wall_us - session.seen_at_us < SEEN_US:
            return False
        with self._lock:
            if session.token_hash in self._held:
                self._held[session.token_hash] = replace(session, seen_at_us=wall_us)
        return True

    def write_seen(self, token_hash: str, wall_us: int) -> None:
        """Write down when a session was used."""
        self._database.write(("UPDATE session SET seen_at_us=? WHERE token_hash=?", (wall_us, token_hash)))

    def redeem(self, token_hash: str, wall_us: int) -> Session | None:
        """Use up a one-time link: whoever comes second gets nothing."""
        with self._lock:
            session = self._held.get(token_hash)
            if session is None or not session.one_time:
                return None
            del self._held[token_hash]
        self._database.write(("DELETE FROM session WHERE token_hash=?", (token_hash,)))
        return session if session.expires_at_us > wall_us else None

    def of(self, actor: str, wall_us: int) -> list[Session]:
        """Return somebody's sessions that still hold, newest first."""
        mine = [one for one in self._held.values() if one.actor == actor and not one.one_time]
        return sorted((one for one in mine if one.expires_at_us > wall_us), key=lambda one: -one.opened_at_us)

    def end(self, actor: str, ids: set[str] | None = None) -> None:
        """End somebody's sessions of these ids, or all of them, and the links that wait for them."""
        gone = [one for one in list(self._held.values()) if one.actor == actor and (ids is None or one.id in ids)]
        self._database.write(*(("DELETE FROM session WHERE token_hash=?", (one.token_hash,)) for one in gone))
        with self._lock:
            for one in gone:
                self._held.pop(one.token_hash, None)


def _session(row: Any) -> Session:
    return convert(dict(zip(Session.__struct_fields__, row, strict=True)), Session, strict=False)
