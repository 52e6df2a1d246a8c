"""Samples that somebody collects over hours, in one file that is written anew each time: a restart loses none of them.

Nothing here is a truth of its own: a file that cannot be read is as good as none, and the collecting begins anew.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np

log = logging.getLogger(__name__)

Arrays = Mapping[str, Any]
"""NumPy arrays by name."""


class SampleFile:
    """Arrays by name in a file (NumPy's .npz)."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self) -> Arrays | None:
        """Return what was written last, None if there is nothing or it cannot be read."""
        try:
            with np.load(self._path, allow_pickle=False) as file:
                return {name: file[name] for name in file.files}
        except FileNotFoundError:
            return None
        except (OSError, ValueError, EOFError, BadZipFile) as error:
            log.warning("%s is left out: %s", self._path.name, error)
            return None

    def write(self, arrays: Arrays) -> None:
        """Write arrays in the place of those before; durable when it returns. Blocks: not for the core's loop."""
        fresh = self._path.with_suffix(".new")
        with fresh.open("wb") as file:
            np.savez(file, **arrays)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(self._path)
