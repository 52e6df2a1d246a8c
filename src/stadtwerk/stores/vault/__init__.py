"""What must be kept apart from decisions and telemetry: the persons' keys, the sessions, the journal's signing key."""
