"""What is PostgreSQL's own: addresses, dialect, batches that name an entity twice, durability."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stadtwerk.kernel.observation import Observations
from stadtwerk.kernel.refusal import Refused
from stadtwerk.kernel.state import ColumnState
from stadtwerk.stores.postgres.address import parse_address
from stadtwerk.stores.postgres.dialect import numbered, typed
from stadtwerk.stores.postgres.telemetry import layers
from stadtwerk.stores.postgres.tenant import Tenant
from stores.conftest import Engine
from stores.server import PostgresServer


def test_an_address_is_shown_without_its_password() -> None:
    """The tenant is ours, all else the driver's; no password is shown."""
    address = parse_address("postgres://ada:s3cret@db.city:5433/house?sslmode=require&tenant=north")
    assert (address.dsn, address.tenant) == ("postgresql://ada:s3cret@db.city:5433/house?sslmode=require", "north")
    assert address.public == "postgresql://ada@db.city:5433/house?sslmode=require&tenant=north"
    assert parse_address(address.full) == address
    assert parse_address("postgresql:///house?host=/run/pg").public == "postgresql:///house?host=/run/pg"


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("mysql://x/y", "store"),
        ("city.db", "store"),
        ("postgresql://x/y?password=z", "store"),
        ("postgresql://x/y?tenant=pg_catalog", "tenant"),
        ("postgresql://x/y?tenant=a-b", "tenant"),
        ("postgresql://x/y?tenant=" + "a" * 41, "tenant"),
    ],
)
def test_a_wrong_address_is_refused(text: str, fault: str) -> None:
    """What is no address of a tenant is refused, naming what is wrong."""
    with pytest.raises(Refused) as no:
        parse_address(text)
    assert no.value.refusal.faults[0].field == fault


def test_the_dialect() -> None:
    """Values are numbered, types named as PostgreSQL does."""
    assert numbered("a=? AND b IN (?, ?)") == "a=$1 AND b IN ($2, $3)"
    assert typed("x INTEGER, y REAL, z BLOB, t TEXT) WITHOUT ROWID") == (
        'x bigint, y double precision, z bytea, t text COLLATE "C") '
    )


ROWS = st.lists(
    st.tuples(
        st.integers(0, 5), st.integers(0, 9), st.one_of(st.just(float("nan")), st.floats(-10, 10, allow_nan=False))
    ),
    min_size=1,
    max_size=40,
)


def batch(rows: list[tuple[int, int, float]]) -> Observations:
    """Make a batch of (row, time, level)."""
    ix, at, level = zip(*rows, strict=True)
    return Observations("Lamp", np.array(ix, np.int32), np.array(at, np.int64), {"level": np.array(level)})


@given(ROWS)
def test_layers_keep_order(rows: list[tuple[int, int, float]]) -> None:
    """No entity stands twice in a layer, and each entity's observations stay in their order."""
    seen = batch(rows)
    parts = list(layers(seen))
    assert all(len(set(part.rows.tolist())) == len(part) for part in parts)
    for row in set(seen.rows.tolist()):
        before = [at for ix, at, _ in rows if ix == row]
        after = [at for part in parts for ix, at in zip(part.rows, part.observed_at_us, strict=True) if ix == row]
        assert after == before


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(batches=st.lists(ROWS, min_size=1, max_size=4))
def test_both_stores_hold_the_same(
    engine: Engine, postgres_server: PostgresServer, batches: list[list[tuple[int, int, float]]]
) -> None:
    """Whatever comes, in whatever order: last values and history are those of a plain model."""
    store = engine.telemetry({"Lamp": ("level",)})
    state: dict[int, list[float]] = {}
    history: dict[tuple[int, int], float] = {}
    # The store keeps what earlier examples wrote: times go on from there.
    last = engine.telemetry_reader().execute("SELECT max(at_us) FROM history_lamp").fetchone()[0]
    base = (last or 0) + 10
    store_state = ColumnState("Lamp", 6, ("level",))
    store.load(store_state)
    for row in range(6):
        if store_state.observed_at_us[row]:
            state[row] = [store_state.observed_at_us[row], store_state["level"][row]]
    for rows in batches:
        moved = [(ix, base + at, level) for ix, at, level in rows]
        store.write(batch(moved)).result(10)
        for ix, at, level in moved:
            history[ix, at] = history.get((ix, at), level) if np.isnan(level) else level
            kept = state.get(ix)
            if kept is None:
                state[ix] = [at, level]
            elif at >= kept[0]:
                state[ix] = [at, kept[1] if np.isnan(level) else level]
    store.load(store_state)
    for ix, (at, level) in state.items():
        assert store_state.observed_at_us[ix] == at
        np.testing.assert_equal(store_state["level"][ix], level)
    for ix in range(6):
        told = store.history("Lamp", ix, base, base + 100)
        mine = sorted((at, level) for (row, at), level in history.items() if row == ix)
        assert told["at_us"].tolist() == [at for at, _ in mine]
        np.testing.assert_equal(told["level"], [level for _, level in mine])
    store.close()


def test_a_commit_is_on_disk(postgres_server: PostgresServer) -> None:
    """The writer asks for a durable commit, whatever the server's own setting is."""
    tenant = Tenant(parse_address(postgres_server.url()))
    session = tenant.writer("decisions")
    session.execute("SELECT 1")
    assert session.execute("SHOW synchronous_commit").fetchone()[0] == "on"
    assert session.execute("SHOW idle_in_transaction_session_timeout").fetchone()[0] == "15s"
    session.close()
