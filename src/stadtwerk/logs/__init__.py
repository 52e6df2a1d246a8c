"""What every process says of itself: one JSON object a line, with UTC time, level, process and what it belongs to."""

from stadtwerk.logs.write import begin, bind, bound, current, to_file

__all__ = ["begin", "bind", "bound", "current", "to_file"]
