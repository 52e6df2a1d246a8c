"""The lamps' side of the air, written a second time from the documents: struct, json, msgpack, and no code of ours."""

from __future__ import annotations

import json
import random
import struct
from base64 import b64decode, b64encode
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import msgspec

COMMAND = struct.Struct("<BBBBHHII")
"""version, operation, half percents, -, ramp s, -, token, until s: docs/lighting.md, port 10."""
STATUS = struct.Struct("<BBBbHHIIIIHH")
"""version, flags, half percents, °C, 0.1 W, 0.1 V, Wh, minutes, token, clock s, applied, -: port 2."""
BACK_OFF_S = 4.0


@dataclass
class Applied:
    """One command a lamp carried out: city time, token, operation, half percents, end of the override (unix s)."""

    at_us: int
    token: int
    op: int
    half_percent: int
    until_s: int


class Lamp:
    """One lamp; all but `powered` is kept without power."""

    def __init__(self, number: int, eui: str, gateway: int) -> None:
        self.number, self.eui, self.gateway = number, eui, gateway
        self.powered = True
        self.token = self.f_cnt = 0
        self.applied: list[Applied] = []
        self.sent: dict[int, bytes] = {}
        """Each status ever sent, by frame counter."""

    def hear(self, body: bytes, now_us: int) -> Applied | None:
        """Take a command off the air and carry it out if it is newer than all before."""
        version, op, half_percent, _, _, _, token, until_s = COMMAND.unpack(body)
        if version != 1 or op not in (1, 2) or token <= self.token:
            return None
        done = Applied(now_us, token, op, half_percent, until_s if op == 1 else 0)
        self.applied.append(done)
        self.token = token
        return done

    def speak(self, now_us: int) -> tuple[int, bytes]:
        """Write a status: frame counter and bytes."""
        self.f_cnt += 1
        now_s = now_us // 1_000_000
        last = self.applied[-1] if self.applied else None
        held = last is not None and last.op == 1 and last.until_s > now_s
        level, flags = (last.half_percent, 4) if last and held else (200, 0)
        n = len(self.applied)
        body = STATUS.pack(1, flags, level, 12, level * 3 // 2, 2300, now_s % 10_000, 60, self.token, now_s, n, 0)
        self.sent[self.f_cnt] = body
        return self.f_cnt, body


@dataclass(frozen=True)
class Frame:
    """A status as a gateway hears it."""

    eui: str
    f_cnt: int
    body: bytes
    rssi_dbm: int


def as_uplink(frame: Frame, now_us: int) -> tuple[str, bytes]:
    """Wrap a frame as ChirpStack's network server does."""
    moment = datetime.fromtimestamp(now_us // 1000 / 1000, UTC).isoformat(timespec="milliseconds")
    event = {
        "deduplicationId": f"{frame.eui}-{frame.f_cnt}",
        "time": moment.replace("+00:00", "Z"),
        "deviceInfo": {"devEui": frame.eui, "deviceName": "lamp"},
        "fCnt": frame.f_cnt,
        "fPort": 2,
        "data": b64encode(frame.body).decode(),
        "rxInfo": [{"gatewayId": "00", "rssi": frame.rssi_dbm}],
    }
    return f"application/lighting/device/{frame.eui}/event/up", json.dumps(event).encode()


def as_columns(gateway: int, frames: list[Frame], now_us: int) -> tuple[str, bytes]:
    """Wrap what a gateway heard in a second as one message."""
    wire = {
        "gateway_id": f"g{gateway}",
        "time_us": now_us,
        "n": len(frames),
        "f_port": 2,
        "dev_eui": struct.pack(f"<{len(frames)}Q", *(int(frame.eui, 16) for frame in frames)),
        "f_cnt": struct.pack(f"<{len(frames)}I", *(frame.f_cnt for frame in frames)),
        "rssi_dbm": struct.pack(f"<{len(frames)}h", *(frame.rssi_dbm for frame in frames)),
        "data": b"".join(frame.body for frame in frames),
    }
    return f"gateway/g{gateway}/event/columns", msgspec.msgpack.encode(wire)


def read_downlink(topic: str, body: bytes) -> tuple[str, str, bytes]:
    """Unwrap a downlink: `device` or `multicast-group`, its name, the command's bytes."""
    _, _, kind, name, _, _ = topic.split("/")
    message: dict[str, Any] = json.loads(body)
    inside = message["devEui"] if kind == "device" else message["multicastGroupId"]
    assert (inside, message["fPort"]) == (name, 10)
    return kind, name, b64decode(message["data"])


def back_off(chance: random.Random, *, alone: bool) -> float:
    """Draw how long a lamp waits before it answers, seconds."""
    return 0.0 if alone else chance.uniform(0, BACK_OFF_S)
