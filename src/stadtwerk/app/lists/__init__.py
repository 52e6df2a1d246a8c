"""Lists of lamps looked at, and made into a city to take away, in a process of their own; the running city stays."""
