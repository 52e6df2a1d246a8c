"""What street lighting does because of what others say: light asked for during an outage is asked for again."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
import numpy as np
from numpy.typing import NDArray

from stadtwerk.kernel.alarm.condition import Told
from stadtwerk.kernel.alarm.kind import split_id
from stadtwerk.kernel.clock import parse_iso
from stadtwerk.kernel.command import NO_ANSWER, Command
from stadtwerk.kernel.journal import Event
from stadtwerk.kernel.observation import Rows
from stadtwerk.kernel.reaction import Reaction
from stadtwerk.systems.lighting.state import Lighting
from stadtwerk.vocab.lighting import SetLevel, Target

LAMPS_A_COMMAND = 1000
"""Most lamps one repeated command names."""
REPEATED = 50
"""Most commands one outage repeats."""


def repeat_after_outage(lighting: Lighting, event: Event, now_us: int) -> list[msgspec.Struct]:
    """Ask lamps again for what they could not hear: each one's newest command, if it is unanswered and still holds."""
    open_rows = _cut_off(lighting, event.subject)
    again: list[msgspec.Struct] = []
    for command in reversed(lighting.book.commands.values()):
        if command.kind != "lighting.set-level" or not len(command.rows):
            open_rows[command.rows] = False
            continue
        mine = command.rows[open_rows[command.rows] & (command.outcome == NO_ANSWER)]
        open_rows[command.rows] = False
        if len(mine) and parse_iso(command.body["until"]) > now_us:
            again += _repeat(lighting, command, mine)
    return again[:REPEATED]


def _cut_off(lighting: Lighting, alarm: str) -> NDArray[np.bool_]:
    """Tell which lamps an outage cut off, (n,)."""
    kind, source = split_id(alarm)
    supply, circuits = lighting.supply, lighting.inventory.circuits
    cabinet_of_lamp = supply.cabinet_of_lamp
    behind = {
        "lighting.gateway-lost": (supply.gateway_ids, supply.gateway_of_lamp),
        "lighting.circuit-out": (circuits.ids, circuits.of_lamp),
        "lighting.cabinet-out": (supply.cabinet_ids, cabinet_of_lamp),
        "lighting.feeder-out": (
            supply.feeder_ids,
            np.where(cabinet_of_lamp < 0, -1, supply.feeder_of_cabinet[cabinet_of_lamp]),
        ),
    }
    if kind == "lighting.network-lost":
        return np.ones(len(lighting.inventory), np.bool_)
    if kind not in behind or source not in behind[kind][0]:
        return np.zeros(len(lighting.inventory), np.bool_)
    ids, of_lamp = behind[kind]
    return np.asarray(of_lamp == ids.index(source), np.bool_)


def _repeat(lighting: Lighting, command: Command, rows: Rows) -> Iterator[msgspec.Struct]:
    """Say a command again: to its own target if nobody answered it, else lamp by lamp."""
    content = msgspec.structs.replace(msgspec.convert(command.body, SetLevel), reason=f"repeat of {command.id}")
    if len(rows) == len(command.rows):
        yield content
        return
    for start in range(0, len(rows), LAMPS_A_COMMAND):
        ids = tuple(lighting.inventory.ids[row] for row in rows[start : start + LAMPS_A_COMMAND])
        yield msgspec.structs.replace(content, target=Target(lamps=ids))


REACT = (
    Reaction(
        id="lighting.repeat-after-outage",
        event=Told.RETURNED,
        command="lighting.set-level",
        title={"de": "Nach der Störung noch einmal", "en": "Again after the outage"},
        why={
            "de": "Ohne Strom oder Funk hören Leuchten keinen Befehl. Danach wird wiederholt, was noch gilt.",
            "en": "Lamps without power or radio hear no command. Afterwards what still holds is asked again.",
        },
        react=repeat_after_outage,
    ),
)
