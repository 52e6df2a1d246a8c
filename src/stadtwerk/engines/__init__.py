"""Computation that several parts of the city share."""
