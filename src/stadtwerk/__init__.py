"""The open city platform: one city, its systems, one loop."""

__version__ = "0.1.0"
