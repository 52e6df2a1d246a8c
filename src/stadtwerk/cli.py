"""The command line: start the city, look at it, command it, bring cities in and take everything out."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import quote

import msgspec
from cyclopts import App, Parameter

from stadtwerk import __version__
from stadtwerk.cli_import import NewData, Store, importing
from stadtwerk.kernel.clock import US, parse_iso
from stadtwerk.kernel.refusal import Refused

app = App(
    name="stadtwerk",
    help="The open city platform: one city, its systems, one loop.",
    version=__version__,
    help_format="plaintext",
)
app.command(importing)

VAR = Path("var")
Data = Annotated[Path, Parameter(help="data folder of the city")]
Keys = Annotated[Path | None, Parameter(help="file for the secrets, apart from the data")]
DUISBURG = VAR / "duisburg"


@app.command
def up(
    *,
    port: int = 8080,
    data: Path | None = None,
    city: str = "duisburg",
    seed: int = 1,
    speed: float = 1.0,
    start: str | None = None,
    lamps: int | None = None,
    store: Store = None,
    take_over: Annotated[bool, Parameter(negative=())] = False,
    contexts: Path | None = None,
    fetch_contexts: Literal["none", "public", "any"] = "none",
    lwm2m: str = "",
    lwm2m_plain: Annotated[bool, Parameter(negative=())] = False,
    twin: Annotated[bool, Parameter(negative="--no-twin")] = True,
    browser: Annotated[bool, Parameter(negative="--no-browser")] = True,
) -> None:
    """Boot the whole city and print its address; Ctrl-C ends it.

    Parameters
    ----------
    port
        Port of the control room; the two after it carry the radio and simulated time.
    data
        Folder that keeps what was observed and decided (default: var/<city>).
    city
        `duisburg`, or a folder made by `stadtwerk import`.
    seed
        Seed of the generated city and of its world.
    speed
        Pace of simulated time; 1 is real time.
    start
        Begin simulated time here, for example 2026-11-23T16:00:00+01:00 (new data folders only).
    lamps
        Make a small city of about so many lamps.
    store
        `postgresql://user@host/database?tenant=NAME` to keep the city's data there instead of in the data folder.
    take_over
        Become the writer of the database although another city process is; that one can never write again.
    contexts
        File that names @context documents of others: a JSON object from URL to file.
    fetch_contexts
        Fetch further ones in the background: from public addresses, or from any.
    lwm2m
        IP address and UDP port for lamps that speak LwM2M (default: loopback, the fourth port after the first).
    lwm2m_plain
        Let others than the machine itself reach that port: nothing there is encrypted or signed.
    twin
        Attach the simulated world; without it the platform waits for real devices.
    browser
        Open the control room in a browser when there is a screen.
    """
    from stadtwerk.app.up import Wishes, boot

    start_us = parse_iso(start, "start") if start else None
    wishes = Wishes(city, data, port, seed, speed, start_us, lamps, twin, browser, store, take_over)
    more = {"contexts": contexts, "fetch_contexts": fetch_contexts, "lwm2m": lwm2m, "lwm2m_plain": lwm2m_plain}
    boot(msgspec.structs.replace(wishes, **more), VAR)


@app.command
def status(*, data: Data = DUISBURG) -> None:
    """Show how the city is doing."""
    from stadtwerk.doors.client import Client

    client = Client(data)
    health, energy = client.get("/api/health"), client.get("/api/lighting/energy?hours=1")
    _show({**health, **energy["now"]})


@app.command
def lamps(lamp: str | None = None, *, data: Data = DUISBURG, limit: int = 20, q: str | None = None) -> None:
    """Show lamps as NGSI-LD: one by its id, or those a query selects (`--q "illuminanceLevel<0.5"`)."""
    from stadtwerk.doors.client import Client

    client = Client(data)
    if lamp:
        _show(client.get(f"/api/lighting/lamps/{quote(lamp, safe='')}"))
        return
    query = f"type=Streetlight&options=keyValues&limit={limit}" + (f"&q={quote(q, safe='')}" if q else "")
    for entity in client.get(f"/ngsi-ld/v1/entities?{query}"):
        print(msgspec.json.encode(entity).decode())


@app.command(name="set")
def set_level(
    level_percent: float,
    *,
    lamp: str | None = None,
    street: str | None = None,
    circuit: str | None = None,
    district: str | None = None,
    until: Annotated[str, Parameter(help="RFC 3339 time, or +2h, +30m")] = "+1h",
    ramp_s: int = 0,
    reason: str = "",
    spare: Annotated[bool, Parameter(negative=(), help="leave lamps out that a rule protects")] = False,
    wait: int = 20,
    data: Data = DUISBURG,
) -> None:
    """Hold lamps at a level (percent) until a time; then they return to their program."""
    from stadtwerk.doors.client import Client

    client = Client(data)
    target = {"lamp": lamp, "street": street, "circuit": circuit, "district": district}
    body = {
        "target": {name: value for name, value in target.items() if value},
        "level_percent": level_percent,
        "until": _until(until, client.get("/api/city")["clock"]["now"]),
        "ramp_s": ramp_s,
        "reason": reason,
        "spare": spare,
    }
    _show(client.post(f"/api/commands/lighting.set-level?wait={wait}", body))


@app.command
def clear(
    *,
    lamp: str | None = None,
    street: str | None = None,
    circuit: str | None = None,
    district: str | None = None,
    reason: str = "",
    wait: int = 20,
    data: Data = DUISBURG,
) -> None:
    """End the override of lamps now: they return to their program."""
    from stadtwerk.doors.client import Client

    target = {"lamp": lamp, "street": street, "circuit": circuit, "district": district}
    body = {"target": {name: value for name, value in target.items() if value}, "reason": reason}
    _show(Client(data).post(f"/api/commands/lighting.clear?wait={wait}", body))


@app.command
def send(kind: str, *fields: str, wait: int = 5, data: Data = DUISBURG) -> None:
    """Send any command of any system: its kind, then its fields as name=value (values as JSON or plain text)."""
    from stadtwerk.doors.client import Client, read_fields

    _show(Client(data).post(f"/api/commands/{quote(kind)}?wait={wait}", read_fields(fields)))


@app.command
def ask(path: str, *, data: Data = DUISBURG) -> None:
    """Ask any question of any system: an address below /api, for example systems or lighting/energy?hours=1."""
    from stadtwerk.doors.client import Client

    _show(Client(data).get(f"/api/{path.removeprefix('/')}"))


@app.command
def schedules(*, data: Data = DUISBURG) -> None:
    """List the schedules: their id, when they come next, what came of them last, their title."""
    from stadtwerk.doors.client import Client

    for plan in Client(data).get("/api/schedule/plans")["schedules"]:
        coming = plan["next"][0] if plan["next"] else ("-" if plan["enabled"] else "off")
        last = plan["runs"][0] if plan["runs"] else {}
        print(f"{plan['id']:16} {coming:24} {last.get('outcome') or last.get('state', '-'):10} {plan['title']}")


@app.command
def link(*, data: Data = DUISBURG) -> None:
    """Print a new one-time sign-in link."""
    from stadtwerk.doors.client import Client

    client = Client(data)
    print(f"http://127.0.0.1:{client.port}{client.post('/api/links')['path']}")


@app.command
def verify(*, data: Data = DUISBURG, store: Store = None) -> None:
    """Check the journal's chain, and that replaying it gives just what is stored (also while the city runs)."""
    from stadtwerk.app.rebuild import check_folder

    report = check_folder(data, store)
    _show(report)
    if not (report["equal"] and report["chain"] == "good"):
        raise SystemExit(1)


app.command(verify, name="rebuild")


@app.command
def export(folder: Path, *, data: Data = DUISBURG, store: Store = None) -> None:
    """Write the whole city in open formats: NGSI-LD entities, history as CSV, journal and commands as JSON lines."""
    from stadtwerk.app.export import export_city
    from stadtwerk.app.home import Home

    for name, n in export_city(Home.of(data, store), folder).items():
        print(f"{folder / name}: {n}")


@app.command
def push(
    dump: Path,
    *,
    to: Annotated[str, Parameter(help="the API's root, such as https://broker.example/ngsi-ld/v1")],
    key: Annotated[str, Parameter(env_var="STADTWERK_PUSH_KEY", help="API key, if the broker wants one")] = "",
    tenant: str = "",
) -> None:
    """Bring an NGSI-LD dump (`export` writes one) into any NGSI-LD broker."""
    from stadtwerk.app.push import push as bring

    print(f"{bring(dump, to, key=key, tenant=tenant)} entities")


@app.command
def backup(file: Path, *, keys: Keys = None, data: Data = DUISBURG, store: Store = None) -> None:
    """Write all of a city, as it is at one moment, to one file; its secrets to another. Also while it runs."""
    from stadtwerk.app.moves import save

    print(save(data, store, file, keys))


@app.command
def restore(file: Path, *, data: NewData, keys: Keys = None, store: Store = None) -> None:
    """Make a city again from a backup, in a new data folder and, if wished, on another store."""
    from stadtwerk.app.moves import bring_back

    print(bring_back(file, keys, data, store))


@app.command
def doctor(
    *,
    data: Data = DUISBURG,
    lang: Annotated[str, Parameter(help="de or en; as the environment's LANG unless told")] = "",
    deep: Annotated[bool, Parameter(negative=())] = False,
    json: Annotated[bool, Parameter(negative=())] = False,
) -> None:
    """Tell what is wrong and what to do: of a city that runs, rests or does not start (exit code 0, 1 or 2).

    Parameters
    ----------
    deep
        Check the whole journal and every page of the databases.
    json
        Print data instead of words.
    """
    from stadtwerk.app.doctor import examine, language

    spoken = lang or language()
    if spoken not in ("de", "en"):
        raise Refused.field("lang", "de or en")
    report = examine(data, deep=deep)
    if json:
        _show(report.as_dict(spoken))
    else:
        print(report.text(spoken))
    raise SystemExit(report.exit_code)


@app.command
def logs(
    *,
    data: Data = DUISBURG,
    command: Annotated[str, Parameter(help="only what belongs to the command of this id")] = "",
    process: Annotated[str, Parameter(help="only one process: supervisor, broker, core, twin")] = "",
    level: Literal["debug", "info", "warning", "error", "critical"] = "info",
    lines: Annotated[int, Parameter(help="the newest so many")] = 200,
    follow: Annotated[bool, Parameter(negative=(), help="go on showing what is written, until Ctrl-C")] = False,
) -> None:
    """Show what all processes wrote to their logs, merged by time; `level` and graver."""
    import time
    from collections import deque

    from stadtwerk.logs import read

    run = data / "run"
    for line in deque(read.chosen(read.lines(run), level=level, process=process, command=command), lines):
        print(line.words())
    if follow:
        fresh = read.follow(run, lambda: time.sleep(0.3))
        for line in read.chosen(fresh, level=level, process=process, command=command):
            print(line.words(), flush=True)


def _until(text: str, now: str) -> str:
    """Read `+2h` as from the city's present, else pass an RFC 3339 time on."""
    from stadtwerk.kernel.clock import iso

    units = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
    if not text.startswith("+"):
        return text
    number, unit = text[1:-1], text[-1:]
    if unit not in units or not number.isdigit():
        raise Refused.field("until", "write +30m, +2h or +1d, or an RFC 3339 time")
    return iso(parse_iso(now) + int(number) * units[unit] * US)


def _show(value: object) -> None:
    print(msgspec.json.format(msgspec.json.encode(value), indent=2).decode())


def main() -> None:
    """Run the command line; a refusal is told in words."""
    try:
        app()
    except Refused as no:
        print(f"stadtwerk: {no.refusal.title}: {no.refusal.detail}", file=sys.stderr)
        raise SystemExit(1) from no
    except KeyboardInterrupt:
        raise SystemExit(130) from None
