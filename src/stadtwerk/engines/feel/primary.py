"""Reads the closest parts of an expression: literals, names, parentheses, lists, contexts, ranges, calls, types."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import DecimalException

from stadtwerk.engines.feel.cursor import Cursor
from stadtwerk.engines.feel.lexer import INFIX
from stadtwerk.engines.feel.moments import OutOfRangeError
from stadtwerk.engines.feel.moments_text import read_temporal
from stadtwerk.engines.feel.names import Names
from stadtwerk.engines.feel.syntax import (
    Call,
    ContextLiteral,
    FunctionLiteral,
    ListLiteral,
    Literal,
    Name,
    Node,
    OneSided,
    RangeLiteral,
    Tests,
    TypeNode,
)
from stadtwerk.engines.feel.values import NUMBERS

_WORDS = {"null": None, "true": True, "false": False}
_COMPARE = ("=", "!=", "<", "<=", ">", ">=")
_BUILT = ("list", "range", "context", "function")


class Primary(Cursor):
    """The part of the parser that reads what operators stand between."""

    in_range_end = False

    @abstractmethod
    def expression(self) -> Node:
        """Read an expression of any rank."""

    @abstractmethod
    def operand(self) -> Node:
        """Read what may stand beside a comparison."""

    @abstractmethod
    def test(self) -> Node:
        """Read one unary test."""

    @contextmanager
    def closed(self, *, range_end: bool = False) -> Iterator[None]:
        """Read inside of brackets, where an outer range cannot end, or at the end of a range."""
        outer = self.in_range_end
        self.in_range_end = range_end
        yield
        self.in_range_end = outer

    def primary(self) -> Node:
        """Read a literal, name, or something in brackets."""
        token = self.token
        if token.kind == "number":
            self.at += 1
            try:
                return Literal(NUMBERS.create_decimal(token.text))
            except DecimalException:
                raise self.fail("the number is too large") from None
        if token.kind == "string":
            self.at += 1
            return Literal(token.text)
        if token.kind == "name":
            return self._named()
        read = {"(": self._group, "[": self._list, "]": self._list, "{": self._context, "@": self._at}.get(token.text)
        if token.kind != "symbol" or read is None:
            raise self.fail(f"expected an expression, found {token.text or 'the end'}")
        return read()

    def _group(self) -> Node:
        return self.parenthesized(tests=False)

    def _at(self) -> Node:
        self.want("@")
        if self.token.kind != "string":
            raise self.fail("expected a string behind @")
        try:
            found = Literal(read_temporal(self.token.text))
        except OutOfRangeError as error:
            raise self.fail(str(error)) from None
        self.at += 1
        return found

    def _named(self) -> Node:
        word = self.word(*_WORDS)
        if word is not None:
            self.at += 1
            return Literal(_WORDS[word])
        if self.word("function"):
            return self._function()
        if self.word("not"):
            self.at += 1
            return Name("not")
        if self.word(*INFIX):
            raise self.fail(f"expected an expression, found {self.token.text}")
        return Name(self.name())

    def parenthesized(self, *, tests: bool) -> Node:
        """Read a range, an expression or, if wanted, tests between commas, all in parentheses."""
        self.want("(")
        with self.nested(), self.closed():
            if not tests and self.sign(*_COMPARE):
                operator = self.want(*_COMPARE)
                found: Node = OneSided(operator, self.operand())
                self.want(")")
                return found
            first = self.test()
            if self.take(".."):
                return self._range(first, included=False)
            several = [first]
            while tests and self.take(","):
                several.append(self.test())
            self.want(")")
        return Tests(tuple(several)) if len(several) > 1 or isinstance(first, OneSided) else first

    def _range(self, start: Node, *, included: bool) -> Node:
        with self.closed(range_end=True):
            end = self.operand()
        closing = self.want("]", ")", "[")
        return RangeLiteral(start, end, included, closing == "]")

    def _list(self) -> Node:
        opening = self.want("[", "]")
        with self.nested(), self.closed():
            if opening == "[" and self.take("]"):
                return ListLiteral(())
            first = self.expression()
            if opening == "]" or self.sign(".."):
                self.want("..")
                return self._range(first, included=opening == "[")
            items = [first]
            while self.take(","):
                items.append(self.expression())
            self.want("]")
        return ListLiteral(tuple(items))

    def _context(self) -> Node:
        self.want("{")
        entries: list[tuple[str, Node]] = []
        with self.nested(), self.closed(), self.scope() as names:
            while not self.sign("}"):
                if entries:
                    self.want(",")
                key = self._key()
                self.want(":")
                entries.append((key, self.expression()))
                names.add(key)
                self.members.add(key)
            self.want("}")
        if len({key for key, _ in entries}) < len(entries):
            raise self.fail("a context has a key twice")
        return ContextLiteral(tuple(entries))

    def _key(self) -> str:
        if self.token.kind == "string":
            self.at += 1
            return self.tokens[self.at - 1].text
        return self.name_before(":")

    def new_name(self, word: str) -> str:
        """Step over everything before a keyword, as one new name."""
        found: list[str] = []
        while self.token.kind == "name" and (self.token.text != word or not found):
            found.append(self.token.text)
            self.at += 1
        if not found:
            raise self.fail(f"expected a name, found {self.token.text or 'the end'}")
        return " ".join(found)

    def _function(self) -> Node:
        self.at += 1
        self.want("(")
        parameters: list[tuple[str, TypeNode | None]] = []
        while not self.sign(")"):
            if parameters:
                self.want(",")
            name = self.name_before(":")
            parameters.append((name, self.type_name() if self.take(":") else None))
        self.want(")")
        with self.scope(*(name for name, _ in parameters)):
            external = self.take_word("external") is not None
            body = self.expression()
        return FunctionLiteral(tuple(parameters), None if external else body)

    def call(self, function: Node) -> Call:
        """Read the arguments behind a function."""
        self.want("(")
        names: list[str] = []
        arguments: list[Node] = []
        with self.nested(), self.closed():
            by_name = self._tells_names()
            while not self.sign(")"):
                if arguments:
                    self.want(",")
                if by_name:
                    names.append(self.name_before(":"))
                    self.want(":")
                arguments.append(self.expression())
            self.want(")")
        if len(set(names)) < len(names):
            raise self.fail("an argument is given twice")
        return Call(function, tuple(arguments), tuple(names))

    def _tells_names(self) -> bool:
        at = self.at
        while self.tokens[at].kind == "name":
            at += 1
        return at > self.at and self.tokens[at].text == ":" and self.tokens[at].kind == "symbol"

    def type_name(self) -> TypeNode:
        """Read a type."""
        with self.nested():
            word = self.token.text
            if word in _BUILT and self.tokens[self.at + 1].text == "<":
                self.at += 2
                return self._built_type(word)
            name = self._plain_type()
            while self.take("."):
                name += "." + self.words()
            return TypeNode(name)

    def _plain_type(self) -> str:
        known = TYPE_NAMES.longest(self.tokens, self.at) or self.names.longest(self.tokens, self.at)
        if known is None or known[0] <= 1:
            return self.words()
        self.at += known[0]
        return known[1]

    def _built_type(self, word: str) -> TypeNode:
        fields: list[str] = []
        of: list[TypeNode] = []
        while not self.sign(">"):
            if of:
                self.want(",")
            if word == "context":
                fields.append(self.name_before(":"))
                self.want(":")
            of.append(self.type_name())
        self.want(">")
        if word == "function":
            self.want("->")
            of.append(self.type_name())
        elif word != "context" and len(of) != 1:
            raise self.fail(f"{word} takes one type")
        return TypeNode(word, tuple(of), tuple(fields))


TYPE_NAMES = Names(
    (
        "Any",
        "Null",
        "number",
        "string",
        "boolean",
        "date",
        "time",
        "date and time",
        "days and time duration",
        "years and months duration",
    )
)
