"""The survey of streets: made by a process of its own, kept as a file beside the city, read by whoever needs it.

The file is a help and no record: it comes from the inventory alone and is made anew when it is gone, when lamps are
others, with another release, and when the lamps have aged.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import msgspec

from stadtwerk import __version__
from stadtwerk.app.folder import lamp_mark, open_folder
from stadtwerk.app.settings import Settings
from stadtwerk.systems.lighting.energy.surveying import survey_of
from stadtwerk.systems.lighting.energy.things import Survey
from stadtwerk.systems.lighting.inventory import read_inventory

NICE = 10
"""The survey gives way to the city: about 13 s of a core for 6,000 streets."""
TELL_EVERY = 100
"""Streets from one word about the progress to the next."""


def read_survey(run: Path, lamps: str) -> Survey | None:
    """Return the survey kept beside a city; None where there is none of these lamps."""
    try:
        found = msgspec.msgpack.decode(_path(run).read_bytes(), type=Survey)
    except (OSError, msgspec.DecodeError):
        return None
    return found if found.lamps == lamps else None


def make_survey(settings: Settings, now_us: int) -> None:
    """Survey a city's streets and keep what was found, in one step."""
    inventory = read_inventory(open_folder(settings.city))
    survey = survey_of(inventory, lamp_mark(inventory), now_us, _tell)
    path = _path(settings.run)
    new = path.with_suffix(".new")
    new.write_bytes(msgspec.msgpack.encode(survey))
    new.replace(path)


def _path(run: Path) -> Path:
    return run / f"survey-{__version__}.bin"


def _tell(done: int) -> None:
    if done % TELL_EVERY == 0:
        print(done, flush=True)


if __name__ == "__main__":
    os.nice(NICE)
    make_survey(Settings.load(sys.argv[1]), int(sys.argv[2]))
