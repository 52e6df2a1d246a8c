"""Starts the city's processes, watches them, and starts anew what dies; all end together."""

from stadtwerk.supervise.crew import EXIT_REFUSED, Child, Crew
from stadtwerk.supervise.folder import lock_folder

__all__ = ["EXIT_REFUSED", "Child", "Crew", "lock_folder"]
