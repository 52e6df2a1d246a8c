"""Models that know each other, with every decision made ready once."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from stadtwerk.engines.dmn import table
from stadtwerk.engines.dmn.document import ModelError
from stadtwerk.engines.dmn.items import Types
from stadtwerk.engines.dmn.maker import Maker, shared_function
from stadtwerk.engines.dmn.model import Decision, Definitions, InputData, Knowledge, Service
from stadtwerk.engines.feel import BUILTIN_NAMES
from stadtwerk.engines.feel.names import Names
from stadtwerk.engines.feel.scope import Code, Scope
from stadtwerk.engines.feel.shapes import FunctionOf, Type
from stadtwerk.engines.feel.values import Function

Key = tuple[str, str]
"""Namespace of a model and id of an element."""
Node = InputData | Decision | Knowledge | Service


@dataclass(frozen=True, slots=True)
class Required:
    """What an element needs: the name of the import it comes by (empty: no prefix), its own name, its key."""

    prefix: str
    name: str
    key: Key


@dataclass(slots=True)
class Ready:
    """An element made ready."""

    node: Node
    type: Type | None
    required: tuple[Required, ...] = ()
    code: Code | None = None
    build: Callable[[Scope], Function] | None = None


@dataclass(slots=True)
class Library:
    """All elements of a model and of those it imports, by key; and what was found wrong while they were read."""

    models: dict[str, Definitions]
    ready: dict[Key, Ready] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    _types: dict[str, Types] = field(default_factory=dict)

    @classmethod
    def of(cls, models: Iterable[Definitions]) -> Library:
        """Make all models ready; ModelError where two have the same namespace."""
        by_namespace: dict[str, Definitions] = {}
        for one in models:
            if one.namespace in by_namespace:
                raise ModelError(f"two models have the namespace {one.namespace}")
            by_namespace[one.namespace] = one
        library = cls(by_namespace)
        for one in by_namespace.values():
            library._add(one)
        return library

    def _types_of(self, model: Definitions, within: frozenset[str] = frozenset()) -> Types:
        if model.namespace not in self._types:
            inner = within | {model.namespace}
            imported = {
                one.name: self._types_of(self.models[one.namespace], inner)
                for one in model.imports
                if one.namespace in self.models and one.namespace not in inner
            }
            self._types[model.namespace] = Types(model, imported)
            self.faults += self._types[model.namespace].faults
        return self._types[model.namespace]

    def _add(self, model: Definitions) -> None:
        types = self._types_of(model)
        members = Names(_members(model))
        for one in model.imports:
            for name in _members(self.models[one.namespace]) if one.namespace in self.models else ():
                members.add(name)
        for identifier, node in model.elements.items():
            required = tuple(self._required(model, node))
            names = (one.prefix or one.name for one in required)
            maker = Maker(Names(names, Names(types.known), BUILTIN_NAMES), members, types, self.faults)
            self.ready[model.namespace, identifier] = self._prepared(node, required, maker)

    def _prepared(self, node: Node, required: tuple[Required, ...], maker: Maker) -> Ready:
        told = maker.types.optional(node.type_ref)
        if isinstance(node, Decision):
            return Ready(node, told, required, maker.code(node.logic))
        if isinstance(node, Knowledge) and node.logic is not None:
            wanted = told or maker.types.optional(node.logic.type_ref)
            build = shared_function(maker.among(node.name), node.logic, node.name, wanted)
            return Ready(node, told, required, build=build)
        if isinstance(node, Service) and isinstance(told, FunctionOf):
            return Ready(node, told.result, required)
        return Ready(node, told, required)

    def _required(self, model: Definitions, node: Node) -> Iterable[Required]:
        for href in getattr(node, "requires", ()):
            key = self.key(model.namespace, href)
            if key is None:
                self.faults.append(f"{node.name} requires {href}, which is not there")
                continue
            prefix = next((one.name for one in model.imports if one.namespace == key[0] != model.namespace), "")
            yield Required(prefix, self.models[key[0]].elements[key[1]].name, key)

    def key(self, namespace: str, href: str) -> Key | None:
        """Return the key of `#id` or `namespace#id`, None where nothing is there."""
        told, _, identifier = href.rpartition("#")
        found = (told or namespace, identifier)
        model = self.models.get(found[0])
        return found if model is not None and identifier in model.elements else None


def _members(model: Definitions) -> set[str]:
    names = {node.name for node in model.elements.values()}
    waiting = list(model.items)
    while waiting:
        item = waiting.pop()
        names.add(item.name)
        waiting += item.parts
    return names


__all__ = ["Key", "Library", "Ready", "Required", "table"]
