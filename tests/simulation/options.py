"""What one history is like, all of it drawn from its seed."""

from __future__ import annotations

import random
from dataclasses import dataclass, fields

AIMS = ("", "", "decisions", "telemetry")
"""What a kill is aimed at: any moment, or a store's next commit."""


@dataclass(frozen=True, slots=True)
class Span:
    """Something that is out of order from one time to another, seconds; `place` says which."""

    place: int
    start: float
    end: float


@dataclass(frozen=True, slots=True)
class Kill:
    """The core is killed so many callbacks after a time, or in a store's next commit; it is away for some seconds."""

    at: float
    steps: int
    away_s: float
    aim: str


@dataclass(frozen=True, slots=True)
class Options:
    """One history: the village, what is asked, what goes wrong; seconds and shares."""

    seed: int
    lamps: int
    streets: int
    circuits: int
    gateways: int
    columns: bool
    asks: int
    diary_share: float
    faulty_s: float
    loss_up: float
    loss_down: float
    duplicate: float
    delay_s: float
    report_s: float
    commit_s: float
    kept: float
    look_s: float
    reply_loss: float
    gives_up: float
    conflict: float
    wrong: float
    broker_keeps: bool
    kills: tuple[Kill, ...]
    partitions: tuple[Span, ...]
    broker_out: tuple[Span, ...]
    power_cuts: tuple[Span, ...]
    last_order: bool

    def __str__(self) -> str:
        return "\n".join(f"  {field.name} = {getattr(self, field.name)!r}" for field in fields(self))


def draw(seed: int) -> Options:
    """Draw the options of a history: most are small, 3 to 20 lamps and 3 to 30 orders, and of each kind of trouble
    about a quarter is left out altogether.
    """
    chance = random.Random(seed)
    lamps, gateways = 3 + int(18 * chance.random() ** 3), chance.randint(1, 3)
    faulty_s = chance.uniform(8, 24)

    def share(most: float) -> float:
        return 0.0 if chance.random() < 0.25 else round(chance.uniform(0, most), 3)

    def spans(most: int, places: int, longest_s: float) -> tuple[Span, ...]:
        drawn = []
        for _ in range(chance.randint(0, most)):
            start = chance.uniform(0, faulty_s)
            drawn.append(Span(chance.randrange(places), start, min(faulty_s, start + chance.uniform(0.5, longest_s))))
        return tuple(drawn)

    kills = sorted(chance.uniform(0.5, faulty_s) for _ in range(chance.choice((0, 1, 1, 2, 2, 3, 4))))
    return Options(
        seed=seed,
        lamps=lamps,
        streets=chance.randint(1, 4),
        circuits=chance.randint(1, 3),
        gateways=gateways,
        columns=chance.random() < 0.5,
        asks=3 + int(28 * chance.random() ** 6),
        diary_share=chance.choice((0.0, 0.15, 0.4)),
        faulty_s=faulty_s,
        loss_up=share(0.4),
        loss_down=share(0.4),
        duplicate=share(0.3),
        delay_s=chance.choice((0.05, 1.0, 5.0)),
        report_s=chance.uniform(15, 60),
        commit_s=chance.choice((0.002, 0.02, 0.2)),
        kept=chance.choice((0.0, 0.5, 1.0)),
        look_s=chance.choice((0.1, 0.25, 1.0)),
        reply_loss=share(0.4),
        gives_up=share(0.5),
        conflict=share(0.15),
        wrong=share(0.1),
        broker_keeps=chance.random() < 0.7,
        kills=tuple(Kill(at, chance.randint(0, 40), chance.uniform(0.1, 3), chance.choice(AIMS)) for at in kills),
        partitions=spans(2, gateways, 15),
        broker_out=spans(1, 1, 5),
        power_cuts=spans(2, lamps, 10),
        last_order=chance.random() < 0.3,
    )
