"""Names of streets: drawn from lists of German words, one theme to a neighbourhood, once in a district."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from importlib import resources

from numpy.random import Generator

MOST_DRAWS = 60
"""After this many names already taken, a word like "Neue" is put before the name."""

_EXTRA = ("Alte", "Neue", "Kleine", "Große", "Hintere", "Obere", "Untere", "Lange", "Kurze")


class Names:
    """Gives names to streets; a name is given once in each district."""

    def __init__(self, rng: Generator) -> None:
        words = tomllib.loads(resources.files(__package__).joinpath("words.toml").read_text(encoding="utf-8"))
        self._rng = rng
        self._kinds = {kind: list(_weighted(parts)) for kind, parts in words["kinds"].items()}
        self._themes = [text.split() for text in words["themes"].values()]
        self._towns: list[str] = words["towns"]["er"].split()
        self._first: list[str] = words["people"]["first"].split()
        self._last: list[str] = words["people"]["last"].split()
        self._taken: set[tuple[str, str]] = set()

    def keep(self, district: str, name: str) -> None:
        """Keep a name out of the draw, for it belongs to a main street of the district."""
        self._taken.add((district, name))

    def draw(self, district: str, highway: str, theme: int) -> str:
        """Draw a name for a street of a class in a neighbourhood."""
        for turn in range(10 * MOST_DRAWS):
            name = self._propose(highway, theme + turn // 8)
            if turn > MOST_DRAWS:
                name = f"{self._pick(_EXTRA)} {name}"
            if (district, name) not in self._taken:
                self._taken.add((district, name))
                return name
        raise ValueError(f"no name is left for a street in {district}")

    def _propose(self, highway: str, theme: int) -> str:
        kinds = self._kinds.get(highway, self._kinds["residential"])
        kind = self._pick(kinds)
        group = theme * 7 % (len(self._themes) + 4)
        if group < len(self._themes):
            return self._pick(self._themes[group]) + kind
        if group < len(self._themes) + 2:
            return f"{_of_town(self._pick(self._towns))} {kind.capitalize()}"
        return f"{self._pick(self._first)}-{self._pick(self._last)}-{kind.capitalize()}"

    def _pick(self, words: tuple[str, ...] | list[str]) -> str:
        return words[int(self._rng.integers(len(words)))]


def _weighted(parts: list[str]) -> Iterator[str]:
    for part in parts:
        kind, weight = part.split(":")
        yield from [kind] * int(weight)


def _of_town(town: str) -> str:
    """Return the adjective of a town: Aachen, Aachener; Bremen, Bremer; Gotha, Gothaer."""
    if town in ("Bremen", "Erlangen", "Hattingen", "Ratingen", "Saarbrücken"):
        return f"{town[:-2]}er"
    if town == "Dresden":
        return "Dresdner"
    if town.endswith("stadt"):
        return f"{town[:-5]}städter"
    return f"{town}r" if town.endswith("e") else f"{town}er"
