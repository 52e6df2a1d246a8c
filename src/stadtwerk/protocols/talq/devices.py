"""The device resource, the same on both sides but for who may set what."""

from __future__ import annotations

from stadtwerk.protocols.talq.model import Device, Document, check_device, merge
from stadtwerk.protocols.talq.shelf import Shelf, page
from stadtwerk.protocols.talq.side import Ask, Reply, Side
from stadtwerk.protocols.talq.wire import Refused


def device_shelf(limit: int) -> Shelf[Device]:
    """Make a shelf of devices by their UUID."""
    return Shelf("devices", lambda device: str(device.address), limit)


def function_of(device: Device, identifier: str) -> Document:
    """Return a device's function by id; Refused with 404."""
    for function in device.functions:
        if function["id"] == identifier:
            return function
    address = f"{device.address}/{identifier}"
    raise Refused(404, "resourceNotFound", "the device has no such function", "devices", address)


def fits_class(device: Device, classes: Shelf[Document]) -> None:
    """Refuse a device of an unknown class, or with a function its class does not name, both with 422."""
    address = str(device.address)
    if device.class_ not in classes.rows:
        raise Refused(422, "relatedResourceNotFound", f"class {device.class_[:80]} is not known", "devices", address)
    named = {(row.get("functionId"), row.get("type")) for row in classes.rows[device.class_].get("functions", [])}
    for function in device.functions:
        if (function["id"], function["type"]) not in named:
            told = f"its class names no {function['id'][:80]} of type {function['type'][:80]}"
            raise Refused(422, "resourceConflict", told, "devices", address)


def read_devices(ask: Ask, classes: Shelf[Document]) -> list[Device]:
    """Return the devices of a body, each checked against its class."""
    devices = ask.read(list[Device])
    for device in devices:
        check_device(device)
        fits_class(device, classes)
    return devices


def patched(shelf: Shelf[Device], patches: list[Device], *, owner: bool) -> list[Device]:
    """Return the devices as patches leave them, without keeping them yet; Refused with 404."""
    for patch in patches:
        check_device(patch)
    return [merge(shelf.get(str(patch.address)), patch, owner=owner) for patch in patches]


def one_patch(ask: Ask, device: Device) -> Device:
    """Return the patch of a device that a path down to a function or an attribute means."""
    if len(ask.values) == 1:
        patch = ask.read(Device)
        if patch.address != device.address:
            raise Refused(422, "resourceConflict", "the body names another address", "devices", str(device.address))
        return patch
    there = function_of(device, ask.values[1])
    body = ask.read(dict)
    function = {**body, "id": there["id"]}
    if len(ask.values) == 3:
        function = {"id": there["id"], ask.values[2]: body}
    function["type"] = there["type"]
    return Device(address=device.address, name=device.name, class_=device.class_, functions=[function])


def deep_read(shelf: Shelf[Device], ask: Ask) -> Reply:
    """Answer a read of one function or attribute; Refused with 404."""
    function = function_of(shelf.get(ask.values[0]), ask.values[1])
    if len(ask.values) == 2:
        return Reply(200, function)
    name = ask.values[2]
    if name in ("id", "type") or name not in function:
        address = "/".join(ask.values)
        raise Refused(404, "resourceNotFound", "the function has no such attribute", "devices", address)
    return Reply(200, function[name])


def listed(shelf: Shelf[Device], ask: Ask) -> Reply:
    """Answer a page of devices, those of the classes named in `deviceClasses` if it is given."""
    rows = list(shelf.rows.values())
    if wanted := ask.request.query.get("deviceClasses"):
        rows = [device for device in rows if device.class_ in wanted.split(",")]
    shown, headers = page(rows, ask.request.query)
    return Reply(200, shown, headers)


def serve_device_reading(side: Side, shelf: Shelf[Device]) -> None:
    """Serve a gateway's own devices down to the attribute."""
    side.route("GET", "/devices", lambda ask: listed(shelf, ask))
    side.route("GET", "/devices/count", lambda _: Reply(200, len(shelf.rows)))
    side.route("GET", "/devices/*", lambda ask: Reply(200, shelf.get(ask.values[0])))
    side.route("GET", "/devices/*/*", lambda ask: deep_read(shelf, ask))
    side.route("GET", "/devices/*/*/*", lambda ask: deep_read(shelf, ask))
