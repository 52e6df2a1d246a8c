"""Item definitions into types (DMN 1.5, 7.3.2): what values may be, checked where they come in and go out."""

from __future__ import annotations

from collections.abc import Mapping

from stadtwerk.engines.dmn.model import Definitions, ItemDefinition
from stadtwerk.engines.feel import Feel, FeelSyntaxError, evaluate
from stadtwerk.engines.feel.shapes import ANY, SIMPLE, ContextOf, FunctionOf, ListOf, Restricted, Type
from stadtwerk.engines.feel.values import Value


class Types:
    """The types of a model and of those it imports, by name."""

    def __init__(self, model: Definitions, imported: Mapping[str, Types]) -> None:
        self._items = {item.name: item for item in model.items}
        self._open: set[str] = set()
        self.known: dict[str, Type] = {}
        self.faults: list[str] = []
        for name, types in imported.items():
            self.known |= {f"{name}.{key}" if name else key: one for key, one in types.known.items() if "." not in key}
        for name in self._items:
            self.named(name)

    def named(self, name: str) -> Type:
        """Return the type of a name, Any where nobody defined it."""
        plain = name.strip().removeprefix("feel:")
        if plain in self.known:
            return self.known[plain]
        if plain in self._items and plain not in self._open:
            self._open.add(plain)
            self.known[plain] = self._built(self._items[plain])
            self._open.discard(plain)
            return self.known[plain]
        if plain in SIMPLE:
            return SIMPLE[plain]
        _, colon, local = plain.partition(":")
        if colon:
            return self.named(local)
        if plain and plain not in self._items:
            self.faults.append(f"no type is called {plain}")
        return ANY

    def optional(self, name: str) -> Type | None:
        """Return the type of a name, None where none is told."""
        return self.named(name) if name else None

    def _built(self, item: ItemDefinition) -> Type:
        base = self._base(item)
        if item.allowed:
            base = self._restricted(base, item.name, item.allowed)
        if item.is_collection:
            base = ListOf(item.name, base)
        if item.constraint:
            base = self._restricted(base, item.name, item.constraint)
        return base

    def _base(self, item: ItemDefinition) -> Type:
        if item.function is not None:
            parameters, result = item.function
            return FunctionOf(item.name, tuple(self.named(one.type_ref) for one in parameters), self.named(result))
        if item.parts:
            return ContextOf(item.name, tuple((part.name, self._built(part)) for part in item.parts))
        return self.named(item.type_ref) if item.type_ref else ANY

    def _restricted(self, base: Type, name: str, tests: str) -> Type:
        try:
            ready = Feel(types=dict(self.known)).tests(tests)
        except FeelSyntaxError as error:
            self.faults.append(f"allowed values of {name}: {error}")
            return base
        return Restricted(name, base, lambda value: ready.value({"?": value}) is True)


def allowed(text: str) -> list[Value]:
    """Return values written down between commas, for their order; empty where they are no plain values."""
    try:
        found = evaluate(f"[{text}]").value
    except FeelSyntaxError:
        return []
    return found if isinstance(found, list) else []
