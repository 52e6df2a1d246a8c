"""Which members of an entity are shown: attrs, pick and omit, also in linked entities (ETSI GS CIM 009 clauses 4.21, 6.4.3.2)."""  # noqa: E501

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Literal

import msgspec

from stadtwerk.context.limits import Q_DEPTH, Q_TERMS
from stadtwerk.context.params import Params
from stadtwerk.context.problems import one_fault, too_complex

CORE = ("id", "type")
WHOLE = frozenset((*CORE, "scope", "createdAt", "modifiedAt", "expiresAt", "deletedAt"))
"""Names of members of an entity that are no attributes."""
NAME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://[^\s;|()\[\]{}\"<>,]+|[^\W\d][\w.:-]*")
_TOKEN = re.compile(rf"(?P<name>{NAME.pattern})|(?P<sign>[{{}},|])")

Means = Callable[[str], str]
"""Gives the member that a name of a request stands for."""


class Members(msgspec.Struct, frozen=True):
    """A choice of members: only these attributes (`attrs`), only these members (`pick`), all but these (`omit`).

    `linked` holds the choices for the entities that relationships lead to (`pick=standsOn{name}`).
    """

    attrs: tuple[str, ...] = ()
    pick: tuple[str, ...] = ()
    omit: tuple[str, ...] = ()
    linked: tuple[tuple[str, Members], ...] = ()

    def shows(self, name: str, means: Means) -> bool:
        """Tell whether a member is shown."""
        if self.attrs and name not in CORE:
            return _among(name, self.attrs, means)
        if self.pick and not _among(name, self.pick, means):
            return False
        return not _among(name, self.omit, means)

    def beyond(self, relationship: str, means: Means) -> Members:
        """Return what is shown of the entities that a relationship leads to: all, if nothing is said of them."""
        return next((members for name, members in self.linked if means(name) == relationship), ALL)

    @property
    def depth(self) -> int:
        """Return through how many relationships the choice reaches."""
        return max((1 + members.depth for _, members in self.linked), default=0)


ALL = Members()


def _among(name: str, named: Iterable[str], means: Means) -> bool:
    """Tell whether a member is one of those named; members that are no attributes have the same name for everybody."""
    return any(name == (one if one in WHOLE else means(one)) for one in named)


def read_members(params: Params) -> Members:
    """Read attrs, pick and omit, which exclude each other as the standard says."""
    attrs = params.read(lambda text: flat_names("attrs", text), "attrs") or ()
    pick = params.read(lambda text: parse_members("pick", text), "pick") or ALL
    omit = params.read(lambda text: parse_members("omit", text), "omit") or ALL
    if attrs and (pick != ALL or omit != ALL):
        params.fault("attrs", "not together with pick or omit")
    for name in sorted(set(attrs).intersection((*CORE, "@context", "scope"))):
        params.fault("attrs", f"{name} is no attribute")
    for name in sorted(set(pick.pick).intersection(omit.omit)):
        params.fault("omit", f"{name} is also picked")
    return Members(attrs, pick.pick, omit.omit, _joined(pick, omit))


def _joined(pick: Members, omit: Members) -> tuple[tuple[str, Members], ...]:
    """Put the choices for linked entities of pick and omit together."""
    omitted = dict(omit.linked)
    both = [
        (name, Members((), one.pick, other.omit, _joined(one, other)))
        for name, one in pick.linked
        for other in (omitted.pop(name, ALL),)
    ]
    return (*both, *omitted.items())


def flat_names(field: str, text: str) -> tuple[str, ...]:
    """Read names of attributes, separated by commas."""
    members = parse_members("pick", text, field)
    if members.linked:
        raise one_fault(field, "names of attributes, without braces")
    return members.pick


def parse_members(kind: Literal["pick", "omit"], text: str, field: str = "") -> Members:
    """Compile a projection such as `id,standsOn{name}`; raises a typed refusal (400 syntax, 403 too complex)."""
    return _Parser(kind, text, field or kind).whole()


class _Parser:
    def __init__(self, kind: Literal["pick", "omit"], text: str, field: str) -> None:
        self._kind, self._field, self._at, self._depth = kind, field, 0, 0
        self._tokens: list[str] = []
        end = 0
        for found in _TOKEN.finditer(text):
            if found.start() != end:
                break
            self._tokens.append(found.group())
            end = found.end()
        if end != len(text):
            raise one_fault(field, f"names of attributes, separated by commas; not {text[end : end + 20]!r}")
        if len(self._tokens) > 4 * Q_TERMS:
            raise too_complex(field, f"at most {Q_TERMS} names")

    def whole(self) -> Members:
        members = self._members()
        if self._at < len(self._tokens):
            raise one_fault(self._field, f"nothing may stand behind {self._tokens[self._at - 1][:40]!r}")
        return members

    def _members(self) -> Members:
        names: list[str] = []
        linked: list[tuple[str, Members]] = []
        while True:
            name = self._next()
            if not NAME.fullmatch(name):
                raise one_fault(self._field, "a name of an attribute is missing")
            if self._peek() == "{":
                linked.append((name, self._braces()))
                # What is said in braces of a relationship to omit concerns the linked entities, not itself.
                if self._kind == "pick":
                    names.append(name)
            else:
                names.append(name)
            if self._peek() not in (",", "|"):
                break
            self._at += 1
        flat = tuple(dict.fromkeys(names))
        if self._kind == "pick":
            return Members(pick=flat, linked=tuple(linked))
        return Members(omit=flat, linked=tuple(linked))

    def _braces(self) -> Members:
        self._at += 1
        self._depth += 1
        if self._depth > Q_DEPTH:
            raise too_complex(self._field, f"at most {Q_DEPTH} nested braces")
        members = self._members()
        if self._next() != "}":
            raise one_fault(self._field, "a brace is not closed")
        self._depth -= 1
        return members

    def _peek(self) -> str:
        return self._tokens[self._at] if self._at < len(self._tokens) else ""

    def _next(self) -> str:
        token = self._peek()
        self._at += 1
        return token
