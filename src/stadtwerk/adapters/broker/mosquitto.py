"""mosquitto as the broker: its configuration from limits, then the process becomes mosquitto."""

from __future__ import annotations

import os
import secrets
import shutil
from pathlib import Path

from stadtwerk.adapters.broker import limits
from stadtwerk.adapters.broker.users import mosquitto_line, mosquitto_rights, read_users, write_secret

CONFIG = """\
listener {port} 127.0.0.1
max_connections {limits.CONNECTIONS}
allow_anonymous false
password_file {run}/mosquitto.passwd
acl_file {run}/mosquitto.rights
persistence true
persistence_location {run}/broker/
autosave_interval 5
persistent_client_expiration 14d
set_tcp_nodelay true
max_inflight_messages {limits.INFLIGHT_MESSAGES}
max_queued_messages {limits.QUEUED_MESSAGES}
max_packet_size {limits.PACKET_BYTES}
log_dest stderr
log_type error
log_type warning
"""


def find() -> str | None:
    """Return where mosquitto is installed, if it is."""
    return shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin")


def become(program: str, port: int, run: Path) -> None:
    """Turn this process into mosquitto, so that a signal to it reaches the broker itself."""
    (run / "broker").mkdir(parents=True, exist_ok=True)
    lines = [mosquitto_line(user, word, secrets.token_bytes(12)) for user, word in read_users(run).items()]
    write_secret(run / "mosquitto.passwd", "".join(lines).encode())
    write_secret(run / "mosquitto.rights", mosquitto_rights().encode())
    text = CONFIG.format(port=port, run=run.resolve(), limits=limits)
    # As root mosquitto would become another user, who may not read the folder, and outlive its supervisor.
    text += "user root\n" if os.getuid() == 0 else ""
    config = run / "mosquitto.conf"
    config.write_text(text)
    os.execv(program, [program, "-c", str(config)])
