"""The city under a virtual clock: everything that can go wrong, drawn from a seed and replayable."""
