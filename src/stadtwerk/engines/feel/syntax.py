"""The parts an expression is read into (DMN 1.5, 10.3.1.2): what the grammar knows, free of how it was written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Union

from stadtwerk.engines.feel.values import Value


class FeelSyntaxError(ValueError):
    """A text that is no FEEL, with the place where that shows."""

    def __init__(self, detail: str, at: int) -> None:
        super().__init__(f"{detail} (at character {at + 1})")
        self.detail = detail
        self.at = at


@dataclass(frozen=True, slots=True)
class Literal:
    """A value written down."""

    value: Value


@dataclass(frozen=True, slots=True)
class Name:
    """A variable."""

    name: str


@dataclass(frozen=True, slots=True)
class Path:
    """`source.name`."""

    source: Node
    name: str


@dataclass(frozen=True, slots=True)
class Filter:
    """`source[test]`."""

    source: Node
    test: Node


@dataclass(frozen=True, slots=True)
class Call:
    """`function(argument, ...)` or, with names, `function(name: argument, ...)`."""

    function: Node
    arguments: tuple[Node, ...]
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """`first + second - third ...`: operators of one rank, from left to right."""

    first: Node
    rest: tuple[tuple[str, Node], ...]


@dataclass(frozen=True, slots=True)
class Negation:
    """`-value`."""

    value: Node


@dataclass(frozen=True, slots=True)
class Logic:
    """`a and b and ...`, or the same with `or`."""

    operator: str
    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """`left < right` and the like."""

    operator: str
    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class Between:
    """`value between low and high`."""

    value: Node
    low: Node
    high: Node


@dataclass(frozen=True, slots=True)
class OneSided:
    """`> value`: a unary test, and in parentheses a range with one end."""

    operator: str
    value: Node


@dataclass(frozen=True, slots=True)
class Tests:
    """Unary tests, of which one has to hold; none stands for `-`, which always holds."""

    tests: tuple[Node, ...]
    negated: bool = False


@dataclass(frozen=True, slots=True)
class In:
    """`value in test` or `value in (test, ...)`."""

    value: Node
    tests: Tests


@dataclass(frozen=True, slots=True)
class RangeLiteral:
    """`[start..end)`."""

    start: Node
    end: Node
    start_included: bool
    end_included: bool


@dataclass(frozen=True, slots=True)
class InstanceOf:
    """`value instance of type`."""

    value: Node
    type: TypeNode


@dataclass(frozen=True, slots=True)
class If:
    """`if condition then value else other`."""

    condition: Node
    then: Node
    otherwise: Node


@dataclass(frozen=True, slots=True)
class Iterator:
    """`name in source`, or `name in source..end`."""

    name: str
    source: Node
    end: Node | None


@dataclass(frozen=True, slots=True)
class For:
    """`for name in source, ... return body`."""

    iterators: tuple[Iterator, ...]
    body: Node


@dataclass(frozen=True, slots=True)
class Quantified:
    """`some name in source, ... satisfies test`, or `every`."""

    every: bool
    iterators: tuple[Iterator, ...]
    test: Node


@dataclass(frozen=True, slots=True)
class FunctionLiteral:
    """`function(name: type, ...) body`; an external one has no body of ours."""

    parameters: tuple[tuple[str, TypeNode | None], ...]
    body: Node | None


@dataclass(frozen=True, slots=True)
class ListLiteral:
    """`[item, ...]`."""

    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class ContextLiteral:
    """`{key: value, ...}`."""

    entries: tuple[tuple[str, Node], ...]


@dataclass(frozen=True, slots=True)
class TypeNode:
    """A type as written: a name, or `list<...>`, `range<...>`, `context<...>`, `function<...> -> ...`."""

    name: str
    of: tuple[TypeNode, ...] = ()
    fields: tuple[str, ...] = ()


Node = Union[  # noqa: UP007 - the names below are only known when all stand
    Literal,
    Name,
    Path,
    Filter,
    Call,
    Arithmetic,
    Negation,
    Logic,
    Comparison,
    Between,
    OneSided,
    Tests,
    In,
    RangeLiteral,
    InstanceOf,
    If,
    For,
    Quantified,
    FunctionLiteral,
    ListLiteral,
    ContextLiteral,
]
