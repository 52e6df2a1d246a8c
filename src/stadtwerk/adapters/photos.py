"""Photos of work on the spot: everything but the picture taken out, kept by the hash of what is left.

A phone writes place, time and device into a picture (Exif 2.32, GPS IFD). All of it goes: only pixels are written anew.
"""

from __future__ import annotations

import hashlib
import os
import re
from io import BytesIO
from pathlib import Path

from PIL import Image, ImageOps, UnidentifiedImageError

from stadtwerk.kernel.refusal import Refused

PIXELS = 50_000_000
"""Largest picture that is opened: a few times what a phone takes; more is an attack on memory."""
EDGE_PX = 2048
"""Longest edge of what is kept: enough to read a label on a pole."""
QUALITY = 82
KINDS = ("JPEG", "PNG", "WEBP")
_HASH = re.compile(r"[0-9a-f]{64}")


class Photos:
    """A folder of photos, named by their SHA-256, written once and never changed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def keep(self, body: bytes) -> str:
        """Keep a photo and return its hash; the same photo again is the same hash. Blocks: not for the core's loop."""
        picture = cleaned(body)
        name = hashlib.sha256(picture).hexdigest()
        path = self._path(name)
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            fresh = path.with_suffix(f".{os.getpid()}.{hashlib.sha256(body).hexdigest()[:8]}")
            with fresh.open("wb") as file:
                file.write(picture)
                file.flush()
                os.fsync(file.fileno())
            fresh.replace(path)
        return name

    def find(self, name: str) -> Path | None:
        """Return where a photo lies, None if it is not here."""
        path = self._path(name) if _HASH.fullmatch(name) else None
        return path if path and path.is_file() else None

    def _path(self, name: str) -> Path:
        return self._folder / name[:2] / f"{name}.jpg"


def cleaned(body: bytes) -> bytes:
    """Return a picture upright, at most 2048 pixels long, as bare JPEG; refuses what is no picture (415)."""
    try:
        with Image.open(BytesIO(body), formats=KINDS) as opened:
            if opened.width * opened.height > PIXELS:
                raise Refused.of("too-large", "The photo is too large", 413, f"at most {PIXELS} pixels")
            upright = ImageOps.exif_transpose(opened).convert("RGB")
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError) as error:
        raise Refused.of("no-photo", "This is no photo", 415, "Send a JPEG, PNG or WebP picture.") from error
    upright.thumbnail((EDGE_PX, EDGE_PX))
    # A new picture of the pixels alone: whatever else the file carried stays behind.
    bare = Image.new("RGB", upright.size)
    bare.paste(upright)
    written = BytesIO()
    bare.save(written, "JPEG", quality=QUALITY)
    return written.getvalue()
