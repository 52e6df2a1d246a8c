"""One evaluation of a model: each input taken once, each decision made once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from stadtwerk.engines.dmn.library import Key, Library, Ready
from stadtwerk.engines.dmn.limits import CHAIN, TRACE
from stadtwerk.engines.dmn.model import InputData, Knowledge, Service
from stadtwerk.engines.dmn.trace import Step
from stadtwerk.engines.feel.scope import Scope
from stadtwerk.engines.feel.shapes import coerce
from stadtwerk.engines.feel.values import Function, LimitReachedError, Run, Value


class Session:
    """Knows the inputs, what is decided so far, and tells what happened in `steps`."""

    def __init__(self, library: Library, inputs: Mapping[str, Value], run: Run) -> None:
        self._library = library
        self._inputs = inputs
        self._made: dict[Key, Value] = {}
        self._open: list[Key] = []
        self.run = run
        self.steps: list[Step] = []

    def give(self, key: Key, value: Value) -> None:
        """Take a value as if it were decided: the argument of a decision service."""
        ready = self._library.ready[key]
        self._made[key] = coerce(self.run, value, ready.type, ready.node.name)

    def value_of(self, key: Key) -> Value:
        """Return the value of an input, decision, piece of knowledge or service."""
        if key in self._made:
            return self._made[key]
        ready = self._library.ready[key]
        if isinstance(ready.node, InputData):
            value = self._inputs.get(ready.node.name)
            self.give(key, value)
        elif isinstance(ready.node, Knowledge):
            self._know(key, ready)
        elif isinstance(ready.node, Service):
            self._made[key] = self._service(key, ready, ready.node)
        else:
            self._decide(key, ready)
        return self._made[key]

    def _scope(self, ready: Ready) -> dict[str, Value]:
        values: dict[str, Value] = {}
        for one in ready.required:
            inner = values.setdefault(one.prefix, {}) if one.prefix else values
            inner[one.name] = self.value_of(one.key)
        return values

    def _decide(self, key: Key, ready: Ready) -> None:
        if key in self._open:
            self.run.void(f"{ready.node.name} requires itself")
            self._made[key] = None
            return
        if len(self._open) >= CHAIN:
            raise LimitReachedError(f"more than {CHAIN} decisions require each other")
        self._open.append(key)
        scope = Scope(self._scope(ready), None, self.run)
        self._open.pop()
        noted, fired = len(self.run.notes), len(self.run.fired)
        value = None if ready.code is None else ready.code(scope)
        value = coerce(self.run, value, ready.type, ready.node.name)
        self._made[key] = value
        if len(self.steps) < TRACE:
            rules = tuple(self.run.fired[fired:])
            self.steps.append(Step(ready.node.name, value, rules, tuple(self.run.notes[noted:])))

    def _know(self, key: Key, ready: Ready) -> None:
        """Make a function; it may call itself, and those it requires may call it."""
        if ready.build is None:
            self.run.void(f"{ready.node.name} has no logic")
            self._made[key] = None
            return
        values: dict[str, Value] = {}
        function = ready.build(Scope(values, None, self.run))
        self._made[key] = function
        values[ready.node.name] = function
        values.update(self._scope(ready))

    def _service(self, key: Key, ready: Ready, node: Service) -> Function:
        library = self._library
        hrefs = (*node.input_data, *node.input_decisions)
        inputs = [found for href in hrefs if (found := library.key(key[0], href)) is not None]
        outputs = [found for href in node.outputs if (found := library.key(key[0], href)) is not None]
        names = tuple(library.ready[one].node.name for one in inputs)

        def call(run: Run, arguments: Sequence[Value]) -> Value:
            inner = Session(library, {}, run)
            for one, value in zip(inputs, arguments, strict=True):
                inner.give(one, value)
            made = {library.ready[one].node.name: inner.value_of(one) for one in outputs}
            self.steps += inner.steps[: TRACE - len(self.steps)]
            found = next(iter(made.values())) if len(outputs) == 1 else made
            return coerce(run, found, ready.type, f"what {node.name} returns")

        return Function(node.name, names, call, (), ready.type)
