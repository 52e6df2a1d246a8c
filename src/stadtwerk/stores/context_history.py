"""What `ngsi_change` holds of entities' pasts: read by entity or by row, rewritten, dropped when it is old.

Whoever reads by entity sees what is indexed: `index` comes first, in a commit of its own or of the same work.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from stadtwerk.stores.sql import Sql
from stadtwerk.stores.writer import Work

ROWS = 2_000
"""Rows read or rewritten in one go."""
NAMES = 200
"""Rows or entities named in one statement."""

Row = tuple[int, int, bytes]
"""Number of a change, instant it was told, what it told."""


def index(db: Sql) -> None:
    """Bring the changes by entity up to date: many at once touch each page but once."""
    newest = db.execute("SELECT max(seq) FROM ngsi_change").fetchone()[0]
    if newest is None:
        return
    missing = "SELECT number, seq FROM ngsi_change WHERE seq > coalesce((SELECT max(seq) FROM ngsi_change_upto), 0)"
    db.execute(f"INSERT INTO ngsi_change_of (number, seq) {missing} ORDER BY number, seq")
    put = "INSERT INTO ngsi_change_upto VALUES (0, ?) ON CONFLICT (one) DO UPDATE SET seq=excluded.seq"
    db.execute(put, (newest,))


def rows_of(db: Sql, number: int, after: int = 0) -> list[Row]:
    """Return an entity's next rows after one, oldest first; fewer than `ROWS` are the last."""
    query = (
        "SELECT c.seq, c.at_us, c.body FROM ngsi_change_of o JOIN ngsi_change c ON c.seq=o.seq "
        f"WHERE o.number=? AND o.seq>? ORDER BY o.seq LIMIT {ROWS}"
    )
    return [(int(seq), int(at_us), bytes(body)) for seq, at_us, body in db.execute(query, (number, after))]


def rows_of_several(db: Sql, numbers: Sequence[int]) -> tuple[dict[int, list[Row]], int]:
    """Return the first rows of at most `NAMES` entities, by number, and the entity whose rows may go on (0: none)."""
    marks = ", ".join("?" * len(numbers))
    query = (
        "SELECT c.number, c.seq, c.at_us, c.body FROM ngsi_change_of o JOIN ngsi_change c ON c.seq=o.seq "
        f"WHERE o.number IN ({marks}) ORDER BY o.number, o.seq LIMIT {ROWS}"
    )
    found: dict[int, list[Row]] = {}
    rows = db.execute(query, tuple(numbers)).fetchall()
    for number, seq, at_us, body in rows:
        found.setdefault(int(number), []).append((int(seq), int(at_us), bytes(body)))
    return found, int(rows[-1][0]) if len(rows) == ROWS else 0


def bodies(db: Sql, seqs: Sequence[int]) -> Iterator[tuple[int, int, bytes]]:
    """Give rows by their numbers, in no order."""
    for start in range(0, len(seqs), NAMES):
        some = seqs[start : start + NAMES]
        marks = ", ".join("?" * len(some))
        for seq, at_us, body in db.execute(f"SELECT seq, at_us, body FROM ngsi_change WHERE seq IN ({marks})", some):
            yield int(seq), int(at_us), bytes(body)


def rewrite(number: int, until: int, edit: Callable[[int, bytes], bytes], only: int | None = None) -> Work:
    """Return the work that rewrites an entity's rows told so far, or only one of them."""

    def work(db: Sql) -> None:
        index(db)
        after = 0
        while True:
            page = rows_of(db, number, after) if only is None else list(bodies(db, [only]))
            edited = ((seq, body, edit(seq, body)) for seq, _, body in page if seq <= until)
            changed = [(new, seq) for seq, old, new in edited if new != old]
            db.executemany("UPDATE ngsi_change SET body=? WHERE seq=?", changed)
            if only is not None or len(page) < ROWS:
                return
            after = page[-1][0]

    return work


def forget(number: int, until: int, *, entity: bool, marker: int, at_us: int) -> Work:
    """Return the work that drops an entity's rows told so far, and its own row if it is not of the present.

    A marker keeps the highest number of a change known, so that none is ever given out twice.
    """

    def work(db: Sql) -> None:
        index(db)
        of_it = "FROM ngsi_change_of WHERE number=? AND seq<=?"
        db.execute(f"DELETE FROM ngsi_change WHERE seq IN (SELECT seq {of_it})", (number, until))
        db.execute(f"DELETE {of_it}", (number, until))
        db.execute("INSERT INTO ngsi_change VALUES (?, 0, ?, ?)", (marker, at_us, b"{}"))
        if entity:
            db.execute("DELETE FROM ngsi_entity WHERE number=? AND body IS NULL", (number,))

    return work


def forget_entities(numbers: Sequence[int], marker: int, at_us: int) -> Work:
    """Return the work that drops entities with all that was ever told of them; a marker as above."""
    rows = [(number,) for number in numbers]

    def work(db: Sql) -> None:
        index(db)
        db.executemany("DELETE FROM ngsi_change WHERE seq IN (SELECT seq FROM ngsi_change_of WHERE number=?)", rows)
        db.executemany("DELETE FROM ngsi_change_of WHERE number=?", rows)
        db.execute("INSERT INTO ngsi_change VALUES (?, 0, ?, ?)", (marker, at_us, b"{}"))
        db.executemany("DELETE FROM ngsi_entity WHERE number=?", rows)

    return work


def old_rows(db: Sql, before_us: int, most: int) -> list[tuple[int, int]]:
    """Return the oldest rows (number of the change, of the entity) told before an instant, never the newest of all."""
    query = (
        "SELECT seq, number, at_us FROM ngsi_change WHERE seq < (SELECT max(seq) FROM ngsi_change) "
        f"ORDER BY seq LIMIT {most}"
    )
    return [(int(seq), int(number)) for seq, number, at_us in db.execute(query) if at_us < before_us]


def drop(rows: Sequence[tuple[int, int]]) -> Work:
    """Return the work that drops rows, given as `old_rows` gives them."""
    seqs = [(seq,) for seq, _ in rows]

    def work(db: Sql) -> None:
        index(db)
        db.executemany("DELETE FROM ngsi_change WHERE seq=?", seqs)
        db.executemany("DELETE FROM ngsi_change_of WHERE seq=? AND number=?", rows)

    return work


def without_rows(db: Sql, numbers: Sequence[int]) -> set[int]:
    """Return which of these entities have no rows left."""
    left: set[int] = set()
    for start in range(0, len(numbers), NAMES):
        some = numbers[start : start + NAMES]
        marks = ", ".join("?" * len(some))
        query = f"SELECT DISTINCT number FROM ngsi_change_of WHERE number IN ({marks})"
        left.update(int(number) for (number,) in db.execute(query, some))
    return set(numbers) - left
