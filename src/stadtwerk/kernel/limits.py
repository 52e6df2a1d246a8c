"""Every bound of the house in one place: full means refusal or back-pressure, never silent loss."""

from __future__ import annotations

BODY_BYTES = 1_000_000
"""Largest request body a door reads."""
BATCH_ROWS = 750
"""Most observation rows in one commit: so many lamps with 11 values each take about 15 ms of one core."""
INBOX_ROWS = 400_000
"""Most observation rows waiting for a commit before the radio is made to wait."""
COMMANDS_WAITING = 1_000
"""Most commands waiting for a decision before a door answers 503."""
COMMANDS_OPEN = 2_000
"""Most commands with unconfirmed targets before new ones are refused."""
COMMANDS_RECENT = 500
"""Closed commands kept in memory; older ones are read from the journal's store."""
WRITES_WAITING = 10_000
"""Most writes waiting for a group commit."""
POLYGON_POINTS = 500
"""Most corners of a drawn area."""
OVERRIDE_S = 31 * 86_400
"""Longest life of an override: light that someone forgot goes back to its program."""
RAMP_S = 3_600
"""Slowest change of light."""
REASON_CHARS = 200
"""Longest reason given for a command."""
CONFIRM_S = 60
"""A target that has not confirmed after this city time has expired."""
PAGE_ROWS = 200
"""Most rows of one page of a list."""
HISTORY_HOURS = 24 * 31
"""Longest stretch of history one question may ask for."""
VIEWERS = 500
"""Most viewers of the live stream at once."""
WAIT_S = 30
"""Longest a door holds a command's answer open."""
CLOCK_AHEAD_S = 300
"""How far a device's clock may run ahead of the city's."""

SEARCH_HITS = 20
"""Most hits of one search."""
