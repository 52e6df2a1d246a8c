"""Lamp inventories of others (CSV, OpenStreetMap, TALQ): what a list would become, what is doubtful, and a city."""

from stadtwerk.cities.lamp_list.city import About, make_listed_city
from stadtwerk.cities.lamp_list.preview import Preview, preview

__all__ = ["About", "Preview", "make_listed_city", "preview"]
