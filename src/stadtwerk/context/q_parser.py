"""Reading the query language: text to tree, or a fault that says where (ETSI GS CIM 009 clause 4.9)."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import cast

import msgspec

from stadtwerk.context.limits import Q_CHARS, Q_DEPTH, Q_TERMS
from stadtwerk.context.moments import read_moment
from stadtwerk.context.pattern import compile_pattern
from stadtwerk.context.problems import one_fault, too_complex
from stadtwerk.context.q import Both, Either, Linked, Literal_, Moment, Node, Operator, Path, Range, Term
from stadtwerk.kernel.refusal import Refused

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://[^\s;|()\[\]{}\"=<>!~,]+|[^\W\d][\w:-]*(?:\.[^\W\d][\w:-]*)*")
_HINT = re.compile(r"[^\W\d]\w*(?:,[^\W\d]\w*)*:(?=[^\W\d])")
_MEMBERS = re.compile(r"\[([^\[\]\"]{1,200})\]")
_OPERATOR = re.compile(r"!~=|~=|==|!=|>=|<=|>|<")
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"')
_NUMBER = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?(?=\.\.|[;|(),\s]|$)")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d(?:T[\d:]+(?:[.,]\d+)?(?:Z|[+-]\d\d:\d\d)?)?(?=\.\.|[;|(),\s]|$)")
_BARE = re.compile(r"(?:(?!\.\.)[^\s;|()\"<>=~,\[\]{}])+")
_PATTERN = re.compile(r"[^;|()\"\s]+")


@lru_cache(maxsize=1024)
def parse_q(text: str, field: str = "q") -> Node:
    """Compile a query; raises a typed refusal (400 syntax, 403 too complex)."""
    if len(text) > Q_CHARS:
        raise too_complex(field, f"at most {Q_CHARS} characters")
    return _Parser(text, field).whole()


@lru_cache(maxsize=1024)
def parse_path(text: str, field: str) -> Path:
    """Compile a path to an attribute, its attributes or its value by itself: `a.b[c.d]`."""
    return _Parser(text, field).lone_path()


class _Parser:
    def __init__(self, text: str, field: str = "q") -> None:
        self._text, self._field, self._at, self._depth, self._terms = text, field, 0, 0, 0

    def lone_path(self) -> Path:
        path = self._path()
        if self._at < len(self._text) or path.linked is not None:
            raise self._fault("expected the name of an attribute")
        return path

    def whole(self) -> Node:
        node = self._either()
        if self._at < len(self._text):
            raise self._fault("expected `;`, `|` or the end")
        return node

    def _either(self) -> Node:
        parts = [self._both()]
        while self._take("|"):
            parts.append(self._both())
        return parts[0] if len(parts) == 1 else Either(tuple(parts))

    def _both(self) -> Node:
        parts = [self._factor()]
        while self._take(";"):
            parts.append(self._factor())
        return parts[0] if len(parts) == 1 else Both(tuple(parts))

    def _factor(self) -> Node:
        if not self._take("("):
            return self._term()
        self._depth += 1
        if self._depth > Q_DEPTH:
            raise too_complex(self._field, f"at most {Q_DEPTH} nested parentheses")
        node = self._either()
        if not self._take(")"):
            raise self._fault("expected `)`")
        self._depth -= 1
        return node

    def _term(self) -> Term:
        self._count()
        path = self._path()
        found = self._match(_OPERATOR)
        if found is None:
            return Term(path, "exists")
        operator = cast("Operator", found)
        if operator in ("~=", "!~="):
            return Term(path, operator, (self._pattern(),))
        first = self._value(operator)
        values = [first]
        while operator in ("==", "!=") and not isinstance(first, Range) and self._take(","):
            self._count()
            values.append(self._literal())
        return Term(path, operator, tuple(values))

    def _path(self) -> Path:
        name = self._match(_NAME)
        if name is None:
            raise self._fault("expected the name of an attribute")
        members: tuple[str, ...] = ()
        if (inside := self._match(_MEMBERS)) is not None:
            members = tuple(inside[1:-1].split("."))
        if not all(members):
            raise self._fault("a member has no name")
        head, *sub = [name] if "://" in name else name.split(".")
        if not members and not sub and self._take("{"):
            return Path(head, linked=self._linked())
        return Path(head, tuple(sub), members)

    def _linked(self) -> Linked:
        """Read what stands in braces behind a relationship: `Type,Type:path`, the types only as a hint."""
        self._depth += 1
        if self._depth > Q_DEPTH:
            raise too_complex(self._field, f"at most {Q_DEPTH} relationships followed")
        hint = self._match(_HINT)
        path = self._path()
        if not self._take("}"):
            raise self._fault("expected `}`")
        self._depth -= 1
        return Linked(tuple(hint[:-1].split(",")) if hint else (), path)

    def _value(self, operator: str) -> Literal_ | Range:
        low = self._literal()
        if not self._text.startswith("..", self._at):
            return low
        self._at += 2
        high = self._literal()
        if operator not in ("==", "!=") or isinstance(low, bool) or type(low) is not type(high):
            raise self._fault("a range stands behind == or != and has two ends of one kind")
        return Range(low, high)

    def _literal(self) -> Literal_:
        if (quoted := self._match(_QUOTED)) is not None:
            return self._unquote(quoted)
        if (moment := self._match(_MOMENT)) is not None:
            at_us = read_moment(moment)
            if at_us is None:
                raise self._fault("not a date or time of the calendar")
            return Moment(at_us, moment)
        if (number := self._match(_NUMBER)) is not None:
            value = float(number)
            if value in (float("inf"), float("-inf")):
                raise self._fault("this number is too large")
            return value
        bare = self._match(_BARE)
        if bare is None:
            raise self._fault("expected a value")
        return {"true": True, "false": False}.get(bare, bare)

    def _pattern(self) -> str:
        quoted = self._match(_QUOTED)
        text = self._unquote(quoted) if quoted is not None else self._match(_PATTERN)
        if text is None:
            raise self._fault("expected a regular expression")
        compile_pattern(text, self._field)
        return text

    def _unquote(self, quoted: str) -> str:
        # A pattern holds escapes that JSON does not know, such as \d: they stay as they are.
        try:
            return str(msgspec.json.decode(quoted, type=str))
        except (msgspec.DecodeError, UnicodeEncodeError):
            return quoted[1:-1].replace('\\"', '"')

    def _count(self) -> None:
        self._terms += 1
        if self._terms > Q_TERMS:
            raise too_complex(self._field, f"at most {Q_TERMS} conditions and values")

    def _take(self, sign: str) -> bool:
        if self._text.startswith(sign, self._at):
            self._at += len(sign)
            return True
        return False

    def _match(self, form: re.Pattern[str]) -> str | None:
        found = form.match(self._text, self._at)
        if found is None or not found.group():
            return None
        self._at = found.end()
        return found.group()

    def _fault(self, what: str) -> Refused:
        return one_fault(self._field, f"{what} at character {self._at + 1}")
