"""The pages of one's own: sign-in, account, and who read what about me; rendered here, complete without JavaScript."""

from __future__ import annotations

import re
from functools import cache, partial
from pathlib import Path
from typing import Any

import msgspec
from jinja2 import Environment, FileSystemLoader, StrictUndefined

WORDS = msgspec.toml.decode(Path(__file__).with_name("words.toml").read_bytes(), type=dict[str, dict[str, str]])
_GERMAN = Path(__file__).parents[1] / "control_room" / "static" / "js" / "i18n" / "refusals.de.js"
_TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


@cache
def _refusals() -> list[tuple[re.Pattern[str], str]]:
    """Return the sentences with which the city refuses, and how they read in German; the most telling first."""
    _, _, body = _GERMAN.read_text(encoding="utf-8").partition("export default ")
    words = msgspec.json.decode(body.rstrip().removesuffix(";"), type=dict[str, str])
    by_length = sorted(words.items(), key=lambda pair: -len(pair[0].replace("{}", "")))
    return [(re.compile(re.escape(english).replace(r"\{\}", "(.+?)")), german) for english, german in by_length]


def said(text: str, lang: str) -> str:
    """Say a sentence of a refusal in a reader's language; one without words for it stays as it is."""
    for pattern, german in _refusals() if lang == "de" else ():
        if found := pattern.fullmatch(text):
            return german.format(*(said(value, lang) for value in found.groups()))
    return text


def render(page: str, lang: str, **values: Any) -> str:
    """Render a page in a language; text from outside is always escaped."""
    other = next(one for one in WORDS if one != lang)
    values["said"] = partial(said, lang=lang)
    return _TEMPLATES.get_template(f"{page}.html").render(t=WORDS[lang], lang=lang, other=other, **values)
