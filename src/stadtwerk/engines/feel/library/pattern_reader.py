"""Patterns of XPath (XQuery Functions and Operators 3.1, 5.6; XML Schema Part 2, appendix G) into a small program."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

from stadtwerk.engines.feel.limits import PATTERN_CHARS
from stadtwerk.engines.feel.values import VoidError

Set_ = Callable[[str], bool]
PROGRAM_STEPS = 5_000
"""Longest program of a pattern; `{n,m}` writes its part down so often."""
_NESTING = 30
_BLOCKS = {
    "BasicLatin": (0x0, 0x7F),
    "Latin-1Supplement": (0x80, 0xFF),
    "LatinExtended-A": (0x100, 0x17F),
    "LatinExtended-B": (0x180, 0x24F),
    "Greek": (0x370, 0x3FF),
    "Cyrillic": (0x400, 0x4FF),
    "Hebrew": (0x590, 0x5FF),
    "Arabic": (0x600, 0x6FF),
    "GeneralPunctuation": (0x2000, 0x206F),
    "CurrencySymbols": (0x20A0, 0x20CF),
    "Hiragana": (0x3040, 0x309F),
    "Katakana": (0x30A0, 0x30FF),
    "CJKUnifiedIdeographs": (0x4E00, 0x9FFF),
}
_CATEGORIES = {"L": "ultmo", "M": "nce", "N": "dlo", "P": "cdseifo", "Z": "slp", "S": "mcko", "C": "cfon"}
"""General categories of Unicode: a letter, alone or with one of these behind it."""
_SINGLE = {"n": "\n", "r": "\r", "t": "\t"}


@dataclass(frozen=True, slots=True)
class Step:
    """One step: `char` with a set, `split` to two places, `jump`, `save`, `begin`, `end`, `back`, or `match`."""

    kind: str
    set: Set_ | None = None
    to: int = 0
    other: int = 0


def _category(name: str) -> Set_:
    return lambda char: unicodedata.category(char).startswith(name)


def _initial(char: str) -> bool:
    return char in ":_" or unicodedata.category(char)[0] == "L"


def _name_part(char: str) -> bool:
    return _initial(char) or char in "-.\u00b7" or unicodedata.category(char) in ("Nd", "Mn", "Mc")


_CLASSES: dict[str, Set_] = {
    "s": lambda char: char in " \t\n\r",
    "d": _category("Nd"),
    "w": lambda char: unicodedata.category(char)[0] not in "PZC",
    "i": _initial,
    "c": _name_part,
}


def _inverse(held: Set_) -> Set_:
    return lambda char: not held(char)


class Reader:
    """Reads one pattern and writes its program; VoidError where it is none."""

    def __init__(self, pattern: str, flags: str) -> None:
        if len(pattern) > PATTERN_CHARS:
            raise VoidError(f"a pattern has at most {PATTERN_CHARS} characters")
        if not set(flags) <= set("smixq"):
            raise VoidError(f"the flags {flags} are not known")
        self.flags = flags
        self.text = pattern
        if "x" in flags and "q" not in flags:
            self.text = _without_spaces(pattern)
        self.at = 0
        self.groups = 0
        self.closed: set[int] = set()
        self.backs = False
        self._depth = 0

    def program(self) -> list[Step]:
        """Return the steps of the whole pattern."""
        if "q" in self.flags:
            steps = [Step("char", self._fold(char.__eq__)) for char in self.text]
        else:
            steps = self._branches()
            if self.at < len(self.text):
                raise VoidError("the pattern closes what it did not open")
        return [*steps, Step("match")]

    def _peek(self) -> str:
        return self.text[self.at : self.at + 1]

    def _take(self) -> str:
        if self.at >= len(self.text):
            raise VoidError("the pattern ends too early")
        self.at += 1
        return self.text[self.at - 1]

    def _fold(self, held: Set_) -> Set_:
        """Let characters and ranges, not classes, hold what differs in case only (5.6.2, flag i)."""
        if "i" not in self.flags:
            return held
        return lambda char: any(map(held, {char, char.lower(), char.upper(), char.lower().upper()}))

    def _branches(self) -> list[Step]:
        self._depth += 1
        if self._depth > _NESTING:
            raise VoidError("the pattern is nested too deep")
        steps = self._branch()
        while self._peek() == "|":
            self.at += 1
            other = self._branch()
            steps = [Step("split", to=1, other=len(steps) + 2), *steps, Step("jump", to=len(other) + 1), *other]
            _check(steps)
        self._depth -= 1
        return steps

    def _branch(self) -> list[Step]:
        steps: list[Step] = []
        while self._peek() not in ("", "|", ")"):
            steps += self._repeated(self._atom())
            _check(steps)
        return steps

    def _repeated(self, atom: list[Step]) -> list[Step]:
        sign = self._peek()
        if sign not in ("?", "*", "+", "{") or not sign:
            return atom
        self.at += 1
        least, most = {"?": (0, 1), "*": (0, None), "+": (1, None)}.get(sign) or self._counts()
        lazy = self._peek() == "?"
        self.at += lazy
        if len(atom) * max(least, most or 0) > PROGRAM_STEPS:
            raise VoidError("the pattern repeats too much")
        steps = atom * least
        if most is None:
            ahead, past = 1, len(atom) + 2
            return [*steps, _split(ahead, past, lazy), *atom, Step("jump", to=-len(atom) - 1)]
        for left in range(most - least, 0, -1):
            steps += [_split(1, left * (len(atom) + 1), lazy), *atom]
        return steps

    def _counts(self) -> tuple[int, int | None]:
        told, closing, _ = self.text[self.at :].partition("}")
        first, comma, last = told.partition(",")
        if not closing or not first.isdigit() or (last and not last.isdigit()) or len(told) > 9:
            raise VoidError("a quantifier is {n}, {n,} or {n,m}")
        self.at += len(told) + 1
        least = int(first)
        most = int(last) if last else None if comma else least
        if most is not None and most < least:
            raise VoidError("a quantifier goes down")
        return least, most

    def _atom(self) -> list[Step]:
        char = self._take()
        if char == "(":
            return self._group()
        if char in "^$":
            return [Step("begin" if char == "^" else "end")]
        if char == "\\" and self._peek().isdigit():
            return self._back()
        return [Step("char", self._one(char))]

    def _one(self, char: str) -> Set_:
        """Read what stands for one character."""
        if char == "[":
            return self._class()
        if char == ".":
            return (lambda _: True) if "s" in self.flags else (lambda one: one not in "\n\r")
        if char == "\\":
            return self._escape()
        if char in "?*+{}]":
            raise VoidError(f"{char} has no meaning there")
        return self._fold(char.__eq__)

    def _group(self) -> list[Step]:
        number = 0
        if self.text.startswith("?:", self.at):
            self.at += 2
        else:
            self.groups += 1
            number = self.groups
        steps = self._branches()
        if self._take() != ")":
            raise VoidError("a group is not closed")
        if not number:
            return steps
        self.closed.add(number)
        return [Step("save", to=2 * number), *steps, Step("save", to=2 * number + 1)]

    def _back(self) -> list[Step]:
        number = int(self._take())
        while self._peek().isdigit() and number * 10 + int(self._peek()) in self.closed:
            number = number * 10 + int(self._take())
        if number not in self.closed:
            raise VoidError("the pattern looks back to a group that is not closed")
        self.backs = True
        return [Step("back", to=number)]

    def _escape(self) -> Set_:
        char = self._take()
        if char in _SINGLE:
            return _SINGLE[char].__eq__
        if char in "\\|.?*+(){}[]-^$":
            return char.__eq__
        held = self._property() if char in "pP" else _CLASSES.get(char.lower())
        if held is None:
            raise VoidError(f"\\{char} has no meaning")
        return held if char.islower() else _inverse(held)

    def _property(self) -> Set_:
        told, closing, _ = self.text[self.at :].partition("}")
        if not closing or not told.startswith("{"):
            raise VoidError("a property is \\p{...}")
        self.at += len(told) + 1
        name = told[1:]
        if name.startswith("Is") and name[2:] in _BLOCKS:
            first, last = _BLOCKS[name[2:]]
            return lambda char: first <= ord(char) <= last
        if name[:1] not in _CATEGORIES or len(name) > 2 or name[1:] not in _CATEGORIES[name[0]]:
            raise VoidError(f"no property is called {name}")
        return _category(name)

    def _class(self) -> Set_:
        """Read what stands in brackets: characters, ranges, escapes, and what is taken away by `-[...]`."""
        self._depth += 1
        if self._depth > _NESTING:
            raise VoidError("the pattern is nested too deep")
        negative = self._peek() == "^"
        self.at += negative
        parts: list[Set_] = []
        minus: Set_ | None = None
        while True:
            if self.text.startswith("-[", self.at) and parts:
                self.at += 2
                minus = self._class()
            if self._peek() == "]" and parts:
                self.at += 1
                break
            if minus is not None:
                raise VoidError("nothing stands behind what is taken away")
            hyphen = self._peek() == "-" and bool(parts) and self.text[self.at + 1 : self.at + 2] != "]"
            if hyphen:
                raise VoidError("- stands first or last in a class, or in a range")
            parts.append(self._member())
        self._depth -= 1

        def held(char: str) -> bool:
            inside = any(part(char) for part in parts) is not negative
            return inside and not (minus is not None and minus(char))

        return held

    def _member(self) -> Set_:
        first = self._take()
        if first == "\\":
            if self._peek() not in "nrt\\|.?*+(){}[]-^$" or not self._peek():
                return self._escape()
            first = _SINGLE.get(self._peek(), self._peek())
            self.at += 1
        elif first in "[]":
            raise VoidError(f"{first} has no meaning in a class")
        if self._peek() != "-" or self.text[self.at + 1 : self.at + 2] in ("]", "["):
            return self._fold(first.__eq__)
        self.at += 1
        last = self._take()
        if last == "\\":
            last = _SINGLE.get(self._peek(), self._peek())
            self.at += 1
        if not last or last < first:
            raise VoidError("a range in the pattern goes down")
        return self._fold(lambda char: first <= char <= last)


def _split(ahead: int, past: int, lazy: bool) -> Step:  # noqa: FBT001 - the sign stands or not
    return Step("split", to=past, other=ahead) if lazy else Step("split", to=ahead, other=past)


def _check(steps: list[Step]) -> None:
    if len(steps) > PROGRAM_STEPS:
        raise VoidError("the pattern is too large")


def _without_spaces(pattern: str) -> str:
    """Drop white space outside of classes, as flag x wants it."""
    kept, depth, escaped = [], 0, False
    for char in pattern:
        if not escaped:
            depth += (char == "[") - (char == "]")
        escaped = char == "\\" and not escaped
        if depth > 0 or char not in " \t\n\r":
            kept.append(char)
    return "".join(kept)
