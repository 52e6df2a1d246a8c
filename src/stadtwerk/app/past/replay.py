"""One system's own decided state, made true event by event up to an instant."""

from __future__ import annotations

from stadtwerk.app.past.checkpoints import Checkpoints
from stadtwerk.app.past.decided import Decided
from stadtwerk.kernel.journal import Document
from stadtwerk.kernel.system import Part


class Replay:
    """How far a system's state is true, and the documents that keep it."""

    def __init__(self, part: Part, decided: Decided, checkpoints: Checkpoints) -> None:
        self.part = part
        self._decided, self._checkpoints = decided, checkpoints
        self._documents: dict[tuple[str, str], Document] = {}
        self._true_to = self._since = 0

    def overtaken(self, seq: int) -> bool:
        """Tell whether the state has to be begun anew to be true at an event: it knows later ones, or is far behind."""
        name = self.part.system.name
        if self._true_to > seq:
            return next(self._decided.events(name, seq, self._true_to), None) is not None
        return 0 < self._true_to < self._checkpoints.newest(name, seq)

    def begin(self, part: Part) -> None:
        """Begin anew with a state in which nothing has happened."""
        self.part, self._true_to, self._since = part, 0, 0
        self._documents = {}

    def go(self, seq: int) -> None:
        """Make everything up to an event true, from the newest checkpoint if this is the beginning."""
        name, part = self.part.system.name, self.part
        if not self._true_to:
            self._true_to, documents = self._checkpoints.read(name, seq)
            part.system.recall(part.state, documents)
            self._documents = {(kept.collection, kept.id): kept for kept in documents}
        for entry in self._decided.events(name, self._true_to, seq):
            changed = part.system.evolve(part.state, entry.event())
            self._documents |= {(kept.collection, kept.id): kept for kept in changed}
            self._since += 1
            if self._since >= self._checkpoints.every and entry.seq > self._checkpoints.newest(name, 1 << 62):
                self._since = 0
                self._checkpoints.put(name, entry, self._kept())
        self._true_to = seq

    def _kept(self) -> list[Document]:
        """Return the documents as a start of the city would read them."""
        return [kept for _, kept in sorted(self._documents.items()) if kept.body is not None]
