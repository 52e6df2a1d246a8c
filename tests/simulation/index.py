"""A toy system that only reacts: each line written into a diary is noted in an index, once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from stadtwerk.kernel.command import Book, Order, carried_out
from stadtwerk.kernel.journal import Document, Event
from stadtwerk.kernel.reaction import Reaction
from stadtwerk.kernel.system import System


class Note(msgspec.Struct, frozen=True):
    """Note a line's page."""

    page: str


class Index:
    """How often each entry of the journal was noted: it should be once."""

    def __init__(self) -> None:
        self.book = Book(0)
        self.noted: dict[str, int] = {}


def _decide(index: Index, order: Order, now_us: int) -> list[Event]:
    assert isinstance(order.content, Note)
    body = {"page": order.content.page, "entry": order.cause}
    return carried_out(order, now_us, "", [Event(now_us, "index.noted", order.cause, order.actor, order.id, body)])


def _evolve(index: Index, event: Event) -> Sequence[Document]:
    entry = event.body["entry"]
    index.noted[entry] = index.noted.get(entry, 0) + 1
    return (Document("index.entry", entry, str(index.noted[entry]).encode()),)


def _recall(index: Index, documents: Iterable[Document]) -> None:
    index.noted = {kept.id: int(kept.body or b"0") for kept in documents}


WORDS = {"de": "Verzeichnis", "en": "Index"}
SYSTEM = System(
    name="index",
    commands={"index.note": Note},
    queries=(),
    make=lambda folder: Index(),
    decide=_decide,
    evolve=_evolve,
    recall=_recall,
    react=(
        Reaction(
            "index.of-diary",
            "diary.written",
            "index.note",
            WORDS,
            WORDS,
            lambda _, event, __: [Note(event.body["page"])],
        ),
    ),
)
