"""Reads FEEL expressions and unary tests (DMN 1.5, 10.3.1.2) by descent; ranks of operators from the lowest."""

from __future__ import annotations

from collections.abc import Callable

from stadtwerk.engines.feel.cursor import Cursor
from stadtwerk.engines.feel.lexer import INFIX
from stadtwerk.engines.feel.limits import NESTING
from stadtwerk.engines.feel.names import Names
from stadtwerk.engines.feel.primary import Primary
from stadtwerk.engines.feel.syntax import (
    Arithmetic,
    Between,
    Call,
    Comparison,
    FeelSyntaxError,
    Filter,
    For,
    If,
    In,
    InstanceOf,
    Iterator,
    Literal,
    Logic,
    Negation,
    Node,
    OneSided,
    Path,
    Quantified,
    Tests,
)

_COMPARE = ("=", "!=", "<", "<=", ">", ">=")
_ARITHMETIC = (("+", "-"), ("*", "/"), ("**",))
_BEGINS = ("(", "[", "{", "-", "@")


class Parser(Primary):
    """Reads one text."""

    def expression(self) -> Node:
        """Read an expression of any rank."""
        with self.nested():
            word = self.word("for", "if", "some", "every")
            if word == "if":
                return self._if()
            if word == "for":
                return self._for()
            if word is not None:
                return self._quantified()
            return self._or()

    def operand(self) -> Node:
        """Read what may stand beside a comparison: sums, products and all that binds closer."""
        return self._arithmetic(0)

    def _or(self) -> Node:
        parts = [self._and()]
        while self.take_word("or"):
            parts.append(self._and())
        return Logic("or", tuple(parts)) if len(parts) > 1 else parts[0]

    def _and(self) -> Node:
        parts = [self._comparison()]
        while self.take_word("and"):
            parts.append(self._comparison())
        return Logic("and", tuple(parts)) if len(parts) > 1 else parts[0]

    def _comparison(self) -> Node:
        left = self._keyworded() or self.operand()
        for _ in range(NESTING):
            operator = self.take(*_COMPARE)
            if operator:
                left = Comparison(operator, left, self._keyworded() or self.operand())
            elif self.take_word("between"):
                low = self.operand()
                self.want_word("and")
                left = Between(left, low, self.operand())
            elif self.take_word("in"):
                left = In(left, self._tested())
            else:
                return left
        raise self.fail(f"more than {NESTING} comparisons in a row")

    def _keyworded(self) -> Node | None:
        """Read `if`, `for` and the like where they stand right of an operator without parentheses."""
        return self.expression() if self.word("for", "if", "some", "every") else None

    def _tested(self) -> Tests:
        """Read what stands right of `in`: a test, or several in parentheses."""
        if self.sign("("):
            found = self.parenthesized(tests=True)
            return found if isinstance(found, Tests) else Tests((self.postfix(found),))
        return Tests((self._test(self.operand),))

    def _test(self, read: Callable[[], Node]) -> Node:
        operator = self.take(*_COMPARE)
        return OneSided(operator, self.operand()) if operator else read()

    def test(self) -> Node:
        """Read one unary test."""
        return self._test(self.expression)

    def tests(self) -> Tests:
        """Read unary tests up to the end of the text: `-`, `not(...)`, or tests between commas."""
        if self.sign("-") and self.tokens[self.at + 1].kind == "end":
            self.at += 1
            return Tests(())
        if self.token.text == "not" and self.tokens[self.at + 1].text == "(":
            start, names = self.at, self.names
            try:
                self.at += 2
                found = self._listed()
                self.want(")")
                if self.token.kind == "end":
                    return Tests(found, negated=True)
            except FeelSyntaxError:
                pass
            self.at, self.names = start, names
        return Tests(self._listed())

    def _listed(self) -> tuple[Node, ...]:
        found = [self.test()]
        while self.take(","):
            found.append(self.test())
        return tuple(found)

    def _arithmetic(self, rank: int) -> Node:
        if rank == len(_ARITHMETIC):
            return self._negation()
        first = self._arithmetic(rank + 1)
        rest: list[tuple[str, Node]] = []
        while operator := self.take(*_ARITHMETIC[rank]):
            rest.append((operator, self._keyworded() or self._arithmetic(rank + 1)))
        return Arithmetic(first, tuple(rest)) if rest else first

    def _negation(self) -> Node:
        count = 0
        while self.take("-"):
            count += 1
        value = self.postfix(self.primary())
        if self.word("instance"):
            self.at += 1
            self.want_word("of")
            value = InstanceOf(value, self.type_name())
        for _ in range(min(count, 2 - count % 2)):
            value = Negation(value)
        return value

    def postfix(self, value: Node) -> Node:
        """Read the dots, brackets and parentheses behind a value."""
        for _ in range(NESTING):
            if self.take("."):
                value = Path(value, self.member())
            elif self.sign("(") and not isinstance(value, Literal):
                value = self.call(value)
            elif self.sign("(") and isinstance(value, Literal):
                value = Call(value, self.call(value).arguments)
            elif self.sign("[") and not self._closes_range():
                self.at += 1
                value = Filter(value, self._filter())
            else:
                return value
        raise self.fail(f"more than {NESTING} steps in a row")

    def _filter(self) -> Node:
        with self.scope("item", "partial") as inner, self.closed():
            outer = self.names
            self.names = Names((), inner, self.members)
            test = self.expression()
            self.names = outer
        self.want("]")
        return test

    def _closes_range(self) -> bool:
        """Tell whether `[` is the open end of a range: no expression follows it."""
        after = self.tokens[self.at + 1]
        if not self.in_range_end:
            return False
        if after.kind == "symbol":
            return after.text not in _BEGINS
        return after.kind == "end" or after.text in INFIX

    def _if(self) -> Node:
        self.want_word("if")
        condition = self.expression()
        self.want_word("then")
        then = self.expression()
        self.want_word("else")
        return If(condition, then, self.expression())

    def _iterators(self) -> list[Iterator]:
        found: list[Iterator] = []
        while True:
            name = self.new_name("in")
            self.want_word("in")
            source = self.expression()
            end = self.operand() if self.take("..") else None
            found.append(Iterator(name, source, end))
            self.names.add(name)
            if not self.take(","):
                return found

    def _for(self) -> Node:
        self.want_word("for")
        with self.scope("partial"):
            iterators = self._iterators()
            self.want_word("return")
            return For(tuple(iterators), self.expression())

    def _quantified(self) -> Node:
        every = self.token.text == "every"
        self.at += 1
        with self.scope():
            iterators = self._iterators()
            self.want_word("satisfies")
            return Quantified(every, tuple(iterators), self.expression())


def _whole(parser: Cursor, node: Node) -> Node:
    if parser.token.kind != "end":
        raise parser.fail(f"{parser.token.text} is left over")
    return node


def parse(text: str, names: Names, members: Names, *, tests: bool = False) -> Node:
    """Read an expression, or unary tests; FeelSyntaxError where the text is neither."""
    try:
        parser = Parser(text, names, Names((), members))
        return _whole(parser, parser.tests() if tests else parser.expression())
    except RecursionError:
        raise FeelSyntaxError("nested too deep for where it is read", 0) from None
