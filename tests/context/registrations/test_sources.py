"""Registrations, whom a request concerns, who does which part (ETSI GS CIM 009 clauses 4.3.6, 4.20, 5.2.9, 5.12)."""

from __future__ import annotations

import pytest

from stadtwerk.context.registrations.document import change_registration, read_registration, show_registration
from stadtwerk.context.registrations.operations import GROUPS, NAMES, read_operations
from stadtwerk.context.registrations.share import share_read, share_write
from stadtwerk.context.registrations.source import EVERY, Wanted, compile_source
from stadtwerk.context.registrations.via import HOPS_MAX, aliases, extended, runs_in_circles
from stadtwerk.context.terms import VOCAB, Terms
from stadtwerk.kernel.refusal import Refused

TERMS = Terms({}, {})
NOW_US = 1_795_000_000_000_000
ID = "urn:ngsi-ld:ContextSourceRegistration:1"
PUMP, TANK, FLOW, LEVEL = (VOCAB + name for name in ("Pump", "Tank", "flow", "level"))


def registration(**members):
    content = {
        "id": ID,
        "type": "ContextSourceRegistration",
        "information": [{"entities": [{"type": "Pump"}]}],
        "endpoint": "http://source.example/",
        **members,
    }
    return read_registration({name: value for name, value in content.items() if value is not ...}, TERMS, NOW_US)


def source(name="1", *, mode="inclusive", operations=("redirectionOps",), names=(), entities=None, **members):
    entry = {"entities": entities or [{"type": "Pump"}]}
    if names:
        entry["propertyNames"] = list(names)
    given = registration(
        id=f"urn:ngsi-ld:ContextSourceRegistration:{name}",
        information=[entry],
        mode=mode,
        operations=list(operations),
        **members,
    )
    return compile_source(given)


def test_what_is_kept_has_iris_and_what_is_shown_has_terms():
    kept = registration(information=[{"entities": [{"type": "Pump"}], "propertyNames": ["flow"]}], vendor="ACME")
    assert kept["information"] == [{"entities": [{"type": PUMP}], "propertyNames": [FLOW]}]
    assert kept[VOCAB + "vendor"] == "ACME"
    shown = show_registration(kept, TERMS)
    assert shown["information"] == [{"entities": [{"type": "Pump"}], "propertyNames": ["flow"]}]
    assert shown["vendor"] == "ACME"
    assert show_registration(kept, TERMS, type_lists=True)["information"][0]["entities"] == [{"type": ["Pump"]}]


@pytest.mark.parametrize(
    "members",
    [
        {"information": ...},
        {"information": None},
        {"information": []},
        {"information": [{}]},
        {"information": [{"entities": [{"type": "Pump", "name": "x"}]}]},
        {"information": [{"entities": [{"id": "no uri", "type": "Pump"}]}]},
        {"information": [{"entities": [{"idPattern": "(", "type": "Pump"}]}]},
        {"information": [{"entities": [{"id": "urn:a:b", "idPattern": "a", "type": "Pump"}]}]},
        {"information": [{"propertyNames": [1]}]},
        {"endpoint": ...},
        {"endpoint": "ftp://source.example"},
        {"endpoint": "http://source.example/?a=b"},
        {"endpoint": "http://source.example:0x/"},
        {"type": "Registration"},
        {"mode": "sometimes"},
        {"operations": ["flyToTheMoon"]},
        {"operations": []},
        {"expiresAt": "2020-01-01T00:00:00Z"},
        {"expiresAt": " 2035-01-01T00:00:00Z"},
        {"observationInterval": {"endAt": "2035-01-01T00:00:00Z"}},
        {"location": {"type": "Point", "coordinates": [200, 0]}},
        {"contextSourceInfo": [{"key": "a", "value": "b\r\nc: d"}]},
        {"management": {"timeout": -1}},
        {"mode": "exclusive"},
        {"mode": "exclusive", "information": [{"entities": [{"id": "urn:a:b", "type": "Pump"}]}]},
        {"mode": "exclusive", "information": [{"entities": [{"type": "Pump"}], "propertyNames": ["flow"]}]},
    ],
)
def test_what_is_malformed_is_refused(members):
    with pytest.raises(Refused) as caught:
        registration(**members)
    assert caught.value.refusal.status in (400, 403)


def test_null_takes_a_member_away_but_not_what_must_be_there():
    before = {**registration(expiresAt="2035-01-01T00:00:00Z"), "createdAt": 1, "modifiedAt": 1}
    after = change_registration(before, {"expiresAt": None, "description": "mine"}, TERMS, NOW_US)
    assert "expiresAt" not in after
    assert (after["description"], after["createdAt"], after["modifiedAt"]) == ("mine", 1, NOW_US)
    for part in ({"information": None}, {"endpoint": "urn:ngsi-ld:null"}, {"type": "Pump"}, {"id": "urn:a:b"}):
        with pytest.raises(Refused):
            change_registration(before, part, TERMS, NOW_US)


def test_groups_stand_for_their_operations():
    assert read_operations(["retrieveOps", "createEntity"]) == {"retrieveEntity", "queryEntity", "createEntity"}
    assert set().union(*GROUPS.values()) < NAMES
    assert "createEntity" in GROUPS["redirectionOps"]
    assert "createEntity" not in GROUPS["federationOps"]


@pytest.mark.parametrize(
    ("entities", "names", "wanted", "reach"),
    [
        ([{"type": "Pump"}], (), Wanted(("urn:p:1",), types=frozenset([PUMP])), EVERY),
        ([{"type": "Pump"}], (), Wanted(("urn:p:1",)), EVERY),
        ([{"type": "Pump"}], (), Wanted(types=frozenset([TANK])), None),
        ([{"type": ["Pump", "Tank"]}], (), Wanted(types=frozenset([TANK])), EVERY),
        ([{"id": "urn:p:1", "type": "Pump"}], (), Wanted(("urn:p:2",)), None),
        ([{"id": "urn:p:1", "type": "Pump"}], (), Wanted(("urn:p:2", "urn:p:1")), EVERY),
        ([{"idPattern": "urn:p:*", "type": "Pump"}], (), Wanted(("urn:p:1",)), EVERY),
        ([{"idPattern": ".*north$", "type": "Pump"}], (), Wanted(("urn:p:south",)), None),
        ([{"type": "Pump"}], ("flow",), Wanted(attrs=frozenset([FLOW, LEVEL])), {FLOW}),
        ([{"type": "Pump"}], ("flow",), Wanted(), {FLOW}),
        ([{"type": "Pump"}], ("flow",), Wanted(attrs=frozenset([LEVEL])), None),
        ([{"type": "Pump"}], (), Wanted(attrs=frozenset([LEVEL])), {LEVEL}),
    ],
)
def test_5_12_what_a_source_has_of_what_is_wanted(entities, names, wanted, reach):
    assert source(entities=entities, names=names).reach(wanted) == reach


def test_4_3_6_exclusive_takes_its_attributes_from_everybody_else():
    exclusive = source("e", mode="exclusive", names=["flow"], entities=[{"id": "urn:p:1", "type": "Pump"}])
    inclusive = source("i")
    wanted = Wanted(("urn:p:1",), types=frozenset([PUMP]), attrs=frozenset([FLOW, LEVEL]))
    share = share_write([inclusive, exclusive], "createEntity", wanted)
    assert [(part.source.id[-1], part.names) for part in share.parts] == [("e", {FLOW}), ("i", {LEVEL})]
    assert (share.here, share.taken) == (True, {FLOW})


def test_4_3_6_redirect_leaves_nothing_here_and_goes_to_all():
    both = [source("a", mode="redirect"), source("b", mode="redirect")]
    share = share_write(both, "createEntity", Wanted(("urn:p:1",), attrs=frozenset([FLOW])))
    assert [part.source.id[-1] for part in share.parts] == ["a", "b"]
    assert not share.here
    whole = share_write(both, "deleteEntity", Wanted(("urn:p:1",)))
    assert not whole.here
    assert all(part.names == EVERY for part in whole.parts)


def test_4_3_6_a_holder_that_lacks_the_operation_is_named():
    holder = source("r", mode="redirect", operations=["queryEntity"])
    share = share_write([holder], "createEntity", Wanted(("urn:p:1",), attrs=frozenset([FLOW])))
    assert not share.parts
    assert [part.source.id[-1] for part in share.refused] == ["r"]
    assert not share.here


def test_4_3_6_inclusive_and_auxiliary_do_not_keep_a_write_from_here():
    share = share_write(
        [source("i"), source("x", mode="auxiliary"), source("l", operations=["queryEntity"])],
        "updateEntity",
        Wanted(("urn:p:1",), attrs=frozenset([FLOW])),
    )
    assert [part.source.id[-1] for part in share.parts] == ["i"]
    assert share.here
    assert not share.taken


def test_a_question_uses_the_operation_that_a_source_has():
    sources = [
        source("q", operations=["queryEntity"]),
        source("b", operations=["queryBatch"]),
        source("n", operations=["createEntity"]),
    ]
    share = share_read(sources, ("retrieveEntity", "queryEntity", "queryBatch"), Wanted(("urn:p:1",)))
    assert [(part.source.id[-1], part.operation) for part in share.parts] == [("q", "queryEntity"), ("b", "queryBatch")]
    assert [part.source.id[-1] for part in share.refused] == ["n"]


def test_what_a_source_is_told_and_how_long_it_may_take():
    read = source(
        tenant="north",
        contextSourceInfo=[{"key": "X-Key", "value": "k"}],
        management={"timeout": 500, "cooldown": 2000, "localOnly": True},
    )
    assert (read.endpoint, read.tenant, read.told) == ("http://source.example", "north", (("X-Key", "k"),))
    assert (read.timeout_s, read.cooldown_s, read.local_only) == (0.5, 2.0, True)
    assert source(management={"timeout": 10_000_000}).timeout_s == 10.0


def test_6_3_18_the_way_of_a_request():
    assert extended("", "a") == "1.1 a"
    assert aliases(extended(extended("", "a"), "b")) == ("a", "b")
    assert runs_in_circles("1.1 a, 1.1 b", "b")
    assert not runs_in_circles("1.1 a, nonsense", "b")
    assert runs_in_circles(", ".join(f"1.1 n{n}" for n in range(HOPS_MAX)), "b")
