"""Tests of the NGSI-LD rooms."""
