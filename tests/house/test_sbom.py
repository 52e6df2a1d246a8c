"""The bill of materials: judged by CycloneDX's own strict schema, whole, hashed, and free of what may not be shipped."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

import licences
import sbom

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def bill() -> dict[str, Any]:
    return sbom.document()


@pytest.mark.judge("CycloneDX 1.6 strict schema")
def test_the_bill_holds_the_strict_schema(bill: dict[str, Any]) -> None:
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(json.dumps(bill)) is None


def test_the_judge_finds_what_is_wrong(bill: dict[str, Any]) -> None:
    wrong = {**bill, "components": [{**bill["components"][0], "licence": "MIT"}]}
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(json.dumps(wrong)) is not None


@pytest.mark.secures("AR-4")
def test_every_locked_package_and_library_is_named(bill: dict[str, Any]) -> None:
    named = {component["purl"] for component in bill["components"]}
    locked = sbom.read_lock(ROOT / "requirements" / "base.lock")
    assert len(locked) > 60
    assert {f"pkg:pypi/{pin.name}@{pin.version}" for pin in locked.values()} <= named
    assert "pkg:npm/%40lit/reactive-element@2.1.2" in named
    assert not any("axe-core" in purl for purl in named), "what only tests need is not shipped"


@pytest.mark.secures("AR-4")
def test_every_library_has_a_sha512_and_says_of_what(bill: dict[str, Any]) -> None:
    for component in bill["components"]:
        if component["name"] == "sqlite":
            continue  # part of Python's own build
        assert [entry["alg"] for entry in component["hashes"]] == ["SHA-512"]
        assert len(component["hashes"][0]["content"]) == 128
        assert {entry["name"] for entry in component["properties"]} >= {"stadtwerk:hashed", "bsi:component:filename"}


def test_a_hash_can_be_computed_by_anybody(bill: dict[str, Any]) -> None:
    """The list of installed files, hashed by the coreutils, gives the same."""
    files = [path for path in metadata.distribution("h11").files or () if "__pycache__" not in path.parts]
    place = Path(str(metadata.distribution("h11").locate_file("")))
    names = sorted(str(path) for path in files if path.suffix != ".pyc")
    listed = subprocess.run(["sha512sum", *names], cwd=place, capture_output=True, check=True).stdout
    own = next(component for component in bill["components"] if component["name"] == "h11")
    assert own["hashes"][0]["content"] == hashlib.sha512(listed).hexdigest()


@pytest.mark.secures("AR-3")
def test_everybody_is_needed_by_somebody(bill: dict[str, Any]) -> None:
    needed = {ref for entry in bill["dependencies"] for ref in entry.get("dependsOn", ())}
    assert {component["bom-ref"] for component in bill["components"]} == needed
    starlette = next(entry for entry in bill["dependencies"] if entry["ref"].startswith("pkg:pypi/starlette@"))
    assert any(ref.startswith("pkg:pypi/anyio@") for ref in starlette["dependsOn"])


@pytest.mark.parametrize(
    "licence", ["GPL-3.0-or-later", "AGPL-3.0-only", "LGPL-2.1-only", "LicenseRef-unknown", "MIT AND GPL-2.0-only"]
)
def test_what_may_not_be_shipped_is_refused(licence: str) -> None:
    planted = sbom.component("library", "x", "1", "pkg:pypi/x@1", licence, None)
    assert list(licences.faults(planted))


def test_one_of_two_licences_may_be_chosen() -> None:
    assert not list(licences.faults(sbom.component("library", "x", "1", "pkg:pypi/x@1", "GPL-2.0-only OR MIT", None)))


def test_a_wheel_is_hashed_as_published_and_only_if_the_lock_names_it(tmp_path: Path) -> None:
    wheel = tmp_path / "x-1-py3-none-any.whl"
    wheel.write_bytes(b"wheel")
    good = sbom.Pin("x", "1", sha256={hashlib.sha256(b"wheel").hexdigest()})
    hashed = sbom.wheel_hash(good, tmp_path)
    assert hashed
    assert hashed.sha512 == hashlib.sha512(b"wheel").hexdigest()
    with pytest.raises(SystemExit, match="not an archive that the lock names"):
        sbom.wheel_hash(sbom.Pin("x", "1"), tmp_path)


def test_the_tool_writes_the_file(tmp_path: Path) -> None:
    target = tmp_path / "bill.cdx.json"
    command = [sys.executable, ROOT / "tools" / "sbom.py", "--output", target]
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert "CycloneDX 1.6" in done.stdout
    assert json.loads(target.read_text())["bomFormat"] == "CycloneDX"
