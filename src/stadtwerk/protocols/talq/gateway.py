"""The gateway side: bootstraps itself at a CMS, keeps programs, takes commands, logs and reports."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from uuid import UUID

from stadtwerk.kernel.clock import iso
from stadtwerk.protocols.talq import model
from stadtwerk.protocols.talq.cms import class_shelf, logger_shelf
from stadtwerk.protocols.talq.devices import device_shelf, fits_class, function_of, one_patch, patched
from stadtwerk.protocols.talq.devices import serve_device_reading as serve_devices
from stadtwerk.protocols.talq.loggers import check_logger, due, sample, wanted
from stadtwerk.protocols.talq.model import Assignment, Device, Document, LogReport, Network, Override, Reference
from stadtwerk.protocols.talq.programs import check_program, check_rules, has_texts
from stadtwerk.protocols.talq.shelf import Shelf
from stadtwerk.protocols.talq.side import Ask, Reply, Side, serve_reading, serve_shelf
from stadtwerk.protocols.talq.wire import NIL, Refused, Request

LIMIT = 200_000
CALENDARS, PROGRAMS, GROUPS, LOGGERS = 200, 200, 1_000, 100
LOG_ENTRIES = 100_000
"""Most entries a logger keeps; the oldest go first, as TALQ's loggers do."""
DALI_TYPES = (
    "control-gear-dali-part102-types",
    "control-device-dali-part103-types",
    "luminaire-data-dali-part251-types",
    "energy-data-dali-part252-types",
    "diagnostics-and-maintenance-data-dali-part253-types",
    "luminaire-mounted-control-device-dali-part351-types",
)
"""Kinds of what D4i gear has in common, by DALI part."""


@dataclass(frozen=True, slots=True)
class Order:
    """What the CMS wants of a device: a command, None for back to the program; or a calendar's name."""

    about: str
    device: UUID
    function: str
    command: Document | None = None
    calendar: str = ""


class GatewaySide(Side):
    """The server of a gateway; `obey` gets each order for one function of one device."""

    def __init__(self, network: Network, obey: Callable[[Order], None]) -> None:
        super().__init__()
        self.cms = NIL
        self._network, self._obey = network, obey
        self.devices, self.classes = device_shelf(LIMIT), class_shelf(LIMIT)
        self.classes.add(network.classes)
        self.services: Shelf[Document] = Shelf("services", lambda row: str(row["name"]), 20)
        self.services.add(network.services)
        self.calendars = _by_id("calendars", CALENDARS)
        self.programs = _by_id("control-programs", PROGRAMS)
        self.groups: Shelf[Document] = Shelf("groups", lambda row: str(row["address"]), GROUPS)
        self.loggers = logger_shelf(LOGGERS)
        self.logs: dict[str, list[Document]] = {}
        self._serve()

    def _serve(self) -> None:
        """Name every path a gateway answers."""
        serve_devices(self, self.devices)
        serve_reading(self, self.classes)
        self.route("GET", "/services", lambda _: Reply(200, list(self.services.rows.values())))
        self.route("GET", "/services/*", lambda ask: Reply(200, self.services.get(ask.values[0])))
        serve_shelf(self, self.calendars, dict, self._check_calendar)
        serve_shelf(self, self.programs, dict, check_program)
        serve_shelf(self, self.groups, dict, self._check_group)
        self.route("POST", "/logger-configs", self._post_logger)
        self.route("GET", "/logger-configs/*", lambda ask: Reply(200, self.loggers.get(ask.values[0])))
        self.route("PUT", "/logger-configs/*", self._put_logger)
        self.route("DELETE", "/logger-configs/*", self._delete_logger)
        for name in DALI_TYPES:
            types: Shelf[Document] = Shelf(name, lambda row: str(row["address"]), 1_000)
            serve_shelf(self, types, dict, lambda row: has_texts(row, "address"))
        self.route("DELETE", "/calendars/*", self._delete_calendar)
        self.route("DELETE", "/control-programs/*", self._delete_program)
        for method, handler in (("POST", self._post), ("PUT", self._put), ("PATCH", self._patch)):
            self.route(method, "/devices", handler)
        self.route("DELETE", "/devices/*", self._delete)
        for deep in ("/devices/*", "/devices/*/*", "/devices/*/*/*"):
            self.route("PATCH", deep, self._patch_one)
        self.route("POST", "/override-commands", self._override)
        self.route("POST", "/assign-commands", self._assign)
        self.route("GET", "/log-reports/count", lambda _: Reply(200, len(self.loggers.rows)))
        self.route("GET", "/log-reports/*", self._log)

    def admit(self, request: Request, client: UUID) -> None:
        """Refuse with 403 whoever is not this gateway's CMS."""
        if client == NIL or client != self.cms:
            raise Refused(403, "genericError", f"{request.method} is for the CMS of this gateway only")

    def let_in(self, own: Device) -> None:
        """Take the addresses a CMS gave in the answer to the first POST."""
        gateway = next(row for row in own.functions if row["type"] == "GatewayFunction")
        self.cms = UUID(gateway["cmsAddress"]["value"])
        if NIL in (own.address, self.cms):
            raise Refused(422, "parameterValueNotValid", "the CMS gave no address")
        self._network.gateway = own
        self.devices.rows.clear()
        self.devices.add([own, *self._network.devices])

    @property
    def address(self) -> UUID:
        """The address the CMS gave, NIL before."""
        return self._network.gateway.address

    def measure(self, device: UUID, function: str, name: str, attribute: Document) -> None:
        """Set an attribute as the network tells it, and log it where a logger wants it."""
        row = function_of(self.devices.get(str(device)), function)
        model.check_attribute(row["type"], name, attribute)
        row[name] = attribute
        data = {"type": "AttributeLogData", "attributeName": name, "attributeValue": attribute}
        data |= {"srcAddress": f"{device}/{function}", "timestamp": attribute["timestamp"]}
        self._record(str(device), row["type"], data)

    def event(self, device: UUID, function: str, kind: str, at: str, *, begins: bool) -> None:
        """Log an event's begin or end where a logger wants it, `at` in RFC 3339."""
        data = {"type": "EventLogData", "eventType": kind, "startEndFlag": begins, "timestamp": at}
        self._record(str(device), "", {**data, "srcAddress": f"{device}/{function}"})

    def sample(self, since_us: int, now_us: int) -> None:
        """Record what periodic loggers ask for at instants in (since, now]."""
        for address, logger in self.loggers.rows.items():
            if due(logger, since_us, now_us):
                for data in sample(logger, self.devices.rows.values()):
                    self._keep_entry(address, {**data, "timestamp": iso(now_us)})

    def reports(self) -> Iterator[LogReport]:
        """Give what each logger recorded since it was asked last."""
        for address, entries in self.logs.items():
            if entries:
                yield self.take_log(address, LOG_ENTRIES)

    def take_log(self, address: str, most: int) -> LogReport:
        """Take the oldest entries of a logger, at most so many."""
        entries = self.logs[address]
        taken = LogReport(address, entries[:most])
        del entries[:most]
        return taken

    def _record(self, device: str, function: str, data: Document) -> None:
        for address, logger in self.loggers.rows.items():
            if wanted(logger, device, function, data):
                self._keep_entry(address, data)

    def _keep_entry(self, address: str, data: Document) -> None:
        entries = self.logs.setdefault(address, [])
        entries.append({"data": data})
        del entries[:-LOG_ENTRIES]

    def _log(self, ask: Ask) -> Reply:
        self.loggers.get(ask.values[0])
        return Reply(200, LogReport(ask.values[0], self.logs.get(ask.values[0], [])))

    def _post_logger(self, ask: Ask) -> Reply:
        row = ask.read(Document)
        check_logger(row)
        self.loggers.add([row])
        return Reply(201)

    def _put_logger(self, ask: Ask) -> Reply:
        row = ask.read(Document)
        check_logger(row)
        self.loggers.put(ask.values[0], row)
        return Reply(200)

    def _delete_logger(self, ask: Ask) -> Reply:
        row = self.loggers.delete(ask.values[0])
        self.logs.pop(ask.values[0], None)
        return Reply(200, row)

    def _post(self, ask: Ask) -> Reply:
        devices = self._read(ask)
        self.devices.add(devices)
        return Reply(201, devices)

    def _put(self, ask: Ask) -> Reply:
        devices = self._read(ask)
        self.devices.replace(devices)
        return Reply(200, devices)

    def _read(self, ask: Ask) -> list[Device]:
        devices = ask.read(list[Device])
        for device in devices:
            model.check_device(device)
            fits_class(device, self.classes)
        return devices

    def _patch(self, ask: Ask) -> Reply:
        self._keep(patched(self.devices, ask.read(list[Device]), owner=False))
        return Reply(200)

    def _patch_one(self, ask: Ask) -> Reply:
        patch = one_patch(ask, self.devices.get(ask.values[0]))
        self._keep(patched(self.devices, [patch], owner=False))
        return Reply(200)

    def _keep(self, devices: list[Device]) -> None:
        for device in devices:
            fits_class(device, self.classes)
        self.devices.replace(devices)

    def _delete(self, ask: Ask) -> Reply:
        if ask.values[0] == str(self.address):
            raise Refused(422, "deletingResourceIsReferred", "a gateway is not deleted", "devices", ask.values[0])
        return Reply(200, self.devices.delete(ask.values[0]))

    def _actuators(self, addresses: list[Reference], key: str) -> list[tuple[Device, Document]]:
        """Return the lamp actuators meant, groups as they are now; Refused with 422 for what has none."""
        found = []
        for reference in self._members(addresses):
            address, _, identifier = reference.address.partition("/")
            if address not in self.devices.rows:
                told = "there is no such device"
                raise Refused(422, "relatedResourceNotFound", told, "devices", reference.address[:80])
            device = self.devices.rows[address]
            rows = [
                row
                for row in device.functions
                if row["type"] == "LampActuatorFunction" and identifier in ("", row["id"])
            ]
            if not rows:
                raise Refused(422, key, "the device has no lamp actuator", "devices", reference.address[:80])
            found += [(device, row) for row in rows]
        return found

    def _members(self, addresses: list[Reference]) -> list[Reference]:
        """Put a group's members in its place, once: a group in a group is refused where it is made."""
        members: list[Reference] = []
        for reference in addresses:
            if reference.resource == "groups":
                if reference.address not in self.groups.rows:
                    told = "there is no such group"
                    raise Refused(422, "relatedResourceNotFound", told, "groups", reference.address[:80])
                rows = self.groups.rows[reference.address]["members"]
                members += [Reference("devices", row["address"]) for row in rows]
            else:
                members.append(reference)
        return members

    def _override(self, ask: Ask) -> Reply:
        override = ask.read(Override)
        if override.targetCommand is not None:
            model.check_command(override.targetCommand)
        for device, row in self._actuators(override.addresses, "overrideAddressNotValid"):
            if override.targetCommand is None:
                row.pop("targetLightCommand", None)
            else:
                command = {"reason": "override", **override.targetCommand}
                row["targetLightCommand"] = {"type": "AttributeCommand", "value": command}
            self._obey(Order("override", device.address, row["id"], override.targetCommand))
        return Reply(202)

    def _assign(self, ask: Ask) -> Reply:
        assignment = ask.read(Assignment)
        name = assignment.entity.address
        if assignment.entity.resource != "calendars":
            raise Refused(422, "assignmentEntityNotValid", "calendars are assigned here")
        if name and name not in self.calendars.rows:
            raise Refused(422, "relatedResourceNotFound", "there is no such calendar", "calendars", name[:80])
        for device, row in self._actuators(assignment.addresses, "assignmentAddressNotValid"):
            row["calendarID"] = {"type": "AttributeString", "value": name}
            self._obey(Order("calendar", device.address, row["id"], calendar=name))
        return Reply(202)

    def _check_calendar(self, row: Document) -> None:
        has_texts(row, "id", "ownerCMS")
        rules = row.get("rules", [])
        check_rules(rules)
        for program in [rule["program"] for rule in rules] + [row.get("defaultProgram")]:
            if program is not None and program not in self.programs.rows:
                raise Refused(422, "relatedResourceNotFound", "no such program", "control-programs", str(program)[:80])

    def _check_group(self, row: Document) -> None:
        has_texts(row, "address", "ownerCMS")
        members = row.get("members")
        if not isinstance(members, list) or not all(isinstance(one, dict) for one in members):
            raise Refused(400, "payloadError", "a group has a list of members")
        for member in members:
            if member.get("resource") != "devices" or member.get("address") not in self.devices.rows:
                told = "a group has known devices as members"
                raise Refused(422, "relatedResourceNotFound", told, "devices", str(member.get("address"))[:80])

    def _delete_calendar(self, ask: Ask) -> Reply:
        name = ask.values[0]
        for device in self.devices.rows.values():
            if any(row.get("calendarID", {}).get("value") == name for row in device.functions):
                raise Refused(422, "deletingResourceIsReferred", "lamps follow this calendar", "calendars", name)
        return Reply(200, self.calendars.delete(name))

    def _delete_program(self, ask: Ask) -> Reply:
        name = ask.values[0]
        for row in self.calendars.rows.values():
            if name in [rule["program"] for rule in row.get("rules", [])] + [row.get("defaultProgram")]:
                raise Refused(422, "deletingResourceIsReferred", "a calendar names it", "control-programs", name)
        return Reply(200, self.programs.delete(name))


def _by_id(resource: str, limit: int) -> Shelf[Document]:
    return Shelf(resource, lambda row: str(row["id"]), limit)
