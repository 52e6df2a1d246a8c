"""What `ngsi_change` holds of entities' pasts: read by entity or by row, rewritten, dropped when it is old."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from stadtwerk.stores.sql import Sql
from stadtwerk.stores.writer import Work

ROWS = 2_000
"""Rows read or rewritten in one go."""
NAMES = 200
"""Rows or entities named in one statement."""

Row = tuple[int, int, bytes]
"""Number of a change, instant it was told, what it told."""


def rows_of(db: Sql, number: int, after: int = 0) -> list[Row]:
    """Return an entity's next rows after one, oldest first; fewer than `ROWS` are the last."""
    query = f"SELECT seq, at_us, body FROM ngsi_change WHERE number=? AND seq>? ORDER BY seq LIMIT {ROWS}"
    return [(int(seq), int(at_us), bytes(body)) for seq, at_us, body in db.execute(query, (number, after))]


def rows_of_several(db: Sql, numbers: Sequence[int]) -> tuple[dict[int, list[Row]], int]:
    """Return the first rows of at most `NAMES` entities, by number, and the entity whose rows may go on (0: none)."""
    marks = ", ".join("?" * len(numbers))
    query = (
        f"SELECT number, seq, at_us, body FROM ngsi_change WHERE number IN ({marks}) ORDER BY number, seq LIMIT {ROWS}"
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
        db.execute("DELETE FROM ngsi_change WHERE number=? AND seq<=?", (number, until))
        db.execute("INSERT INTO ngsi_change VALUES (?, 0, ?, ?)", (marker, at_us, b"{}"))
        if entity:
            db.execute("DELETE FROM ngsi_entity WHERE number=? AND body IS NULL", (number,))

    return work


def forget_entities(numbers: Sequence[int], marker: int, at_us: int) -> Work:
    """Return the work that drops entities with all that was ever told of them; a marker as above."""
    rows = [(number,) for number in numbers]

    def work(db: Sql) -> None:
        db.executemany("DELETE FROM ngsi_change WHERE number=?", rows)
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


def drop(seqs: Iterable[int]) -> Work:
    """Return the work that drops rows."""
    rows = [(seq,) for seq in seqs]

    def work(db: Sql) -> None:
        db.executemany("DELETE FROM ngsi_change WHERE seq=?", rows)

    return work


def without_rows(db: Sql, numbers: Sequence[int]) -> set[int]:
    """Return which of these entities have no rows left."""
    left: set[int] = set()
    for start in range(0, len(numbers), NAMES):
        some = numbers[start : start + NAMES]
        marks = ", ".join("?" * len(some))
        query = f"SELECT DISTINCT number FROM ngsi_change WHERE number IN ({marks})"
        left.update(int(number) for (number,) in db.execute(query, some))
    return set(numbers) - left
