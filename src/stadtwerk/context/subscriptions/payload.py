"""What a notification says: the entity in the form asked for, what it was, what is gone (clauses 5.3.1, 5.8.6)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from stadtwerk.context.entities.change import CREATED, DELETED, Changes
from stadtwerk.context.entities.document import NULL, VALUE_OF, Entity, Instance, find_instance
from stadtwerk.context.evaluate import Find
from stadtwerk.context.face import Joiner
from stadtwerk.context.moments import write_moment
from stadtwerk.context.subscriptions.subscription import BIT, Form, Subscription

PREVIOUS = {member: f"previous{member[0].upper()}{member[1:]}" for member in VALUE_OF.values()}
"""Which member of an instance tells what its value was."""

_encode = msgspec.json.Encoder().encode


def changed_entity(before: Entity | None, after: Entity, changes: Changes, form: Form) -> Entity:
    """Return an entity as a notification tells it: attributes that went away as null, values beside what they were."""
    if before is None or not changes or not (form.changes or form.deletions):
        return after
    told = after.copy()
    for iri in dict.fromkeys(iri for iri, _ in changes):
        was, instances = before.instances(iri), told.instances(iri)
        if not instances and form.deletions and was:
            # An attribute that is gone as a whole is told once, however many instances it had.
            instances = [_gone(was[0], after.modified_at_us, form)]
            if len(was) > 1:
                instances[0].pop("datasetId", None)
        else:
            changed = {dataset: kind for (name, dataset), kind in changes.items() if name == iri}
            _tell_changes(instances, was, changed, form, after.modified_at_us)
        told.put(iri, instances)
    return told


def _tell_changes(
    instances: list[Instance], was: list[Instance], changed: dict[str, str], form: Form, at_us: int
) -> None:
    """Put in what went away, and what was before beside what is."""
    for dataset, kind in changed.items():
        old = find_instance(was, dataset or None)
        if old is None or kind == CREATED:
            continue
        if kind == DELETED:
            if form.deletions:
                instances.append(_gone(old, at_us, form))
        elif form.changes and (new := find_instance(instances, dataset or None)) is not None:
            _tell_previous(new, old, form)


def deleted_entity(before: Entity, subscription: Subscription, at_us: int) -> Entity:
    """Return what is told of an entity that went away: its attributes as null, those asked for, or none."""
    form = subscription.form
    names: Iterable[str] = ()
    if form.changes:
        names = before.attrs
    elif form.deletions:
        names = [iri for iri in before.attrs if not subscription.watched or iri in subscription.watched]
    told = Entity(before.id, before.type, created_at_us=before.created_at_us, modified_at_us=before.modified_at_us)
    for iri in names:
        told.put(iri, [_gone(old, at_us, form) for old in before.instances(iri)])
    return told


def write_data(entities: list[Entity], form: Form, find: Find, *, deleted_us: int = 0) -> bytes:
    """Write entities as the data of a notification, with what they are linked to; `deleted_us` when they went away."""
    face, join = form.face, form.following.join
    if join and not deleted_us:
        joiner = Joiner(face, form.following, find)
        texts = joiner.flat(entities) if join == "flat" else [joiner.inline(entity) for entity in entities]
    else:
        texts = [_text(entity, form, deleted_us) for entity in entities]
    listed = b",".join(filter(None, texts))
    if face.media != "application/geo+json":
        return b"[%b]" % listed
    context = b',"@context":%b' % _encode(face.context.url) if form.inside else b""
    return b'{"type":"FeatureCollection","features":[%b]%b}' % (listed, context)


def _text(entity: Entity, form: Form, deleted_us: int) -> bytes:
    """Write an entity; the instants of its own stand in the simplified form too (clause 5.2.14.1)."""
    face = form.face
    shown = face.show(entity, face.view.members, _alone)
    if face.view.sys_attrs and face.view.form == "simplified":
        shown["createdAt"] = write_moment(entity.created_at_us)
        shown["modifiedAt"] = write_moment(entity.modified_at_us)
    if deleted_us:
        shown["deletedAt"] = write_moment(deleted_us)
    return face.finish(entity, shown)


def _alone(iri: str, instance: Instance) -> list[Any] | None:
    return None


def write_notification(subscription: Subscription, name: str, at_us: int, data: bytes) -> bytes:
    """Write a notification with a name of its own about data (clause 5.3.1)."""
    return b"".join(
        (
            b'{"id":"urn:ngsi-ld:Notification:',
            name.encode(),
            subscription.prefix,
            write_moment(at_us).encode(),
            b'","data":',
            data,
            b"}",
        )
    )


def data_key(subscription: Subscription, bits: int) -> object:
    """Return a key that is equal for subscriptions to which a change is told in the same words."""
    if bits & BIT["entityDeleted"]:
        return subscription.form, subscription.watched
    return subscription.form


def _gone(old: Instance, at_us: int, form: Form) -> Instance:
    """Return an instance that tells that it is gone (clause 4.5.0)."""
    kind = old["type"]
    instance: Instance = {"type": kind, VALUE_OF[kind]: {"@none": NULL} if kind == "LanguageProperty" else NULL}
    for member in ("datasetId", "createdAt", "modifiedAt"):
        if member in old:
            instance[member] = old[member]
    instance["deletedAt"] = at_us
    if form.changes:
        _tell_previous(instance, old, form)
    return instance


def _tell_previous(instance: Instance, old: Instance, form: Form) -> None:
    holder = VALUE_OF[old["type"]]
    value: Any = old.get(holder)
    if old["type"] == "VocabProperty":
        compact = form.face.context.terms.compact
        value = [compact(word) for word in value] if isinstance(value, list) else compact(value)
    instance[PREVIOUS[holder]] = value
