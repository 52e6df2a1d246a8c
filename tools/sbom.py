"""`./dev sbom [--output FILE] [--wheels DIR]`: what the city consists of, as CycloneDX 1.6 after BSI TR-03183-2.

Each component carries a SHA-512, and `stadtwerk:hashed` says of what. A Python package: of the wheel in DIR (which
`pip download` brought and the lock's SHA-256 confirms), else of the list of its installed files, one line
`sha512  path` each, sorted by path, without bytecode. A browser library: of the npm archive. A program: of its file.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import tomllib
import uuid
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.message import Message
from importlib import metadata
from pathlib import Path
from typing import Any, cast
from urllib.parse import quote

from packaging.markers import Marker
from packaging.utils import canonicalize_name

import licences
from stadtwerk import __version__

ROOT = Path(__file__).parents[1]
OUTPUT = ROOT / ".cache" / "stadtwerk.cdx.json"
PIN = re.compile(r"^([\w.-]+)(?:\[[\w,-]*\])?==([^\s;\\]+)\s*(?:;\s*([^\\]+?))?\s*\\?$")
VIA = re.compile(r"^\s+#\s+(?:via )?\s*(\S.*)$")
SHA256 = re.compile(r"--hash=sha256:([0-9a-f]{64})")
SOURCES = Path("/usr/sbin:/usr/local/sbin")


@dataclass
class Pin:
    """A locked package: name, version, who asked for it, and the SHA-256 of its archives."""

    name: str
    version: str
    via: list[str] = field(default_factory=list)
    sha256: set[str] = field(default_factory=set)


@dataclass(frozen=True)
class Hashed:
    """A SHA-512 in hexadecimal, of what it is, and the name of the file if it is one."""

    sha512: str
    what: str
    file: str = ""


def read_lock(path: Path) -> dict[str, Pin]:
    """Read the pins of a lock that hold on this platform."""
    pins: dict[str, Pin] = {}
    now: Pin | None = None
    for line in path.read_text(encoding="utf-8").splitlines():
        if found := PIN.match(line):
            name, version, marker = found.groups()
            holds = not marker or Marker(marker).evaluate()
            now = Pin(canonicalize_name(name), version) if holds else None
            if now:
                pins[now.name] = now
        elif now and (digest := SHA256.search(line)):
            now.sha256.add(digest[1])
        elif now and (via := VIA.match(line)) and via[1] != "via":
            now.via.append(via[1])
    return pins


def python_component(pin: Pin, wheels: Path | None) -> dict[str, Any]:
    """Describe a locked Python package as it is installed here; refuses another version than the lock's."""
    found = metadata.distribution(pin.name)
    if found.version != pin.version:
        raise SystemExit(f"{pin.name}: {found.version} is installed, {pin.version} is locked; run ./dev check once")
    hashed = (wheel_hash(pin, wheels) if wheels else None) or installed_hash(found)
    purl = f"pkg:pypi/{pin.name}@{pin.version}"
    about = cast("Message", found.metadata)
    author = about.get("Author-email") or about.get("Author") or about.get("Maintainer-email")
    more = {"authors": [{"name": author.split("<")[0].strip(' "') or author}]} if author else {}
    told = licences.spdx(pin.name, about)
    return component("library", pin.name, pin.version, purl, told, hashed, **more)


def wheel_hash(pin: Pin, wheels: Path) -> Hashed | None:
    """Hash the wheel as it was published, if it lies in a folder and is one that the lock names."""
    for path in wheels.glob("*.whl"):
        name, version = path.name.split("-")[:2]
        if canonicalize_name(name) == pin.name and version == pin.version:
            body = path.read_bytes()
            if hashlib.sha256(body).hexdigest() not in pin.sha256:
                raise SystemExit(f"{path}: not an archive that the lock names")
            return Hashed(hashlib.sha512(body).hexdigest(), "the wheel as published", path.name)
    return None


def installed_hash(found: metadata.Distribution) -> Hashed:
    """Hash the list of a package's installed files, each with its own SHA-512."""
    lines = []
    for path in sorted(found.files or (), key=str):
        place = Path(str(path.locate()))
        if path.suffix != ".pyc" and "__pycache__" not in path.parts and place.is_file():
            lines.append(f"{hashlib.sha512(place.read_bytes()).hexdigest()}  {path}\n")
    what = f"the list of the {len(lines)} installed files, one line `sha512  path` each, sorted by path"
    return Hashed(hashlib.sha512("".join(lines).encode()).hexdigest(), what)


def browser_components(manifest: Path) -> Iterator[dict[str, Any]]:
    """Describe the browser libraries that are served."""
    for package in tomllib.loads(manifest.read_text(encoding="utf-8"))["package"]:
        if package.get("group", "runtime") != "runtime":
            continue
        scope, _, name = package["name"].rpartition("/")
        digest = base64.b64decode(package["integrity"].removeprefix("sha512-")).hex()
        purl = f"pkg:npm/{quote(scope, safe='') + '/' if scope else ''}{name}@{package['version']}"
        hashed = Hashed(digest, "the npm archive as published", f"{name}-{package['version']}.tgz")
        more = {"group": scope} if scope else {}
        yield component("library", name, package["version"], purl, package["licence"], hashed, **more)


def programs() -> Iterator[dict[str, Any]]:
    """Describe the programs of the machine that the city runs on or starts."""
    python = Path(sys.executable).resolve()
    version = sys.version.split()[0]
    yield component("platform", "cpython", version, f"pkg:generic/cpython@{version}", "PSF-2.0", program_hash(python))
    sqlite = sqlite3.sqlite_version
    yield component("library", "sqlite", sqlite, f"pkg:generic/sqlite@{sqlite}", "blessing", None)
    mosquitto = shutil.which("mosquitto", path=os.environ.get("PATH", "") + os.pathsep + str(SOURCES))
    if mosquitto:
        said = subprocess.run([mosquitto, "-h"], capture_output=True, text=True, check=False).stdout
        version = (re.findall(r"version (\S+)", said) or ["unknown"])[0]
        purl, told = f"pkg:generic/mosquitto@{version}", "EPL-2.0 OR BSD-3-Clause"
        hashed = program_hash(Path(mosquitto))
        yield component("application", "mosquitto", version, purl, told, hashed, scope="optional")


def program_hash(path: Path) -> Hashed:
    """Hash a program's file."""
    return Hashed(hashlib.sha512(path.read_bytes()).hexdigest(), f"the file {path}", path.name)


def component(
    kind: str, name: str, version: str, purl: str, licence: str, hashed: Hashed | None, **more: Any
) -> dict[str, Any]:
    """Lay out one component, with the properties of TR-03183-2, 5.2.2."""
    expression = " " in licence
    told: dict[str, Any] = {
        "type": kind,
        "bom-ref": purl,
        "name": name,
        "version": version,
        "scope": "required",
        "licenses": [{"expression": licence} if expression else {"license": {"id": licence}}],
        "purl": purl,
        **more,
    }
    if hashed:
        hashes = [{"alg": "SHA-512", "content": hashed.sha512}]
        archive = hashed.file.endswith((".whl", ".tgz"))
        told["hashes"] = hashes
        told["externalReferences"] = [{"type": "distribution", "url": purl, "hashes": hashes}]
        told["properties"] = [
            {"name": "bsi:component:filename", "value": hashed.file or f"{name}-{version}"},
            {"name": "bsi:component:executable", "value": "non-executable" if archive else "executable"},
            {"name": "bsi:component:archive", "value": "archive" if archive else "no archive"},
            {"name": "bsi:component:structured", "value": "structured"},
            {"name": "stadtwerk:hashed", "value": hashed.what},
        ]
    return told


def graph(pins: Mapping[str, Pin], root: str, others: Iterable[str]) -> list[dict[str, Any]]:
    """Tell who needs whom, as the lock wrote it down."""
    needs: dict[str, set[str]] = {root: set(others), **{_ref(pin): set() for pin in pins.values()}}
    for pin in pins.values():
        for asker in pin.via:
            wanted = root if asker.startswith("-r ") else _ref(pins[canonicalize_name(asker)])
            needs[wanted].add(_ref(pin))
    return [{"ref": ref, "dependsOn": sorted(needed)} for ref, needed in sorted(needs.items())]


def _ref(pin: Pin) -> str:
    return f"pkg:pypi/{pin.name}@{pin.version}"


def document(root: Path = ROOT, wheels: Path | None = None) -> dict[str, Any]:
    """Write the whole bill of materials of the default install."""
    own = f"pkg:generic/stadtwerk@{__version__}"
    pins = read_lock(root / "requirements" / "base.lock")
    packages = [python_component(pin, wheels) for pin in sorted(pins.values(), key=lambda pin: pin.name)]
    others = [*browser_components(root / "vendor.toml"), *programs()]
    city = component("application", "stadtwerk", __version__, own, "Apache-2.0", source_hash(root))
    components = [*packages, *others]
    faults = [fault for one in components for fault in licences.faults(one)]
    if faults:
        raise SystemExit("\n".join(faults))
    plain = json.dumps(components, sort_keys=True).encode()
    epoch = os.environ.get("SOURCE_DATE_EPOCH")
    now = datetime.fromtimestamp(int(epoch), UTC) if epoch else datetime.now(UTC)
    return {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, hashlib.sha256(plain).hexdigest())}",
        "version": 1,
        "metadata": {
            "timestamp": now.isoformat(timespec="seconds").replace("+00:00", "Z"),
            "lifecycles": [{"phase": "build"}],
            "tools": {"components": [{"type": "application", "name": "tools/sbom.py", "version": __version__}]},
            "manufacturer": {"name": "stadtwerk contributors"},
            "component": city,
        },
        "components": components,
        "dependencies": [
            *graph(pins, own, (one["bom-ref"] for one in others)),
            *({"ref": one["bom-ref"]} for one in others),
        ],
        "compositions": [{"aggregate": "complete", "dependencies": [own]}],
    }


def source_hash(root: Path) -> Hashed:
    """Hash the list of our own source files."""
    source = root / "src" / "stadtwerk"
    files = sorted(path for path in source.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    lines = [f"{hashlib.sha512(path.read_bytes()).hexdigest()}  {path.relative_to(source)}\n" for path in files]
    what = f"the list of the {len(lines)} files of src/stadtwerk, one line `sha512  path` each, sorted by path"
    return Hashed(hashlib.sha512("".join(lines).encode()).hexdigest(), what)


def main() -> int:
    """Write the bill of materials to a file."""
    parser = argparse.ArgumentParser(prog="./dev sbom", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--output", type=Path, default=OUTPUT)
    parser.add_argument("--wheels", type=Path, help="folder of wheels brought by `pip download --require-hashes`")
    options = parser.parse_args()
    told = document(wheels=options.wheels)
    options.output.parent.mkdir(parents=True, exist_ok=True)
    options.output.write_text(json.dumps(told, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    print(f"{options.output}: {len(told['components'])} components, CycloneDX {told['specVersion']}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
