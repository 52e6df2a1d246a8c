"""The core process: state, commits and doors; it never computes for long."""

from __future__ import annotations

import asyncio
import gc
import logging
import secrets
import sys
from os import EX_TEMPFAIL
from pathlib import Path
from typing import Any

import uvicorn
import uvloop
from starlette.types import ASGIApp

from stadtwerk import logs
from stadtwerk.adapters.photos import Photos
from stadtwerk.app.city import City
from stadtwerk.app.context.access import NgsildAccess
from stadtwerk.app.context.devices import Devices
from stadtwerk.app.desk import CityDesk
from stadtwerk.app.lists.client import LampLists
from stadtwerk.app.operations import Operations
from stadtwerk.app.screens import panel_folders, published_types
from stadtwerk.app.settings import Settings
from stadtwerk.apps import street
from stadtwerk.apps.account import render
from stadtwerk.apps.control_room import STATIC, content_security_policy
from stadtwerk.doors.account import AccountDoor
from stadtwerk.doors.approvals import approval_routes
from stadtwerk.doors.audit import audit_routes
from stadtwerk.doors.commands import command_routes
from stadtwerk.doors.crew import CrewDoor
from stadtwerk.doors.entrance import Entrance
from stadtwerk.doors.head import head_routes
from stadtwerk.doors.http import make_door
from stadtwerk.doors.lamp_lists import lamp_list_paths, lamp_list_routes
from stadtwerk.doors.links import link_routes
from stadtwerk.doors.ngsild import front, make_ngsild, openapi_paths
from stadtwerk.doors.openapi import document
from stadtwerk.doors.operations import operation_routes
from stadtwerk.doors.pages import page_routes
from stadtwerk.doors.passkeys import PasskeyCheck
from stadtwerk.doors.people import people_routes
from stadtwerk.doors.people_openapi import people_paths
from stadtwerk.doors.queries import query_routes
from stadtwerk.doors.report import ReportDoor
from stadtwerk.doors.sign_in import SignIn, WhoIsIt
from stadtwerk.doors.stream import stream_routes
from stadtwerk.doors.systems import system_routes
from stadtwerk.kernel.limits import CONNECTIONS
from stadtwerk.kernel.refusal import Refused
from stadtwerk.supervise import EXIT_REFUSED

log = logging.getLogger(__name__)

GC_THRESHOLDS = (20_000, 50, 1_000)
"""How much is made before the collector looks at young, older and old objects: most of ours die without it."""
POLICY = Path("SECURITY.md")
"""How weaknesses are handled; where there is no checkout, nothing is served."""


async def run_core(settings: Settings) -> None:
    """Live until one of the tasks ends."""
    city = City(settings)
    _calm_collector()
    operations = Operations(city, lambda: len(server.server_state.connections))
    config = uvicorn.Config(
        _doors(city, settings, operations),
        host="127.0.0.1",
        port=settings.port,
        log_config=None,
        log_level="warning",
        access_log=False,
        proxy_headers=False,
        timeout_graceful_shutdown=1,
        backlog=512,
        limit_concurrency=CONNECTIONS,
    )
    server = uvicorn.Server(config)
    jobs = [asyncio.create_task(job) for job in (*city.tasks(), *operations.tasks(), server.serve())]
    done, _ = await asyncio.wait(jobs, return_when=asyncio.FIRST_COMPLETED)
    for job in jobs:
        job.cancel()
    city.close()
    for job in done:
        job.result()


def _calm_collector() -> None:
    """Let the garbage collector pass by what a city holds for good, where it finds nothing, again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*GC_THRESHOLDS)


def _doors(city: City, settings: Settings, operations: Operations) -> ASGIApp:
    desk = CityDesk(city)
    access = city.access
    secure = access.public_url.startswith("https://")
    sign_in = SignIn(access.sessions, access.people.people, folder_key(settings), secure=secure, foreign=access.tokens)
    passkeys = PasskeyCheck(access.public_url)
    routes: list[Any] = [
        *command_routes(desk, secrets.token_bytes),
        *query_routes(desk),
        *system_routes(desk, published_types(city.parts), panel_folders()),
        *operation_routes(operations, settings.sbom, POLICY),
        *stream_routes(desk, operations.viewers),
        *link_routes(sign_in),
        *lamp_list_routes(LampLists(settings.run)),
        *Entrance(sign_in, access.people, passkeys, access.oidc, render).routes(),
        *AccountDoor(access.people, sign_in, passkeys, render).routes(),
        *people_routes(access.people, sign_in),
        *approval_routes(desk, access.four_eyes),
        *audit_routes(access.audit),
        *head_routes(access),
        *CrewDoor(desk, street.render, Photos(settings.data / "photos"), secrets.token_bytes, street.STATIC).routes(),
        *ReportDoor(desk, street.render, street.STATIC, secrets.token_bytes).routes(),
        *page_routes(STATIC, settings.vendor, settings.city / "map.pmtiles"),
    ]
    described = document(desk.systems, {**openapi_paths(), **people_paths(), **lamp_list_paths()})
    pages = make_door(routes, described, sign_in, content_security_policy(), tally=operations.http)
    published, library = city.entities(), city.context.library
    devices = Devices(city.parts, published, desk=desk, library=library, entropy=secrets.token_bytes)
    ngsild = make_ngsild(
        city.context.broker,
        published,
        library=library,
        services=city.context.services(devices, city.telemetry),
        who=WhoIsIt(pages, sign_in).identify,
        rights_of=NgsildAccess(access.config.ngsild, library, published).rights_of,
        tally=operations.http,
    )
    return front(ngsild, pages)


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
        sys.exit(EXIT_REFUSED if no.refusal.status != 503 else EX_TEMPFAIL)
