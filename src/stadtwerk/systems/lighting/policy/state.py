"""The working copy of light on demand: policies by street, certificates, materials."""

from __future__ import annotations

from collections.abc import Iterable

from stadtwerk.kernel.journal import Document
from stadtwerk.kernel.things import Things
from stadtwerk.systems.lighting.engine.en13201.certificate import GENESIS
from stadtwerk.systems.lighting.policy.things import LIVE, Certificate, Material, Policy


class Policies:
    """All policies, ended ones too: their lamps may still have to hear of it."""

    def __init__(self) -> None:
        self.kept = Things("lighting.policies", Policy)
        self.certificates = Things("lighting.policy-certificates", Certificate)
        self.materials = Things("lighting.policy-materials", Material)
        self.progress: tuple[int, int] = (0, 0)
        """Of a calculation that runs: streets done, streets asked; lost with the process."""

    def recall(self, documents: Iterable[Document]) -> None:
        """Take up what was decided before this start."""
        kept = list(documents)
        for things in (self.kept, self.certificates, self.materials):
            things.recall(kept)

    def live(self) -> list[Policy]:
        """Return the policies in force or being calculated."""
        return [policy for policy in self.kept if policy.state in LIVE]

    def next_number(self) -> int:
        """Return the number of the next change of any policy."""
        return max((policy.number for policy in self.kept), default=0) + 1

    def head(self) -> tuple[str, int]:
        """Return seal and number of the newest certificate of the chain."""
        newest = max(self.certificates, key=lambda one: one.number, default=None)
        return (newest.seal, newest.number) if newest else (GENESIS, 0)
