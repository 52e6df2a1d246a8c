"""The energy account: measured beside always on, half-night and the lower bound; nights replayed; reports signed."""
