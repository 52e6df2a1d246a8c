"""Writing logs: whatever a module says through `logging` becomes one JSON line."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from stadtwerk.logs.secret import hide

bound = structlog.contextvars.bound_contextvars
"""Give every line written inside a `with` these fields, for example `command_id`."""
bind = structlog.contextvars.bind_contextvars
"""Give every further line of this task these fields."""

NOISY = ("asyncio", "amqtt", "transitions", "httpx")
"""Libraries that tell of normal life: only their warnings are kept."""


def current(field: str) -> str:
    """Return a field of this task's lines, empty if it has none."""
    return str(structlog.contextvars.get_contextvars().get(field, ""))


def begin(process: str) -> None:
    """Let this process write JSON lines to standard error, also of what ends it."""
    _take_over(logging.StreamHandler(sys.stderr), process)
    sys.excepthook = _tell_end


@contextmanager
def to_file(process: str, path: Path) -> Iterator[None]:
    """Write JSON lines to a file inside a `with`, and tell people warnings in plain words."""
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    file, words = logging.FileHandler(path), logging.StreamHandler(sys.stderr)
    words.setLevel(logging.WARNING)
    _take_over(file, process)
    root.addHandler(words)
    try:
        yield
    finally:
        root.handlers[:] = before
        root.setLevel(level)
        file.close()


def _take_over(handler: logging.Handler, process: str) -> None:
    def name_process(logger: WrappedLogger, method: str, line: EventDict) -> EventDict:
        return {**line, "process": process}

    first: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        name_process,
    ]
    last: list[Processor] = [
        structlog.stdlib.ProcessorFormatter.remove_processors_meta,
        structlog.processors.format_exc_info,
        hide,
        structlog.processors.JSONRenderer(ensure_ascii=False),
    ]
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(foreign_pre_chain=first, processors=last))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.INFO)
    for name in NOISY:
        logging.getLogger(name).setLevel(logging.WARNING)


def _tell_end(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        return
    logging.getLogger("stadtwerk").critical("ended by a fault of its own", exc_info=(kind, error, trace))
