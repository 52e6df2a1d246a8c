"""Names with spaces and signs in them: which words together are one name depends on what is in scope."""

from __future__ import annotations

from collections.abc import Iterable

from stadtwerk.engines.feel.lexer import Token, tokenize
from stadtwerk.engines.feel.syntax import FeelSyntaxError


def canonical(name: str) -> str:
    """Return a name with its spaces as one blank each."""
    return " ".join(name.split())


class Names:
    """Known names, and those of the scopes around."""

    def __init__(self, names: Iterable[str] = (), *around: Names) -> None:
        self._around = around
        self._by_first: dict[str, list[tuple[tuple[str, ...], str]]] = {}
        for name in names:
            self.add(name)

    def add(self, name: str) -> None:
        """Make a name known; one that no text could spell stays unknown."""
        try:
            parts = tuple(token.text for token in tokenize(name)[:-1])
        except FeelSyntaxError:
            return
        if not parts:
            return
        known = self._by_first.setdefault(parts[0], [])
        if all(parts != other for other, _ in known):
            known.append((parts, canonical(name)))
            known.sort(key=lambda one: -len(one[0]))

    def longest(self, tokens: list[Token], at: int) -> tuple[int, str] | None:
        """Return how many tokens from a place are a known name, and that name; the longest counts."""
        best: tuple[int, str] | None = None
        for parts, name in self._by_first.get(tokens[at].text, ()):
            found = tokens[at : at + len(parts)]
            if len(found) == len(parts) and all(
                token.text == part and token.kind != "string" for token, part in zip(found, parts, strict=True)
            ):
                best = (len(parts), name)
                break
        for names in self._around:
            other = names.longest(tokens, at)
            if other is not None and (best is None or other[0] > best[0]):
                best = other
        return best
