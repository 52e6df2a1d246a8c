"""Lamps of the twin that speak LwM2M themselves, each from a port of its own."""
