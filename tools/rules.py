"""House rules no other tool knows: what may not stand in the repository, and what every room must have."""

from __future__ import annotations

import ast
import hashlib
import itertools
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
FILE_BYTES = 1_000_000
"""No file in the repository is larger."""
HOSTS = ("pypi" + ".org", "pythonhosted" + ".org", "registry." + "npmjs", "registry." + "yarnpkg", "crates" + ".io")
"""Registries are chosen by whoever installs; no file of ours names one."""
FOREIGN = frozenset(
    (
        "fbb8037df8cc90503026c4dfd1faae09",
        "8cf10d1b0e07c1d834fb2f8253711c3c",
        "05ee3c2fb5499051a2d7c873c5a5e431",
        "4ea91362a144349937a5d55aa0a9fa47",
    )
)
"""Marks (SHA-256, halved) of names that stand nowhere in the project, not even here."""
WORD = re.compile(r"[\w.-]*\w")
PIN = re.compile(r"^[\w.\[\]-]+==[^\s;]+")
HASH = re.compile(r"--hash=sha256:[0-9a-f]{64}")
EXCLUDED = re.compile(
    r"biometr|emotion|face_?(?:id|recogn|match|print)|gait_|iris_scan|voice_?print"
    r"|(?:social|person|citizen|behaviou?r)_?(?:credit|scor)|predictive_?polic|profil(?:e|ing)_of_person",
    re.IGNORECASE,
)
"""Practices of Article 5, Regulation (EU) 2024/1689: no word for them in what the city publishes or decides."""
CHANCE = (
    "now",
    "today",
    "utcnow",
    "default_rng",
    "urandom",
    "uuid1",
    "uuid4",
    "token_bytes",
    "token_hex",
    "token_urlsafe",
)
"""Attributes through which time or chance would enter the pure rooms."""
PURE = (
    "kernel/**/*.py",
    "vocab/*.py",
    "protocols/*.py",
    "systems/*/decide.py",
    "systems/*/evolve.py",
    "systems/*/react.py",
)


def faults(root: Path = ROOT) -> Iterator[str]:
    """Tell each breach of a house rule, place first."""
    files = repository(root)
    source = root / "src" / "stadtwerk"
    yield from foreign_words(root, files)
    yield from large(root, files)
    for lock in sorted((root / "requirements").glob("*.lock")):
        yield from unhashed(lock)
    yield from unnamed_packages(source)
    yield from excluded_practices(source)
    yield from impure(source)
    yield from twin_starters(source)


def repository(root: Path) -> list[str]:
    """List what is in the repository, or would be with the next `git add`."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=root, check=True, capture_output=True, text=True).stdout
    return sorted(name for name in set(listed.split("\0")) if name and (root / name).is_file())


def foreign_words(root: Path, files: list[str]) -> Iterator[str]:
    """Find registry hosts and names that have no place in a city."""
    for name in files:
        text = (root / name).read_bytes().decode("utf-8", "replace")
        for host in HOSTS:
            if host in text:
                yield f"{name}: names the registry {host}"
        for number, line in enumerate(text.splitlines(), 1):
            words = [match.group() for match in WORD.finditer(line)]
            pairs = [f"{one} {two}" for one, two in itertools.pairwise(words)]
            if any(_mark(word) in FOREIGN for word in {*words, *pairs}):
                yield f"{name}:{number}: names a tool that is no part of the project"


def _mark(word: str) -> str:
    return hashlib.sha256(word.encode()).hexdigest()[:32]


def large(root: Path, files: list[str]) -> Iterator[str]:
    """Find files that belong into a release or a cache."""
    for name in files:
        size = (root / name).stat().st_size
        if size > FILE_BYTES:
            yield f"{name}: {size:,} bytes, over {FILE_BYTES:,}"


def unhashed(lock: Path) -> Iterator[str]:
    """Find requirements of a lock that are not pinned, not hashed, or bound to an address."""
    text = lock.read_text(encoding="utf-8").replace("\\\n", " ")
    for line in (line.strip() for line in text.splitlines()):
        if not line or line.startswith("#"):
            continue
        if not PIN.match(line):
            yield f"{lock.name}: not a pinned requirement: {line[:60]}"
        elif not HASH.search(line):
            yield f"{lock.name}: no hash: {line[:60]}"
    if "://" in text:
        yield f"{lock.name}: names an address"


def unnamed_packages(source: Path) -> Iterator[str]:
    """Find folders of Python that are no package, or a package that does not say what it is."""
    for folder in sorted({path.parent for path in source.rglob("*.py")}):
        face = folder / "__init__.py"
        if not face.exists():
            yield f"{folder.relative_to(source.parent)}: no __init__.py"
        elif not ast.get_docstring(ast.parse(face.read_text(encoding="utf-8"))):
            yield f"{face.relative_to(source.parent)}: no docstring"


def excluded_practices(source: Path) -> Iterator[str]:
    """Find words of excluded practices in vocabularies and systems."""
    for room in ("vocab", "systems"):
        for path in sorted((source / room).rglob("*.py")):
            for match in EXCLUDED.finditer(path.read_text(encoding="utf-8")):
                yield f"{path.relative_to(source)}: {match.group()!r} is excluded (Article 5 AI Act)"


def impure(source: Path) -> Iterator[str]:
    """Find time and chance in the pure rooms; the import contracts cannot see attributes."""
    for path in sorted(path for pattern in PURE for path in source.glob(pattern)):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Attribute) and node.attr in CHANCE:
                yield f"{path.relative_to(source)}:{node.lineno}: {node.attr} makes time or chance"


def twin_starters(source: Path) -> Iterator[str]:
    """Find places other than the app that would start the twin."""
    for path in sorted(source.rglob("*.py")):
        room = path.relative_to(source).parts[0]
        if room in ("app", "twin"):
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and node.value == "stadtwerk.twin":
                yield f"{path.relative_to(source)}:{node.lineno}: only the app starts the twin"


def main() -> int:
    """Print the breaches; 1 if there is one."""
    found = list(faults())
    for fault in found:
        print(fault)
    print(f"{len(found)} breaches of the house rules" if found else "house rules hold")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
