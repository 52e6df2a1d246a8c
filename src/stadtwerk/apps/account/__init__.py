"""The pages of one's own: sign-in, account, and who read what about me; rendered here, complete without JavaScript."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
from jinja2 import Environment, FileSystemLoader, StrictUndefined

WORDS = msgspec.toml.decode(Path(__file__).with_name("words.toml").read_bytes(), type=dict[str, dict[str, str]])
_TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def render(page: str, lang: str, **values: Any) -> str:
    """Render a page in a language; text from outside is always escaped."""
    other = next(one for one in WORDS if one != lang)
    return _TEMPLATES.get_template(f"{page}.html").render(t=WORDS[lang], lang=lang, other=other, **values)
