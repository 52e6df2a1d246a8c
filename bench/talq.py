"""50,000 lamps behind one TALQ gateway bootstrapped at the CMS over a real socket (HTTP/1.1, gzip bodies).

    python bench/talq.py [--json]

Both ends share one process and its cores; the CMS checks every device against its class and TALQ's kinds.
"""

from __future__ import annotations

import http.client
import itertools
import threading
import time
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import parse_qsl, urlencode, urlsplit
from uuid import UUID

from figure import publish
from stadtwerk.protocols.talq.client import Client, bootstrap
from stadtwerk.protocols.talq.cms import CmsSide, Told
from stadtwerk.protocols.talq.gateway import GatewaySide
from stadtwerk.protocols.talq.model import Device, Document, Network
from stadtwerk.protocols.talq.wire import NIL, Answer, Request

LAMPS = 50_000
BOUND_S = 60.0
LEVEL = {"type": "AttributeLevelState", "value": {"name": "LevelState", "value": 100}}


def main() -> None:
    """Bootstrap, count what the CMS was told, publish."""
    count = itertools.count(1)
    told: list[Told] = []
    cms = CmsSide(UUID(int=1 << 90), "http://127.0.0.1/", lambda: UUID(int=next(count) + (1 << 91)), told.append)
    server = HTTPServer(("127.0.0.1", 0), _handler(cms))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    network = _network()
    client = Client(lambda: UUID(int=next(count) + (1 << 92)))
    connection = http.client.HTTPConnection("127.0.0.1", server.server_port)
    sent = 0
    began = time.monotonic()
    talk = bootstrap(GatewaySide(network, lambda _: None), network, client)
    request = next(talk)
    try:
        while True:
            sent += len(request.body)
            request = talk.send(_exchange(connection, request))
    except StopIteration:
        took_s = time.monotonic() - began
    connection.close()
    server.shutdown()
    known = sum(len(one.devices) for one in told if one.about == "added")
    assert known == LAMPS
    publish(f"{LAMPS} lamps bootstrapped over a socket", took_s, "s", peer="bound", peer_value=BOUND_S)
    publish("sent, gzip", sent / 1e6, "MB", peer="devices in thousands", peer_value=known / 1e3)


def _handler(cms: CmsSide) -> type[BaseHTTPRequestHandler]:
    """Put a CMS behind the standard library's HTTP server."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def serve(self) -> None:
            """Answer one request."""
            url = urlsplit(self.path)
            headers = {name.lower(): value for name, value in self.headers.items()}
            body = self.rfile.read(int(headers.get("content-length", "0")))
            answer = cms.handle(Request(self.command, url.path, dict(parse_qsl(url.query)), headers, body))
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(answer.body)

        def log_message(self, *args: object) -> None:
            """Say nothing."""

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = serve  # noqa: N815 - the server's names

    return Handler


def _exchange(connection: http.client.HTTPConnection, request: Request) -> Answer:
    """Send a request, read its answer."""
    connection.request(request.method, f"{request.path}?{urlencode(request.query)}", request.body, request.headers)
    got = connection.getresponse()
    return Answer(got.status, {name.lower(): value for name, value in got.getheaders()}, got.read())


def _network() -> Network:
    """Make a gateway with LAMPS lamps of four functions each."""
    own: list[Document] = [
        {"id": "basic", "type": "BasicFunction", "serial": _text("bench")},
        {"id": "gateway", "type": "GatewayFunction", "vendor": _text("stadtwerk")},
    ]
    lamp = ("BasicFunction", "CommunicationFunction", "LampActuatorFunction", "LampMonitorFunction")
    classes: list[Document] = [
        {"name": "Gateway", "functions": [{"functionId": row["id"], "type": row["type"]} for row in own]},
        {"name": "Lamp", "functions": [{"functionId": name, "type": name} for name in lamp]},
    ]
    services: list[Document] = [{"name": "ConfigurationService"}, {"name": "ControlService"}]
    gateway = Device(address=NIL, name="gateway", class_="Gateway", functions=own)
    return Network(gateway, classes, services, [_lamp(number) for number in range(LAMPS)])


def _lamp(number: int) -> Device:
    """Make one lamp."""
    functions: list[Document] = [
        {
            "id": "BasicFunction",
            "type": "BasicFunction",
            "serial": _text(f"L{number}"),
            "assetId": _text(f"lamp-{number}"),
        },
        {"id": "CommunicationFunction", "type": "CommunicationFunction", "physicalAddress": _text(f"{number:016x}")},
        {
            "id": "LampActuatorFunction",
            "type": "LampActuatorFunction",
            "defaultLightState": LEVEL,
            "actualLightState": LEVEL,
        },
        {
            "id": "LampMonitorFunction",
            "type": "LampMonitorFunction",
            "activePower": {"type": "AttributeFloat", "value": 31.5},
        },
    ]
    return Device(address=UUID(int=number + (1 << 100)), name=f"lamp {number}", class_="Lamp", functions=functions)


def _text(value: str) -> Document:
    """Make an attribute that is a text."""
    return {"type": "AttributeString", "value": value}


if __name__ == "__main__":
    main()
