"""All snapshots of all tenants: kept, told of, and put away when their time is over (clauses 5.5.15, 5.16)."""

from __future__ import annotations

import secrets

import msgspec

from stadtwerk.app.context.broker import Broker
from stadtwerk.app.context.history import History
from stadtwerk.app.context.notify.notifier import Notifier
from stadtwerk.context.entities.holdings import Holdings
from stadtwerk.context.holders import tenant_and_snapshot, whence
from stadtwerk.context.limits import SNAPSHOTS
from stadtwerk.context.problems import problem
from stadtwerk.context.snapshots import KIND, Snapshot, write_news
from stadtwerk.kernel.clock import US
from stadtwerk.stores.outbox import Key

SWEEP_US = US
"""How often snapshots whose time is over are put away, microseconds of city time."""
SWEPT = 1
"""Most snapshots put away in one go, since each may hold thousands of entities."""

_decode = msgspec.json.Decoder(Snapshot).decode
_encode = msgspec.json.Encoder().encode


class Snapshots:
    """Keeps snapshots; their entities are holdings of their own, in the same tables, of which no tenant knows."""

    def __init__(self, broker: Broker, history: History, notifier: Notifier) -> None:
        self._broker, self._history, self._notifier = broker, history, notifier
        self._known: dict[str, dict[str, Snapshot]] = {}
        self._run = secrets.token_hex(6)
        self._sweep_us = 0
        self._broken: list[tuple[Holdings, Snapshot]] = []
        """Those whose making a stop of this process cut short."""
        for tenant, holdings in tuple(broker.tenants.items()):
            for body in holdings.kept.get(KIND, {}).values():
                self._recall(tenant, holdings, _decode(body))
        notifier.ticks.append(self.tick)

    def get(self, tenant: str, snapshot_id: str) -> Snapshot | None:
        """Return a snapshot, None when there is no such, or no longer."""
        found = self._known.get(tenant, {}).get(snapshot_id)
        return found if found is not None and found.expires_us > self._broker.clock.now_us() else None

    def of(self, tenant: str) -> list[Snapshot]:
        """Return a tenant's snapshots, oldest first."""
        now_us = self._broker.clock.now_us()
        return [one for one in self._known.get(tenant, {}).values() if one.expires_us > now_us]

    def frozen(self) -> int:
        """Return how many entities all snapshots hold together."""
        return sum(len(one.by_id) for name, one in self._broker.tenants.items() if tenant_and_snapshot(name)[1])

    def put(self, holdings: Holdings, snapshot: Snapshot, *, tell: bool) -> None:
        """Keep a snapshot as it now is, and tell of it who wants to know; refuses one too many (403)."""
        known = self._known.setdefault(holdings.tenant, {})
        if self.get(holdings.tenant, snapshot.id) is None and len(self.of(holdings.tenant)) >= SNAPSHOTS:
            raise problem("TooManyResults", f"at most {SNAPSHOTS} snapshots in one tenant")
        self._broker.keep(holdings, KIND, snapshot.id, _encode(snapshot))
        known[snapshot.id] = snapshot
        self._broker.hold(snapshot.holder(holdings.tenant))
        self._open(holdings.tenant, snapshot)
        if tell:
            self._tell(holdings.tenant, snapshot)

    def forget(self, holdings: Holdings, snapshot: Snapshot) -> None:
        """Let a snapshot go with all it holds, subscriptions made in it included."""
        self._known.get(holdings.tenant, {}).pop(snapshot.id, None)
        self._broker.keep(holdings, KIND, snapshot.id, None)
        key = _key(holdings.tenant, snapshot)
        if key in self._notifier.outbox.boxes:
            self._notifier.outbox.close(key)
        self._clear(self._broker.hold(snapshot.holder(holdings.tenant)))

    def tick(self) -> None:
        """Put away what is over, and say of those that could not be made that they failed."""
        now_us = self._broker.clock.now_us()
        for holdings, snapshot in self._broken:
            self.put(holdings, snapshot, tell=True)
        self._broken.clear()
        if now_us < self._sweep_us:
            return
        self._sweep_us = now_us + SWEEP_US
        over = [
            (tenant, one) for tenant, known in self._known.items() for one in known.values() if one.expires_us <= now_us
        ]
        for tenant, snapshot in over[:SWEPT]:
            self.forget(self._broker.hold(tenant), snapshot)
        held = {one.holder(tenant) for tenant, known in self._known.items() for one in known.values()}
        for name, left in tuple(self._broker.tenants.items()):
            if tenant_and_snapshot(name)[1] and name not in held:
                self._clear(left)  # its snapshot went while somebody wrote, or another took its place

    def _clear(self, frozen: Holdings) -> None:
        for subscription in self._notifier.of(frozen.tenant):
            self._notifier.forget(frozen, subscription)
        self._history.let_go(frozen.tenant, self._broker.clear(frozen))

    def _recall(self, tenant: str, holdings: Holdings, snapshot: Snapshot) -> None:
        self._known.setdefault(tenant, {})[snapshot.id] = snapshot
        self._broker.hold(snapshot.holder(tenant))
        self._open(tenant, snapshot)
        if snapshot.status == "preparing":
            snapshot.status = "failure"
            self._broken.append((holdings, snapshot))

    def _open(self, tenant: str, snapshot: Snapshot) -> None:
        endpoint, key = snapshot.receiver_of_news(), _key(tenant, snapshot)
        if endpoint is not None:
            self._notifier.outbox.open(key, endpoint)
        elif key in self._notifier.outbox.boxes:
            self._notifier.outbox.close(key)

    def _tell(self, tenant: str, snapshot: Snapshot) -> None:
        box = self._notifier.outbox.boxes.get(_key(tenant, snapshot))
        if box is None:
            return
        at_us, run = self._broker.clock.now_us(), self._run
        head = _encode({"Content-Type": "application/json"} | whence(tenant)).decode()
        letter = self._notifier.outbox.letter(box, head, lambda number: write_news(snapshot, f"{run}-{number}", at_us))
        self._notifier.outbox.put(self._broker.commits.writes(), box, letter, at_us)


def _key(tenant: str, snapshot: Snapshot) -> Key:
    """Return under what a snapshot's letters are kept: apart from subscriptions of the same id."""
    return tenant, f"{KIND} {snapshot.id}"
