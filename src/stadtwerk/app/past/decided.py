"""What was decided up to an instant: commands and state of the systems as the journal's events had made them then."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from stadtwerk.kernel.command import Book, Command, Life
from stadtwerk.kernel.journal import Entry
from stadtwerk.stores.sql import Sql

TARGETS_MAX = 1 << 22
"""Most targets of one command: what a book made for a moment is laid out for."""


class Decided:
    """Reads the journal as it was."""

    def __init__(self, db: Sql) -> None:
        self._db = db

    def seq_at(self, at_us: int) -> int:
        """Return the number of the last event up to an instant, 0 before the first: city time never runs back."""
        low, high = 0, int(self._db.execute("SELECT max(seq) FROM journal").fetchone()[0] or 0)
        while low < high:
            middle = (low + high + 1) // 2
            row = self._db.execute("SELECT at_us FROM journal WHERE seq=?", (middle,)).fetchone()
            low, high = (middle, high) if row and row[0] <= at_us else (low, middle - 1)
        return low

    def ids(self, limit: int, before: int) -> list[str]:
        """Return the ids of the newest commands asked before an event, newest first."""
        query = "SELECT id FROM command WHERE seq < ? ORDER BY seq DESC LIMIT ?"
        return [row[0] for row in self._db.execute(query, (before, limit)).fetchall()]

    def life(self, command_ids: Iterable[str], seq: int) -> list[Entry]:
        """Return the events of commands up to one, in order."""
        query = "SELECT * FROM journal WHERE subject=? AND seq<=? ORDER BY seq"
        rows = [row for one in command_ids for row in self._db.execute(query, (one, seq)).fetchall()]
        return [Entry(*row) for row in sorted(map(tuple, rows))]

    def recent(self, limit: int, seq: int) -> dict[str, list[Entry]]:
        """Return the events of the newest commands up to an event, in order, by the system that decides them."""
        system_of: dict[str, str] = {}
        found: dict[str, list[Entry]] = {}
        for entry in self.life(self.ids(limit, seq + 1), seq):
            if entry.kind == Life.REQUESTED:
                system_of[entry.subject] = entry.event().body["kind"].partition(".")[0]
            found.setdefault(system_of[entry.subject], []).append(entry)
        return found

    def commands(self, command_ids: list[str], seq: int) -> list[Command]:
        """Return commands as they were at an event, in the order of the ids; those not asked by then are left out."""
        book = Book(TARGETS_MAX)
        fill(book, self.life(command_ids, seq))
        return [book.commands[one] for one in command_ids if one in book.commands]

    def events(self, system: str, after: int, seq: int) -> Iterator[Entry]:
        """Read the events of a system's own in (after, seq]."""
        prefix = f"{system}."
        query = "SELECT * FROM journal WHERE seq>? AND seq<=? AND kind>=? AND kind<? ORDER BY seq LIMIT 1000"
        end = prefix[:-1] + chr(ord(".") + 1)
        while page := self._db.execute(query, (after, seq, prefix, end)).fetchall():
            yield from (Entry(*row) for row in page)
            after = page[-1][0]


def fill(book: Book, entries: Iterable[Entry]) -> None:
    """Make true in a book what events of commands say."""
    for entry in entries:
        command = book.evolve(entry.event())
        if command:
            command.seq = command.seq or entry.seq


def empty(book: Book) -> None:
    """Forget all commands."""
    book.commands.clear()
    book.by_token.clear()
    book.holder[:] = 0
    book.last_token = 0
