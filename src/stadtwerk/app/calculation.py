"""A calculation in a process of its own: a problem on its input, answers on its output, a line each."""

from __future__ import annotations

import asyncio
import sys
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import msgspec

LINE_BYTES = 65_536
"""Longest line a calculation may write unless it is allowed more."""


@asynccontextmanager
async def calculating(
    module: str, problem: Any, line_bytes: int = LINE_BYTES
) -> AsyncIterator[Callable[[], Awaitable[bytes]]]:
    """Start a module on a problem; gives who waits for its next line, and raises EOFError when there is none any more.

    The process ends with the block, whatever it still has to do.
    """
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", module, stdin=PIPE, stdout=PIPE, limit=line_bytes
    )
    try:
        if process.stdin is None or process.stdout is None:
            raise BrokenPipeError
        told = process.stdout
        process.stdin.write(msgspec.json.encode(problem))
        process.stdin.close()

        async def line() -> bytes:
            said = await told.readline()
            if not said:
                raise EOFError(f"the calculation ended with {await process.wait()}")
            return said

        yield line
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
