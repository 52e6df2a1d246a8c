"""DMN 1.1 to 1.5 as XML into a model; shapes and diagrams are left out."""

from __future__ import annotations

from stadtwerk.engines.dmn.boxes import read_box, read_function, read_parameter
from stadtwerk.engines.dmn.document import Element, ModelError, read_document
from stadtwerk.engines.dmn.model import (
    Decision,
    Definitions,
    Import,
    InputData,
    ItemDefinition,
    Knowledge,
    Parameter,
    Service,
)
from stadtwerk.engines.feel.names import canonical

_DMN_NAMESPACES = ("omg.org/spec/DMN/",)
_REQUIREMENTS = ("informationRequirement", "knowledgeRequirement")


def read_model(content: bytes) -> Definitions:
    """Read a model; ModelError where the content is no DMN."""
    root = read_document(content)
    if root.name != "definitions" or not any(known in root.namespace for known in _DMN_NAMESPACES):
        raise ModelError("the document's root is not DMN definitions")
    elements: dict[str, InputData | Decision | Knowledge | Service] = {}
    for child in root.children:
        found = _element(child)
        if found is not None:
            if found.identifier in elements:
                raise ModelError(f"two elements have the id {found.identifier}")
            elements[found.identifier] = found
    return Definitions(
        name=root.get("name"),
        namespace=root.get("namespace"),
        imports=tuple(
            Import(canonical(child.get("name")), child.get("namespace"))
            for child in root.all("import")
            if "spec/DMN" in child.get("importType")
        ),
        items=tuple(_item(child) for child in root.all("itemDefinition")),
        elements=elements,
    )


def _element(child: Element) -> InputData | Decision | Knowledge | Service | None:
    name = canonical(child.get("name"))
    identifier = child.get("id") or name
    variable = child.first("variable")
    type_ref = variable.get("typeRef") if variable is not None else ""
    if child.name == "inputData":
        return InputData(identifier, name, type_ref)
    if child.name == "decision":
        logic = read_box(child)
        return Decision(identifier, name, type_ref, _requires(child), logic, child.text_of("question"))
    if child.name == "businessKnowledgeModel":
        told = child.first("encapsulatedLogic")
        function = read_function(told) if told is not None else None
        return Knowledge(identifier, name, type_ref, _requires(child), function)
    if child.name == "decisionService":
        return Service(
            identifier,
            name,
            type_ref,
            outputs=_references(child, "outputDecision"),
            encapsulated=_references(child, "encapsulatedDecision"),
            input_decisions=_references(child, "inputDecision"),
            input_data=_references(child, "inputData"),
        )
    return None


def _references(element: Element, name: str) -> tuple[str, ...]:
    return tuple(child.get("href") for child in element.all(name))


def _requires(element: Element) -> tuple[str, ...]:
    return tuple(
        child.get("href")
        for requirement in element.all(*_REQUIREMENTS)
        for child in requirement.all("requiredInput", "requiredDecision", "requiredKnowledge")
    )


def _item(element: Element) -> ItemDefinition:
    function = element.first("functionItem")
    told: tuple[tuple[Parameter, ...], str] | None = None
    if function is not None:
        told = (tuple(read_parameter(one) for one in function.all("parameters")), function.get("outputTypeRef"))
    allowed, constraint = element.first("allowedValues"), element.first("typeConstraint")
    return ItemDefinition(
        name=canonical(element.get("name")),
        type_ref=element.text_of("typeRef"),
        is_collection=element.get("isCollection") in ("true", "1"),
        allowed=allowed.text_of("text") if allowed is not None else "",
        constraint=constraint.text_of("text") if constraint is not None else "",
        parts=tuple(_item(child) for child in element.all("itemComponent")),
        function=told,
    )
