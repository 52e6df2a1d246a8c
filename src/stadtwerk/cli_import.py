"""The command line's `import`: cities made from data of others, or from one's own export."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Literal

import msgspec
from cyclopts import App, Parameter

importing = App(name="import", help="Make a city folder from data of your own.")

CITIES = Path("var") / "cities"
NewData = Annotated[Path, Parameter(name="--data", help="new data folder")]
Store = Annotated[str | None, Parameter(env_var="STADTWERK_STORE", help="`sqlite`, or a PostgreSQL address")]


@importing.command(name="data")
def import_exported(folder: Path, *, data: NewData, store: Store = None) -> None:
    """Make a city again from its export, in a new data folder and, if wished, on another store."""
    from stadtwerk.app.moves import import_folder

    print(import_folder(folder, data, store))


@importing.command
def osm(file: Path, *, to: Path | None = None, name: str | None = None, seed: int = 1) -> None:
    """Make a city folder from an OpenStreetMap extract (.osm, .osm.gz, .pbf)."""
    from stadtwerk.app.progress import Progress
    from stadtwerk.cities.osm import import_osm

    folder = to or CITIES / (name or file.name.split(".")[0])
    import_osm(file, folder, name=name, seed=seed, progress=Progress())
    print(f"{folder} is ready: ./dev up --city {folder}")


@importing.command(name="lamps")
def import_lamps(
    file: Path,
    *,
    to: Path | None = None,
    name: str | None = None,
    source: str = "",
    licence: str = "",
    column: Annotated[list[str], Parameter(name="--map", negative=())] = [],  # noqa: B006 - cyclopts reads it
    system: Literal["", "wgs84", "utm31", "utm32", "utm33"] = "",
    look: Annotated[bool, Parameter(name="--preview", negative=())] = False,
    json: Annotated[bool, Parameter(negative=())] = False,
) -> None:
    """Make a city folder from a list of lamps (CSV, TALQ devices as JSON, OpenStreetMap), after showing what it holds.

    Parameters
    ----------
    source
        Whose list it is; stands on the map.
    licence
        Under which licence it is used.
    column
        field=column, over what is proposed; `field=` leaves a field out. May be given several times.
    system
        Coordinate system; by the size of the numbers unless told.
    look
        Only show what would become of the list.
    json
        Show it as data instead of words.
    """
    from stadtwerk.cities.lamp_list import About, make_listed_city, preview
    from stadtwerk.cities.lamp_list.words import in_words

    pairs = [pair.partition("=") for pair in column]
    looked = preview(file, {field: told for field, _, told in pairs}, system)
    if json:
        print(msgspec.json.format(msgspec.json.encode(looked.as_dict()), indent=2).decode())
    else:
        print(in_words(looked.as_dict()))
    if not look:
        title = name or file.name.split(".")[0]
        folder = to or CITIES / title
        make_listed_city(looked, folder, About(title, source or file.name, licence or "unknown"))
        print(f"{folder} is ready: ./dev up --city {folder}", file=sys.stderr)
