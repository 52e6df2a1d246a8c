"""`python -m stadtwerk`: the command line."""

from __future__ import annotations

from stadtwerk.cli import main

main()
