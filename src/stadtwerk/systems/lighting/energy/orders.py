"""What may be ordered about energy."""

from __future__ import annotations

from typing import Annotated

import msgspec

from stadtwerk.vocab.lighting import Reason

Month = Annotated[str, msgspec.Meta(pattern="^[0-9]{4}-(0[1-9]|1[0-2])$")]


class SignEnergy(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Sign a month's energy report as it was seen: `seal` is the one it showed."""

    month: Month
    seal: Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")]
    remark: Reason = ""


ORDERS: dict[str, type[msgspec.Struct]] = {"lighting.sign-energy": SignEnergy}
