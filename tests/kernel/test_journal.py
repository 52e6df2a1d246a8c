"""The journal's chain breaks wherever somebody touches it."""

from __future__ import annotations

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from stadtwerk.kernel.journal import GENESIS, Entry, Event, first_broken, seal

EVENTS = [Event(1_700_000_000_000_000 + n, "command.sent", f"c{n}", "lighting", "", {"n": n}) for n in range(5)]


def chain(events: list[Event]) -> list[Entry]:
    """Seal events one after the other."""
    before, entries = GENESIS, []
    for seq, event in enumerate(events, 1):
        payload = event.payload()
        before = seal(before, seq, event, payload)
        entries.append(Entry(seq, event.at_us, event.kind, event.subject, event.actor, event.cause, payload, before))
    return entries


def test_a_sound_chain_has_no_broken_entry() -> None:
    """An untouched journal verifies, also an empty one."""
    assert first_broken(chain(EVENTS)) is None
    assert first_broken([]) is None


@given(place=st.integers(0, 4), field=st.sampled_from(["at_us", "kind", "subject", "actor", "cause", "payload"]))
def test_any_changed_field_is_found(place: int, field: str) -> None:
    """Whatever field of whatever entry is changed, the verifier names that entry."""
    entries = chain(EVENTS)
    changed = {"at_us": 1, "payload": b'{"n":99}'}.get(field, "forged")
    entries[place] = msgspec.structs.replace(entries[place], **{field: changed})
    assert first_broken(entries) == place + 1


@given(place=st.integers(0, 3))
def test_a_missing_entry_is_found(place: int) -> None:
    """Taking an entry out breaks the chain at the next one."""
    entries = chain(EVENTS)
    following = entries[place + 1].seq
    del entries[place]
    assert first_broken(entries) == following


def test_the_body_is_canonical() -> None:
    """The same body gives the same bytes whatever the order of its keys."""
    one = Event(1, "k", "s", "a", "", {"b": 1, "a": [1.5, None]})
    two = Event(1, "k", "s", "a", "", {"a": [1.5, None], "b": 1})
    assert one.payload() == two.payload() == b'{"a":[1.5,null],"b":1}'
