"""Small models for tests, written as XML."""

from __future__ import annotations

from collections.abc import Sequence
from xml.sax.saxutils import escape, quoteattr

from stadtwerk.engines.dmn import Engine, load

NAMESPACE = "https://www.omg.org/spec/DMN/20230324/MODEL/"


def definitions(inner: str, namespace: str = "urn:test") -> bytes:
    return f'<definitions xmlns="{NAMESPACE}" name="test" namespace="{namespace}">{inner}</definitions>'.encode()


def literal(text: str) -> str:
    return f"<literalExpression><text>{escape(text)}</text></literalExpression>"


def given(name: str, kind: str = "") -> str:
    return f'<inputData id="{name}" name="{name}"><variable name="{name}" typeRef="{kind}"/></inputData>'


def decision(name: str, logic: str, *needs: str, kind: str = "", tag: str = "requiredInput") -> str:
    asked = "".join(f'<informationRequirement><{tag} href="#{need}"/></informationRequirement>' for need in needs)
    return f'<decision id="{name}" name="{name}"><variable name="{name}" typeRef="{kind}"/>{asked}{logic}</decision>'


def table(
    inputs: Sequence[str],
    outputs: Sequence[str],
    rules: Sequence[tuple[Sequence[str], Sequence[str]]],
    policy: str = "UNIQUE",
    *,
    aggregation: str = "",
    values: str = "",
) -> str:
    head = "".join(f"<input><inputExpression><text>{escape(one)}</text></inputExpression></input>" for one in inputs)
    allowed = f"<outputValues><text>{escape(values)}</text></outputValues>" if values else ""
    head += "".join(f'<output name="{one}">{allowed}</output>' for one in outputs)
    body = "".join(
        "<rule>"
        + "".join(f"<inputEntry><text>{escape(one)}</text></inputEntry>" for one in tests)
        + "".join(f"<outputEntry><text>{escape(one)}</text></outputEntry>" for one in results)
        + "<annotationEntry><text>§ 5 statute</text></annotationEntry></rule>"
        for tests, results in rules
    )
    told = f" aggregation={quoteattr(aggregation)}" if aggregation else ""
    return f"<decisionTable hitPolicy={quoteattr(policy)}{told}>{head}{body}</decisionTable>"


def engine(*parts: str) -> Engine:
    return load(definitions("".join(parts)))
