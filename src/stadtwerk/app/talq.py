"""The city as a TALQ CMS: `talq.toml` of the data folder, and all that belongs to it put together."""

from __future__ import annotations

import ipaddress
import ssl
import uuid
from collections.abc import Coroutine
from pathlib import Path
from typing import Annotated, Any

import msgspec

from stadtwerk.adapters.http_client import HttpClient
from stadtwerk.adapters.talq.certificates import Certificates, calling_tls, listening_tls
from stadtwerk.adapters.talq.listener import Listener
from stadtwerk.adapters.talq.office import Office
from stadtwerk.adapters.talq.radio import TalqRadio
from stadtwerk.adapters.talq.translate import Lamps, Translator
from stadtwerk.app.pump import Pump
from stadtwerk.app.settings import Settings
from stadtwerk.app.talq_plans import TalqPlans
from stadtwerk.kernel.clock import Clock
from stadtwerk.kernel.refusal import Refused
from stadtwerk.protocols.talq.cms import CmsSide
from stadtwerk.protocols.talq.kept import Kept
from stadtwerk.protocols.talq.wire import NIL
from stadtwerk.stores.sqlite.writer import SqliteFile
from stadtwerk.stores.talq import TalqStore
from stadtwerk.systems.lighting.inventory import RADIOS, TALQ
from stadtwerk.systems.lighting.state import Lighting
from stadtwerk.vocab.lighting import LAMP_COLUMNS


class TalqConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What `talq.toml` may say; without certificates the city listens on this machine only, in the clear."""

    host: str = "127.0.0.1"
    port: Annotated[int, msgspec.Meta(ge=1, le=65535)] | None = None
    public_url: Annotated[str, msgspec.Meta(pattern="^https?://[^ ]+$")] = ""
    """The address that gateways are told."""
    certificate: str = ""
    key: str = ""
    authority: str = ""

    def certificates(self, folder: Path) -> Certificates | None:
        """Return the files named, None where there are none; relative paths begin at the data folder."""
        named = [self.certificate, self.key, self.authority]
        if not any(named):
            return None
        return Certificates(*(folder / name for name in named))


def read_talq(folder: Path) -> TalqConfig:
    """Read a data folder's talq.toml, if there is one; refuses what it does not understand or what is not safe."""
    path = folder / "talq.toml"
    try:
        config = msgspec.toml.decode(path.read_bytes(), type=TalqConfig) if path.exists() else TalqConfig()
    except (msgspec.ValidationError, msgspec.DecodeError) as error:
        raise Refused.of("talq", "talq.toml is not understood", 422, f"{path}: {error}") from error
    named = [config.certificate, config.key, config.authority]
    if any(named) and not all(named):
        raise Refused.of(
            "talq", "talq.toml is not understood", 422, f"{path}: certificate, key and authority come together."
        )
    if not any(named) and not _is_here(config.host):
        raise Refused.of(
            "talq", "TALQ gateways need certificates", 422, f"{path}: without them the city listens on 127.0.0.1 only."
        )
    return config


class Talq:
    """Listener, office and radio of the lamps behind TALQ gateways."""

    def __init__(self, settings: Settings, lighting: Lighting, pump: Pump, clock: Clock) -> None:
        self._config = read_talq(settings.data)
        self._port = self._config.port or settings.talq_port
        files = self._config.certificates(settings.data)
        try:
            self._tls = listening_tls(files) if files else None
            client = HttpClient(tls=calling_tls(files)) if files else HttpClient(forbids=lambda ip: not _is_here(ip))
        except (OSError, ssl.SSLError) as error:
            raise Refused.of("talq", "TALQ's certificates cannot be read", 422, f"talq.toml: {error}") from error
        self._store = TalqStore(SqliteFile(settings.data / "talq.db"))
        address = _own_address(self._store)
        scheme = "https" if files else "http"
        uri = self._config.public_url or f"{scheme}://{self._config.host}:{self._port}/"
        places = {eui: row for row, eui in enumerate(lighting.supply.gateway_euis)}
        translator = Translator(_lamps(lighting))
        pump.rejected.append(translator.rejected)
        self.office = Office(
            lambda hear: CmsSide(address, uri, uuid.uuid4, hear), translator, self._store, places, pump.give, clock
        )
        self.radio = TalqRadio(self.office, client, uuid.uuid4, clock)
        self.radio.tending.further = TalqPlans(lighting, self.office, clock).tell

    def tasks(self) -> list[Coroutine[Any, Any, None]]:
        """Return what must run."""
        return [self._listen(), self.radio.tending.run()]

    async def _listen(self) -> None:
        """Let gateways in for ever; refuses to begin where the port is taken."""
        host, port = self._config.host, self._port
        try:
            await Listener(self.office.answer).serve(host, port, self._tls)
        except OSError as error:
            detail = f"TALQ gateways come in on {host}:{port}: {error.strerror}; talq.toml may name another."
            raise Refused.of("port", "A port is taken", 409, detail) from error

    def close(self) -> None:
        """End reading and close the store."""
        self.office.close()
        self._store.close()


def make_talq(settings: Settings, lighting: Lighting, pump: Pump, clock: Clock) -> Talq | None:
    """Put the CMS together, None for a city without lamps behind TALQ gateways."""
    if not (lighting.inventory.radio == RADIOS.index(TALQ)).any():
        return None
    return Talq(settings, lighting, pump, clock)


def _lamps(lighting: Lighting) -> Lamps:
    inventory = lighting.inventory
    return Lamps(
        dev_eui=inventory.dev_eui,
        ids=inventory.ids,
        gateway=lighting.supply.gateway_of_lamp,
        mine=inventory.radio == RADIOS.index(TALQ),
        flags=lighting.flags(),
        columns=LAMP_COLUMNS,
    )


def _own_address(kept: TalqStore) -> uuid.UUID:
    """Return the CMS's own address, made once for a data folder."""
    known = next((row.body for row in kept.rows() if row.kind == "cms"), None)
    if known is not None:
        return uuid.UUID(known.decode())
    address = uuid.uuid4()
    kept.put([Kept(str(NIL), "cms", "", str(address).encode())])
    return address


def _is_here(host: str) -> bool:
    """Tell whether an address is this machine's own."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
