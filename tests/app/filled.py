"""Fills a city's stores as its core would: decided commands, things kept, observations, what was set aside."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from path.small_city import write_small_city
from stadtwerk.app.folder import open_folder
from stadtwerk.app.home import Home, Record, write_record
from stadtwerk.app.systems import make_parts
from stadtwerk.kernel.clock import US, iso
from stadtwerk.kernel.command import CONFIRMED, Command, Order
from stadtwerk.kernel.observation import Observations
from stadtwerk.stores.decisions import DecisionStore
from stadtwerk.stores.telemetry import TelemetryStore
from stadtwerk.systems.lighting.decide import answered, sent
from stadtwerk.vocab.lighting import CITY_COLUMNS, LAMP_COLUMNS, SetLevel, Target

LAMPS = 30
NOW_US = 1_790_000_000 * US
TYPES = {"Streetlight": LAMP_COLUMNS, "CityLighting": CITY_COLUMNS}


def make_home(data: Path, city: Path, store: str = "") -> Home:
    """Lay out a data folder for a small city."""
    if not city.exists():
        write_small_city(city, LAMPS)
    home = Home.of(data, store or None)
    write_record(data, Record(0, str(city), home.store))
    return Home.of(data, store or None)


def fill(home: Home, *, commands: int = 12, rounds: int = 5, since_us: int = NOW_US) -> None:
    """Decide commands and observe lamps, a round a minute."""
    decisions, telemetry = home.open(TYPES)
    decide(home, decisions, commands, since_us)
    observe(telemetry, rounds, since_us)
    decisions.set_meta("lamps", "mark").result(10)
    decisions.set_meta("Grüße", "ä\n\"'?$1").result(10)
    telemetry.quarantine("clock", 3, since_us, b"\x00\xffsample").result(10)
    decisions.close()
    telemetry.close()


def decide(home: Home, store: DecisionStore, n: int, since_us: int) -> None:
    """Let commands be decided; every third is confirmed by all its lamps."""
    part = make_parts(open_folder(home.city))["lighting"]
    book = part.state.book
    for number in range(n):
        now_us = since_us + number * US + 7
        content = SetLevel(Target(lamp=f"do-{number % LAMPS + 1:07d}"), number * 1.1, iso(now_us + 3600 * US))
        order = Order(f"order-{since_us}-{number:04d}", "ada", "lighting.set-level", content)
        events = part.system.decide(part.state, order, now_us)
        touched = _evolve(book, events)
        if number % 3 == 0:
            command = book.commands[order.id]
            more = [sent(command, now_us)]
            touched |= _evolve(book, more)
            told = np.full(len(command.rows), command.token, np.uint32)
            last = answered(book, command.rows, told, CONFIRMED, now_us)
            touched |= _evolve(book, last)
            events = [*events, *more, *last]
        store.append(events, list(touched.values())).result(10)


def _evolve(book: object, events: list) -> dict[str, Command]:
    touched = (book.evolve(event) for event in events)
    return {command.id: command for command in touched if command}


def observe(store: TelemetryStore, rounds: int, since_us: int) -> None:
    """Let all lamps report, each round with other values, some of them not told."""
    for number in range(rounds):
        rng = np.random.default_rng(number)
        rows = rng.permutation(LAMPS).astype(np.int32)
        times = np.full(LAMPS, since_us + number * 60 * US) + rng.integers(0, 999_999, LAMPS)
        columns = {name: rng.uniform(-1, 1e6, LAMPS) for name in LAMP_COLUMNS}
        columns["temperature_c"][rng.random(LAMPS) < 0.3] = np.nan
        store.write(Observations("Streetlight", rows, times, columns)).result(10)
        totals = {name: np.array([rng.uniform(0, 1e4)]) for name in CITY_COLUMNS}
        store.write(Observations("CityLighting", np.zeros(1, np.int32), times[:1], totals)).result(10)
