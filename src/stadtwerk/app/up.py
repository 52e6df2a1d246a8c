"""`stadtwerk up`: makes the city if need be, then runs broker, core and twin until told to end."""

from __future__ import annotations

import asyncio
import fcntl
import hashlib
import logging
import os
import sys
import webbrowser
from collections.abc import Callable
from pathlib import Path

import msgspec

from stadtwerk import __version__, logs
from stadtwerk.adapters.broker.users import read_users
from stadtwerk.app.home import STORE_VARIABLE, Home, Record, write_record
from stadtwerk.app.progress import Progress
from stadtwerk.app.settings import Reach, Settings, read_mirror
from stadtwerk.doors.client import Client
from stadtwerk.kernel.refusal import Refused
from stadtwerk.stores.postgres.tenant import probe
from stadtwerk.supervise import Child, Crew, lock_folder

log = logging.getLogger(__name__)


class Wishes(msgspec.Struct, frozen=True):
    """What was asked for on the command line."""

    city: str
    data: Path | None
    port: int
    seed: int
    speed: float
    start_us: int | None
    lamps: int | None
    twin: bool
    browser: bool
    store: str | None = None
    take_over: bool = False
    contexts: Path | None = None
    fetch_contexts: Reach = "none"
    lwm2m: str = ""
    lwm2m_plain: bool = False


def boot(wishes: Wishes, var: Path) -> None:
    """Run the city until Ctrl-C; refuses what cannot be."""
    if not 0 < wishes.speed <= 3600:
        raise Refused.field("speed", "from above 0 to 3600")
    folder = _city_folder(wishes, var)
    data = wishes.data or _data_folder(wishes, var, folder)
    vendor = Path(os.environ.get("STADTWERK_VENDOR", ".cache/vendor"))
    home = Home.of(data, wishes.store)
    reign = os.urandom(8).hex()
    settings = Settings(
        folder, data, wishes.port, wishes.speed, wishes.start_us, home.store, reign, wishes.take_over, vendor
    )
    contexts = None if wishes.contexts is None else wishes.contexts.resolve()
    settings = msgspec.structs.replace(settings, contexts=contexts, fetch_contexts=wishes.fetch_contexts)
    settings = msgspec.structs.replace(settings, lwm2m=wishes.lwm2m, lwm2m_plain=wishes.lwm2m_plain)
    read_mirror(contexts)
    if home.address:
        probe(home.address)
    if settings.simulated and not wishes.twin:
        raise Refused.field("no-twin", "simulated time comes from the twin; leave out --speed and --start")
    lock = lock_folder(settings.run)
    users = read_users(settings.run)
    write_record(data, Record(wishes.port, str(folder.resolve()), home.store, __version__))
    secret = {STORE_VARIABLE: home.address.full} if home.address else {}
    os.environ.pop(STORE_VARIABLE, None)
    crew = Crew(_children(settings, wishes, users, secret), settings.run)
    with logs.to_file("supervisor", settings.run / "supervisor.log"):
        _watch(crew, lambda: _say_ready(settings, wishes))
    lock.close()


def _watch(crew: Crew, on_ready: Callable[[], None]) -> None:
    """Run the processes until told to end, telling the log as well why they did not start."""
    try:
        asyncio.run(crew.work(on_ready))
    except Refused as no:
        log.critical("%s: %s", no.refusal.title, no.refusal.detail)
        raise


def _data_folder(wishes: Wishes, var: Path, folder: Path) -> Path:
    """Return the usual place of a city's data: another seed or size of Duisburg is another city."""
    if wishes.city != "duisburg":
        return var / folder.resolve().name
    sort = [*([f"seed-{wishes.seed}"] if wishes.seed != 1 else []), *([str(wishes.lamps)] if wishes.lamps else [])]
    return var / "-".join(["duisburg", *sort])


def _city_folder(wishes: Wishes, var: Path) -> Path:
    """Return the city's folder, generating the default city on first start."""
    given = Path(wishes.city)
    if (given / "city.json").exists():
        return given
    if wishes.city != "duisburg":
        raise Refused.field("city", f"{wishes.city!r} is neither `duisburg` nor a city folder")
    return default_city(var, seed=wishes.seed, lamps=wishes.lamps)


def default_city(var: Path, *, seed: int, lamps: int | None = None) -> Path:
    """Return the default city's folder, made once for each seed, size and version of the generator."""
    from stadtwerk.cities.make import make_city

    size = f"-{lamps}" if lamps else ""
    folder = var / "cities" / f"duisburg-{seed}{size}-{_generator_mark()}"
    folder.parent.mkdir(parents=True, exist_ok=True)
    with (folder.parent / f"{folder.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            print("making Duisburg (once)", file=sys.stderr)
            make_city("duisburg", folder, seed=seed, progress=Progress(), lamps=lamps)
    return folder


def _generator_mark() -> str:
    """Return a short mark of the generator's own files: a changed generator makes the city anew."""
    digest = hashlib.sha256()
    root = Path(__file__).parent.parent / "cities"
    for path in sorted([*root.rglob("*.py"), *root.rglob("*.toml")]):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:8]


def _children(settings: Settings, wishes: Wishes, users: dict[str, str], secret: dict[str, str]) -> list[Child]:
    python, run = sys.executable, str(settings.run)
    broker = [python, "-m", "stadtwerk.adapters.broker", "--port", str(settings.mqtt_port), "--run", run]
    kind = os.environ.get("STADTWERK_BROKER")
    core = [python, "-m", "stadtwerk.app.core", settings.dump()]
    children = [
        Child("broker", [*broker, *(["--kind", kind] if kind else [])], port=settings.mqtt_port),
        Child("core", core, secret, port=settings.port, more_ports=[settings.clock_port] if settings.simulated else []),
    ]
    children.append(Child("historian", [python, "-m", "stadtwerk.app.historian", settings.dump()], secret))
    if wishes.twin:
        twin = [
            python,
            "-m",
            "stadtwerk.twin",
            "--city",
            str(settings.city),
            "--state",
            str(settings.data / "twin"),
        ]
        twin += ["--mqtt-port", str(settings.mqtt_port), "--seed", str(wishes.seed)]
        twin += ["--talq-port", str(settings.talq_port)]
        twin += ["--lwm2m", str(settings.lwm2m_address.reached)]
        if settings.simulated:
            twin += ["--speed", str(wishes.speed), "--clock-port", str(settings.clock_port)]
        env = {"STADTWERK_MQTT_USER": "twin", "STADTWERK_MQTT_PASSWORD": users["twin"]}
        children.append(Child("twin", twin, env))
    return children


def _say_ready(settings: Settings, wishes: Wishes) -> None:
    """Print the one-time link, the line that tells the city is up."""
    url = f"http://127.0.0.1:{settings.port}{Client(settings.data).post('/api/links')['path']}"
    print(f"ready {url}", flush=True)
    log.info("the city is ready on port %d", settings.port)
    if wishes.browser and sys.stdout.isatty() and (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        webbrowser.open(url)
