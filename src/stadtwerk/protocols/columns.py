"""Many uplinks of one gateway in one message: MessagePack map of little-endian columns."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated

import msgspec
import numpy as np
from numpy.typing import NDArray

from stadtwerk.protocols.lampradio import STATUS, STATUS_PORT, StatusRows
from stadtwerk.protocols.malformed import Malformed

ROWS_MAX = 20_000
"""Most uplinks in one message."""

MESSAGE_BYTES = ROWS_MAX * (8 + 4 + 2 + STATUS.itemsize) + 1_024

_EUI_TEXT = re.compile(r"[0-9a-fA-F]{16}")
_EUI, _F_CNT, _RSSI = np.dtype("<u8"), np.dtype("<u4"), np.dtype("<i2")


@dataclass(frozen=True, slots=True, eq=False)
class GatewayColumns:
    """n uplinks one gateway heard in a second: dev_eui, frame counter, dBm and STATUS (not yet `sound`)."""

    gateway_id: str
    time_us: int
    dev_eui: NDArray[np.uint64]
    f_cnt: NDArray[np.uint32]
    rssi_dbm: NDArray[np.int16]
    data: StatusRows

    def __len__(self) -> int:
        return len(self.dev_eui)


class _Wire(msgspec.Struct, frozen=True):
    gateway_id: Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
    time_us: Annotated[int, msgspec.Meta(ge=0, lt=1 << 62)]
    n: Annotated[int, msgspec.Meta(ge=0, le=ROWS_MAX)]
    f_port: Annotated[int, msgspec.Meta(ge=STATUS_PORT, le=STATUS_PORT)]
    dev_eui: bytes
    f_cnt: bytes
    rssi_dbm: bytes
    data: bytes


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(_Wire)


def encode_columns(uplinks: GatewayColumns) -> bytes:
    """Write a gateway's message; Malformed above ROWS_MAX rows or when columns differ in length."""
    n = len(uplinks)
    if n > ROWS_MAX:
        raise Malformed("columns-rows", f"{n} rows, at most {ROWS_MAX}")
    if not n == len(uplinks.f_cnt) == len(uplinks.rssi_dbm) == len(uplinks.data):
        raise Malformed("columns-length", "columns of different length")
    if uplinks.data.dtype != STATUS:
        raise Malformed("status-dtype", f"{uplinks.data.dtype} is not STATUS")
    return _encoder.encode(
        _Wire(
            gateway_id=uplinks.gateway_id,
            time_us=uplinks.time_us,
            n=n,
            f_port=STATUS_PORT,
            dev_eui=uplinks.dev_eui.astype(_EUI, copy=False).tobytes(),
            f_cnt=uplinks.f_cnt.astype(_F_CNT, copy=False).tobytes(),
            rssi_dbm=uplinks.rssi_dbm.astype(_RSSI, copy=False).tobytes(),
            data=uplinks.data.tobytes(),
        )
    )


def decode_columns(body: bytes) -> GatewayColumns:
    """Read a gateway's message as read-only arrays (n,); Malformed on any wrong form, size or length."""
    if len(body) > MESSAGE_BYTES:
        raise Malformed("columns-size", f"{len(body)} bytes, at most {MESSAGE_BYTES}")
    try:
        wire = _decoder.decode(body)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise Malformed("columns-msgpack", str(error)[:200]) from error
    for name, column, dtype in (
        ("dev_eui", wire.dev_eui, _EUI),
        ("f_cnt", wire.f_cnt, _F_CNT),
        ("rssi_dbm", wire.rssi_dbm, _RSSI),
        ("data", wire.data, STATUS),
    ):
        if len(column) != wire.n * dtype.itemsize:
            raise Malformed("columns-length", f"{name} has {len(column)} bytes for {wire.n} rows")
    return GatewayColumns(
        gateway_id=wire.gateway_id,
        time_us=wire.time_us,
        dev_eui=np.frombuffer(wire.dev_eui, _EUI),
        f_cnt=np.frombuffer(wire.f_cnt, _F_CNT),
        rssi_dbm=np.frombuffer(wire.rssi_dbm, _RSSI),
        data=np.frombuffer(wire.data, STATUS),
    )


def eui_number(eui: str) -> int:
    """Read an EUI-64 of 16 hexadecimal digits as the number that stands in a column."""
    if not _EUI_TEXT.fullmatch(eui):
        raise Malformed("eui", f"{eui[:40]!r} is not 16 hexadecimal digits")
    return int(eui, 16)


def eui_text(number: int) -> str:
    """Write an EUI-64 as 16 lower-case hexadecimal digits."""
    return f"{number:016x}"
