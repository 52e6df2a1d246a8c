"""`./dev new system NAME`: makes a new system with all its rooms, listed where systems are listed; or takes one out."""

from __future__ import annotations

import argparse
import builtins
import keyword
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import listing
import rules

ROOT = Path(__file__).parents[1]
SCAFFOLD = Path(__file__).with_name("scaffold")
FILES = {
    "vocab.py": "src/stadtwerk/vocab/{name}.py",
    "__init__.py": "src/stadtwerk/systems/{name}/__init__.py",
    "decide.py": "src/stadtwerk/systems/{name}/decide.py",
    "views.py": "src/stadtwerk/systems/{name}/views.py",
    "alarms.py": "src/stadtwerk/systems/{name}/alarms.py",
    "README.md": "src/stadtwerk/systems/{name}/README.md",
    "panel.js": "src/stadtwerk/systems/{name}/panel/{name}.js",
    "test.py": "tests/systems/{name}/test_{name}.py",
}
"""Every file of a new system by its pattern: eight."""
WORD = re.compile(r"[a-z][a-z0-9]{1,19}")
NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
ADDRESSES = frozenset(
    re.findall(
        r"\w+",
        "area cabinet choose circuit city command commands district draw health help kernel lamp links list map metrics"
        " ngsild openapi search session static stream street systems tiles vendor vocab",
    )
)
"""Words that are addresses or events of the house already."""


class Mistaken(Exception):  # noqa: N818 - somebody asked for what cannot be; nothing broke
    """Carries the words for whoever asked."""


def check(name: str, thing: str, root: Path = ROOT) -> None:
    """Refuse names that no system or thing of it can have."""
    for what, word, form in (("system", name, NAME), ("thing", thing, WORD)):
        if not form.fullmatch(word) or len(word) > 20:
            raise Mistaken(f"{word!r} cannot name a {what}: 2 to 20 small letters and digits, a letter first")
        if keyword.iskeyword(word) or keyword.issoftkeyword(word) or hasattr(builtins, word):
            raise Mistaken(f"{word!r} cannot name a {what}: it is a word of Python")
        if rules.EXCLUDED.search(word):
            raise Mistaken(f"{word!r} cannot name a {what}: the practice is excluded (Article 5 AI Act)")
    if name == thing:
        raise Mistaken(f"a thing of {name} is not called {thing} as well; name it with --thing")
    if name in ADDRESSES or name in _house(root):
        raise Mistaken(f"{name!r} cannot name a system: the house uses the word itself")
    taken = [path for path in _places(name) if (root / path).exists()]
    if name in listing.names(root) or taken:
        raise Mistaken(f"there is a {name} already: {', '.join(map(str, taken)) or listing.REGISTER}")


def _house(root: Path) -> set[str]:
    """Return the names of what every system stands on."""
    return {path.stem for path in (root / "src/stadtwerk/kernel").iterdir()}


def _places(name: str) -> list[Path]:
    return [Path(place.format(name=name)) for place in FILES.values()]


def render(name: str, thing: str) -> dict[Path, str]:
    """Return the text of each file of a new system."""
    things = _plural(thing)
    camel = "".join(part.capitalize() for part in name.split("_"))
    words = {
        "name": name,
        "Name": camel,
        "Title": name.replace("_", " ").capitalize(),
        "tag": name.replace("_", "-"),
        "thing": thing,
        "Thing": thing.capitalize(),
        "THING": thing.upper(),
        "things": things,
        "Things": things.capitalize(),
        "THINGS": things.upper(),
        "Type": camel + thing.capitalize(),
    }
    made = {}
    for pattern, place in FILES.items():
        text = (SCAFFOLD / f"{pattern}.txt").read_text(encoding="utf-8")
        for word, value in words.items():
            text = text.replace(f"{{{{{word}}}}}", value)
        made[Path(place.format(name=name))] = _tidy(text) if place.endswith(".py") else text
    return made


def _plural(thing: str) -> str:
    if thing.endswith("y") and thing[-2:-1] not in "aeiou":
        return f"{thing[:-1]}ies"
    return thing + ("es" if thing.endswith(("s", "x", "ch", "sh")) else "s")


def _tidy(text: str) -> str:
    """Lay out lines anew, since names are of any length."""
    ruff = str(Path(sys.executable).with_name("ruff"))
    for arguments in (["check", "--quiet", "--select", "I", "--fix"], ["format", "--quiet"]):
        command = [ruff, *arguments, "--stdin-filename", "src/stadtwerk/new.py", "-"]
        text = subprocess.run(command, cwd=ROOT, input=text, capture_output=True, text=True, check=True).stdout
    return text


class Pen:
    """Writes and deletes files below a folder; `undo` makes all as it was before."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._before: dict[Path, bytes | None] = {}

    def write(self, pages: Mapping[Path, str | None]) -> None:
        """Write files, None = delete."""
        for path, text in pages.items():
            there = self._root / path
            self._before.setdefault(path, there.read_bytes() if there.exists() else None)
            self._put(path, None if text is None else text.encode())

    def undo(self) -> None:
        """Take everything back."""
        for path, content in self._before.items():
            self._put(path, content)

    def _put(self, path: Path, content: bytes | None) -> None:
        there = self._root / path
        if content is not None:
            there.parent.mkdir(parents=True, exist_ok=True)
            there.write_bytes(content)
            return
        there.unlink(missing_ok=True)
        for folder in path.parents:
            inside = (
                {inner.name for inner in (self._root / folder).iterdir()} if (self._root / folder).is_dir() else {"?"}
            )
            if inside - {"__pycache__"}:
                return
            shutil.rmtree(self._root / folder)


def make(name: str, thing: str, root: Path = ROOT) -> list[Path]:
    """Make a system; return its files. Nothing stays half-written."""
    check(name, thing, root)
    pages, pen = render(name, thing), Pen(root)
    try:
        pen.write(pages)
        _list_again([*listing.names(root), name], root, pen)
    except BaseException:
        pen.undo()
        raise
    return list(pages)


def remove(name: str, root: Path = ROOT) -> list[Path]:
    """Take a system out: its folders, its vocabulary, its lines; return the files that went."""
    if name not in listing.names(root):
        raise Mistaken(f"there is no system {name}: {listing.REGISTER} lists {', '.join(listing.names(root))}")
    if users := list(_users(name, root)):
        raise Mistaken(f"{name} cannot go, others stand on it: {', '.join(users)}")
    pages, pen = dict.fromkeys(_files(name, root)), Pen(root)
    try:
        _list_again([other for other in listing.names(root) if other != name], root, pen)
        pen.write(pages)
    except BaseException:
        pen.undo()
        raise
    return list(pages)


def _list_again(wanted: list[str], root: Path, pen: Pen) -> None:
    text = (root / listing.REGISTER).read_text(encoding="utf-8")
    pen.write({listing.REGISTER: listing.register(text, wanted)})
    pen.write(listing.tables(root))


def _files(name: str, root: Path) -> list[Path]:
    """Return all files of a system."""
    folders = (root / "src/stadtwerk/systems" / name, root / "tests/systems" / name)
    inner = [path for folder in folders for path in sorted(folder.rglob("*")) if path.is_file()]
    kept = [path.relative_to(root) for path in inner if "__pycache__" not in path.parts]
    vocab = Path(f"src/stadtwerk/vocab/{name}.py")
    return [vocab, *kept] if (root / vocab).exists() else kept


def _users(name: str, root: Path) -> Iterator[str]:
    """Find files of the package that stand on a system or its vocabulary, other than its own."""
    own = root / "src/stadtwerk/systems" / name
    words = re.compile(rf"stadtwerk\.(?:systems|vocab)(?:\.{name}\b| import .*\b{name}\b)")
    for path in sorted((root / "src").rglob("*.py")):
        if own not in path.parents and words.search(path.read_text(encoding="utf-8")):
            yield str(path.relative_to(root))


def main() -> int:
    """Make, remove or list; 2 with a sentence when that cannot be."""
    parser = argparse.ArgumentParser(prog="./dev new", description=__doc__)
    kinds = parser.add_subparsers(dest="kind", required=True)
    system = kinds.add_parser("system", help="a new system of the city")
    system.add_argument("name", help="its name: small letters")
    system.add_argument("--thing", default="thing", help="what it is about, one of them: container, meter, bench")
    system.add_argument("--dry-run", action="store_true", help="only say what would be written")
    system.add_argument("--remove", action="store_true", help="take the system out again")
    kinds.add_parser("tables", help="write entity tables, list of systems and house map anew")
    options = parser.parse_args()
    sys.path.insert(0, str(ROOT / "src"))
    try:
        if options.kind == "tables":
            Pen(ROOT).write(listing.tables(ROOT))
        elif options.remove:
            _tell("removed", remove(options.name) if not options.dry_run else _files(options.name, ROOT))
        elif options.dry_run:
            check(options.name, options.thing)
            _tell("would make", _places(options.name))
        else:
            _tell("made", make(options.name, options.thing))
            print(f"next: pytest tests/systems/{options.name} says what to fill in (docs/new-system.md)")
    except Mistaken as no:
        print(f"./dev new: {no}", file=sys.stderr)
        return 2
    return 0


def _tell(what: str, files: list[Path]) -> None:
    print(f"{what} {len(files)} files, a line in {listing.REGISTER}, a row in {listing.DOCS}, a line in {listing.MAP}:")
    for path in files:
        print(f"  {path}")


if __name__ == "__main__":
    sys.exit(main())
