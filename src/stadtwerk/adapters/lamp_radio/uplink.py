"""From radio frames to observations: every frame is admitted once, or set aside with a reason."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from stadtwerk.kernel.clock import EARLIEST_US, US, parse_iso
from stadtwerk.kernel.limits import CLOCK_AHEAD_S
from stadtwerk.kernel.observation import Observations
from stadtwerk.kernel.refusal import Refused
from stadtwerk.protocols import chirpstack, columns, lampgroup, lampradio
from stadtwerk.protocols.malformed import Malformed

Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Frames:
    """Uplinks of one message: n devices, their counters, signal strength, status, and when the network heard them."""

    gateway_id: str | None
    time_us: int
    dev_eui: NDArray[np.uint64]
    f_cnt: NDArray[np.uint32]
    rssi_dbm: NDArray[np.int16]
    data: lampradio.StatusRows


@dataclass(frozen=True, slots=True)
class GroupFrame:
    """A street's group speaks by one of its lamps."""

    time_us: int
    dev_eui: int
    f_cnt: int
    report: lampgroup.Report


def read(topic: str, body: bytes, now_us: int) -> Frames | GroupFrame:
    """Decode a message of any form; raises Malformed."""
    kind, sender = chirpstack.parse_topic(topic)
    if kind == "columns":
        many = columns.decode_columns(body)
        if many.gateway_id != sender:
            raise Malformed("gateway-topic", f"{many.gateway_id} speaks on the topic of {sender}")
        return Frames(sender, many.time_us, many.dev_eui, many.f_cnt, many.rssi_dbm, many.data)
    if kind != "up":
        raise Malformed("topic", f"{topic!r} is no uplink")
    event = chirpstack.decode_uplink(body)
    if event.device_info.dev_eui != sender:
        raise Malformed("device-topic", f"{event.device_info.dev_eui} speaks on the topic of {sender}")
    try:
        time_us = parse_iso(event.time) if event.time else now_us
    except Refused as no:
        raise Malformed("time", str(no)) from no
    if event.f_port == lampgroup.GROUP_PORT:
        return GroupFrame(time_us, columns.eui_number(sender), event.f_cnt, lampgroup.decode_report(event.data))
    if event.f_port != lampradio.STATUS_PORT:
        raise Malformed("port", f"port {event.f_port} carries nothing known")
    status = lampradio.status_rows(event.data)
    if len(status) != 1:
        raise Malformed("status-length", f"{len(status)} statuses in one frame")
    rssi = event.rx_info[0].rssi if event.rx_info else 0
    return Frames(
        None,
        time_us,
        np.array([columns.eui_number(sender)], np.uint64),
        np.array([event.f_cnt], np.uint32),
        np.array([np.clip(rssi, -200, 50)], np.int16),
        status,
    )


class Gate:
    """Lets each device's frames in once and in order, from its own gateway, with a believable time."""

    def __init__(self, dev_eui: NDArray[np.uint64], gateway: list[str], f_cnt: NDArray[np.float64]) -> None:
        self._order = np.argsort(dev_eui)
        self._sorted = dev_eui[self._order]
        self._gateway_of = {name: place for place, name in enumerate(dict.fromkeys(gateway))}
        self._home = np.array([self._gateway_of[name] for name in gateway], np.int32)
        self._f_cnt = np.where(np.isnan(f_cnt), -1, f_cnt).astype(np.int64)
        self.rejected: Counter[str] = Counter()
        self.missed = 0
        self.marks = np.zeros(len(dev_eui))
        """The mark (n,) of the plan that each device last said it keeps."""
        self._told: list[Observations] = []

    def admit(self, frames: Frames, now_us: int) -> Observations | None:
        """Turn frames into observations, counting in `rejected` what was set aside and in `missed` lost frames."""
        if not EARLIEST_US <= frames.time_us <= now_us + CLOCK_AHEAD_S * US:
            self.rejected["clock"] += len(frames.dev_eui)
            return None
        place = np.minimum(np.searchsorted(self._sorted, frames.dev_eui), len(self._sorted) - 1)
        rows = self._order[place]
        f_cnt = frames.f_cnt.astype(np.int64)
        good = self._keep(self._sorted[place] == frames.dev_eui, "unknown-device")
        if frames.gateway_id is not None:
            home = self._gateway_of.get(frames.gateway_id, -1)
            good = self._keep(good & (self._home[rows] == home), "foreign-gateway", good)
        good = self._keep(good & lampradio.sound(frames.data), "status", good)
        good = self._keep(good & (f_cnt > self._f_cnt[rows]), "replayed-frame", good)
        good = self._keep(good & _first_of_each(rows, good), "replayed-frame", good)
        if not good.any():
            return None
        rows, f_cnt = rows[good], f_cnt[good]
        known = self._f_cnt[rows] >= 0
        self.missed += int((f_cnt - self._f_cnt[rows] - 1)[known].sum())
        self._f_cnt[rows] = f_cnt
        values = lampradio.physical(frames.data[good])
        del values["clock_us"]
        self._note_marks(rows, values.pop("program_mark"), frames.time_us)
        values["f_cnt"], values["rssi_dbm"] = (
            f_cnt.astype(np.float64),
            frames.rssi_dbm[good].astype(np.float64),
        )
        return Observations("Streetlight", rows.astype(np.int32), np.full(len(rows), frames.time_us), values)

    def take_told(self) -> list[Observations]:
        """Return which lamps said since the last time that they keep another plan than before."""
        told, self._told = self._told, []
        return told

    def _note_marks(self, rows: NDArray[np.int64], marks: NDArray[np.float64], time_us: int) -> None:
        new = marks != self.marks[rows]
        if new.any():
            self.marks[rows[new]] = marks[new]
            at_us = np.full(int(new.sum()), time_us)
            self._told.append(Observations("LampProgram", rows[new].astype(np.int32), at_us, {"mark": marks[new]}))

    def admit_group(self, frame: GroupFrame, now_us: int) -> int | None:
        """Return the row of the lamp that speaks for its group, None where the frame is set aside."""
        place = min(int(np.searchsorted(self._sorted, np.uint64(frame.dev_eui))), len(self._sorted) - 1)
        row = int(self._order[place])
        latest_us = max(frame.time_us, frame.report.clock_s * US)
        reason = "unknown-device" if self._sorted[place] != frame.dev_eui else ""
        if not EARLIEST_US <= latest_us <= now_us + CLOCK_AHEAD_S * US:
            reason = "clock"
        elif not reason and frame.f_cnt <= self._f_cnt[row]:
            reason = "replayed-frame"
        if reason:
            self.rejected[reason] += 1
            return None
        self._f_cnt[row] = frame.f_cnt
        return row

    def _keep(self, good: Mask, reason: str, before: Mask | None = None) -> Mask:
        lost = int((~good if before is None else before & ~good).sum())
        if lost:
            self.rejected[reason] += lost
        return good


def told_by_group(frame: GroupFrame, street: int) -> Observations:
    """Turn a group's report into an observation of its street (row), at the end of the time it tells of."""
    report = frame.report
    cars, cyclists, walkers = report.counts
    told = {
        "policy": report.number,
        "members": report.members,
        "following": report.following,
        "cars": cars,
        "cyclists": cyclists,
        "walkers": walkers,
        "energy_kwh": report.energy_wh / 1000.0,
        "lit_s": report.lit_s,
        "unknown_s": report.unknown_s,
    }
    values = {name: np.array([value], np.float64) for name, value in told.items()}
    at_us = np.array([report.clock_s * US], np.int64)
    return Observations("StreetLighting", np.array([street], np.int32), at_us, values)


def _first_of_each(rows: NDArray[np.int64], good: Mask) -> Mask:
    """Mark the first admitted frame of each device within one message."""
    candidates = np.flatnonzero(good)
    _, first = np.unique(rows[candidates], return_index=True)
    mask = np.zeros(len(rows), np.bool_)
    mask[candidates[first]] = True
    return mask
