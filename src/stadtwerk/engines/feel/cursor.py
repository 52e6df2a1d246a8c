"""A place in the tokens of an expression, and what can be asked of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from stadtwerk.engines.feel.lexer import KEYWORDS, Token, tokenize
from stadtwerk.engines.feel.limits import NESTING
from stadtwerk.engines.feel.names import Names, canonical
from stadtwerk.engines.feel.syntax import FeelSyntaxError


class Cursor:
    """Walks over tokens; `names` are known where it stands, `members` behind a dot and in filters."""

    def __init__(self, text: str, names: Names, members: Names) -> None:
        self.text = text
        self.tokens = tokenize(text)
        self.at = 0
        self.names = names
        self.members = members
        self._depth = 0

    @property
    def token(self) -> Token:
        """The token it stands before."""
        return self.tokens[self.at]

    def fail(self, detail: str) -> FeelSyntaxError:
        """Return the error of this place."""
        return FeelSyntaxError(detail, self.token.at)

    @contextmanager
    def nested(self) -> Iterator[None]:
        """Count how deep expressions stand in expressions."""
        self._depth += 1
        if self._depth > NESTING:
            raise self.fail(f"nested deeper than {NESTING}")
        yield
        self._depth -= 1

    def sign(self, *texts: str) -> str | None:
        """Return the sign it stands before if it is one of these."""
        return self.token.text if self.token.kind == "symbol" and self.token.text in texts else None

    def take(self, *texts: str) -> str | None:
        """Step over a sign if it is one of these."""
        found = self.sign(*texts)
        if found is not None:
            self.at += 1
        return found

    def want(self, *texts: str) -> str:
        """Step over one of these signs; FeelSyntaxError where there is none."""
        found = self.take(*texts)
        if found is None:
            raise self.fail(f"expected {' or '.join(texts)}, found {self.token.text or 'the end'}")
        return found

    def word(self, *texts: str) -> str | None:
        """Return the keyword it stands before, if it is one of these and not the begin of a known longer name."""
        if self.token.kind != "name" or self.token.text not in texts:
            return None
        known = self.names.longest(self.tokens, self.at)
        return None if known is not None and known[0] > 1 else self.token.text

    def take_word(self, *texts: str) -> str | None:
        """Step over a keyword if it is one of these."""
        found = self.word(*texts)
        if found is not None:
            self.at += 1
        return found

    def want_word(self, text: str) -> None:
        """Step over a keyword; FeelSyntaxError where it is missing."""
        if self.take_word(text) is None:
            raise self.fail(f"expected {text}, found {self.token.text or 'the end'}")

    def name(self) -> str:
        """Step over a name: the longest known one, else words up to the next keyword or sign."""
        known = self.names.longest(self.tokens, self.at)
        if known is not None and (known[0] > 1 or known[1] not in KEYWORDS):
            self.at += known[0]
            return known[1]
        return self.words()

    def member(self) -> str:
        """Step over a name behind a dot."""
        known = self.members.longest(self.tokens, self.at)
        plain = self._ahead()
        if known is not None and known[0] >= plain:
            self.at += known[0]
            return known[1]
        return self.words()

    def _ahead(self) -> int:
        """Return how many words stand ahead before a keyword or sign."""
        count = 0
        while self.tokens[self.at + count].kind == "name" and (
            count == 0 or self.tokens[self.at + count].text not in KEYWORDS
        ):
            count += 1
        return count

    def words(self) -> str:
        """Step over words up to the next keyword or sign, as one name."""
        count = self._ahead()
        if count == 0:
            raise self.fail(f"expected a name, found {self.token.text or 'the end'}")
        found = self.tokens[self.at : self.at + count]
        self.at += count
        return " ".join(token.text for token in found)

    def name_before(self, sign: str) -> str:
        """Step over everything before a sign, as one new name: the key of a context, a parameter."""
        begin = self.token
        while not self.sign(sign, ",", "(", ")", "{", "}", "[", "]", ":") and self.token.kind in (
            "name",
            "number",
            "symbol",
        ):
            self.at += 1
        if begin is self.token or begin.kind != "name":
            raise self.fail(f"expected a name, found {self.token.text or 'the end'}")
        return canonical(self.text[begin.at : self.tokens[self.at - 1].end])

    @contextmanager
    def scope(self, *names: str) -> Iterator[Names]:
        """Know more names for a while."""
        outer = self.names
        self.names = Names(names, outer)
        yield self.names
        self.names = outer
