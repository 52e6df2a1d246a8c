"""How the city says no: a typed value that names the fault and what to do."""

from __future__ import annotations

import msgspec


class Fault(msgspec.Struct, frozen=True):
    """One thing wrong with one field."""

    field: str
    detail: str


class Refusal(msgspec.Struct, frozen=True, omit_defaults=True):
    """A request the city does not carry out, in the form of RFC 9457."""

    type: str
    title: str
    status: int
    detail: str = ""
    faults: tuple[Fault, ...] = ()
    instance: str = ""


class Refused(Exception):  # noqa: N818 - the city refuses; nothing broke
    """Carries a refusal up to the door that answers it."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.detail or refusal.title)
        self.refusal = refusal

    @classmethod
    def field(cls, field: str, detail: str) -> Refused:
        """Refuse because of one field (422)."""
        return cls(invalid((Fault(field, detail),)))

    @classmethod
    def of(cls, name: str, title: str, status: int, detail: str = "") -> Refused:
        """Refuse with a problem type of the name given, title, HTTP status and detail."""
        return cls(Refusal(type=problem_type(name), title=title, status=status, detail=detail))


def problem_type(name: str) -> str:
    """Return the URI reference of a problem type."""
    return f"urn:stadtwerk:problem:{name}"


def invalid(faults: tuple[Fault, ...]) -> Refusal:
    """Refuse content that is well-formed but wrong, naming all faults at once (422)."""
    detail = "; ".join(f"{fault.field}: {fault.detail}" for fault in faults)
    return Refusal(
        type=problem_type("invalid"),
        title="The content is not valid",
        status=422,
        detail=detail,
        faults=faults,
    )
