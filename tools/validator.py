"""Looks at every system of the city and says in words what is missing, where, and what to write."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import listing

ROOT = Path(__file__).parents[1]
PACKAGE = "src/stadtwerk/systems/{name}"
ROOMS = {
    "src/stadtwerk/vocab/{name}.py": "its published language: commands, columns, entity types",
    f"{PACKAGE}/__init__.py": "its face: SYSTEM = System(...)",
    f"{PACKAGE}/decide.py": "what is allowed, decide(state, order, now_us), and what is true after it",
    f"{PACKAGE}/views.py": "what people see: questions and entities",
    f"{PACKAGE}/alarms.py": "its rationalised alarm table",
    f"{PACKAGE}/README.md": "standards, entity table, screen, judge and score, limits",
    "tests/systems/{name}/*.py": "its tests",
}
"""The rooms every system has, and what each is for; further ones (evolve, react, engine, ports) as it grows."""
WORDS = re.compile(r'"([\w.-]+)":\s*"(?:[^"\\]|\\.)*"')
SCORE = re.compile(r"\d[\d,]* of \d")


def rooms(name: str, root: Path = ROOT) -> list[str]:
    """List the files of a system's rooms, its screen among them and its tests not."""
    folder = root / PACKAGE.format(name=name)
    files = [*folder.glob("*.py"), *folder.glob("*.md"), *folder.glob("panel/*.js")]
    return [str(path.relative_to(root)) for path in (root / f"src/stadtwerk/vocab/{name}.py", *sorted(files))]


def unfilled(room: str, root: Path = ROOT) -> Iterator[str]:
    """Tell what a room says is still to be written."""
    for number, line in enumerate((root / room).read_text(encoding="utf-8").splitlines(), 1):
        if listing.OPEN in line:
            yield f"{room}:{number}: {line[line.index(listing.OPEN) :].rstrip()}"


def faults(root: Path = ROOT) -> Iterator[str]:
    """Tell what each system lacks, a sentence each; the package must be the one below `root`."""
    yield from listing.faults(root)
    for name in listing.names(root):
        bare = list(_bare(name, root))
        yield from bare
        if not bare:
            for room in rooms(name, root):
                yield from unfilled(room, root)
            readme = f"{PACKAGE.format(name=name)}/README.md"
            judges, refused = _marks(root / "tests", "judge"), _marks(root / f"tests/systems/{name}", "refusal")
            yield from _screenless(name, readme, root)
            yield from _unjudged(readme, root, judges)
            yield from _loaded(name, readme, root, refused)


def notes(root: Path = ROOT) -> Iterator[str]:
    """Tell what systems that were taken out have left behind; it does no harm."""
    known = listing.names(root)
    for pattern, kind in (("tests/systems/*/", "tests"), ("src/stadtwerk/vocab/*.py", "the vocabulary")):
        for path in sorted(root.glob(pattern)):
            if path.stem not in (*known, "__init__", "__pycache__"):
                yield f"{path.relative_to(root)}: {kind} of a system that is not here; delete it if nobody reads it"
    yield from listing.notes(root)


def _bare(name: str, root: Path) -> Iterator[str]:
    for pattern, purpose in ROOMS.items():
        place = pattern.format(name=name)
        found = list(root.glob(place))
        if not found:
            yield f"{place}: not there; write {purpose}"
        for path in found:
            if _says_nothing(path):
                yield f"{path.relative_to(root)}: empty; write {purpose}"


def _says_nothing(path: Path) -> bool:
    text = path.read_text(encoding="utf-8")
    if path.suffix != ".py":
        return len(text.split()) < 20
    body = ast.parse(text).body
    return path.stem != "__init__" and all(isinstance(node, ast.Expr | ast.Import | ast.ImportFrom) for node in body)


def _marks(folder: Path, mark: str) -> set[str]:
    """Return what tests say of themselves: the argument of `@pytest.mark.NAME("...")`."""
    found = set()
    for path in folder.rglob("test_*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == mark:
                found |= {str(value.value) for value in node.args if isinstance(value, ast.Constant)}
    return found


def _screenless(name: str, readme: str, root: Path) -> Iterator[str]:
    """Find systems without a screen: README's line `Screen:` names its files, here or in the control room."""
    folder = root / PACKAGE.format(name=name)
    named = re.findall(r"`([^`]+\.js)`", _paragraph((root / readme).read_text(encoding="utf-8"), "Screen"))
    if not named:
        yield f"{readme}: no screen; write `Screen:` and the files of its panel, as in panel/{name}.js"
    for file in named:
        path = folder / file if (folder / file).is_file() else root / "src/stadtwerk" / file
        text = path.read_text(encoding="utf-8") if path.is_file() else ""
        if "customElements.define(" not in text:
            yield f"{readme}: its screen {file} is not there or defines no element; write customElements.define(...)"
    if (panel := folder / "panel" / f"{name}.js").is_file():
        yield from _panel_faults(name, panel, root)
    elif (folder / "panel").is_dir():
        yield f"{panel.relative_to(root)}: not there; the control room loads a panel by the system's name"


def _panel_faults(name: str, panel: Path, root: Path) -> Iterator[str]:
    place, text = panel.relative_to(root), panel.read_text(encoding="utf-8")
    for export in ("words", "render"):
        if not re.search(rf"^export const {export} =", text, re.MULTILINE):
            yield f"{place}: exports no `{export}`; the control room needs it to show the screen"
    german, _, english = text.partition("\n  en: {")
    de, en = WORDS.findall(german), WORDS.findall(english.partition("\n  },")[0])
    for key in sorted({*de} ^ {*en}):
        yield f"{place}: {key} is said in one language only; write it in German and English"
    for key in (f"nav.{name}", *(f"cmd.{kind}" for kind in listing.commands(root, name))):
        if key not in de:
            yield f"{place}: no word {key}; write how people call this screen or command"


def _unjudged(readme: str, root: Path, judges: set[str]) -> Iterator[str]:
    """Find systems nobody outside has judged: README's line `Judge:` names one that tests ask, and its score."""
    words = _paragraph((root / readme).read_text(encoding="utf-8"), "Judge")
    if not any(f"`{judge}`" in words for judge in judges):
        known = ", ".join(sorted(judges)) or "none yet"
        yield f"{readme}: no judge; write `Judge:` and the name of one that a test is marked with (there are: {known})"
    elif not SCORE.search(words):
        yield f"{readme}: the judge has no score; write it as in 31 of 31 (`./dev score`)"


def _paragraph(text: str, word: str) -> str:
    return next((part for part in text.split("\n\n") if part.startswith(word)), "")


def _loaded(name: str, readme: str, root: Path, refused: set[str]) -> Iterator[str]:
    """Find faults in what the system says of itself when it is at work."""
    place = PACKAGE.format(name=name)
    system = getattr(import_module(f"stadtwerk.systems.{name}"), "SYSTEM", None)
    if system is None or system.name != name:
        yield f'{place}/__init__.py: no SYSTEM of this name; write SYSTEM = System(name="{name}", ...)'
        return
    yield from _command_faults(name, system, refused)
    yield from _alarm_faults(f"{place}/alarms.py", system)
    types = listing.entity_types(name)
    for one in types:
        for attribute in one.attributes:
            if not attribute.description:
                yield f"{place}: {one.name}.{attribute.name} has no description; write what it tells, and its unit"
        if not one.description:
            yield f"{place}: {one.name} has no description; write what it is"
    if listing.entity_table(types) not in (root / readme).read_text(encoding="utf-8"):
        yield f"{readme}: its entity table is not that of the code; run `./dev new tables`"


def _command_faults(name: str, system: Any, refused: set[str]) -> Iterator[str]:
    for kind, content in system.commands.items():
        place = f"src/stadtwerk/vocab/{name}.py: {kind}"
        if not kind.startswith(f"{name}."):
            yield f"{place}: a command begins with its system's name; call it {name}.{kind.rpartition('.')[2]}"
        if not content.__doc__ or content.__doc__.startswith(f"{content.__name__}("):
            yield f"{place}: no description; write a docstring for {content.__name__}, with units"
        if not content.__struct_config__.forbid_unknown_fields:
            yield f"{place}: takes fields it does not know; write forbid_unknown_fields=True"
        if kind not in refused:
            yield f'tests/systems/{name}: no test of a refusal of {kind}; mark one @pytest.mark.refusal("{kind}")'


def _alarm_faults(place: str, system: Any) -> Iterator[str]:
    for alarm in getattr(system, "alarms", ()):
        for part in ("cause", "consequence", "action"):
            words = getattr(alarm, part, None)
            if not (words and words.de.strip() and words.en.strip()):
                yield f"{place}: {alarm.id} has no {part}; write it in German and English"
        if not alarm.respond_s > 0:
            yield f"{place}: {alarm.id} has no time to respond; write respond_s, seconds"


def main() -> int:
    """Print what is missing, and what is left over; 1 if anything is missing."""
    sys.path.insert(0, str(ROOT / "src"))
    found = list(faults())
    for fault in found:
        print(fault)
    for note in notes():
        print(f"(note) {note}")
    systems = listing.names(ROOT)
    print(f"{len(found)} things are missing" if found else f"systems are complete: {', '.join(systems)}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
