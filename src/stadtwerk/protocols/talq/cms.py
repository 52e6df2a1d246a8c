"""The CMS side: gateways are let in by the bootstrap, then tell their classes, services, devices and logs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from uuid import UUID

from stadtwerk.protocols.talq.devices import deep_read, device_shelf, fits_class, listed, one_patch, patched
from stadtwerk.protocols.talq.model import Device, Document, LogReport, Network, check_attribute, check_device
from stadtwerk.protocols.talq.shelf import Shelf
from stadtwerk.protocols.talq.side import Ask, Reply, Side
from stadtwerk.protocols.talq.wire import NIL, Refused, Request

GATEWAYS = 1_000
DEVICES = 200_000
CLASSES = 1_000
SERVICES = 20
LOGGERS = 1_000
BOOTSTRAP = (("POST", "device-classes"), ("PATCH", "devices"), ("POST", "services"), ("POST", "device-classes"))
"""What a gateway sends after its first POST, in this order; anything else is answered with 403 until then."""


@dataclass(slots=True)
class Gateway:
    """What the CMS knows of one gateway; `stage` counts the steps of the bootstrap it has done."""

    address: UUID
    serial: str
    classes: Shelf[Document] = field(default_factory=lambda: class_shelf(CLASSES))
    services: Shelf[Document] = field(default_factory=lambda: Shelf("services", lambda row: str(row["name"]), SERVICES))
    devices: Shelf[Device] = field(default_factory=lambda: device_shelf(DEVICES))
    loggers: Shelf[Document] = field(default_factory=lambda: logger_shelf(LOGGERS))
    stage: int = 0

    @property
    def ready(self) -> bool:
        """Tell whether the bootstrap is done."""
        return self.stage == len(BOOTSTRAP)


@dataclass(frozen=True, slots=True)
class Told:
    """What a gateway told: devices new or changed, devices gone, a log; `about` names which."""

    about: str
    gateway: UUID
    devices: tuple[Device, ...] = ()
    log: LogReport | None = None


def class_shelf(limit: int) -> Shelf[Document]:
    """Make a shelf of device classes by name."""
    return Shelf("device-classes", lambda row: str(row["name"]), limit)


def logger_shelf(limit: int) -> Shelf[Document]:
    """Make a shelf of data loggers by address."""
    return Shelf("logger-configs", lambda row: str(row["address"]), limit)


class CmsSide(Side):
    """The server of a CMS; `hear` gets what was told once a request is followed, `name` gives new addresses."""

    def __init__(self, address: UUID, uri: str, name: Callable[[], UUID], hear: Callable[[Told], None]) -> None:
        super().__init__()
        self.address, self.uri = address, uri
        self.gateways: dict[UUID, Gateway] = {}
        self._owners: dict[UUID, UUID] = {}
        self._name, self._hear = name, hear
        self.allows: Callable[[str], bool] = lambda serial: True
        """Tells of a gateway's serial whether it may come in and speak now."""
        self.route("POST", "/devices", self._post_devices)
        self.route("PUT", "/devices", self._put_devices)
        self.route("PATCH", "/devices", self._patch_devices)
        self.route("GET", "/devices", lambda ask: listed(self._of(ask).devices, ask))
        self.route("GET", "/devices/*", lambda ask: Reply(200, self._of(ask).devices.get(ask.values[0])))
        self.route("GET", "/devices/*/*", lambda ask: deep_read(self._of(ask).devices, ask))
        self.route("GET", "/devices/*/*/*", lambda ask: deep_read(self._of(ask).devices, ask))
        self.route("PUT", "/devices/*", self._put_device)
        self.route("PATCH", "/devices/*", self._patch_device)
        self.route("DELETE", "/devices/*", self._delete_device)
        self.route("POST", "/device-classes", self._post_classes)
        self.route("PUT", "/device-classes", self._put_classes)
        self.route("PUT", "/device-classes/*", self._put_class)
        self.route("DELETE", "/device-classes/*", self._delete_class)
        self.route("POST", "/services", self._post_services)
        self.route("POST", "/log-reports", self._post_log)
        self.route("GET", "/logger-configs/*", lambda ask: Reply(200, self._of(ask).loggers.get(ask.values[0])))

    def admit(self, request: Request, client: UUID) -> None:
        """Refuse with 403 whoever has not gone through the bootstrap, and each step out of its order."""
        if client == NIL:
            if (request.method, request.path) != ("POST", "/devices"):
                raise Refused(403, "genericError", "a gateway without address may only POST /devices")
            return
        gateway = self.gateways.get(client)
        if gateway is None or not self.allows(gateway.serial):
            raise Refused(403, "genericError", "this gateway has not been let in", "devices", str(client))
        if not gateway.ready and BOOTSTRAP[gateway.stage] != _step(request):
            method, path = BOOTSTRAP[gateway.stage]
            raise Refused(403, "genericError", f"the bootstrap goes on with {method} /{path}", "devices", str(client))

    def done(self, request: Request, client: UUID) -> None:
        """Count a followed step of a gateway's bootstrap."""
        gateway = self.gateways.get(client)
        if gateway is not None and not gateway.ready and BOOTSTRAP[gateway.stage] == _step(request):
            gateway.stage += 1

    def _of(self, ask: Ask) -> Gateway:
        return self.gateways[ask.client]

    def _let_in(self, ask: Ask) -> Reply:
        """Give a gateway its address; one that comes again, by its serial, gets the one it had and starts anew."""
        devices = ask.read(list[Device])
        functions = [row for device in devices for row in device.functions if row.get("type") == "GatewayFunction"]
        if len(devices) != 1 or devices[0].address != NIL or len(functions) != 1:
            raise Refused(422, "payloadError", "the first POST is one gateway whose address is the NIL UUID")
        device = devices[0]
        check_device(device)
        serial = _serial(device)
        if not self.allows(serial):
            raise Refused(403, "genericError", "this is no gateway of this CMS", "devices", str(NIL))
        known = [gateway for gateway in self.gateways.values() if serial and gateway.serial == serial]
        if not known and len(self.gateways) >= GATEWAYS:
            raise Refused(422, "serviceConstraintExceeded", f"at most {GATEWAYS} gateways")
        if known:
            self._forget(known[0])
        gateway = Gateway(known[0].address if known else self._name(), serial)
        device.address = gateway.address
        functions[0]["cmsAddress"] = {"type": "AttributeString", "value": str(self.address)}
        functions[0]["gatewayAddress"] = {"type": "AttributeString", "value": str(gateway.address)}
        functions[0]["cmsUri"] = {"type": "AttributeUri", "value": self.uri}
        gateway.devices.add([device])
        if known:
            gateway.loggers = known[0].loggers
        self.gateways[gateway.address] = gateway
        self._own(gateway, [device])
        self._hear(Told("let in", gateway.address, (device,)))
        return Reply(201, [device])

    def take_back(self, gateway: Gateway, device: Device) -> None:
        """Take back a device that a gateway told before a restart of the CMS."""
        gateway.devices.add([device])
        self._own(gateway, [device])

    def renew(self, network: Network) -> Gateway:
        """Put what was read at a gateway in place of what it told; Refused leaves all as it was."""
        before = self.gateways[network.gateway.address]
        gateway = Gateway(before.address, before.serial, loggers=before.loggers, stage=before.stage)
        gateway.classes.add(_named(network.classes, "functions"))
        gateway.services.add(_named(network.services, "events"))
        devices = [network.gateway, *network.devices]
        for device in devices:
            check_device(device)
            fits_class(device, gateway.classes)
            if self._owners.get(device.address, gateway.address) != gateway.address:
                raise Refused(409, "resourceConflict", "another gateway has it", "devices", str(device.address))
        gateway.devices.add(devices)
        self._forget(before)
        self.gateways[gateway.address] = gateway
        self._own(gateway, devices)
        return gateway

    def _forget(self, gateway: Gateway) -> None:
        for device in gateway.devices.rows.values():
            self._owners.pop(device.address, None)

    def _own(self, gateway: Gateway, devices: list[Device]) -> None:
        self._owners.update((device.address, gateway.address) for device in devices)

    def _post_devices(self, ask: Ask) -> Reply:
        if ask.client == NIL:
            return self._let_in(ask)
        gateway = self._of(ask)
        devices = self._read(ask, gateway)
        for device in devices:
            owner = self._owners.get(device.address)
            if owner is not None or device.address == NIL:
                told = f"gateway {owner} has this device" if owner else "the NIL UUID is no device"
                raise Refused(409, "resourceConflict", told, "devices", str(device.address))
        gateway.devices.add(devices)
        self._own(gateway, devices)
        self._hear(Told("added", gateway.address, tuple(devices)))
        return Reply(201, devices)

    def _read(self, ask: Ask, gateway: Gateway) -> list[Device]:
        devices = ask.read(list[Device])
        for device in devices:
            check_device(device)
            fits_class(device, gateway.classes)
        return devices

    def _put_devices(self, ask: Ask) -> Reply:
        gateway = self._of(ask)
        return self._kept(gateway, self._read(ask, gateway), value=True)

    def _put_device(self, ask: Ask) -> Reply:
        gateway = self._of(ask)
        device = ask.read(Device)
        check_device(device)
        fits_class(device, gateway.classes)
        gateway.devices.put(ask.values[0], device)
        self._hear(Told("changed", gateway.address, (device,)))
        return Reply(200, device)

    def _patch_devices(self, ask: Ask) -> Reply:
        gateway = self._of(ask)
        devices = patched(gateway.devices, ask.read(list[Device]), owner=True)
        for device in devices:
            fits_class(device, gateway.classes)
        return self._kept(gateway, devices, value=False)

    def _patch_device(self, ask: Ask) -> Reply:
        gateway = self._of(ask)
        patch = one_patch(ask, gateway.devices.get(ask.values[0]))
        devices = patched(gateway.devices, [patch], owner=True)
        fits_class(devices[0], gateway.classes)
        return self._kept(gateway, devices, value=False)

    def _kept(self, gateway: Gateway, devices: list[Device], *, value: bool) -> Reply:
        gateway.devices.replace(devices)
        self._hear(Told("changed", gateway.address, tuple(devices)))
        return Reply(200, devices if value else None)

    def _delete_device(self, ask: Ask) -> Reply:
        gateway = self._of(ask)
        if ask.values[0] == str(gateway.address):
            raise Refused(422, "deletingResourceIsReferred", "a gateway does not delete itself", "devices")
        device = gateway.devices.delete(ask.values[0])
        del self._owners[device.address]
        self._hear(Told("gone", gateway.address, (device,)))
        return Reply(200, device)

    def _post_classes(self, ask: Ask) -> Reply:
        rows = _named(ask.read(list[Document]), "functions")
        self._of(ask).classes.add(rows)
        return Reply(201, rows)

    def _put_classes(self, ask: Ask) -> Reply:
        rows = _named(ask.read(list[Document]), "functions")
        self._of(ask).classes.replace(rows)
        return Reply(200, rows)

    def _put_class(self, ask: Ask) -> Reply:
        rows = _named([ask.read(Document)], "functions")
        classes = self._of(ask).classes
        if ask.values[0] not in classes.rows:
            raise Refused(422, "resourceNotFound", "there is no such class", "device-classes", ask.values[0])
        classes.put(ask.values[0], rows[0])
        return Reply(200, rows[0])

    def _delete_class(self, ask: Ask) -> Reply:
        gateway = self._of(ask)
        name = ask.values[0]
        if any(device.class_ == name for device in gateway.devices.rows.values()):
            raise Refused(422, "deletingResourceIsReferred", "devices have this class", "device-classes", name)
        return Reply(200, gateway.classes.delete(name))

    def _post_services(self, ask: Ask) -> Reply:
        self._of(ask).services.add(_named(ask.read(list[Document]), "events"))
        return Reply(201)

    def _post_log(self, ask: Ask) -> Reply:
        gateway = self._of(ask)
        report = ask.read(LogReport)
        if report.address not in gateway.loggers.rows:
            raise Refused(422, "relatedResourceNotFound", "no such logger", "logger-configs", report.address[:80])
        for entry in report.entries:
            check_entry(entry, gateway.devices)
        self._hear(Told("logged", gateway.address, log=report))
        return Reply(201)


def check_entry(entry: Document, devices: Shelf[Device]) -> None:
    """Refuse a log entry that is none (400), or about a device that is not known or a value that cannot be (422)."""
    data = entry.get("data")
    if not isinstance(data, dict) or not isinstance(data.get("srcAddress"), str):
        raise Refused(400, "payloadError", "a log entry has data with a srcAddress")
    needed = {"AttributeLogData": "attributeName", "EventLogData": "eventType", "StateChangeEventLogData": "eventType"}
    kind = data.get("type")
    if not isinstance(kind, str) or kind not in needed or not isinstance(data.get(needed[kind]), str):
        raise Refused(400, "payloadError", "a log entry is an attribute or an event by name")
    if kind == "AttributeLogData" and not isinstance(data.get("attributeValue"), dict):
        raise Refused(400, "payloadError", "a log entry of an attribute has its value")
    address, _, identifier = data["srcAddress"].removeprefix("devices/").partition("/")
    device = devices.rows.get(address)
    if device is None:
        raise Refused(422, "relatedResourceNotFound", "the log is about no known device", "devices", address[:80])
    if kind == "AttributeLogData":
        for function in device.functions:
            if function["id"] == identifier:
                check_attribute(function["type"], data["attributeName"], data.get("attributeValue"))


def _step(request: Request) -> tuple[str, str]:
    """Return a request's method and the first part of its path."""
    return request.method, request.path.strip("/").split("/")[0]


def _serial(device: Device) -> str:
    """Return a device's serial, empty if it tells none."""
    for function in device.functions:
        serial = function.get("serial")
        if function["type"] == "BasicFunction" and isinstance(serial, dict):
            return str(serial.get("value", ""))
    return ""


def _named(rows: list[Document], lists: str) -> list[Document]:
    """Return the rows if each has a name and, where it has one, a list of objects; Refused with 400."""
    for row in rows:
        inner = row.get(lists, [])
        if not isinstance(row.get("name"), str) or not isinstance(inner, list):
            raise Refused(400, "payloadError", f"each has a name and a list of {lists}")
        if not all(isinstance(one, dict) for one in inner):
            raise Refused(400, "payloadError", f"{lists} are objects")
    return rows
