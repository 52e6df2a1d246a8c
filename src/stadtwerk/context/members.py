"""Which members of an entity are shown: attrs, pick and omit (ETSI GS CIM 009 clauses 4.21, 6.4.3.2)."""

from __future__ import annotations

import re
from collections.abc import Callable

import msgspec

from stadtwerk.context.limits import Q_DEPTH
from stadtwerk.context.params import Params
from stadtwerk.context.problems import one_fault, unsupported

CORE = ("id", "type")
NAME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://[^\s;|()\[\]{}\"<>,]+|[^\W\d][\w.:-]*")
_LIST = re.compile(rf"(?:{NAME.pattern})(?:[,|](?:{NAME.pattern}))*")
_NESTED = re.compile(rf"(?<=[\w]){{{_LIST.pattern}}}")


class Members(msgspec.Struct, frozen=True):
    """A choice of members: only these attributes (`attrs`), only these members (`pick`), all but these (`omit`)."""

    attrs: tuple[str, ...] = ()
    pick: tuple[str, ...] = ()
    omit: tuple[str, ...] = ()

    def shows(self, name: str, means: Callable[[str], str]) -> bool:
        """Tell whether a member is shown; `means` gives the member a name of the request stands for."""
        if self.attrs and name not in CORE:
            return name in map(means, self.attrs)
        if self.pick and name not in map(means, self.pick):
            return False
        return name not in map(means, self.omit)


ALL = Members()


def read_members(params: Params) -> Members:
    """Read attrs, pick and omit, which exclude each other as the standard says."""
    attrs = params.read(lambda text: _names("attrs", text), "attrs") or ()
    pick = params.read(lambda text: _names("pick", text), "pick") or ()
    omit = params.read(lambda text: _names("omit", text), "omit") or ()
    if attrs and (pick or omit):
        params.fault("attrs", "not together with pick or omit")
    for name in sorted(set(attrs).intersection((*CORE, "@context", "scope"))):
        params.fault("attrs", f"{name} is no attribute")
    for name in sorted(set(pick).intersection(omit)):
        params.fault("omit", f"{name} is also picked")
    return Members(attrs, pick, omit)


def _names(field: str, text: str) -> tuple[str, ...]:
    flat = text
    for _ in range(Q_DEPTH):
        flat = _NESTED.sub("", flat)
    if not _LIST.fullmatch(flat):
        raise one_fault(field, "names of attributes, separated by commas")
    if flat != text:
        raise unsupported(field, "members of linked entities are not shown")
    return tuple(dict.fromkeys(re.split(r"[,|]", text)))
