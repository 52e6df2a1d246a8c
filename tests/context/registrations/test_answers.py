"""One answer out of several (ETSI GS CIM 009 clauses 4.5.5, 4.3.6, 5.7)."""

from __future__ import annotations

from stadtwerk.context.entities.expand import Reader
from stadtwerk.context.entities.holdings import Holdings, Record
from stadtwerk.context.entities.show import Look, show
from stadtwerk.context.registrations.joining import join
from stadtwerk.context.registrations.merging import merge_entities, read_foreign
from stadtwerk.context.registrations.overlay import Found, overlaid
from stadtwerk.context.registrations.source import EVERY, compile_source
from stadtwerk.context.registrations.speech import said_anew
from stadtwerk.context.terms import VOCAB, Terms

TERMS = Terms({}, {})
NOW_US = 1_795_000_000_000_000
FLOW = VOCAB + "flow"
OLD, NEW = "2026-11-01T00:00:00Z", "2026-11-02T00:00:00Z"


def entity(**attributes):
    body = {"id": "urn:p:1", "type": "Pump", **attributes}
    return read_foreign(body, Reader(TERMS, NOW_US))


def flow(value, **members):
    return {"type": "Property", "value": value, **members}


def simple(merged):
    return show(merged, TERMS, Look(form="simplified"))


def test_the_later_observation_wins_wherever_it_stands():
    older, newer = entity(flow=flow(1, observedAt=OLD)), entity(flow=flow(2, observedAt=NEW))
    assert simple(merge_entities([older, newer]))["flow"] == 2
    assert simple(merge_entities([newer, older]))["flow"] == 2


def test_without_observations_the_later_change_wins_and_ties_stay_here():
    older, newer = entity(flow=flow(1, modifiedAt=OLD)), entity(flow=flow(2, modifiedAt=NEW))
    assert simple(merge_entities([older, newer]))["flow"] == 2
    assert simple(merge_entities([entity(flow=flow(1)), entity(flow=flow(2))]))["flow"] == 1


def test_instances_of_other_datasets_stand_side_by_side():
    merged = merge_entities([entity(flow=flow(1)), entity(flow=flow(2, datasetId="urn:d:1"))])
    assert simple(merged)["flow"] == {"dataset": {"@none": 1, "urn:d:1": 2}}


def test_auxiliary_only_adds():
    merged = merge_entities([entity(flow=flow(1))], [entity(flow=flow(2, observedAt=NEW), level=flow(3))])
    assert simple(merged) == {"id": "urn:p:1", "type": "Pump", "flow": 1, "level": 3}
    assert merge_entities([]) is None


def holdings(*entities):
    made = Holdings("")
    for number, one in enumerate(entities, 1):
        made.put(Record(number, one))
    return made


def source(mode, names=()):
    entry = {"entities": [{"id": "urn:p:1", "type": VOCAB + "Pump"}]}
    if names:
        entry["propertyNames"] = list(names)
    return compile_source({"id": f"urn:r:{mode}", "endpoint": "http://a", "mode": mode, "information": [entry]})


def test_what_an_exclusive_source_holds_comes_from_it_alone():
    base, exclusive = holdings(entity(flow=flow(1, observedAt=NEW), level=flow(3))), source("exclusive", [FLOW])
    found = Found(exclusive, frozenset([FLOW]), [entity(flow=flow(2, observedAt=OLD), level=flow(9, observedAt=NEW))])
    seen = overlaid(base, [exclusive], [found])
    assert simple(seen.by_id["urn:p:1"].entity) == {"id": "urn:p:1", "type": "Pump", "flow": 2, "level": 3}
    assert simple(base.by_id["urn:p:1"].entity)["flow"] == 1, "what is kept here stays as it is"


def test_what_a_redirect_source_holds_is_not_taken_from_here_even_if_it_is_silent():
    seen = overlaid(holdings(entity(flow=flow(1))), [source("redirect")], [])
    assert not seen.by_id
    assert not seen.by_type


def test_an_inclusive_source_adds_entities():
    other = read_foreign({"id": "urn:p:2", "type": "Pump", "flow": 5}, Reader(TERMS, NOW_US))
    seen = overlaid(holdings(entity(flow=flow(1))), [], [Found(source("inclusive"), EVERY, [other])])
    assert set(seen.by_id) == set(seen.by_type[VOCAB + "Pump"]) == {"urn:p:1", "urn:p:2"}


def test_descriptions_are_joined_by_id_and_counts_add_up():
    mine = {"typeList": ["Pump"], "entityCount": 2, "attributeDetails": [{"id": "a", "attributeTypes": ["Property"]}]}
    other = {
        "typeList": ["Tank", "Pump"],
        "entityCount": 3,
        "attributeDetails": [{"id": "a", "attributeTypes": ["Property", "Relationship"]}, {"id": "b"}],
    }
    assert join(mine, other) == {
        "typeList": ["Pump", "Tank"],
        "entityCount": 5,
        "attributeDetails": [{"id": "a", "attributeTypes": ["Property", "Relationship"]}, {"id": "b"}],
    }


def test_pasts_are_joined_instance_by_instance():
    mine = [{"id": "urn:p:1", "flow": {"type": "Property", "value": 1, "observedAt": OLD}}]
    other = [{"id": "urn:p:1", "flow": [{"type": "Property", "value": 2, "observedAt": NEW}]}, {"id": "urn:p:2"}]
    joined = join(mine, other)
    assert [one["id"] for one in joined] == ["urn:p:1", "urn:p:2"]
    assert [one["value"] for one in joined[0]["flow"]] == [1, 2]


def test_the_same_in_other_terms():
    body = {
        "id": "urn:p:1",
        "type": "Pump",
        "flow": {"type": "Property", "value": {"flow": 1}, "by": {"type": "Relationship", "object": "urn:x:1"}},
        "kind": {"type": "VocabProperty", "vocab": "Pump"},
    }
    assert said_anew(body, str.upper) == {
        "id": "urn:p:1",
        "type": "PUMP",
        "FLOW": {"type": "Property", "value": {"flow": 1}, "BY": {"type": "Relationship", "object": "urn:x:1"}},
        "KIND": {"type": "VocabProperty", "vocab": "PUMP"},
    }
