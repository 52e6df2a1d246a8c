"""A toy system without devices, whose decisions are documents: pages of a diary, written, changed, torn out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from stadtwerk.kernel.command import Book, Order, carried_out, refused
from stadtwerk.kernel.journal import Document, Event
from stadtwerk.kernel.refusal import Refused
from stadtwerk.kernel.system import System


class Write(msgspec.Struct, frozen=True):
    """Write a line on a page."""

    page: str
    line: str


class TearOut(msgspec.Struct, frozen=True):
    """Take a page out; refused when there is none."""

    page: str


class Diary:
    """Pages by name, each with its lines."""

    def __init__(self) -> None:
        self.book = Book(0)
        self.pages: dict[str, list[str]] = {}


def _decide(diary: Diary, order: Order, now_us: int) -> list[Event]:
    content = order.content
    if isinstance(content, TearOut) and content.page not in diary.pages:
        return refused(order, now_us, Refused.of("no-page", "There is no such page", 404).refusal)
    kind = "diary.written" if isinstance(content, Write) else "diary.torn-out"
    body = msgspec.to_builtins(content)
    happened = Event(now_us, kind, content.page, order.actor, order.id, body)
    return carried_out(order, now_us, "", [happened])


def _evolve(diary: Diary, event: Event) -> Sequence[Document]:
    page = event.body["page"]
    if event.kind == "diary.torn-out":
        diary.pages.pop(page, None)
        return (Document("diary.page", page, None),)
    lines = diary.pages.setdefault(page, [])
    lines.append(event.body["line"])
    return (Document("diary.page", page, msgspec.json.encode(lines)),)


def _recall(diary: Diary, documents: Iterable[Document]) -> None:
    diary.pages = {kept.id: msgspec.json.decode(kept.body or b"[]") for kept in documents}


SYSTEM = System(
    name="diary",
    commands={"diary.write": Write, "diary.tear-out": TearOut},
    queries=(),
    make=lambda folder: Diary(),
    decide=_decide,
    evolve=_evolve,
    recall=_recall,
)
