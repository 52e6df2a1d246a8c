"""Saving a city, bringing it back and moving it, as the command line asks for it; each returns what there is to say."""

from __future__ import annotations

from pathlib import Path

from stadtwerk.app.backup import Manifest, back_up
from stadtwerk.app.home import Home
from stadtwerk.app.import_data import import_data
from stadtwerk.app.keys import load_keys, save_keys
from stadtwerk.app.restore import restore


def save(data: Path, store: str | None, file: Path, keys: Path | None) -> str:
    """Back a city up, its secrets to a file of their own if wished."""
    manifest = back_up(Home.of(data, store), file)
    told = f"{file}: {_rows(manifest)} rows, {len(manifest.files)} files, as of {manifest.made_at}"
    return f"{told}\n{keys}: {', '.join(save_keys(data, keys))}" if keys else told


def bring_back(file: Path, keys: Path | None, data: Path, store: str | None) -> str:
    """Restore a city in a new data folder."""
    manifest = restore(file, Home.of(data, store))
    if keys:
        load_keys(keys, data)
    return _ready(data, manifest)


def import_folder(folder: Path, data: Path, store: str | None) -> str:
    """Import a city's export into a new data folder."""
    return _ready(data, import_data(folder, Home.of(data, store)))


def _rows(manifest: Manifest) -> int:
    return sum(table.rows for table in manifest.tables.values())


def _ready(data: Path, manifest: Manifest) -> str:
    return f"{data}: {_rows(manifest)} rows, all hashes equal; next: ./dev up --city {data / 'city'} --data {data}"
