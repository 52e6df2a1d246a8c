"""Things that were decided: each change is a document, documents bring them back, entities show them as they are."""

from __future__ import annotations

import msgspec

from stadtwerk.kernel.entity import Attribute, EntityType
from stadtwerk.kernel.journal import Document
from stadtwerk.kernel.things import Published, Things, at_once


class Bench(msgspec.Struct, frozen=True):
    """A bench and how many people it seats."""

    id: str
    lon: float
    lat: float
    seats: int = 3


BENCH = EntityType("Bench", "A bench", (Attribute("location", "GeoProperty"), Attribute("seats")))


def benches() -> tuple[Things[Bench], Published[Bench]]:
    """Two benches by the river."""
    things = Things("parks.bench", Bench)
    things.put(Bench("b1", 6.76, 51.43))
    things.put(Bench("b2", 6.77, 51.44, 4))
    return things, Published(BENCH, things, {"seats": lambda one: one.seats}, lambda one: (one.lon, one.lat))


def test_documents_bring_things_back() -> None:
    """The last document of each id counts; those of other collections are others'."""
    things, again = Things("parks.bench", Bench), Things("parks.bench", Bench)
    first, second = things.put(Bench("b1", 6.76, 51.43)), things.put(Bench("b1", 6.76, 51.43, 5))
    assert first.collection == "parks.bench"
    again.recall([second, Document("parks.tree", "b2", b"{}"), things.drop("b3")])
    assert list(again) == [Bench("b1", 6.76, 51.43, 5)]
    assert things.drop("b1") == Document("parks.bench", "b1", None)
    assert (len(things), things.get("b1")) == (0, None)


def test_an_old_document_gets_the_default_of_a_new_field() -> None:
    """A data folder of an older release opens."""
    things = Things("parks.bench", Bench)
    things.recall([Document("parks.bench", "b1", b'{"id":"b1","lon":6.76,"lat":51.43}')])
    assert things.get("b1") == Bench("b1", 6.76, 51.43, 3)


def test_entities_follow_the_things() -> None:
    """Columns are the same objects until something changes, then new ones."""
    things, source = benches()
    column = source.column("seats")
    assert column == [3, 4]
    assert source.column("seats") is column
    things.put(Bench("b1", 6.76, 51.43, 2))
    assert source.column("seats") == [2, 4]
    assert source.row_of("b2") == 1
    places = source.locations()
    assert places is not None
    assert [place.tolist() for place in places] == [[6.76, 6.77], [51.43, 51.44]]
    assert source.observed_at_us("seats") is None


def test_whoever_reads_keeps_the_rows_of_one_moment() -> None:
    """What is dropped in between does not shift them."""
    things, source = benches()
    moment = at_once(source)
    things.drop("b1")
    assert (moment.ids(), moment.column("seats")) == (["b1", "b2"], [3, 4])
    assert (source.ids(), len(source)) == (["b2"], 1)


def test_no_things_have_no_places() -> None:
    """An empty collection is published all the same."""
    things = Things("parks.bench", Bench)
    placed = Published(BENCH, things, {"seats": lambda one: one.seats}, lambda one: (one.lon, one.lat)).locations()
    assert placed is not None
    assert [len(place) for place in placed] == [0, 0]
    assert Published(BENCH, things, {}).locations() is None
