"""One history from its seed: trouble first, then calm, then the account."""

from __future__ import annotations

from dataclasses import dataclass

from simulation.air import Air
from simulation.client import Ask, Clients
from simulation.disk import Disk
from simulation.judge import Judge
from simulation.loop import Crash
from simulation.mutants import NONE, Mutant
from simulation.options import Kill, Options, draw
from simulation.platform import Platform
from simulation.village import make_village
from simulation.world import Broken, Done, World

PATIENCE_S = 100.0
"""After so much calm everything must be over: a command's 60 s, and what its client waits."""
LOOK_S = 1.0


@dataclass(frozen=True)
class Verdict:
    """How a history ended: the fault or None, its log and the log's SHA-256."""

    seed: int
    fault: str | None
    digest: str
    log: list[str]


class History:
    """The village, its platform life after life, and whoever asks something of it."""

    def __init__(self, options: Options, mutant: Mutant, *, trace: bool) -> None:
        self.world = World(options.seed, trace=trace)
        self._options, self._mutant = options, mutant
        self._village = make_village(options)
        self._disk = Disk(self.world, options)
        self._air = Air(self.world, options, self._village)
        self._judge = Judge(self.world, self._village, self._disk, self._air)
        self._platform: Platform | None = None
        self._clients = Clients(self.world, options, self._village, self._judge, lambda: self._platform)
        self._away_s = 0.0
        self._calm_at = float("inf")
        self._last: Ask | None = None
        for kill in options.kills:
            self.world.at(kill.at, self._kill, kill)
        self.world.at(options.faulty_s + 0.001, self._calm)

    def run(self) -> None:
        """Let it happen; raises Broken at the first breach."""
        try:
            while True:
                self._live()
                self.world.pass_until(self.world.now + self._away_s)
        except Done:
            pass
        if self.world.fault:
            raise Broken(self.world.fault)

    def _live(self) -> None:
        """Run the platform from a start to its crash."""
        platform = self._begin()
        self.world.note("start", len(platform.lighting.book.open_commands()))
        self._judge.started(platform)
        note = platform.pump.on_seen

        def seen(batch: object) -> None:
            self._judge.seen(batch)
            note(batch)

        platform.pump.on_seen = seen
        platform.start(self._air, self._options, self._mutant)
        self._platform = platform
        try:
            platform.loop.run_forever()
        except Crash:
            self.world.note("crash")
        finally:
            self._platform = None
            platform.die(self._air, self._disk)

    def _begin(self) -> Platform:
        try:
            return Platform(self.world, self._options, self._village, self._disk, self._mutant)
        except Exception as error:
            self.world.broken(f"the core does not start: {error!r}")
            raise Broken(self.world.fault) from error

    def _kill(self, kill: Kill) -> None:
        if self._platform is None:
            return
        self._away_s = kill.away_s
        if kill.aim:
            self._disk.aim, self._disk.on_aimed = kill.aim, self._platform.loop.crash
        else:
            self._platform.loop.crash_after(kill.steps)

    def _calm(self) -> None:
        self.world.note("calm")
        self._calm_at = self.world.now
        self._clients.faulty = False
        self._air.recover()
        self._judge.calm()
        self.world.after(LOOK_S, self._look)

    def _look(self) -> None:
        """End when nothing is left to do; complain when that does not come."""
        if self.world.now > self._calm_at + PATIENCE_S:
            self.world.broken("it does not come to an end")
        platform = self._platform
        over = platform is not None and self._clients.served and self._judge.nothing_open()
        if over and platform is not None and platform.pump.processed == platform.pump._taken:
            if not self._options.last_order or self._last is not None:
                self._judge.end(platform)
                raise Done
            self._last = self._clients.order_all()
        self.world.after(LOOK_S, self._look)


def tell(seed: int, mutant: Mutant = NONE, *, trace: bool = False) -> Verdict:
    """Run the history of a seed and say how it ended."""
    history = History(draw(seed), mutant, trace=trace)
    fault = None
    try:
        history.run()
    except Broken as breach:
        fault = str(breach)
    world = history.world
    world.note("end", fault or "good")
    return Verdict(seed, fault, world.digest(), world.log)
