"""What a TALQ gateway announces: itself, the classes of its devices, its services, its lamps."""

from __future__ import annotations

from typing import Any
from uuid import NAMESPACE_OID, UUID, uuid5

from stadtwerk.protocols.talq.model import Device, Document, Network
from stadtwerk.protocols.talq.wire import NIL
from stadtwerk.twin.city import City, Ix

ACTUATOR, MONITOR, BASIC = "lampActuator", "lampMonitor", "basic"
"""Ids of a lamp's functions; a gateway's own function has the last, too."""
SERVICES = ("ConfigurationService", "ControlService", "DataCollectService", "GroupManagementService")
RETRY_S = 2.0
"""Pause before a gateway tries again what was not answered."""
_CALENDARS, _PROGRAMS = 200, 200


def attribute(kind: str, value: Any, at: str | None = None) -> Document:
    """Make an attribute, with the time it was measured if there is one."""
    return {"type": f"Attribute{kind}", "value": value, **({"timestamp": at} if at else {})}


def lamp_address(eui: str) -> UUID:
    """Return a lamp's address: its gateway makes it once and for ever, here out of the lamp's EUI-64."""
    return uuid5(NAMESPACE_OID, f"lamp {eui}")


def gateway_network(city: City, row: int, lamps: Ix, uri: str) -> Network:
    """Describe a gateway with its lamps (k,), its own server at `uri`."""
    eui = city.gateway_eui[row]
    own: list[Document] = [
        {
            "id": BASIC,
            "type": "BasicFunction",
            "displayName": attribute("String", city.gateway_id[row]),
            "serial": attribute("String", eui),
            "swVersion": attribute("String", "1.0"),
            "deviceReset": attribute("Boolean", value=False),
        },
        {
            "id": "gateway",
            "type": "GatewayFunction",
            "gatewayUri": attribute("Uri", uri),
            "cmsUri": attribute("Uri", ""),
            "cmsAddress": attribute("String", ""),
            "gatewayAddress": attribute("String", ""),
            "retryPeriod": attribute("Float", RETRY_S),
            "vendor": attribute("String", "stadtwerk twin"),
        },
    ]
    devices = [_lamp(city, int(ix)) for ix in lamps]
    classes = [_class("gateway", own), *([_class("lamp", devices[0].functions)] if devices else [])]
    services: list[Document] = [{"name": name} for name in SERVICES]
    services[1] |= {"maximumCalendars": _CALENDARS, "maximumPrograms": _PROGRAMS, "dayOffset": 12}
    services[1] |= {"ccDateSupport": "full", "ccDaySupport": "noOccurrences", "programSecondsSupported": True}
    gateway = Device(address=NIL, name=city.gateway_id[row], class_="gateway", functions=own)
    return Network(gateway, classes, services, devices)


def _class(name: str, functions: list[Document]) -> Document:
    return {"name": name, "functions": [{"functionId": row["id"], "type": row["type"]} for row in functions]}


def _lamp(city: City, ix: int) -> Device:
    eui = city.dev_eui[ix]
    functions: list[Document] = [
        {
            "id": BASIC,
            "type": "BasicFunction",
            "assetId": attribute("String", city.lamp_id[ix]),
            "serial": attribute("String", eui),
        },
        {
            "id": "communication",
            "type": "CommunicationFunction",
            "physicalAddress": attribute("String", eui),
            "communicationFailure": attribute("Boolean", value=False),
        },
        {
            "id": ACTUATOR,
            "type": "LampActuatorFunction",
            "defaultLightState": attribute("LevelState", {"name": "LevelState", "value": 100}),
            "calendarID": attribute("String", ""),
        },
        {
            "id": MONITOR,
            "type": "LampMonitorFunction",
            "lampFailure": attribute("Boolean", value=False),
            "dimmingFailure": attribute("Boolean", value=False),
        },
    ]
    return Device(address=lamp_address(eui), name=city.lamp_id[ix], class_="lamp", functions=functions)
