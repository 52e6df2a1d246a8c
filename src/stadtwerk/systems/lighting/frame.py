"""The whole map as bytes: a level and the flags of every lamp, in the form the live stream sends."""

from __future__ import annotations

from base64 import b64encode
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stadtwerk.kernel.clock import iso
from stadtwerk.systems.lighting.state import Lighting

UNHEARD = 255
"""Level byte of a lamp that has never been heard."""


def level_bytes(lighting: Lighting) -> NDArray[np.uint8]:
    """Return each lamp's level, (n,) half percents, 255 = never heard."""
    told = lighting.seen["level_percent"]
    return np.where(np.isnan(told), UNHEARD, np.nan_to_num(told) * 2).astype(np.uint8)


def snapshot(lighting: Lighting, now_us: int) -> dict[str, Any]:
    """Return levels and flags of all lamps, as the stream's first frame has them."""
    return {
        "at": iso(now_us),
        "snapshot": True,
        "n": len(lighting.inventory),
        "level": b64encode(level_bytes(lighting).tobytes()).decode(),
        "flags": b64encode(lighting.screen_flags(now_us).tobytes()).decode(),
    }
