"""Finds XPath patterns in time that grows with pattern times text, so that no pattern can hold the city up."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from stadtwerk.engines.feel.library.pattern_reader import Reader, Step
from stadtwerk.engines.feel.limits import STEP_MATCHES, STRING_CHARS
from stadtwerk.engines.feel.values import Run, VoidError

WORK = 500_000
"""Most steps of one search."""

Marks = tuple[int, ...]
"""Where each group begins and ends; -1 where it has not matched. The first two are of the whole match."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """A pattern made ready."""

    steps: list[Step]
    groups: int
    several_lines: bool
    folds: bool
    remembers: bool

    def find(self, text: str, start: int, work: list[int]) -> Marks | None:
        """Return the first match from a place on, the leftmost, with the pattern's own preferences; count the work."""
        tried: set[tuple[int, int]] | None = None if self.remembers else set()
        for begin in range(start, len(text) + 1):
            found = self._match(text, begin, tried, work)
            if found is not None:
                return found
        return None

    def _match(self, text: str, begin: int, tried: set[tuple[int, int]] | None, work: list[int]) -> Marks | None:
        """Try at one place; a step tried at a character is not tried there again, unless groups are looked back to."""
        waiting: list[tuple[int, int, Marks]] = [(0, begin, (begin,) + (-1,) * (2 * self.groups + 1))]
        while waiting:
            step, at, marks = waiting.pop()
            while True:
                work[0] += 1
                if work[0] > WORK:
                    raise VoidError("the pattern takes too long")
                if tried is not None:
                    if (step, at) in tried:
                        break
                    tried.add((step, at))
                one = self.steps[step]
                if one.kind == "match":
                    return (*marks[:1], at, *marks[2:])
                if one.kind == "split":
                    waiting.append((step + one.other, at, marks))
                    step += one.to
                    continue
                moved = self._move(one, text, at, marks)
                if moved is None:
                    break
                at, marks = moved
                step += one.to if one.kind == "jump" else 1
        return None

    def _move(self, one: Step, text: str, at: int, marks: Marks) -> tuple[int, Marks] | None:
        if one.kind == "char":
            return (at + 1, marks) if at < len(text) and one.set is not None and one.set(text[at]) else None
        if one.kind == "save":
            return at, (*marks[: one.to], at, *marks[one.to + 1 :])
        if one.kind == "back":
            first, last = marks[2 * one.to : 2 * one.to + 2]
            wanted = text[first:last] if last >= 0 else ""
            found = text[at : at + len(wanted)]
            same = found.casefold() == wanted.casefold() if self.folds else found == wanted
            return (at + len(wanted), marks) if same else None
        if one.kind == "begin":
            holds = at == 0 or (self.several_lines and at < len(text) and text[at - 1] == "\n")
            return (at, marks) if holds else None
        if one.kind == "end":
            holds = at == len(text) or (self.several_lines and text[at] == "\n")
            return (at, marks) if holds else None
        return at, marks


@lru_cache(maxsize=256)
def compiled(pattern: str, flags: str) -> Pattern:
    """Make a pattern ready; VoidError where it is none."""
    reader = Reader(pattern, flags)
    steps = reader.program()
    return Pattern(steps, reader.groups, "m" in flags, "i" in flags, reader.backs)


def _all(pattern: Pattern, text: str, work: list[int]) -> Iterator[Marks]:
    if pattern.find("", 0, work) is not None:
        raise VoidError("the pattern matches nothing at all")
    at = 0
    while (found := pattern.find(text, at, work)) is not None:
        if found[1] == found[0]:
            raise VoidError("the pattern matches nothing at all")
        yield found
        at = found[1]


def search(run: Run, pattern: str, flags: str, text: str) -> bool:
    """Tell whether a pattern is found."""
    work = [0]
    found = compiled(pattern, flags).find(text, 0, work)
    run.step(work[0] // STEP_MATCHES)
    return found is not None


def split(run: Run, pattern: str, text: str) -> list[str]:
    """Return what stands between the matches."""
    work, at = [0], 0
    parts: list[str] = []
    for found in _all(compiled(pattern, ""), text, work):
        parts.append(text[at : found[0]])
        at = found[1]
    run.step(work[0] // STEP_MATCHES)
    return [*parts, text[at:]]


def replace(run: Run, pattern: str, flags: str, text: str, replacement: str) -> str:
    r"""Return the text with every match replaced; `$1` is a group, `\$` and `\\` the signs themselves."""
    ready = compiled(pattern, flags)
    parts = [replacement] if "q" in flags else list(_parts(replacement, ready.groups))
    made: list[str] = []
    work, at, length = [0], 0, len(text)
    for found in _all(ready, text, work):
        put = "".join(part if isinstance(part, str) else _group(text, found, part) for part in parts)
        made += [text[at : found[0]], put]
        at = found[1]
        length += len(put)
        if length > STRING_CHARS:
            raise VoidError(f"a string has at most {STRING_CHARS} characters")
    run.step(work[0] // STEP_MATCHES)
    return "".join((*made, text[at:]))


def _group(text: str, marks: Marks, number: int) -> str:
    return text[marks[2 * number] : marks[2 * number + 1]] if marks[2 * number + 1] >= 0 else ""


def _parts(replacement: str, groups: int) -> Iterator[str | int]:
    """Yield the texts of a replacement and the numbers of the groups between; of a group that is not there, nothing."""
    at = 0
    while at < len(replacement):
        char, after = replacement[at], replacement[at + 1 : at + 2]
        at += 1
        if char == "\\":
            if after not in ("\\", "$") or not after:
                raise VoidError("\\ stands before \\ or $ in a replacement")
            yield after
            at += 1
        elif char == "$":
            if not after.isdigit():
                raise VoidError("$ stands before the number of a group")
            number = int(after)
            at += 1
            while replacement[at : at + 1].isdigit() and 10 * number + int(replacement[at]) <= groups:
                number = 10 * number + int(replacement[at])
                at += 1
            if number <= groups:
                yield number
        else:
            yield char
