"""What writes do to an entity: pure, from what it was and a fragment to what it is (clauses 5.6.1 to 5.6.19)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from stadtwerk.context.entities.document import NULL, VALUE_OF, Entity, Instance, find_instance, is_null
from stadtwerk.context.entities.expand import Fragment
from stadtwerk.context.problems import one_fault, problem

CREATED, UPDATED, DELETED = "attributeCreated", "attributeUpdated", "attributeDeleted"

Changes = dict[tuple[str, str], str]
"""What became of attributes: by IRI and datasetId ("" = default instance)."""


@dataclass(slots=True)
class Edit:
    """An entity after a write, what changed, and which attributes were left as they were, with the reason."""

    entity: Entity
    changes: Changes = field(default_factory=dict)
    left: list[tuple[str, str]] = field(default_factory=list)
    touched: bool = False
    """Whether type or scope changed."""

    @property
    def any(self) -> bool:
        """Tell whether anything changed at all."""
        return self.touched or bool(self.changes)

    def set(self, iri: str, instances: list[Instance], instance: Instance) -> None:
        """Put an instance in the place of the one with its dataset, which keeps its time of creation."""
        dataset = instance.get("datasetId")
        before = find_instance(instances, dataset)
        if before is None:
            instances.append(instance)
        else:
            instance["createdAt"] = before.get("createdAt", instance.get("createdAt"))
            instances[instances.index(before)] = instance
        self.changes[iri, dataset or ""] = CREATED if before is None else UPDATED


def append(entity: Entity, fragment: Fragment, now_us: int, *, overwrite: bool = True) -> Edit:
    """Add attributes, replacing those that are there unless told not to (clause 5.6.3)."""
    edit = _begin(entity, fragment, now_us)
    if not overwrite and fragment.scope:
        edit.entity.scope = list(dict.fromkeys((*entity.scope, *fragment.scope)))
    for iri, given in fragment.attrs.items():
        instances = edit.entity.instances(iri)
        for instance in given:
            if not overwrite and find_instance(instances, instance.get("datasetId")) is not None:
                edit.left.append((iri, "the attribute exists already, and noOverwrite was asked for"))
                continue
            edit.set(iri, instances, instance)
        edit.entity.put(iri, instances)
    return edit


def update(entity: Entity, fragment: Fragment, now_us: int, *, scoped: bool = False) -> Edit:
    """Replace attributes, adding those that are not there (clause 5.6.2).

    A scope must be there to be replaced, unless it may be added, too (`scoped`: batches, clause 5.6.9).
    """
    scope, fragment.scope = fragment.scope, fragment.scope if entity.scope or scoped else None
    edit = append(entity, fragment, now_us)
    for iri, dataset in fragment.gone:
        _remove(edit, iri, dataset)
    if scope and fragment.scope is None:
        edit.left.append(("scope", "the entity has no scope"))
    return edit


def replace(entity: Entity, fresh: Entity) -> Edit:
    """Put a new entity in the place of one that is there (clause 5.6.18): only its time of creation stays."""
    after = fresh.copy()
    after.created_at_us = entity.created_at_us
    if not after.type:
        after.type = list(entity.type)
    edit = Edit(after, touched=True)
    for iri in entity.attrs:
        old, new = entity.instances(iri), after.instances(iri)
        for instance in new:
            if (before := find_instance(old, instance.get("datasetId"))) is not None:
                instance["createdAt"] = before.get("createdAt")
        after.put(iri, new)
        names = {one.get("datasetId") for one in new}
        edit.changes.update(
            {(iri, one.get("datasetId", "")): DELETED for one in old if one.get("datasetId") not in names}
        )
    for iri in after.attrs:
        old_names = {one.get("datasetId") for one in entity.instances(iri)}
        for one in after.instances(iri):
            edit.changes[iri, one.get("datasetId", "")] = UPDATED if one.get("datasetId") in old_names else CREATED
    return edit


def replace_attribute(entity: Entity, iri: str, given: Iterable[Instance], now_us: int) -> Edit:
    """Put new instances in the place of all of an attribute's with the same dataset (clause 5.6.19)."""
    edit = _begin(entity, None, now_us)
    instances = edit.entity.instances(iri)
    for instance in given:
        if find_instance(instances, instance.get("datasetId")) is None:
            raise problem("ResourceNotFound", "the entity has no such attribute")
        edit.set(iri, instances, instance)
    edit.entity.put(iri, instances)
    return edit


def patch_attribute(entity: Entity, iri: str, part: Instance, now_us: int) -> Edit:
    """Change members of one instance (clause 5.6.4); refuses another kind of attribute (400), an absent one (404)."""
    edit = _begin(entity, None, now_us)
    instances = edit.entity.instances(iri)
    before = find_instance(instances, part.get("datasetId"))
    if before is None:
        raise problem("ResourceNotFound", "the entity has no such attribute")
    if is_null(part):
        _remove(edit, iri, part.get("datasetId", ""))
        return edit
    edit.set(iri, instances, {**merged(before, part, deep=False), "modifiedAt": now_us})
    edit.entity.put(iri, instances)
    return edit


def merge(entity: Entity, fragment: Fragment, now_us: int, *, observed_at: str | None = None) -> Edit:
    """Merge a fragment into an entity after JSON merge patch, null deleting (clause 5.6.17)."""
    edit = _begin(entity, fragment, now_us)
    for iri, dataset in fragment.gone:
        _remove(edit, iri, dataset)
    for iri, given in fragment.attrs.items():
        instances = edit.entity.instances(iri)
        for instance in given:
            before = find_instance(instances, instance.get("datasetId"))
            if before is not None:
                fresh = {**merged(before, instance, deep=True), "modifiedAt": now_us}
                if observed_at and "observedAt" in before and "observedAt" not in instance:
                    fresh["observedAt"] = observed_at
                edit.set(iri, instances, fresh)
            else:
                edit.set(iri, instances, _without_nulls(instance))
        edit.entity.put(iri, instances)
    return edit


def delete_attribute(entity: Entity, iri: str, now_us: int, *, dataset: str = "", everything: bool = False) -> Edit:
    """Take an attribute away: one instance, or all of them (clause 5.6.5); refuses an absent one (404)."""
    edit = _begin(entity, None, now_us)
    _remove(edit, iri, None if everything else dataset)
    if not edit.changes:
        raise problem("ResourceNotFound", "the entity has no such attribute")
    return edit


def delete_attributes(entity: Entity, iris: Iterable[str], now_us: int) -> Edit:
    """Take several attributes away, those that are there (clause 5.6.21)."""
    edit = _begin(entity, None, now_us)
    for iri in iris:
        _remove(edit, iri, None)
    return edit


def delete_scope(entity: Entity, now_us: int) -> Edit:
    """Take an entity's scopes away; refuses when it has none (404)."""
    if not entity.scope:
        raise problem("ResourceNotFound", "the entity has no scope")
    edit = _begin(entity, None, now_us)
    edit.entity.scope, edit.touched = [], True
    return edit


def _begin(entity: Entity, fragment: Fragment | None, now_us: int) -> Edit:
    after = entity.copy()
    after.modified_at_us = now_us
    edit = Edit(after)
    if fragment is None:
        return edit
    fresh = [name for name in fragment.types if name not in after.type]
    after.type += fresh
    if fragment.scope is not None and fragment.scope != after.scope:
        after.scope, edit.touched = fragment.scope, True
    if fragment.expires_at_us:
        after.expires_at_us, edit.touched = fragment.expires_at_us, True
    edit.touched = edit.touched or bool(fresh)
    return edit


def _remove(edit: Edit, iri: str, dataset: str | None) -> None:
    """Take away the instance of a dataset, "" being the default one, or all for None."""
    instances = edit.entity.instances(iri)
    gone = [one for one in instances if dataset in (None, one.get("datasetId", ""))]
    edit.changes.update({(iri, one.get("datasetId", "")): DELETED for one in gone})
    edit.entity.put(iri, [one for one in instances if one not in gone])


def merged(before: Instance, part: Instance, *, deep: bool) -> Instance:
    """Merge two instances of one attribute: members of the part win, null takes away."""
    kind = part.get("type", before["type"])
    holder = VALUE_OF[before["type"]]
    if kind != before["type"] and not (kind == "Property" and "value" not in part):
        raise one_fault("type", f"the attribute is a {before['type']}, not a {kind}")
    whole = dict(before)
    for member, content in part.items():
        if member == "attrs":
            whole["attrs"] = _merged_subs(before.get("attrs", {}), content)
        elif content == NULL and isinstance(content, str) and member != holder:
            whole.pop(member, None)
        elif member == holder and deep:
            whole[member] = merge_json(before.get(member), content)
        elif member != "type":
            whole[member] = content
    if not whole.get("attrs", True):
        del whole["attrs"]
    return whole


def _merged_subs(before: dict[str, list[Instance]], part: dict[str, list[Instance]]) -> dict[str, list[Instance]]:
    subs = dict(before)
    for iri, given in part.items():
        first = given[0]
        if first.get(VALUE_OF[first["type"]]) == NULL:
            subs.pop(iri, None)
        else:
            subs[iri] = given
    return subs


def merge_json(before: Any, part: Any) -> Any:
    """Merge JSON values after RFC 7396, `urn:ngsi-ld:null` in the place of null."""
    if not isinstance(part, dict) or not isinstance(before, dict):
        return without_nulls(part)
    merged = dict(before)
    for key, content in part.items():
        if content in (None, NULL):
            merged.pop(key, None)
        else:
            merged[key] = merge_json(before.get(key), content)
    return merged


def without_nulls(value: Any) -> Any:
    """Drop members that are null from a new value."""
    if isinstance(value, dict):
        return {key: without_nulls(part) for key, part in value.items() if part not in (None, NULL)}
    return value


def _without_nulls(instance: Instance) -> Instance:
    holder = VALUE_OF[instance["type"]]
    kept = {
        member: content for member, content in instance.items() if not (isinstance(content, str) and content == NULL)
    }
    kept[holder] = without_nulls(kept[holder])
    return kept


def take_kinds(entity: Entity, fragment: Fragment, lang: str) -> None:
    """Give simplified values the kind their attribute has: a text in a language, a URI of a relationship (5.6.17)."""
    for iri, given in fragment.attrs.items():
        known = entity.instances(iri)
        for instance in given:
            before = find_instance(known, instance.get("datasetId"))
            if before is None or instance["type"] == before["type"] or instance["type"] != "Property":
                continue
            value, kind = instance.pop("value"), before["type"]
            instance["type"] = kind
            instance[VALUE_OF[kind]] = (
                {lang or "@none": value} if kind == "LanguageProperty" and isinstance(value, str) else value
            )
