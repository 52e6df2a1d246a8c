"""Who may speak at the broker: two users with passwords made at first start, and what each may say and hear."""

from __future__ import annotations

import hashlib
import secrets
from base64 import b64encode
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import msgspec

ITERATIONS = 1_000
"""PBKDF2 rounds: the passwords are random 192-bit strings, so few suffice."""
EVENTS = ("application/+/device/+/event/+", "gateway/+/event/+")
"""What the world tells the city."""
COMMANDS = ("application/+/+/+/command/+",)
"""What the city tells the world."""


class Rights(NamedTuple):
    """Topic filters that a user may publish to and hear."""

    says: tuple[str, ...]
    hears: tuple[str, ...]


RIGHTS: Mapping[str, Rights] = {
    "platform": Rights(COMMANDS, EVENTS),
    "twin": Rights(EVENTS, COMMANDS),
}
"""Neither can pass for the other: the world gives no commands, the city invents no measurements."""
USERS = tuple(RIGHTS)


def may(user: str, topic: str, *, says: bool) -> bool:
    """Tell whether a user may publish to a topic, or hear what a topic filter selects."""
    rights = RIGHTS.get(user, Rights((), ()))
    return any(_covers(allowed, topic) for allowed in (rights.says if says else rights.hears))


def _covers(allowed: str, topic: str) -> bool:
    """Tell whether a filter of single-level wildcards selects a topic, or all that another filter selects."""
    levels, wanted = allowed.split("/"), topic.split("/")
    return len(levels) == len(wanted) and all(
        level == want or (level == "+" and want != "#") for level, want in zip(levels, wanted, strict=True)
    )


def read_users(run: Path) -> dict[str, str]:
    """Return the passwords by user, made once and readable by the folder's owner only."""
    path = run / "mqtt.json"
    if not path.exists():
        run.mkdir(parents=True, exist_ok=True)
        users = {user: secrets.token_urlsafe(24) for user in USERS}
        write_secret(path.with_suffix(".new"), msgspec.json.encode(users)).replace(path)
    return msgspec.json.decode(path.read_bytes(), type=dict[str, str])


def write_secret(path: Path, body: bytes) -> Path:
    """Write a file that only its owner may read, whatever it was before."""
    path.touch(mode=0o600)
    path.chmod(0o600)
    path.write_bytes(body)
    return path


def mosquitto_line(user: str, password: str, salt: bytes) -> str:
    """Write a line of mosquitto's password file: PBKDF2-SHA512, its format 7 (mosquitto_passwd)."""
    digest = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, ITERATIONS)
    return f"{user}:$7${ITERATIONS}${b64encode(salt).decode()}${b64encode(digest).decode()}\n"


def mosquitto_rights() -> str:
    """Write mosquitto's list of rights (mosquitto.conf, acl_file)."""
    lines: list[str] = []
    for user, rights in RIGHTS.items():
        lines += [f"user {user}", *(f"topic write {says}" for says in rights.says)]
        lines += [f"topic read {hears}" for hears in rights.hears]
    return "\n".join(lines) + "\n"
