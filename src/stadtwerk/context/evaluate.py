"""Conditions over entities kept as documents: a query becomes a function, and its answer is the one that counts (4.9)."""  # noqa: E501

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from datetime import UTC, datetime
from typing import Any

from stadtwerk.context.entities.document import VALUE_OF, Entity, Instance
from stadtwerk.context.q import Either, Node, Path, Term
from stadtwerk.context.terms import Terms
from stadtwerk.context.values import value_test
from stadtwerk.kernel.clock import US

Find = Callable[[str], Entity | None]
"""Finds an entity by its id, as far as the asker may see it."""

LINKS = frozenset(("Relationship", "ListRelationship"))
BARE = frozenset(("observedAt", "createdAt", "modifiedAt", "expiresAt", "unitCode", "datasetId", "objectType", "lang"))
"""Members of an attribute that a path may end in although they are no attributes."""
_TIMES = {"createdAt": "created_at_us", "modifiedAt": "modified_at_us", "expiresAt": "expires_at_us"}


def find_nothing(entity_id: str) -> Entity | None:
    """Find no entity, where links are not followed."""
    return None


class Subject:
    """An entity under examination; each attribute is decoded once."""

    __slots__ = ("_read", "entity", "find")

    def __init__(self, entity: Entity, find: Find = find_nothing) -> None:
        self.entity, self.find = entity, find
        self._read: dict[str, list[Instance]] = {}

    def instances(self, iri: str) -> list[Instance]:
        """Return the instances of an attribute."""
        known = self._read.get(iri)
        if known is None:
            known = self._read[iri] = self.entity.instances(iri)
        return known


Condition = Callable[[Subject], bool]
Reached = tuple[str, Any]
"""A target of a path: its kind of attribute (or the name of a bare member), and its value."""
Reach = Callable[[Subject], Iterable[Reached]]


def compile_q(node: Node, terms: Terms, expanded: Collection[str] = ()) -> Condition:
    """Compile a query; `expanded` are IRIs of attributes whose values in the query are terms (expandValues)."""
    if isinstance(node, Term):
        return _term(node, terms, expanded)
    parts = [compile_q(part, terms, expanded) for part in node.parts]
    if isinstance(node, Either):
        return lambda subject: any(part(subject) for part in parts)
    return lambda subject: all(part(subject) for part in parts)


def _term(term: Term, terms: Terms, expanded: Collection[str]) -> Condition:
    reach, path = compile_path(term.path, terms), last(term.path)
    holds = holds_for(term, terms, expand=terms.expand(path.name) in expanded)
    return lambda subject: any(holds(kind, value) for kind, value in reach(subject))


def holds_for(term: Term, terms: Terms, *, expand: bool = False) -> Callable[[str, Any], bool]:
    """Compile what a condition says of one target: by its kind and its value."""
    if term.op == "exists":
        return lambda kind, value: True
    values = tuple(terms.expand(v) if isinstance(v, str) else v for v in term.values) if expand else term.values
    test, by_equality = value_test(Term(Path(""), term.op, values)), term.op in ("==", "!=")
    return lambda kind, value: (by_equality or kind not in LINKS) and test(value)


def last(path: Path) -> Path:
    """Return the part of a path that lies in the entity it ends in."""
    return path if path.linked is None else last(path.linked.path)


def compile_path(path: Path, terms: Terms) -> Reach:
    """Compile a path: from an entity to all targets that it leads to."""
    if path.linked is not None:
        return _linked(path, terms)
    subs = tuple((name, terms.expand(name)) for name in path.sub)
    iri, members = terms.expand(path.name), path.members

    def reach(subject: Subject) -> Iterator[Reached]:
        for instance in subject.instances(iri):
            yield from targets(instance, subs, members)

    if path.name in _TIMES and not path.sub:
        return lambda subject: own_time(subject.entity, path.name)
    return reach


def _linked(path: Path, terms: Terms) -> Reach:
    if path.linked is None:
        return lambda subject: ()
    further, iri = compile_path(path.linked.path, terms), terms.expand(path.name)
    types = frozenset(map(terms.expand, path.linked.types))

    def reach(subject: Subject) -> Iterator[Reached]:
        for instance in subject.instances(iri):
            for entity_id in objects_of(instance):
                entity = subject.find(entity_id)
                if entity is not None and (not types or types.intersection(entity.type)):
                    yield from further(Subject(entity, subject.find))

    return reach


def objects_of(instance: Instance) -> list[str]:
    """Return the ids that a relationship, or a list of them, leads to; none for other attributes."""
    objects = instance.get(VALUE_OF[instance["type"]]) if instance["type"] in LINKS else None
    if isinstance(objects, str):
        return [objects]
    return [one for one in objects if isinstance(one, str)] if isinstance(objects, list) else []


def own_time(entity: Entity, name: str) -> Iterator[Reached]:
    """Give the instant of an entity's creation, last change or end, if it has one."""
    at_us: int = getattr(entity, _TIMES[name])
    if at_us:
        yield name, _moment(at_us)


def targets(instance: Instance, subs: tuple[tuple[str, str], ...], members: tuple[str, ...]) -> Iterator[Reached]:
    """Give what a path reaches from one instance: below its attributes (name and IRI), then inside the value."""
    if not subs:
        kind = instance["type"]
        value = target_value(kind, instance.get(VALUE_OF[kind]), members)
        if value is not None:
            yield kind, value
        return
    (name, iri), further = subs[0], subs[1:]
    if name in BARE and name in instance:
        if not further:
            content = instance[name]
            yield name, _moment(content) if name in _TIMES and isinstance(content, int) else content
        return
    for sub in instance.get("attrs", {}).get(iri, ()):
        yield from targets(sub, further, members)


def target_value(kind: str, value: Any, members: tuple[str, ...]) -> Any:
    """Return the value that is compared, None where the members lead nowhere; without a language, any will do."""
    if kind == "LanguageProperty" and isinstance(value, dict):
        return _texts(value, members)
    for member in members:
        if member == "*" and isinstance(value, dict):
            value = list(value.values())
        else:
            value = value.get(member) if isinstance(value, dict) else None
    if isinstance(value, dict) and "@value" in value:
        return value["@value"]
    return value


def _texts(texts: dict[str, Any], members: tuple[str, ...]) -> Any:
    if members and members != ("*",):
        return texts.get(".".join(members))
    found: list[Any] = []
    for text in texts.values():
        found.extend(text if isinstance(text, list) else [text])
    return found


def _moment(at_us: int) -> str:
    """Write an instant exactly, for comparing."""
    seconds, rest = divmod(at_us, US)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{rest:06d}Z"
