"""The city's systems: one package each, blind to one another."""
