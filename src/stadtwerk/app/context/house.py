"""The context broker with all that belongs to it, put together once for the core and for whoever tries it alone."""

from __future__ import annotations

from collections.abc import Coroutine
from typing import Any

from stadtwerk.adapters.source_http import HttpSources
from stadtwerk.app.context.broker import Broker
from stadtwerk.app.context.contexts import Fetching, make_web
from stadtwerk.app.context.federation import SourceFederation
from stadtwerk.app.context.history import History
from stadtwerk.app.context.notify.wiring import make_notifier
from stadtwerk.app.context.snapshots import Snapshots
from stadtwerk.app.context.source_notifier import SourceNotifier
from stadtwerk.app.settings import Reach
from stadtwerk.context.hosted import recall_contexts
from stadtwerk.context.library import Library
from stadtwerk.doors.ngsild.broker_port import Devices, NoDevices, Services
from stadtwerk.doors.ngsild.city_past import Archive
from stadtwerk.kernel.clock import Clock
from stadtwerk.kernel.limits import HISTORY_DAYS
from stadtwerk.stores.context import ContextStore


class ContextHouse:
    """Entities, their history, who is told of them, who else has some: on one store, by one clock."""

    def __init__(
        self,
        store: ContextStore,
        library: Library,
        *,
        clock: Clock,
        wall: Clock,
        keep_days: int = HISTORY_DAYS,
        reach: Reach = "none",
    ) -> None:
        self.library = library
        self.broker = Broker(store, clock)
        recall_contexts(self.broker.tenants, library)
        self.fetching = None if reach == "none" else Fetching(self.broker, library, make_web(reach), wall)
        self.history = History(self.broker, keep_days)
        self.notifier = make_notifier(self.broker, library, wall)
        self.watchers = SourceNotifier(self.broker, library, self.notifier)
        self.snapshots = Snapshots(self.broker, self.history, self.notifier)
        self.federation = SourceFederation(self.broker, HttpSources(), wall)

    def services(self, devices: Devices | None = None, archive: Archive | None = None) -> Services:
        """Return what stands behind the door."""
        return Services(
            devices or NoDevices(),
            self.federation,
            history=self.history,
            archive=archive,
            notifications=self.notifier,
            watchers=self.watchers,
            fetching=self.fetching,
            snapshots=self.snapshots,
        )

    def tasks(self) -> list[Coroutine[Any, Any, None]]:
        """Return what must run for notifications to leave and @context documents to come."""
        return [self.notifier.run(), *([] if self.fetching is None else [self.fetching.run()])]
