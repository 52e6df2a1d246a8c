"""Models: types, services, imports, and what is wrong with them, told by type and never by another error."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given as drawn
from hypothesis import strategies as st

from engines.dmn.models import NAMESPACE, decision, definitions, engine, given, literal, table
from stadtwerk.engines.dmn import ModelError, load
from stadtwerk.engines.dmn.limits import DEPTH, MODEL_BYTES


def test_inputs_are_held_against_their_types() -> None:
    kind = '<itemDefinition name="kind"><typeRef>string</typeRef><allowedValues><text>"car", "van"</text></allowedValues></itemDefinition>'
    made = engine(kind, given("k", "kind"), decision("d", literal("k"), "k"))
    assert made.decide("d", {"k": "van"}).value == "van"
    found = made.decide("d", {"k": "ship"})
    assert (found.value, found.reasons) == (None, ("k is string, not kind",))


def test_a_service_is_called_by_name_and_in_decisions() -> None:
    service = (
        '<decisionService id="s" name="s"><variable name="s"/><outputDecision href="#d"/><inputData href="#x"/>'
        "</decisionService>"
    )
    needs = '<knowledgeRequirement><requiredKnowledge href="#s"/></knowledgeRequirement>'
    made = engine(
        given("x", "number"), decision("d", literal("x * 2"), "x"), service, decision("e", needs + literal("s(4)"))
    )
    assert made.call("s", {"x": Decimal(3)}).value == 6
    assert made.decide("e", {}).value == 8


def test_imports_are_known_by_their_names() -> None:
    other = definitions(given("x") + decision("double it", literal("x * 2"), "x"), "urn:other")
    needs = '<informationRequirement><requiredDecision href="urn:other#double it"/></informationRequirement>'
    bring = f'<import name="the other" namespace="urn:other" importType="{NAMESPACE}"/>'
    main = definitions(bring + decision("d", needs + literal("the other.double it + 1")))
    assert load(main, [other]).decide("d", {"x": Decimal(3)}).value == 7
    assert load(main).faults == ("d requires urn:other#double it, which is not there",)


def test_decisions_that_require_each_other_end() -> None:
    made = engine(
        decision("a", literal("b"), "b", tag="requiredDecision"),
        decision("b", literal("a"), "a", tag="requiredDecision"),
    )
    found = made.decide("a", {})
    assert found.value is None
    assert "a requires itself" in found.reasons


def test_a_long_chain_ends() -> None:
    chain = [decision(f"d{n}", literal(f"d{n + 1}"), f"d{n + 1}", tag="requiredDecision") for n in range(60)]
    found = engine(*chain, decision("d60", literal("1"))).decide("d0", {})
    assert found.reasons == ("more than 40 decisions require each other",)


def test_knowledge_that_calls_itself_ends() -> None:
    knowledge = (
        '<businessKnowledgeModel id="f" name="f"><variable name="f"/><encapsulatedLogic>'
        '<formalParameter name="n" typeRef="number"/>'
        + literal("if n = 0 then 1 else n * f(n - 1)")
        + "</encapsulatedLogic></businessKnowledgeModel>"
    )
    needs = '<knowledgeRequirement><requiredKnowledge href="#f"/></knowledgeRequirement>'
    made = engine(knowledge, decision("d", needs + literal("f(20)")), decision("e", needs + literal("f(-1)")))
    assert made.decide("d", {}).value == 2432902008176640000
    assert made.decide("e", {}).reasons == ("functions call each other more than 40 deep",)


def test_a_text_that_is_no_feel_is_a_fault_and_null() -> None:
    made = engine(decision("d", literal("1 +")), decision("e", literal("2")))
    assert len(made.faults) == 1
    assert "is no FEEL" in made.faults[0]
    assert made.decide("d", {}).value is None
    assert made.decide("e", {}).value == 2


def test_who_asks_for_what_is_not_there_is_told() -> None:
    with pytest.raises(ModelError, match="no decision called x"):
        engine(decision("d", literal("1"))).decide("x", {})


DEEP = "<a>" * (DEPTH + 1) + "</a>" * (DEPTH + 1)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"no xml",
        b"<a/>",
        b"<definitions/>",
        b'<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>',
        b'<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>',
        b'<?xml version="1.0" encoding="nonsense"?><a/>',
        "<a>ä</a>".encode("latin-1"),
        definitions("&nothing;"),
        definitions(DEEP),
        definitions(decision("d", literal("1")) * 2),
        definitions(decision("d", "<decisionTable><input/><output/><rule/></decisionTable>")),
        definitions(decision("d", "<relation><column name='a'/><row/></relation>")),
        definitions(decision("d", "<list>" * 40 + "</list>" * 40)),
        definitions(decision("d", "<invocation><binding/></invocation>")),
        definitions("x" * (MODEL_BYTES + 1)),
    ],
    ids=range(16),
)
def test_what_is_no_model_is_refused(content: bytes) -> None:
    with pytest.raises(ModelError):
        load(content)


WHOLE = definitions(
    given("age", "number")
    + decision("fee", table(("age",), ("fee",), [(("[0..17]",), ("0",)), (("> 17",), ("12.5",))]), "age", kind="number")
    + decision(
        "all", "<context><contextEntry><variable name='a'/>" + literal("[1, 2][item > 1]") + "</contextEntry></context>"
    )
)


@drawn(st.lists(st.tuples(st.integers(0, len(WHOLE) - 1), st.binary(max_size=3)), min_size=1, max_size=4))
def test_a_spoilt_model_is_refused_or_answers(spoiling: list[tuple[int, bytes]]) -> None:
    content = bytearray(WHOLE)
    for at, put in spoiling:
        content[at : at + 1] = put
    try:
        made = load(bytes(content))
    except ModelError:
        return
    for node in made.model.elements.values():
        if type(node).__name__ == "Decision":
            made.decide(node.name, {"age": Decimal(18)})
