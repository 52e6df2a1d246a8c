"""What many lamps share: a gateway, a cabinet, a phase, a circuit or a cable that takes them all at once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from stadtwerk.systems.lighting.engine.faults.fleet import FaultKind, Finding, Fleet, Mask, Rows

FEWEST = 5
"""A group is told by its lamps from so many on: at 5 % lost reports, five miss the same one by chance once in 3e6."""
HEARD_SHARE = 0.1
"""A group is dead while at most this share of its lamps is heard."""
IN_A_ROW = 2
"""So many reports in a row."""
TAIL = 2
"""A cable is broken when at least so many of its last lamps are gone."""
PHASES = 3


@dataclass(frozen=True, slots=True)
class Supply:
    """What is dead tonight: the findings, and the moments (n, s) in which a lamp could not be heard for that reason."""

    findings: list[Finding]
    excused: Mask


def supply_faults(fleet: Fleet, heard: Mask) -> Supply:
    """Find gateways, cabinets, phases and circuits whose lamps (n, s heard) all fell silent; the largest cause wins."""
    excused = np.zeros_like(heard)
    findings: list[Finding] = []
    phase_of = np.where(fleet.cabinet >= 0, fleet.cabinet * PHASES + fleet.phase, -1)
    wider = _phases_of_their_own(fleet, phase_of)
    groups: tuple[tuple[FaultKind, Rows], ...] = (
        ("gateway-lost", fleet.gateway),
        ("cabinet-out", fleet.cabinet),
        ("phase-out", np.where(wider, phase_of, -1)),
        ("circuit-out", fleet.circuit),
    )
    for kind, group in groups:
        down = _down(group, heard, excused)
        if kind == "gateway-lost":
            down[~_over_cabinets(group, fleet.cabinet, len(down))] = False
        for row in np.flatnonzero(down.any(axis=1)).tolist():
            lamps = np.flatnonzero(group == row)
            place, phase = divmod(row, PHASES) if kind == "phase-out" else (row, -1)
            told = float(down[row].sum())
            findings.append(Finding(kind, place, tuple(lamps.tolist()), True, told, "reports missing", phase))
        known = group >= 0
        excused[known] |= down[group[known]]
    return Supply(findings, excused)


def _down(group: Rows, heard: Mask, excused: Mask) -> Mask:
    """Tell in which moments (g, s) a group is dead: nearly nobody heard who could be, several times in a row."""
    known = group >= 0
    n = int(group.max(initial=-1)) + 1
    s = heard.shape[1]
    could, did = np.zeros((n, s)), np.zeros((n, s))
    for moment in range(s):
        open_to = known & ~excused[:, moment]
        could[:, moment] = np.bincount(group[open_to], minlength=n)
        did[:, moment] = np.bincount(group[open_to & heard[:, moment]], minlength=n)
    quiet = (could >= FEWEST) & (did <= HEARD_SHARE * could)
    return np.asarray(_runs(quiet, IN_A_ROW))


def _runs(mask: Mask, least: int) -> Mask:
    """Keep only what holds at least so many moments in a row, (g, s)."""
    kept = np.zeros_like(mask)
    for start in range(mask.shape[1] - least + 1):
        whole = np.asarray(mask[:, start : start + least].all(axis=1))
        kept[:, start : start + least] |= whole[:, None]
    return kept


def _over_cabinets(group: Rows, cabinet: Rows, n: int) -> Mask:
    """Tell which groups (g,) have lamps of at least two cabinets: else it is the cabinet that is out."""
    pairs = np.unique(np.stack([group, cabinet]), axis=1)
    return np.asarray(np.bincount(pairs[0][pairs[0] >= 0], minlength=n) >= 2)


def _phases_of_their_own(fleet: Fleet, phase_of: Rows) -> Mask:
    """Tell which lamps (n,) have a phase that is more or less than just their circuit, and not the whole cabinet."""
    n = len(fleet)
    size = np.bincount(phase_of[phase_of >= 0], minlength=int(phase_of.max(initial=-1)) + 1)
    circuit = np.bincount(fleet.circuit, minlength=int(fleet.circuit.max(initial=-1)) + 1)
    both = np.unique(np.stack([phase_of, fleet.circuit]), axis=1)
    circuits_a_phase = np.bincount(both[0][both[0] >= 0], minlength=len(size))
    mine = np.maximum(phase_of, 0)
    same = (circuits_a_phase[mine] == 1) & (size[mine] == circuit[fleet.circuit]) if n else np.zeros(0, np.bool_)
    return np.asarray((phase_of >= 0) & ~same)


def cable_breaks(fleet: Fleet, gone: Mask, fresh: Mask) -> list[Finding]:
    """Find cables whose last lamps are all gone (n,), whole or one phase of them; `fresh` (n,) are gone since today."""
    taken = np.zeros(len(fleet), np.bool_)
    findings: list[Finding] = []
    by_phase = fleet.circuit * PHASES + fleet.phase
    mixed = _mixed(fleet)
    for key, phases in ((fleet.circuit, False), (np.where(mixed, by_phase, -1), True)):
        for found in _tails(fleet, key, gone & ~taken, fresh, phases=phases):
            taken[list(found.lamps)] = True
            findings.append(found)
    return findings


def _mixed(fleet: Fleet) -> Mask:
    """Tell which lamps (n,) hang on a circuit that has several phases."""
    pairs = np.unique(np.stack([fleet.circuit, fleet.phase]), axis=1)
    return np.asarray(np.bincount(pairs[0])[fleet.circuit] > 1) if len(fleet) else np.zeros(0, np.bool_)


def _tails(fleet: Fleet, key: Rows, gone: Mask, fresh: Mask, *, phases: bool) -> Iterator[Finding]:
    known = key >= 0
    if not known.any():
        return
    last = np.full(int(key.max(initial=-1)) + 1, -1)
    alive = known & ~gone
    np.maximum.at(last, key[alive], fleet.order[alive])
    tail = known & gone & (fleet.order > last[np.maximum(key, 0)])
    count = np.bincount(key[tail], minlength=len(last))
    for row in np.flatnonzero(count >= TAIL).tolist():
        lamps = np.flatnonzero(tail & (key == row))
        lamps = lamps[np.argsort(fleet.order[lamps])]
        new = lamps[fresh[lamps]]
        before = int(new[0]) if len(new) else int(lamps[0])
        ahead = np.flatnonzero((key == row) & (fleet.order == last[row]))
        circuit = int(fleet.circuit[lamps[0]])
        phase = int(fleet.phase[lamps[0]]) if phases else -1
        after = int(ahead[0]) if len(ahead) else -1
        told = tuple(lamps.tolist())
        yield Finding("cable-break", circuit, told, True, float(len(told)), "lamps dark", phase, after, before)


def switching_errors(fleet: Fleet, burning: Mask) -> list[Finding]:
    """Find cabinets all of whose lamps burn by day (n,): their switching, not the lamps."""
    n = int(fleet.cabinet.max(initial=-1)) + 1
    known = fleet.cabinet >= 0
    of = np.bincount(fleet.cabinet[known], minlength=n)
    lit = np.bincount(fleet.cabinet[known & burning], minlength=n)
    found = np.flatnonzero((of >= FEWEST) & (lit >= (1 - HEARD_SHARE) * of))
    return [
        Finding("switching-error", row, tuple(lamps.tolist()), True, float(len(lamps)), "lamps lit")
        for row in found.tolist()
        for lamps in (np.flatnonzero((fleet.cabinet == row) & burning),)
    ]
