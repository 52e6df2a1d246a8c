"""Street lighting: every lamp of the city, its light, its energy, who asked for what."""

from __future__ import annotations

from stadtwerk.kernel.system import System
from stadtwerk.systems.lighting.queries import QUERIES
from stadtwerk.vocab.lighting import COMMANDS

SYSTEM = System("lighting", COMMANDS, QUERIES)
