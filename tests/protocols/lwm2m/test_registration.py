"""Registrations as clients send them, their places and lifetimes, and what is wrong with others."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stadtwerk.protocols.lwm2m import registration as reg
from stadtwerk.protocols.lwm2m.model import Path
from stadtwerk.protocols.lwm2m.registration import Offer, Registration, Update
from stadtwerk.protocols.lwm2m.registry import AWAKE_US, GRACE_US, Registry
from stadtwerk.protocols.malformed import Malformed

# OMA-TS-LightweightM2M_Core-V1_1, 6.2.1: an example of what a client with several objects sends.
EXAMPLE = b"</1/0>,</1/1>,</2/0>,</2/1>,</2/2>,</2/3>,</2/4>,</3/0>,</4/0>,</5>"
ROOTED = b'</lwm2m>;rt="oma.lwm2m";ct=110,</lwm2m/1/0>,</lwm2m/3416/0>;ver=2.0,</lwm2m/3416/1>'
SECOND = 1_000_000


def test_the_specifications_example() -> None:
    told = reg.read_register(["ep=node", "lt=4500", "lwm2m=1.1", "b=U", "unknown=1"], EXAMPLE)
    assert (told.endpoint, told.lifetime_s, told.version, told.queue) == ("node", 4500, "1.1", False)
    assert told.offer.instances(2) == [0, 1, 2, 3, 4]
    assert told.offer.instances(5) == []
    assert Path(5) in told.offer.paths


def test_a_root_and_formats_are_understood() -> None:
    offer = reg.read_links(ROOTED)
    assert (offer.root, offer.formats, offer.instances(3416)) == ("/lwm2m", {110}, [0, 1])


offers = st.builds(
    Offer,
    paths=st.frozensets(st.tuples(st.integers(0, 9999), st.integers(-1, 9)).map(lambda two: Path(*two)), max_size=20),
    root=st.sampled_from(["", "/lwm2m"]),
    formats=st.frozensets(st.integers(0, 65_535), max_size=4),
)


@given(
    st.builds(
        Registration,
        endpoint=st.text("abcdef0123456789:-", min_size=1, max_size=64),
        lifetime_s=st.integers(reg.LIFETIME_MIN_S, reg.LIFETIME_MAX_S),
        version=st.sampled_from(reg.VERSIONS),
        binding=st.sampled_from(["U", "UQ", "T"]),
        queue=st.booleans(),
        offer=offers,
    )
)
def test_what_is_written_is_read_again(told: Registration) -> None:
    back = reg.read_register(*reg.write_register(told))
    assert back.queue == (told.queue or "Q" in told.binding)
    assert (back.endpoint, back.lifetime_s, back.version, back.offer) == (
        told.endpoint,
        told.lifetime_s,
        told.version,
        told.offer,
    )


@pytest.mark.parametrize(
    ("queries", "body", "code"),
    [
        (["lwm2m=1.1"], b"", "lwm2m-endpoint"),
        (["ep=" + "x" * 65, "lwm2m=1.1"], b"", "lwm2m-endpoint"),
        (["ep=a\nb", "lwm2m=1.1"], b"", "lwm2m-endpoint"),
        (["ep=a"], b"", "lwm2m-version"),
        (["ep=a", "lwm2m=2.0"], b"", "lwm2m-version"),
        (["ep=a", "ep=b", "lwm2m=1.1"], b"", "lwm2m-query"),
        (["ep=a", "lwm2m=1.1", "lt=0"], b"", "lwm2m-lifetime"),
        (["ep=a", "lwm2m=1.1", "lt=-5"], b"", "lwm2m-lifetime"),
        (["ep=a", "lwm2m=1.1", "lt=9999999999"], b"", "lwm2m-lifetime"),
        (["ep=a", "lwm2m=1.1", "b=X"], b"", "lwm2m-binding"),
        (["ep=a", "lwm2m=1.1", *(f"{n}=1" for n in range(9))], b"", "lwm2m-query"),
        (["ep=a", "lwm2m=1.1"], b"\xff", "lwm2m-links"),
        (["ep=a", "lwm2m=1.1"], b"</3/0>,", "lwm2m-links"),
        (["ep=a", "lwm2m=1.1"], b"</3/0></4>", "lwm2m-links"),
        (["ep=a", "lwm2m=1.1"], b"nonsense", "lwm2m-links"),
        (["ep=a", "lwm2m=1.1"], b"</3/0/1>", "lwm2m-links"),
        (["ep=a", "lwm2m=1.1"], b"</x>", "lwm2m-path"),
        (["ep=a", "lwm2m=1.1"], b",".join(b"</3416/%d>" % n for n in range(200)), "lwm2m-links"),
        (["ep=a", "lwm2m=1.1"], b'</root>;rt="oma.lwm2m",</3/0>', "lwm2m-links"),
    ],
)
def test_what_is_wrong_is_named(queries: list[str], body: bytes, code: str) -> None:
    with pytest.raises(Malformed) as told:
        reg.read_register(queries, body)
    assert told.value.code == code


@given(st.binary(max_size=120))
def test_any_body_is_read_or_named(body: bytes) -> None:
    try:
        reg.read_links(body)
    except Malformed as error:
        assert error.code


def test_a_client_lives_as_long_as_it_says() -> None:
    registry = Registry()
    client = registry.register(Registration("lamp", 60), "here", 0)
    end = 60 * SECOND + GRACE_US
    assert registry.expire(end - 1) == []
    assert registry.update(client.place, Update(), "there", end - 1) is not None
    assert registry.expire(end) == []
    registry.update(client.place, Update(lifetime_s=120, offer=Offer(frozenset({Path(3416, 0)}))), "there", end)
    found = registry.find("lamp")
    assert found
    assert (found.address, found.registration.offer.instances(3416)) == ("there", [0])
    registry.heard("lamp", end + 100 * SECOND)
    assert [gone.registration.endpoint for gone in registry.expire(end + 120 * SECOND + GRACE_US)] == ["lamp"]
    assert registry.find("lamp") is None
    assert registry.update(client.place, Update(), "there", end) is None


def test_a_name_registers_anew_in_its_old_place() -> None:
    registry = Registry(most=1)
    first = registry.register(Registration("lamp"), "here", 0)
    second = registry.register(Registration("lamp"), "there", 1)
    assert len(registry) == 1
    assert registry.update(first.place, Update(), "here", 2) is None
    assert registry.leave(first.place) is None
    with pytest.raises(Malformed, match="lwm2m-full"):
        registry.register(Registration("other"), "here", 3)
    assert registry.leave(second.place)
    registry.register(Registration("other"), "here", 3)
    assert registry.leave("nowhere") is None


def test_a_sleeper_listens_a_while_after_its_word() -> None:
    registry = Registry()
    registry.register(Registration("sleeper", queue=True), "here", 0)
    registry.register(Registration("awake"), "here", 0)
    later = AWAKE_US + 1
    states = [registry.find(name).listens(later) for name in ("sleeper", "awake")]  # type: ignore[union-attr]
    assert states == [False, True]
    registry.heard("sleeper", later)
    assert registry.find("sleeper").listens(later)  # type: ignore[union-attr]
