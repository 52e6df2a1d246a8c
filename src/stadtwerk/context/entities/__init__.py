"""Entities that others write into the city: how they are read, changed, kept and shown (ETSI GS CIM 009 clause 4.5)."""
