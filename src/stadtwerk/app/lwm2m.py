"""The LwM2M server as one of the city's radios, where lamps of the city speak it."""

from __future__ import annotations

import numpy as np

from stadtwerk.adapters.lwm2m.lamps import LwM2MRadio
from stadtwerk.app.pump import Pump
from stadtwerk.app.settings import Settings
from stadtwerk.kernel.clock import Clock
from stadtwerk.systems.lighting.inventory import LWM2M, RADIOS
from stadtwerk.systems.lighting.state import Lighting


def make_lwm2m(settings: Settings, lighting: Lighting, pump: Pump, clock: Clock) -> LwM2MRadio | None:
    """Make the server for the lamps that the inventory says speak LwM2M; None where there is none of them."""
    inventory = lighting.inventory
    rows = np.flatnonzero(inventory.radio == RADIOS.index(LWM2M)).astype(np.int32)
    if not len(rows):
        return None
    radio = LwM2MRadio(settings.lwm2m_address, inventory.dev_eui[rows], rows, clock, pump.give)
    pump.rejected.append(radio.rejected)
    return radio
