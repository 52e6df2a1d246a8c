"""A decision model as data (DMN 1.5, chapters 6 to 10), free of XML."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Union


@dataclass(frozen=True, slots=True)
class Parameter:
    """A named value and the name of its type, if told."""

    name: str
    type_ref: str = ""


@dataclass(frozen=True, slots=True)
class LiteralBox:
    """A text of FEEL; its language where it is another one."""

    text: str
    type_ref: str = ""
    language: str = ""


@dataclass(frozen=True, slots=True)
class ContextBox:
    """Named entries; one without a name is the result."""

    entries: tuple[tuple[Parameter | None, Box | None], ...]
    type_ref: str = ""


@dataclass(frozen=True, slots=True)
class ListBox:
    """Items."""

    items: tuple[Box | None, ...]
    type_ref: str = ""


@dataclass(frozen=True, slots=True)
class RelationBox:
    """Rows of contexts."""

    columns: tuple[Parameter, ...]
    rows: tuple[tuple[Box | None, ...], ...]
    type_ref: str = ""


@dataclass(frozen=True, slots=True)
class InvocationBox:
    """A call with arguments by name."""

    function: Box | None
    bindings: tuple[tuple[Parameter, Box | None], ...]
    type_ref: str = ""


@dataclass(frozen=True, slots=True)
class FunctionBox:
    """A function; `kind` is FEEL, Java or PMML."""

    parameters: tuple[Parameter, ...]
    body: Box | None
    kind: str = "FEEL"
    type_ref: str = ""


@dataclass(frozen=True, slots=True)
class ConditionalBox:
    """`if`, `then` and `else` (since DMN 1.4)."""

    condition: Box | None
    then: Box | None
    otherwise: Box | None
    type_ref: str = ""


@dataclass(frozen=True, slots=True)
class FilterBox:
    """Items of a list that match (since DMN 1.4)."""

    source: Box | None
    match: Box | None
    type_ref: str = ""


@dataclass(frozen=True, slots=True)
class IteratorBox:
    """`for`, `some` or `every` over a list (since DMN 1.4)."""

    kind: str
    variable: str
    source: Box | None
    body: Box | None
    type_ref: str = ""


@dataclass(frozen=True, slots=True)
class InputClause:
    """A column of conditions: what is asked, its type, and what it may be."""

    text: str
    type_ref: str = ""
    values: str = ""
    label: str = ""


@dataclass(frozen=True, slots=True)
class OutputClause:
    """A column of results: its name, type, what it may be (in order of priority), and what it is when no rule fires."""

    name: str
    type_ref: str = ""
    values: str = ""
    default: str = ""


@dataclass(frozen=True, slots=True)
class Rule:
    """A row: a test for each input, a result for each output, and notes such as the legal basis."""

    identifier: str
    tests: tuple[str, ...]
    results: tuple[str, ...]
    annotations: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TableBox:
    """A decision table."""

    hit_policy: str
    aggregation: str
    inputs: tuple[InputClause, ...]
    outputs: tuple[OutputClause, ...]
    rules: tuple[Rule, ...]
    annotations: tuple[str, ...] = ()
    type_ref: str = ""


Box = Union[  # noqa: UP007 - the names are only known when all stand
    LiteralBox,
    ContextBox,
    ListBox,
    RelationBox,
    InvocationBox,
    FunctionBox,
    ConditionalBox,
    FilterBox,
    IteratorBox,
    TableBox,
]


@dataclass(frozen=True, slots=True)
class ItemDefinition:
    """A type: of another, with parts, of functions; restricted to values; a list of all this."""

    name: str
    type_ref: str = ""
    is_collection: bool = False
    allowed: str = ""
    constraint: str = ""
    parts: tuple[ItemDefinition, ...] = ()
    function: tuple[tuple[Parameter, ...], str] | None = None


@dataclass(frozen=True, slots=True)
class Import:
    """Another model, known here by a name."""

    name: str
    namespace: str


@dataclass(frozen=True, slots=True)
class InputData:
    """What a decision is made from."""

    identifier: str
    name: str
    type_ref: str = ""


@dataclass(frozen=True, slots=True)
class Decision:
    """A decision: what it requires (`namespace#id`, or `#id` of this model), and how it is made."""

    identifier: str
    name: str
    type_ref: str = ""
    requires: tuple[str, ...] = ()
    logic: Box | None = None
    question: str = ""


@dataclass(frozen=True, slots=True)
class Knowledge:
    """A function that decisions share."""

    identifier: str
    name: str
    type_ref: str = ""
    requires: tuple[str, ...] = ()
    logic: FunctionBox | None = None


@dataclass(frozen=True, slots=True)
class Service:
    """Decisions offered as one function."""

    identifier: str
    name: str
    type_ref: str = ""
    outputs: tuple[str, ...] = ()
    encapsulated: tuple[str, ...] = ()
    input_decisions: tuple[str, ...] = ()
    input_data: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Definitions:
    """A whole model."""

    name: str
    namespace: str
    imports: tuple[Import, ...] = ()
    items: tuple[ItemDefinition, ...] = ()
    elements: dict[str, InputData | Decision | Knowledge | Service] = field(default_factory=dict)
