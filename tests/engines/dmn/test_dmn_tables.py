"""Decision tables against plain Python: every hit policy, drawn rules and inputs (DMN 1.5, 8.2.10)."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given as drawn
from hypothesis import strategies as st

from engines.dmn.models import decision, engine, given, table

SPANS = st.tuples(st.integers(0, 9), st.integers(0, 9)).map(sorted)
KINDS = ("car", "van", "bus")
RULES = st.lists(st.tuples(SPANS, st.sampled_from((*KINDS, None)), st.integers(1, 4)), min_size=1, max_size=6)
ORDER = [3, 1, 4, 2]


def text(rules: list) -> list:
    return [
        ((f"[{span[0]}..{span[1]}]", "-" if kind is None else f'"{kind}"'), (str(result),))
        for span, kind, result in rules
    ]


def hits(rules: list, age: int, kind: str) -> list[int]:
    return [result for span, wanted, result in rules if span[0] <= age <= span[1] and wanted in (None, kind)]


def decided(policy: str, rules: list, age: int, kind: str, aggregation: str = "") -> object:
    values = ", ".join(map(str, ORDER))
    logic = table(("age", "kind"), ("fee",), text(rules), policy, aggregation=aggregation, values=values)
    made = engine(given("age"), given("kind"), decision("fee", logic, "age", "kind"))
    assert not made.faults
    value = made.decide("fee", {"age": Decimal(age), "kind": kind}).value
    return [int(one) for one in value] if isinstance(value, list) else value if value is None else int(value)


@drawn(RULES, st.integers(0, 9), st.sampled_from(KINDS))
def test_every_policy_is_what_plain_python_says(rules: list, age: int, kind: str) -> None:
    found = hits(rules, age, kind)
    ranked = sorted(found, key=ORDER.index)
    assert decided("UNIQUE", rules, age, kind) == (found[0] if len(found) == 1 else None)
    assert decided("ANY", rules, age, kind) == (found[0] if len(set(found)) == 1 else None)
    assert decided("FIRST", rules, age, kind) == (found[0] if found else None)
    assert decided("PRIORITY", rules, age, kind) == (ranked[0] if ranked else None)
    assert decided("RULE ORDER", rules, age, kind) == (found or None)
    assert decided("OUTPUT ORDER", rules, age, kind) == (ranked or None)
    assert decided("COLLECT", rules, age, kind) == found
    assert decided("COLLECT", rules, age, kind, "SUM") == (sum(found) if found else None)
    assert decided("COLLECT", rules, age, kind, "MIN") == min(found, default=None)
    assert decided("COLLECT", rules, age, kind, "MAX") == max(found, default=None)
    assert decided("COLLECT", rules, age, kind, "COUNT") == len(found)


def test_a_decision_says_why() -> None:
    logic = table(("age", "kind"), ("fee",), [((">= 18", '"car", "van"'), ("30.7",)), (("< 18", "-"), ("0",))])
    made = engine(given("age"), given("kind"), decision("fee", logic, "age", "kind"))
    found = made.decide("fee", {"age": Decimal(40), "kind": "van"})
    assert found.value == Decimal("30.7")
    (step,) = found.steps
    assert [(rule.number, rule.results, rule.annotations) for rule in step.rules] == [(1, ("30.7",), ("§ 5 statute",))]
    assert found.sentences() == ['fee = 30.7 because rule 1: age = 40 (>= 18), kind = van ("car", "van"), § 5 statute']


def test_null_says_why() -> None:
    logic = table(("age",), ("fee",), [((">= 18",), ("1",)), ((">= 30",), ("2",))])
    made = engine(given("age"), decision("fee", logic, "age"))
    assert made.decide("fee", {"age": Decimal(40)}).sentences() == [
        (
            "fee = null because rule 1: age = 40 (>= 18), § 5 statute; rule 2: age = 40 (>= 30), § 5 statute"
            " (rules 1, 2 apply, but only one may)"
        )
    ]
    assert made.decide("fee", {"age": Decimal(1)}).reasons == ("no rule of the table applies",)


def test_cells_left_empty_ask_nothing_and_tell_nothing() -> None:
    logic = table(("age", "kind"), ("fee",), [(("< 18", ""), ("",)), ((">= 18", "-"), ("1",))])
    made = engine(given("age"), given("kind"), decision("fee", logic, "age", "kind"))
    assert made.faults == ()
    assert made.decide("fee", {"age": Decimal(17)}).value is None
    assert made.decide("fee", {"age": Decimal(18)}).value == 1


def test_rules_of_two_decisions_stay_apart() -> None:
    first = table(("age",), ("adult",), [((">= 18",), ("true",)), (("< 18",), ("false",))])
    second = table(("adult",), ("fee",), [(("true",), ("5",)), (("false",), ("0",))])
    made = engine(
        given("age"),
        decision("adult", first, "age"),
        decision("fee", second, "adult", tag="requiredDecision"),
    )
    found = made.decide("fee", {"age": Decimal(18)})
    assert [(step.decision, step.value, [rule.number for rule in step.rules]) for step in found.steps] == [
        ("adult", True, [1]),
        ("fee", Decimal(5), [1]),
    ]
