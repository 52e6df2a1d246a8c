"""How one process of the city is told what to do."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any, Literal

import msgspec

from stadtwerk.adapters.lwm2m.address import Address, read_address
from stadtwerk.kernel.limits import HISTORY_DAYS
from stadtwerk.kernel.refusal import Refused

SBOM = Path(".cache/stadtwerk.cdx.json")
"""Where `./dev sbom` writes what a release consists of."""
DAYS_VARIABLE = "STADTWERK_HISTORY_DAYS"
Reach = Literal["none", "public", "any"]
"""Where @context documents may be fetched from: nowhere, public addresses, private ones, too."""


def days_of_history() -> int:
    """Return how many days history is kept."""
    return int(os.environ.get(DAYS_VARIABLE, HISTORY_DAYS))


class Settings(msgspec.Struct, frozen=True):
    """Ports, folders and the pace of time; `start_us` is where simulated time begins on a new data folder.

    `store` is the address of a PostgreSQL tenant without its password, "" for files of the data folder; `reign` names
    the start of the city among all that ever wrote to that tenant.
    """

    city: Path
    data: Path
    port: int = 8080
    speed: float = 1.0
    start_us: int | None = None
    store: str = ""
    reign: str = ""
    take_over: bool = False
    vendor: Path = Path(".cache/vendor")
    sbom: Path = SBOM
    lwm2m: str = ""
    """Where lamps that speak LwM2M register, "" for loopback; other interfaces only with `lwm2m_plain`."""
    lwm2m_plain: bool = False
    contexts: Path | None = None
    """A file that names further @context documents: a JSON object from URL to file."""
    fetch_contexts: Reach = "none"

    def dump(self) -> str:
        """Write the settings as one argument for a child process."""
        return msgspec.json.encode(self, enc_hook=str).decode()

    @classmethod
    def load(cls, text: str) -> Settings:
        """Read what `dump` wrote."""
        return msgspec.json.decode(text, type=cls, dec_hook=_make)

    @property
    def mqtt_port(self) -> int:
        """Return the broker's port."""
        return self.port + 1

    @property
    def clock_port(self) -> int:
        """Return the port on which simulated time comes in."""
        return self.port + 2

    @property
    def talq_port(self) -> int:
        """Return the port on which TALQ gateways come in, unless talq.toml says otherwise."""
        return self.port + 3

    @property
    def lwm2m_address(self) -> Address:
        """Return where lamps that speak LwM2M register (UDP); Refused where that may not be."""
        return read_address(self.lwm2m or f"127.0.0.1:{self.port + 4}", plain=self.lwm2m_plain)

    @property
    def run(self) -> Path:
        """Return the folder of secrets, logs and process numbers."""
        return self.data / "run"

    @property
    def simulated(self) -> bool:
        """Tell whether the world's time is simulated instead of real."""
        return self.speed != 1.0 or self.start_us is not None


def read_mirror(file: Path | None) -> dict[str, Path]:
    """Read which file holds which @context document, by URL; relative paths begin where the list lies."""
    if file is None:
        return {}
    try:
        named = msgspec.json.decode(file.read_bytes(), type=dict[str, str])
    except (OSError, UnicodeDecodeError, msgspec.DecodeError) as error:
        raise Refused.field("contexts", f"{file}: {error}") from error
    found = {url: file.parent / path for url, path in named.items()}
    lost = [str(path) for path in found.values() if not path.is_file()]
    if lost:
        raise Refused.field("contexts", f"{file} names {lost[0]}, which is no file")
    return found


class RealClock:
    """The time of the machine."""

    def now_us(self) -> int:
        """Return the present instant, microseconds UTC."""
        return time.time_ns() // 1000


def _make(kind: type[Any], value: Any) -> Any:
    return kind(value)
