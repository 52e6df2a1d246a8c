"""What a broker holds at most."""

CONNECTIONS = 100
"""Most clients at once."""
PACKET_BYTES = 2_000_000
"""Largest message, twice a gateway's largest."""
QUEUED_MESSAGES = 100_000
"""Most messages kept for a session that is away."""
INFLIGHT_MESSAGES = 200
"""Most messages sent to a client and not yet acknowledged."""
