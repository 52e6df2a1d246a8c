"""Makes city folders: the default city from a seed, other cities from open data."""
