"""The core process: state, commits and doors; it never computes for long."""

from __future__ import annotations

import asyncio
import logging
import secrets
import sys
from typing import Any

import uvicorn
import uvloop
from starlette.applications import Starlette

from stadtwerk import logs
from stadtwerk.app.city import City
from stadtwerk.app.desk import CityDesk
from stadtwerk.app.settings import Settings
from stadtwerk.apps.control_room import STATIC, content_security_policy
from stadtwerk.doors import ngsild
from stadtwerk.doors.commands import command_routes
from stadtwerk.doors.http import make_door
from stadtwerk.doors.links import link_routes
from stadtwerk.doors.openapi import document
from stadtwerk.doors.pages import page_routes
from stadtwerk.doors.queries import query_routes
from stadtwerk.doors.sign_in import SignIn, guard
from stadtwerk.doors.stream import stream_routes
from stadtwerk.kernel.refusal import Refused
from stadtwerk.supervise import EXIT_REFUSED

log = logging.getLogger(__name__)

CONNECTIONS = 2_000
"""Most connections at once; more are answered with 503."""


async def run_core(settings: Settings) -> None:
    """Live until one of the tasks ends."""
    city = City(settings)
    config = uvicorn.Config(
        _doors(city, settings),
        host="127.0.0.1",
        port=settings.port,
        log_config=None,
        log_level="warning",
        access_log=False,
        timeout_graceful_shutdown=1,
        backlog=512,
        limit_concurrency=CONNECTIONS,
    )
    server = uvicorn.Server(config)
    jobs = [asyncio.create_task(job) for job in (*city.tasks(), server.serve())]
    done, _ = await asyncio.wait(jobs, return_when=asyncio.FIRST_COMPLETED)
    for job in jobs:
        job.cancel()
    city.close()
    for job in done:
        job.result()


def _doors(city: City, settings: Settings) -> Starlette:
    desk = CityDesk(city)
    sign_in = SignIn(city.store, folder_key(settings))
    routes: list[Any] = [
        *command_routes(desk, secrets.token_bytes),
        *query_routes(desk),
        *stream_routes(desk),
        *link_routes(sign_in),
        *guard(
            ngsild.routes(city.entities(), base_url=f"http://127.0.0.1:{settings.port}"),
            "ngsild.read",
        ),
        *page_routes(STATIC, settings.vendor, settings.city / "map.pmtiles", sign_in),
    ]
    return make_door(routes, document(desk.systems, ngsild.openapi_paths()), sign_in, content_security_policy())


def folder_key(settings: Settings) -> str:
    """Return the data folder's own API key, made once; whoever can read the folder is its operator."""
    path = settings.run / "key"
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(32))
    return path.read_text()


if __name__ == "__main__":
    logs.begin("core")
    try:
        uvloop.run(run_core(Settings.load(sys.argv[1])))
    except Refused as no:
        log.critical("%s: %s", no.refusal.title, no.refusal.detail)
        sys.exit(EXIT_REFUSED)
