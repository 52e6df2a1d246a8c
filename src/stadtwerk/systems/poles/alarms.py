"""The rationalised alarm table of shared poles (ISA-18.2 clause 8): only what needs somebody's action in time."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from stadtwerk.kernel.alarm.conditions import Sensed, Watched, yes_or_no
from stadtwerk.kernel.alarm.kind import AlarmKind, Words
from stadtwerk.kernel.clock import US
from stadtwerk.systems.poles.decide import Poles

_DAY = 86_400
NOTICE_S = 14 * _DAY
"""So long before its end a reservation that nobody has built on is somebody's concern."""

LAPSING = AlarmKind(
    id="poles.reservation-lapsing",
    source_type="System",
    title=Words("Reservierung läuft ab", "Reservation lapsing"),
    cause=Words(
        "Ein Mastplatz ist reserviert, in 14 Tagen oder weniger vorbei, und nichts hängt dort.",
        "A slot of a pole is reserved, for 14 more days at most, and nothing hangs there.",
    ),
    consequence=Words(
        "Der Platz wird wieder frei; wer baut, verliert ihn an andere.",
        "The slot becomes free; whoever is still building loses it to others.",
    ),
    action=Words(
        "Inhaber fragen: in Betrieb nehmen, freigeben oder neu reservieren.",
        "Ask the holder: put it into use, release it or reserve it anew.",
    ),
    respond_s=NOTICE_S,
    severity=100,
    on_delay_s=3600,
    off_delay_s=0,
    deadband=0,
    shelve_max_s=14 * _DAY,
    confirms=False,
)
ALARMS = (LAPSING,)


def watched(poles: Poles) -> Mapping[str, Watched]:
    """Return what each kind of alarm watches: the reservations as a whole."""
    return {LAPSING.id: Watched(ids=("poles",), names=("Reservations",), place="", lamps=np.zeros(1, np.int64))}


def sense(poles: Poles, now_us: int) -> Mapping[str, Sensed]:
    """Tell whether a reservation ends soon."""
    open_ones = (one for pole in poles.shared for one in pole.attachments if one.holds(now_us) and not one.in_use_at_us)
    return {LAPSING.id: yes_or_no(np.array([any(one.until_us - now_us <= NOTICE_S * US for one in open_ones)]))}
