"""A broker as the city runs it, and a foreign MQTT client (Eclipse Paho) that talks to it."""

from __future__ import annotations

import json
import os
import queue
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from paho.mqtt import client as paho

ROOT = Path(__file__).parents[2]
WAIT_S = 20.0


def free_port() -> int:
    """Return a port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Broker:
    """`python -m stadtwerk.adapters.broker` as a child process."""

    def __init__(self, kind: str, run: Path) -> None:
        self.kind, self.run, self.port = kind, run, free_port()

    def __enter__(self) -> Self:
        command = [sys.executable, "-m", "stadtwerk.adapters.broker", "--kind", self.kind]
        environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
        self.process = subprocess.Popen([*command, "--port", str(self.port), "--run", self.run], env=environment)
        end = time.monotonic() + WAIT_S
        while not self._answers():
            assert self.process.poll() is None, "the broker ended"
            assert time.monotonic() < end, "the broker does not answer"
            time.sleep(0.02)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.process.terminate()
        try:
            self.process.wait(WAIT_S)
        finally:
            self.process.kill()

    def _answers(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def save(self) -> None:
        """Have mosquitto write down what waits, and wait until it is written."""
        database = self.run / "broker" / "mosquitto.db"
        before = database.stat().st_mtime_ns if database.exists() else 0
        self.process.send_signal(signal.SIGUSR1)
        end = time.monotonic() + WAIT_S
        while not database.exists() or database.stat().st_mtime_ns == before:
            assert time.monotonic() < end, "nothing was written"
            time.sleep(0.02)

    def password(self, user: str) -> str:
        """Return the password the city made for a user."""
        return str(json.loads((self.run / "mqtt.json").read_text())[user])

    def client(self, user: str, name: str = "", **options: Any) -> Client:
        """Return a client with the user's own password."""
        return Client(self.port, user, self.password(user), name, **options)


class Client:
    """A connection: its verdict, and what it received."""

    def __init__(
        self, port: int, user: str | None, password: str | None, name: str = "", *, clean: bool = True
    ) -> None:
        self.received: queue.Queue[bytes] = queue.Queue()
        self._said: queue.Queue[tuple[str, Any]] = queue.Queue()
        self._paho = paho.Client(paho.CallbackAPIVersion.VERSION2, client_id=name, clean_session=clean)
        if user is not None:
            self._paho.username_pw_set(user, password)
        self._paho.on_connect = lambda _c, _u, flags, code, _p: self._said.put(("connect", (code, flags)))
        self._paho.on_subscribe = lambda *_: self._said.put(("subscribe", None))
        self._gone = threading.Event()
        self._paho.on_disconnect = lambda *_: self._gone.set()
        self._paho.on_message = lambda _c, _u, message: self.received.put(message.payload)
        self._paho.connect("127.0.0.1", port)
        self._paho.loop_start()
        kind, (code, flags) = self._said.get(timeout=WAIT_S)
        assert kind == "connect"
        self.accepted, self.resumed = not code.is_failure, flags.session_present

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._paho.disconnect()
        self._paho.loop_stop()

    def subscribe(self, topic: str) -> None:
        """Subscribe with QoS 1 and wait until the broker granted it."""
        self._paho.subscribe(topic, qos=1)
        assert self._said.get(timeout=WAIT_S)[0] == "subscribe"

    def publish(self, topic: str, payload: bytes) -> None:
        """Publish with QoS 1 and wait for the broker's acknowledgement."""
        self._paho.publish(topic, payload, qos=1).wait_for_publish(WAIT_S)

    def offer_and_be_cut(self, topic: str, payload: bytes) -> None:
        """Publish what the broker will not take, and wait until it has closed the connection."""
        self._paho.publish(topic, payload, qos=1)
        assert self._gone.wait(WAIT_S)

    def next(self, wait_s: float = WAIT_S) -> bytes:
        """Return the next message received."""
        return self.received.get(timeout=wait_s)
