"""Rows and index of entities follow their changes later: whoever opens the store then finds what was acknowledged."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest

from conformance.ngsild.instance import Instance
from stadtwerk.app.context import broker, history
from stadtwerk.stores.context import entity_rows
from stadtwerk.stores.telemetry import TelemetryStore

PUMP = "urn:ngsi-ld:Pump:{}"
STEPS = 250


class Somebody:
    """Writes whatever the API allows to five pumps, by chance."""

    def __init__(self, ngsild: Instance, seed: int) -> None:
        self._ngsild, self._chance = ngsild, random.Random(seed)

    def act(self) -> None:
        """Do one thing, whether it can be done or not."""
        pump = PUMP.format(self._chance.randint(1, 5))
        doings = [self._some] * 8 + [
            self._make,
            self._replace,
            self._merge,
            self._end,
            self._end_attribute,
            self._batch,
            self._twice,
            self._past,
            self._past_away,
            self._look_back,
            self._forget,
            self._settle,
        ]
        self._ngsild.clock.advance(self._chance.choice((0, 0, 1, 1_000_000)))
        self._chance.choice(doings)(pump)

    def _value(self) -> dict[str, Any]:
        value: dict[str, Any] = {"type": "Property", "value": self._chance.randint(0, 99)}
        if self._chance.random() < 0.15:
            value["datasetId"] = "urn:ngsi-ld:Dataset:spare"
        if self._chance.random() < 0.2:
            value["within"] = {"type": "Property", "value": self._chance.random()}
        return value

    def _attrs(self) -> dict[str, Any]:
        return {
            name: self._value() for name in self._chance.sample(["flow", "heat", "noise"], self._chance.randint(1, 3))
        }

    def _ask(self, method: str, path: str, body: Any = None) -> None:
        got = self._ngsild.ask(method, path, body)
        assert got.status < 500, got

    def _some(self, pump: str) -> None:
        self._ask("PATCH", f"/entities/{pump}/attrs", self._attrs())

    def _make(self, pump: str) -> None:
        self._ask("POST", "/entities", {"id": pump, "type": "Pump", **self._attrs()})

    def _replace(self, pump: str) -> None:
        self._ask("PUT", f"/entities/{pump}", {"id": pump, "type": "Pump", **self._attrs()})

    def _merge(self, pump: str) -> None:
        self._ask("PATCH", f"/entities/{pump}", {"flow": {"type": "Property", "value": self._chance.random()}})

    def _end(self, pump: str) -> None:
        self._ask("DELETE", f"/entities/{pump}")

    def _end_attribute(self, pump: str) -> None:
        self._ask("DELETE", f"/entities/{pump}/attrs/heat?deleteAll=true")

    def _batch(self, pump: str) -> None:
        self._ask("POST", "/entityOperations/upsert?options=update", [{"id": pump, "type": "Pump", **self._attrs()}])

    def _twice(self, pump: str) -> None:
        both = [{"id": pump, "type": "Pump", **self._attrs()} for _ in range(2)]
        self._ask("POST", "/entityOperations/update", both)

    def _past(self, pump: str) -> None:
        told = [{"type": "Property", "value": 1, "observedAt": "2026-01-01T00:00:00Z"}]
        self._ask("POST", "/temporal/entities", {"id": pump, "type": "Pump", "flow": told})

    def _past_away(self, pump: str) -> None:
        self._ask("DELETE", f"/temporal/entities/{pump}/attrs/flow?deleteAll=true")

    def _look_back(self, pump: str) -> None:
        self._ask("GET", f"/temporal/entities/{pump}?options=temporalValues")

    def _forget(self, pump: str) -> None:
        self._ask("DELETE", f"/temporal/entities/{pump}")

    def _settle(self, pump: str) -> None:
        settle(self._ngsild, self._chance.randint(1, 3))


def settle(ngsild: Instance, most: int) -> None:
    async def work() -> None:
        ngsild.broker.settle_some(most)
        await ngsild.broker.durable()

    ngsild.run(work())


def in_memory(ngsild: Instance) -> dict[str, bytes]:
    return {entity_id: record.row for entity_id, record in ngsild.broker.tenants[""].by_id.items()}


def in_store(store: TelemetryStore) -> dict[str, bytes]:
    return {entity_id: body for _, _, entity_id, body in entity_rows(store.context.reader) if body is not None}


def indexed(store: TelemetryStore) -> set[tuple[int, int]]:
    return {(int(number), int(seq)) for number, seq in store.context.reader.execute(_INDEXED)}


def to_be_indexed(store: TelemetryStore) -> set[tuple[int, int]]:
    return {(int(number), int(seq)) for number, seq in store.context.reader.execute(_TO_BE_INDEXED)}


_INDEXED = "SELECT number, seq FROM ngsi_change_of WHERE number > 0"
_TO_BE_INDEXED = "SELECT number, seq FROM ngsi_change WHERE number > 0 AND seq <= (SELECT coalesce(max(seq), 0) FROM ngsi_change_upto)"


@pytest.mark.parametrize("seed", range(4))
def test_the_store_holds_what_memory_holds_after_each_step(
    open_store: Callable[[], TelemetryStore], seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(broker, "LATE_CHANGES", 5 + seed * 20)
    monkeypatch.setattr(history, "UNINDEXED_ROWS", 3 + seed * 10)
    store = open_store()
    ngsild = Instance(store)
    somebody = Somebody(ngsild, seed)
    for step in range(STEPS):
        somebody.act()
        ngsild.run(ngsild.broker.durable())
        assert in_store(store) == in_memory(ngsild)
        assert indexed(store) == to_be_indexed(store)
        if step % 60 == 59:
            held = in_memory(ngsild)
            ngsild.close()
            store = open_store()
            ngsild = Instance(store)
            assert in_memory(ngsild) == held
            somebody = Somebody(ngsild, seed * 1000 + step)
    ngsild.close()


def test_a_row_is_written_once_for_many_changes(ngsild: Instance) -> None:
    pump = PUMP.format(1)
    ngsild.ask("POST", "/entities", {"id": pump, "type": "Pump", "flow": {"type": "Property", "value": 0}})
    query = "SELECT body FROM ngsi_entity"
    before = bytes(ngsild.broker.store.reader.execute(query).fetchone()[0])
    for value in range(1, 20):
        ngsild.ask("PATCH", f"/entities/{pump}/attrs", {"flow": {"value": value}})
    assert bytes(ngsild.broker.store.reader.execute(query).fetchone()[0]) == before
    settle(ngsild, 1)
    assert bytes(ngsild.broker.store.reader.execute(query).fetchone()[0]) == in_memory(ngsild)[pump]
