"""Gateways of the twin that speak TALQ: on one side the lamps' radio, on the other HTTP with the city's CMS."""
