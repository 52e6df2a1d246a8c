"""The ETSI suite as it is run here: one pinned state, 532 files of it, and the two patches that are allowed."""

from __future__ import annotations

import hashlib
import io
import os
import re
import shutil
import subprocess
import tarfile
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
CACHE = ROOT / ".cache" / "etsi"
IMPORT = "1d442dc4d95a2359641f436203a2f23a5a70bfc4"
"""The import from ETSI's forge (2026-06-26): says which files count."""
CORRECTED = "5da9091e6b8e63690c6b09e0245b56ca4c4b9152"
"""The state whose text is run."""
CASES_AT_IMPORT = 1013
CASES = 1010
"""021_23 lost eight cases to corrections and gained five."""
TOP = "TP/NGSI-LD"
FURTHER = ("TP/NGSI-LD/ContextInformation/Snapshot/5161_01.robot",)
"""What the corrected state has beside the import: the cases of snapshots, which ETSI has none of; counted apart."""
RAW = "https://raw.githubusercontent.com/marek-mraz/ngsi-ld-test-suite/main/"
COMPOUND = "resources/jsonld-contexts/ngsi-ld-test-suite-compound.jsonld"
FOREIGN_COPY = (
    "https://easy-global-market.github.io/ngsild-api-data-models/ngsildTestSuite/ngsildTestSuiteV1.8-compound.jsonld"
)
"""The page from which ETSI took its own compound @context; the same terms."""
CORE_URL = "https://uri.etsi.org/ngsi-ld/v1/"
CORE_FILE = ROOT / "src/stadtwerk/context/documents/ngsi-ld-core-context-v1.9.jsonld"
STAND_INS = (
    "https://fiware.github.io/data-models/context.jsonld",
    "https://fiware.github.io/NGSI-LD_TestSuite/ldContext/testContext.jsonld",
)
"""Documents of others that only have to be retrievable; no case depends on a term of theirs."""
CONTEXT_URL = re.compile(r"https?://[\w./@%-]+\.jsonld")
BROKER_LITERAL = "http://localhost:9090"
"""Where two files (050_04, 051_03) think the broker is, when they name an @context it hosts."""


def _git(suite: Path, *words: str) -> bytes:
    return subprocess.run(["git", "-C", str(suite), *words], check=True, capture_output=True).stdout


def selected(suite: Path) -> list[str]:
    """List the robot files of the import, which all still exist in the corrected state."""
    names = _git(suite, "ls-tree", "-r", "--name-only", IMPORT, "--", TOP).decode().splitlines()
    return sorted(name for name in names if name.endswith(".robot"))


def working_copy(suite: Path) -> Path:
    """Return a folder with the selected files at the pinned state, patched; made once and then kept."""
    mark = hashlib.sha256(b"".join(path.read_bytes() for path in (HERE / "mqtt.resource", Path(__file__)))).hexdigest()
    copy = CACHE / f"suite-{CORRECTED[:8]}-{mark[:8]}"
    if not copy.exists():
        CACHE.mkdir(parents=True, exist_ok=True)
        fresh = Path(tempfile.mkdtemp(dir=CACHE))
        _unpack(suite, fresh)
        _patch(fresh)
        try:
            fresh.rename(copy)
        except OSError:  # somebody else was quicker
            shutil.rmtree(fresh)
    return copy


def _unpack(suite: Path, folder: Path) -> None:
    packed = _git(suite, "archive", "--format=tar", CORRECTED, "TP", "data", "libraries", "resources")
    wanted = {*selected(suite), *FURTHER}
    with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
        for member in archive:
            if not member.name.endswith(".robot") or member.name in wanted:
                archive.extract(member, folder)
    for place, _, _ in os.walk(folder / TOP, topdown=False):
        if not os.listdir(place):
            Path(place).rmdir()


def _patch(folder: Path) -> None:
    """Start a local MQTT broker in place of a container, and name this broker where a host is written out."""
    (folder / "resources/mqttUtils/MqttUtils.resource").write_bytes((HERE / "mqtt.resource").read_bytes())
    for path in sorted((folder / TOP).rglob("*.robot")):
        text = path.read_text(encoding="utf-8")
        if BROKER_LITERAL in text:
            path.write_text(text.replace(BROKER_LITERAL, "${broker_root}"), encoding="utf-8")


def context_urls(copy: Path) -> set[str]:
    """Find the URLs of @context documents anywhere in the data, keywords and cases."""
    found: set[str] = set()
    for top in ("data", "resources", "TP"):
        for path in sorted((copy / top).rglob("*")):
            if path.is_file():
                found.update(CONTEXT_URL.findall(path.read_text(encoding="utf-8", errors="replace")))
    return found


def mirror(copy: Path) -> dict[str, Path]:
    """Map each @context URL that shall be retrievable to a local file; what shall not be is left out."""
    known = {FOREIGN_COPY: copy / COMPOUND, **dict.fromkeys(STAND_INS, HERE / "stand-in.jsonld")}
    for url in context_urls(copy):
        if url.startswith(RAW) and (copy / url.removeprefix(RAW)).is_file():
            known[url] = copy / url.removeprefix(RAW)
        elif re.fullmatch(re.escape(CORE_URL) + r"ngsi-ld-core-context(-v\d\.\d+)?\.jsonld", url):
            known[url] = CORE_FILE
    return dict(sorted(known.items()))


def family(name: str) -> str:
    """Return the family of a robot file: its first two folders, ContextInformation left out."""
    parts = Path(name).relative_to(TOP).parts[:-1]
    return "/".join(parts[1:] if parts[0] == "ContextInformation" else parts)


def group(name: str) -> str:
    """Return the first two folders of a family, as the summary counts them."""
    return "/".join(name.split("/")[: 1 if name.startswith("Subscription") else 2])
