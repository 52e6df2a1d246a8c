"""Pages written by the server: a folder of templates and words gives a function that renders them."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache, partial
from pathlib import Path
from typing import Any

import msgspec
from jinja2 import Environment, FileSystemLoader, StrictUndefined

_GERMAN = Path(__file__).parent / "control_room" / "static" / "js" / "i18n"
"""Where the files `refusals*.de.js` lie."""


@cache
def _refusals() -> list[tuple[re.Pattern[str], str]]:
    """Return the sentences with which the city refuses, and how they read in German; the most telling first."""
    words: dict[str, str] = {}
    for path in sorted(_GERMAN.glob("refusals*.de.js")):
        _, _, body = path.read_text(encoding="utf-8").partition("export default ")
        words |= msgspec.json.decode(body.rstrip().removesuffix(";"), type=dict[str, str])
    by_length = sorted(words.items(), key=lambda pair: -len(pair[0].replace("{}", "")))
    return [(re.compile(re.escape(english).replace(r"\{\}", "(.+?)")), german) for english, german in by_length]


def said(text: str, lang: str) -> str:
    """Say a sentence of a refusal in a reader's language; one without words for it stays as it is."""
    for pattern, german in _refusals() if lang == "de" else ():
        if found := pattern.fullmatch(text):
            return german.format(*(said(value, lang) for value in found.groups()))
    return text


def make_render(folder: Path) -> Callable[..., str]:
    """Return `render(page, lang, **values)` for the templates and `words.toml` of a folder; outside text is escaped."""
    words = msgspec.toml.decode((folder / "words.toml").read_bytes(), type=dict[str, dict[str, str]])
    templates = Environment(
        loader=FileSystemLoader(folder / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )

    def render(page: str, lang: str, **values: Any) -> str:
        other = next(one for one in words if one != lang)
        values["said"] = partial(said, lang=lang)
        return templates.get_template(f"{page}.html").render(t=words[lang], lang=lang, other=other, **values)

    return render
