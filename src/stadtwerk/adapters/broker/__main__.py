"""`python -m stadtwerk.adapters.broker`: run a broker for the devices of one data folder."""

from __future__ import annotations

import argparse
import asyncio
from pathlib import Path

from stadtwerk import logs
from stadtwerk.adapters.broker import mosquitto
from stadtwerk.adapters.broker.embedded import run_embedded


def main() -> None:
    """Choose the broker and run it."""
    parser = argparse.ArgumentParser(prog="stadtwerk.adapters.broker")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--run", type=Path, required=True, help="folder of secrets and the broker's own files")
    parser.add_argument("--kind", choices=("auto", "amqtt", "mosquitto"), default="auto")
    options = parser.parse_args()
    program = mosquitto.find() if options.kind != "amqtt" else None
    if program:
        mosquitto.become(program, options.port, options.run)
    if options.kind == "mosquitto":
        parser.error("mosquitto is not installed")
    logs.begin("broker")
    asyncio.run(run_embedded(options.port, options.run))


main()
