"""Faults of lamps and of what feeds them, found by cause from a night's measurements."""
