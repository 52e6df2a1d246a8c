"""A data folder's access put together: vault, accounts, four eyes, audit, the journal's notary."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from stadtwerk.adapters.oidc import OidcClient
from stadtwerk.adapters.oidc_bearer import BearerTokens
from stadtwerk.app.access_config import read_access
from stadtwerk.app.audit import Audit
from stadtwerk.app.four_eyes import FourEyes
from stadtwerk.app.lane import Lane
from stadtwerk.app.people import PeopleDesk
from stadtwerk.app.settings import Settings
from stadtwerk.doors.sign_in import HOUSE
from stadtwerk.kernel.clock import Clock, iso
from stadtwerk.kernel.journal import GENESIS
from stadtwerk.kernel.system import Part
from stadtwerk.stores.decision_reader import DecisionReader
from stadtwerk.stores.vault.checkpoint import Notary
from stadtwerk.stores.vault.database import VaultDatabase
from stadtwerk.stores.vault.persons import Persons
from stadtwerk.stores.vault.sealing import read_secret
from stadtwerk.stores.vault.sessions import Sessions

LOOK_S = 1.0
"""Pause between two looks at what waits for a second person."""


class Access:
    """All of a data folder's access, beside its decisions and telemetry."""

    def __init__(
        self, settings: Settings, parts: Mapping[str, Part], lane: Lane, store: DecisionReader, clock: Clock
    ) -> None:
        self.config = read_access(settings.data)
        self._vault = VaultDatabase(settings.data / "keys.db")
        self._lane, self._store, self._clock = lane, store, clock
        persons = Persons(self._vault, read_secret(settings.run / "master"))
        self.sessions = Sessions(self._vault)
        self.people = PeopleDesk(parts["access"].state, persons, self.sessions, lane, store)
        self.people.reconcile()
        self.four_eyes = FourEyes(parts, self.config.four_eyes, HOUSE)
        self.notary = Notary(settings.run / "notary", f"stadtwerk/{settings.city.name}")
        self.audit = Audit(store, parts, lane)
        self.public_url = self.config.public_url or f"http://localhost:{settings.port}"
        self.oidc = self._provider(settings)
        self.tokens = BearerTokens(self.config.oidc) if self.config.oidc else None
        lane.decide = self.four_eyes.decide
        lane.on_events.append(self.people.heard)

    async def run(self) -> None:
        """Close for ever what nobody approved in time."""
        fresh_keys = asyncio.create_task(self.tokens.run()) if self.tokens else None
        try:
            await self._close_lapsed()
        finally:
            if fresh_keys:
                fresh_keys.cancel()

    async def _close_lapsed(self) -> None:
        while True:
            now_us = self._clock.now_us()
            if any(now_us >= command.deadline_us for command in self.four_eyes.held()):
                await self._lane.propose("access", self.four_eyes.lapsed)
            await asyncio.sleep(LOOK_S)

    @property
    def verifier_key(self) -> str:
        """Return the public key that signs the journal's head."""
        return self.notary.verifier_key

    def head(self) -> str:
        """Return the journal's head, signed."""
        newest = self._store.newest()
        size, seal, at_us = (newest.seq, newest.seal, newest.at_us) if newest else (0, GENESIS, 0)
        return self.notary.sign(size, seal, iso(at_us))

    def _provider(self, settings: Settings) -> OidcClient | None:
        if self.config.oidc is None:
            return None
        path = settings.run / "oidc_secret"
        secret = path.read_text(encoding="utf-8").strip() if path.exists() else ""
        return OidcClient(self.config.oidc, f"{self.public_url}/sign-in/oidc/callback", secret)

    def close(self) -> None:
        """Close the vault."""
        self._vault.close()
