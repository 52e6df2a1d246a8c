"""A process that writes one event after the other into a tenant and tells each that is durable: `python -m stores.writing`."""

from __future__ import annotations

import os
import signal
import sys
from itertools import count

from stadtwerk.kernel.journal import Event
from stadtwerk.stores.decisions import DecisionStore
from stadtwerk.stores.postgres.address import parse_address
from stadtwerk.stores.postgres.tenant import Tenant
from stadtwerk.stores.sql import Sql


def event(number: int, who: str) -> Event:
    """Make the event of a number."""
    return Event(number, "test.written", f"{who}-{number}", who, "", {"n": number})


def main(url: str, who: str, stop_at: int) -> None:
    """Write for ever; in the middle of one transaction fall asleep, as a machine does that is paused."""
    store = DecisionStore(Tenant(parse_address(url), reign=who))
    for number in count(1):
        if number == stop_at:
            store.writer.write(_sleep)
        store.append([event(number, who)], []).result()
        print(number, flush=True)


def _sleep(db: Sql) -> None:
    db.execute("INSERT INTO meta VALUES ('asleep', 'yes')")
    os.kill(os.getpid(), signal.SIGSTOP)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
