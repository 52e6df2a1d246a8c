"""Subscriptions: what clients want to be told of, and how it is told (ETSI GS CIM 009 clause 5.8)."""
