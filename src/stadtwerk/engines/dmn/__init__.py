"""DMN 1.2 to 1.5: decision models read from XML, decided with a trace that says why; usable alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from stadtwerk.engines.dmn.document import ModelError
from stadtwerk.engines.dmn.library import Library
from stadtwerk.engines.dmn.model import Decision, Definitions, Knowledge, Service
from stadtwerk.engines.dmn.reader import read_model
from stadtwerk.engines.dmn.session import Session
from stadtwerk.engines.dmn.trace import Step, sentences
from stadtwerk.engines.feel import guarded
from stadtwerk.engines.feel.moments import DateTime
from stadtwerk.engines.feel.values import Run, Value


@dataclass(frozen=True, slots=True)
class Decided:
    """What was decided, each step on the way, and why values are null."""

    value: Value
    steps: tuple[Step, ...]
    reasons: tuple[str, ...]

    def sentences(self) -> list[str]:
        """Tell the steps in words."""
        return list(sentences(self.steps))


class Engine:
    """A model made ready, to be asked often; `faults` are what an author should mend."""

    def __init__(self, model: Definitions, imports: Iterable[Definitions] = ()) -> None:
        self.model = model
        self._library = Library.of((model, *imports))
        self.faults = tuple(self._library.faults)

    def decide(self, name: str, inputs: Mapping[str, Value], now: DateTime | None = None) -> Decided:
        """Make the decision of a name; ModelError where the model has none."""
        session = Session(self._library, inputs, Run(now))
        key = self._key(name, Decision)
        value = guarded(session.run, lambda: session.value_of(key))
        return Decided(value, tuple(session.steps), tuple(session.run.notes))

    def call(self, name: str, arguments: Mapping[str, Value], now: DateTime | None = None) -> Decided:
        """Call a decision service or piece of knowledge, missing arguments null; ModelError where it is not there."""
        session = Session(self._library, {}, Run(now))
        key = self._key(name, Service, Knowledge)

        def compute() -> Value:
            function = session.value_of(key)
            if function is None:
                return None
            return function.positional(session.run, [arguments.get(one) for one in function.parameters])

        value = guarded(session.run, compute)
        return Decided(value, tuple(session.steps), tuple(session.run.notes))

    def _key(self, name: str, *kinds: type) -> tuple[str, str]:
        for identifier, node in self.model.elements.items():
            if node.name == name and isinstance(node, kinds):
                return self.model.namespace, identifier
        raise ModelError(f"the model has no {' or '.join(one.__name__.lower() for one in kinds)} called {name}")


def load(content: bytes, imports: Iterable[bytes] = ()) -> Engine:
    """Read a model and those it imports; ModelError where one is none."""
    return Engine(read_model(content), [read_model(one) for one in imports])


__all__ = ["Decided", "Engine", "ModelError", "load", "read_model"]
