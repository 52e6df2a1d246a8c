"""Play every operation between our CMS and our gateway and print the score per profile and side.

PYTHONPATH=src:tests python -m conformance.talq.score [--http]
"""

from __future__ import annotations

import sys
from uuid import UUID

from conformance.talq import oas, sample
from conformance.talq.pair import LAMP, Pair
from conformance.talq.wired import WiredPair
from stadtwerk.protocols.talq import client
from stadtwerk.protocols.talq.gateway import DALI_TYPES
from stadtwerk.protocols.talq.model import Device

PERIODS = [
    "AbsoluteActivePeriod",
    "AstroClockActivePeriod",
    "SensorActivePeriod",
    "AstroAndSensorActivePeriod",
]
LATER = "2026-11-28T05:00:00Z"


def played(pair: Pair) -> Pair:
    """Play all operations of both sides once, each exchange checked."""
    pair.bootstrap()
    attributes(pair)
    programs(pair)
    loggers(pair)
    commands(pair)
    dali(pair)
    resources(pair)
    return pair


def attributes(pair: Pair) -> None:
    """Read every function and attribute from both sides; count those that come back as they were told."""
    devices = [*pair.network.devices, pair.network.gateway]
    for side, device, row in [(s, d, f) for s in ("cms", "gw") for d in devices for f in d.functions]:
        path = f"/devices/{device.address}/{row['id']}"
        assert oas.body_of(pair.ask(side, "GET", path)) == row
        for name, told in row.items():
            if name not in ("id", "type"):
                got = oas.body_of(pair.ask(side, "GET", f"{path}/{name}"))
                oas.must_fit(told["type"], got)
                if got == told and refuses_another_kind(pair, side, f"{path}/{name}", told):
                    pair.counted[side].add(f"{row['type']}.{name}")


def refuses_another_kind(pair: Pair, side: str, path: str, told: dict) -> bool:
    """Tell whether a value of a kind the schema does not allow is refused with 400."""
    member = "value" if "value" in told else "daliId"
    wrong = {**told, member: {"no": "kind"} if not isinstance(told[member], dict) else 7}
    assert list(oas.validator(told["type"]).iter_errors(wrong))
    address, identifier, name = path.split("/")[2:]
    device = (pair.cms.gateways[pair.gateway.address] if side == "cms" else pair.gateway).devices.get(address)
    kind = next(row["type"] for row in device.functions if row["id"] == identifier)
    patch = Device(
        address=device.address,
        name=device.name,
        class_=device.class_,
        functions=[{"id": identifier, "type": kind, name: wrong}],
    )
    return pair.ask(side, "PATCH", f"/devices/{address}", patch).status == 400


def programs(pair: Pair) -> None:
    cms = str(pair.cms.address)
    switches = [
        {"startTime": "22:00:00", "command": {"state": sample.LEVEL, "rampToLevelTime": 1.0, "rampFromLevelTime": 2.0}}
    ]
    periods = [{**sample.value(oas.schemas()[name]), **_all(name)} for name in PERIODS]
    program = {"id": "night", "ownerCMS": cms, "type": "ControlProgramOne"}
    program |= {"activePeriods": periods, "fixedTimeControls": switches}
    rules = [{"startDate": "2026-01-01", "endDate": "2026-12-31", "program": "night"}]
    calendar = {"id": "year", "ownerCMS": cms, "rules": rules, "defaultProgram": "night"}
    group = {"address": "g1", "ownerCMS": cms, "members": [{"resource": "devices", "address": str(LAMP)}]}
    for name, row in (("control-programs", program), ("calendars", calendar), ("groups", group)):
        assert pair.ask("gw", "POST", f"/{name}", [row]).status == 201
        reading(pair, name, row.get("id", row.get("address")))
        if name != "groups":
            assert pair.ask("gw", "PUT", f"/{name}", [row]).status == 200
            assert pair.ask("gw", "PUT", f"/{name}/{row['id']}", row).status == 200
    assert pair.ask("gw", "DELETE", "/calendars/year").status == 200
    assert pair.ask("gw", "DELETE", "/control-programs/night").status == 200


def _all(name: str) -> dict:
    """Make every member a period declares, under its own name."""
    declared = oas.properties(oas.schemas()[name])
    return {key: sample.value(one) for key, one in declared.items()} | {"name": name}


def reading(pair: Pair, name: str, address: str) -> None:
    for path in (f"/{name}", f"/{name}/count", f"/{name}/{address}"):
        if oas.matching("gw", pair.from_cms.ask("GET", path)):
            assert pair.ask("gw", "GET", path).status == 200


def loggers(pair: Pair) -> None:
    lamp = {"resource": "devices", "address": str(LAMP)}
    base = {"ownerCMS": str(pair.cms.address), "sourceAddresses": {"whiteList": [lamp]}}
    base |= {"reportingMode": {"type": "ImmediateReportingMode", "delay": 0, "numberOfRetries": 3}}
    rows = [
        {"address": "all", "recordingMode": {"type": "VendorRecordingMode"}, **base},
        {
            "address": "dark",
            "recordingMode": {"type": "EventRecordingMode", "sourceEvents": {"whiteList": ["lampFailure"]}},
            **base,
        },
    ]
    for row in rows:
        assert pair.ask("gw", "POST", "/logger-configs", row).status == 201
    pair.cms.gateways[pair.gateway.address].loggers.add(rows)
    assert pair.ask("gw", "PUT", "/logger-configs/all", rows[0]).status == 200
    assert pair.ask("gw", "GET", "/logger-configs/all").status == 200
    assert pair.ask("cms", "GET", "/logger-configs/all").status == 200
    pair.gateway.event(LAMP, "LampMonitor", "lampFailure", sample.AT, begins=True)
    watts = {"type": "AttributeFloat", "value": 31.5, "timestamp": sample.AT}
    pair.gateway.measure(LAMP, "LampMonitor", "activePower", watts)
    assert pair.ask("gw", "GET", "/log-reports/count").status == 200
    assert pair.ask("gw", "GET", "/log-reports/dark").status == 200
    for log in list(pair.gateway.reports()):
        assert pair.send("cms", client.report(pair.from_gateway, log)).status == 201
    assert pair.ask("gw", "DELETE", "/logger-configs/dark").status == 200


def commands(pair: Pair) -> None:
    assert (
        pair.send("gw", client.set_level(pair.from_cms, [LAMP], client.level_command(40, 3, LATER, "order 7"))).status
        == 202
    )
    command = {"resource": "groups", "address": "g1"}
    body = {"addresses": [command], "targetCommand": sample.COMMAND}
    assert pair.ask("gw", "POST", "/override-commands", body).status == 202
    assert pair.send("gw", client.clear(pair.from_cms, [LAMP])).status == 202
    assert pair.send("gw", client.assign_calendar(pair.from_cms, [LAMP], "")).status == 202


def dali(pair: Pair) -> None:
    for path in DALI_TYPES:
        operation = oas.load(oas.FILES["gw"])["paths"][f"/{path}"]["post"]
        schema = operation["requestBody"]["content"]["application/json"]["schema"]
        row = sample.dali_type(oas.referred(schema["items"])[0])
        assert pair.ask("gw", "POST", f"/{path}", [row]).status == 201
        assert pair.ask("gw", "GET", f"/{path}/{row['address']}").status == 200


def resources(pair: Pair) -> None:
    """Read, replace and delete devices, classes and services on both sides."""
    lamp = pair.gateway.devices.get(str(LAMP))
    other = UUID(int=LAMP.int + 1)
    extra = Device(address=other, name="second lamp", class_="Lamp", functions=lamp.functions[:1])
    for path in ("/devices/count", "/device-classes", "/device-classes/count", "/device-classes/Lamp", "/services"):
        assert pair.ask("gw", "GET", path).status == 200
    assert pair.ask("gw", "GET", "/services/ControlService").status == 200
    for side in ("cms", "gw"):
        assert pair.ask(side, "POST", "/devices", [extra]).status == 201
        assert pair.ask(side, "PUT", "/devices", [extra]).status == 200
        assert pair.ask(side, "PATCH", "/devices", [extra]).status == 200
        assert pair.ask(side, "PATCH", f"/devices/{other}", extra).status == 200
        for path in ("/devices", f"/devices/{other}"):
            assert pair.ask(side, "GET", path).status == 200
    row = lamp.functions[0]
    assert pair.ask("gw", "PATCH", f"/devices/{LAMP}/{row['id']}", row).status == 200
    assert pair.ask("gw", "PATCH", f"/devices/{LAMP}/{row['id']}/assetId", row["assetId"]).status == 200
    assert pair.ask("cms", "PUT", f"/devices/{other}", extra).status == 200
    for side in ("cms", "gw"):
        assert pair.ask(side, "DELETE", f"/devices/{other}").status == 200
    spare = {"name": "Spare", "functions": []}
    assert pair.ask("cms", "POST", "/device-classes", [spare]).status == 201
    assert pair.ask("cms", "PUT", "/device-classes", [spare]).status == 200
    assert pair.ask("cms", "PUT", "/device-classes/Spare", spare).status == 200
    assert pair.ask("cms", "DELETE", "/device-classes/Spare").status == 200


def main() -> None:
    """Print the score: messages handed over, or over sockets with `--http`."""
    pair = played(WiredPair() if "--http" in sys.argv else Pair())
    for profile in oas.PROFILES:
        for side in ("cms", "gw"):
            items = oas.mandatory(profile, side)
            missing = sorted(items - pair.counted[side])
            print(f"{profile:28} {side:3} {len(items) - len(missing):4} of {len(items)}", *missing)


if __name__ == "__main__":
    main()
