"""amqtt as the broker: pure Python, for machines where no broker is installed."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path
from typing import Any

from amqtt.adapters import StreamReaderAdapter, StreamWriterAdapter
from amqtt.broker import Broker
from amqtt.contexts import Action
from amqtt.session import Session
from pwdlib.hashers.argon2 import Argon2Hasher

from stadtwerk.adapters.broker import limits
from stadtwerk.adapters.broker.users import may, read_users, write_secret

log = logging.getLogger(__name__)

SILENT_CALLER = "No data to decode MQTT packet"
"""How amqtt complains of a connection that only looked whether the port answers, as the supervisor does."""


async def run_embedded(port: int, run: Path) -> None:
    """Serve for ever on the loopback port; only users of the password file get in."""
    for name in ("amqtt", "transitions"):
        logging.getLogger(name).setLevel(logging.ERROR)
    logging.getLogger("amqtt.broker").addFilter(lambda line: SILENT_CALLER not in line.getMessage())
    broker = BoundedBroker(config(port, password_file(run)))
    await broker.start()
    await asyncio.Event().wait()


def password_file(run: Path) -> Path:
    """Write the users with Argon2 hashes, as amqtt reads them."""
    hasher = Argon2Hasher(time_cost=1, memory_cost=1024, parallelism=1)
    lines = "".join(f"{user}:{hasher.hash(word)}\n" for user, word in read_users(run).items())
    return write_secret(run / "amqtt.passwd", lines.encode())


def config(port: int, passwords: Path) -> dict[str, Any]:
    """Lay out amqtt's configuration."""
    return {
        "listeners": {
            "default": {"type": "tcp", "bind": f"127.0.0.1:{port}", "max_connections": limits.CONNECTIONS},
        },
        "plugins": {
            "amqtt.plugins.authentication.FileAuthPlugin": {"password_file": str(passwords)},
        },
    }


class BoundedBroker(Broker):  # type: ignore[misc]
    """amqtt with our users' rights, and with the limits it lacks: size of a message, messages waiting for a session."""

    async def stream_connected(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, listener_name: str
    ) -> None:
        """Take a connection; it ends at the first message that is too large."""
        await self.external_connected(_BoundedReader(reader), StreamWriterAdapter(writer), listener_name)

    async def _topic_filtering(self, session: Session, topic: str, action: Action) -> bool:
        # Whoever was let in to listen receives; asking again for each message would cost as much as sending it.
        return action is Action.RECEIVE or may(str(session.username), topic, says=action is Action.PUBLISH)

    async def _retain_broadcast_message(self, broadcast: dict[str, Any], qos: int, target_session: Session) -> None:
        waiting = target_session.retained_messages
        if waiting.qsize() >= limits.QUEUED_MESSAGES:
            waiting.get_nowait()
            log.warning("%s is away too long, its oldest message is dropped", target_session.client_id)
        await super()._retain_broadcast_message(broadcast, qos, target_session)


class _BoundedReader(StreamReaderAdapter):  # type: ignore[misc]
    async def read(self, n: int = -1) -> bytes:
        """Read n bytes; ConnectionError if that is more than a message may have."""
        if n > limits.PACKET_BYTES:
            raise ConnectionError(f"a message of {n} bytes, over {limits.PACKET_BYTES}")
        return bytes(await super().read(n))
