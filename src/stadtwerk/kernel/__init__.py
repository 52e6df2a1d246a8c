"""What every system stands on: no socket, no SQL, no clock of its own."""
