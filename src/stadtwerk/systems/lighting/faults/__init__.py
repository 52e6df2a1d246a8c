"""Faults as the city keeps them: found by measurement, confirmed or dismissed by people, closed by measurement."""
