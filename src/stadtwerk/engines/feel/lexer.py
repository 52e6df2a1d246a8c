"""Text of FEEL into tokens (DMN 1.5, 10.3.1.2, rules 27 to 36, 64)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from stadtwerk.engines.feel.limits import TEXT_CHARS, TOKENS
from stadtwerk.engines.feel.syntax import FeelSyntaxError

_START = (
    "?A-Z_a-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u02ff\u0370-\u037d\u037f-\u1fff\u200c\u200d\u2070-\u218f"
    "\u2c00-\u2fef\u3001-\ud7ff\uf900-\ufdcf\ufdf0-\ufefe\uff00-\ufffd\U00010000-\U000effff"
)
_SPACE = "\t-\r \u0085\u00a0\u1680\u180e\u2000-\u200b\u2028\u2029\u202f\u205f\u3000\ufeff"
_TOKEN = re.compile(
    rf"""(?P<space>[{_SPACE}]+|//[^\n]*|/\*.*?\*/)
    |(?P<name>[{_START}][{_START}0-9\u00b7\u0300-\u036f\u203f\u2040]*)
    |(?P<number>(?:[0-9]+(?:\.[0-9]+)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)
    |"(?P<string>(?:[^"\\]|\\.)*)"
    |(?P<symbol>\.\.|\*\*|->|<=|>=|!=|[+\-*/=<>()\[\]{{}},:.@'])""",
    re.VERBOSE | re.DOTALL,
)
_ESCAPE = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{6})|(.))", re.DOTALL)
_SHORT = {"n": "\n", "t": "\t", "r": "\r", '"': '"', "'": "'", "\\": "\\"}
_PAIR = re.compile("[\ud800-\udbff][\udc00-\udfff]")

INFIX = frozenset(("and", "or", "then", "else", "return", "satisfies", "in", "instance", "between"))
"""Words that cannot begin an expression."""
KEYWORDS = INFIX | {"for", "if", "some", "every", "function", "external", "null", "true", "false", "not"}
"""Words that are no names by themselves; inside of a name that is known they are part of it."""


@dataclass(frozen=True, slots=True)
class Token:
    """A word, number, string or sign; `name`, `number`, `string`, `symbol`, or `end` behind the last."""

    kind: str
    text: str
    at: int
    end: int


def tokenize(text: str) -> list[Token]:
    """Return the tokens of a text and an `end`; FeelSyntaxError where a character fits nowhere."""
    if len(text) > TEXT_CHARS:
        raise FeelSyntaxError(f"the text is longer than {TEXT_CHARS} characters", 0)
    tokens: list[Token] = []
    at = 0
    while at < len(text):
        found = _TOKEN.match(text, at)
        if found is None:
            raise FeelSyntaxError(f"{text[at]!r} has no meaning here", at)
        kind = found.lastgroup or ""
        if kind != "space":
            told = _unescape(found["string"]) if kind == "string" else found[0]
            tokens.append(Token(kind, told, at, found.end()))
        if len(tokens) > TOKENS:
            raise FeelSyntaxError(f"more than {TOKENS} words and signs", at)
        at = found.end()
    tokens.append(Token("end", "", len(text), len(text)))
    return tokens


def _unescape(text: str) -> str:
    if "\\" not in text:
        return text
    return _PAIR.sub(_join, _ESCAPE.sub(_escape, text))


def _escape(found: re.Match[str]) -> str:
    code = found[1] or found[2]
    if code is None:
        return _SHORT.get(found[3], found[0])
    return chr(int(code, 16)) if int(code, 16) < 0x110000 else found[0]


def _join(pair: re.Match[str]) -> str:
    return pair[0].encode("utf-16-le", "surrogatepass").decode("utf-16-le")
