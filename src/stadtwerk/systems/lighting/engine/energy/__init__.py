"""Energy of light: what lamps take, what the least would be, and by which traffic that is measured."""
