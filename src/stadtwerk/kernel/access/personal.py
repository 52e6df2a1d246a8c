"""Personal data: which fields of an order are a person's, so that they are sealed before the order exists."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, Any, TypeVar, get_type_hints

import msgspec

from stadtwerk.kernel.limits import PERSONAL_CHARS

Personal = Annotated[str, msgspec.Meta(max_length=PERSONAL_CHARS, extra_json_schema={"x-personal": True})]
"""Text about a person: sealed with that person's key before it enters an order."""

SEALED = "sealed:1:"
"""How sealed text begins; the person's id and the ciphertext follow."""

Content = TypeVar("Content", bound=msgspec.Struct)


def is_sealed(text: str) -> bool:
    """Tell whether a text is ciphertext, or nothing."""
    return not text or text.startswith(SEALED)


def person_of(text: str) -> str:
    """Return whose key opens a sealed text."""
    return text.removeprefix(SEALED).partition(":")[0]


def personal_fields(content_type: type[Any]) -> tuple[str, ...]:
    """Name the fields of an order's content that are a person's."""
    if content_type not in _FIELDS:
        hints = get_type_hints(content_type, include_extras=True)
        _FIELDS[content_type] = tuple(name for name, hint in hints.items() if _is_personal(hint))
    return _FIELDS[content_type]


_FIELDS: dict[type[Any], tuple[str, ...]] = {}


def _is_personal(hint: Any) -> bool:
    metas = getattr(hint, "__metadata__", ())
    return any(isinstance(meta, msgspec.Meta) and "x-personal" in (meta.extra_json_schema or {}) for meta in metas)


def seal_content(content: Content, seal: Callable[[str, str], str]) -> Content:
    """Seal what is personal in an order's content with `seal(field, text)`."""
    plain = {name: getattr(content, name) for name in personal_fields(type(content))}
    return msgspec.structs.replace(content, **{name: seal(name, text) for name, text in plain.items() if text})


def restore_content(content_type: type[Content], body: Mapping[str, Any]) -> Content:
    """Make an order's content again from a command's body: sealed text is longer than the text it stands for."""
    sealed = {name: body[name] for name in personal_fields(content_type) if name in body}
    content = msgspec.convert({**body, **dict.fromkeys(sealed, "")}, content_type)
    return msgspec.structs.replace(content, **sealed)


def hide_sealed(value: Any) -> Any:
    """Return plain data with sealed text left out: what a screen may show without opening it."""
    if isinstance(value, dict):
        return {key: hide_sealed(one) for key, one in value.items()}
    return "" if isinstance(value, str) and value.startswith(SEALED) else value
