"""Where systems are listed: the line in the app, the list in docs, the house map, the entity table of each README."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Sequence
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import Any

OPEN = "FILL IN"
"""Stands in a new room before the words that say what belongs there."""
REGISTER = Path("src/stadtwerk/app/systems.py")
DOCS, MAP = Path("docs/systems.md"), Path("docs/architecture.md")
TABLES = frozenset(("COMMANDS", "ORDERS"))
"""How the dictionaries are called in which a system lists its commands."""
HOUSE = re.compile(r"^from stadtwerk\.kernel\.(\w+)\.system import", re.MULTILINE)
LINES = re.compile(r'(?<=^CITY = \(\n)(?:    "\w+",\n)*', re.MULTILINE)
ROWS = re.compile(r"(?<=<!-- systems -->\n).*?(?=<!-- /systems -->)", re.DOTALL)
HEAD = "| system | folder | commands |\n|---|---|---|\n"
ROW = re.compile(r"^\| .*? \| `systems/(\w+)/` \|.*\n", re.MULTILINE)
ON_MAP = re.compile(r"(?<=^  systems/)(.*\n)((?:    \w+/ .*\n)*)", re.MULTILINE)
TABLE = re.compile(r"<!-- entities -->\n.*?<!-- /entities -->\n", re.DOTALL)


def names(root: Path) -> list[str]:
    """Return the names of the city's systems as the app lists them."""
    found = LINES.search((root / REGISTER).read_text(encoding="utf-8"))
    return re.findall(r'"(\w+)"', found.group()) if found else []


def register(text: str, wanted: Sequence[str]) -> str:
    """Return the app's list with just these systems, a line each."""
    return LINES.sub("".join(f'    "{name}",\n' for name in wanted), text)


def title(root: Path, name: str, folder: str = "systems") -> str:
    """Return a system's name for people: what stands before the colon of its docstring."""
    face = root / "src/stadtwerk" / folder / name / "__init__.py"
    words = ast.get_docstring(ast.parse(face.read_text(encoding="utf-8"))) or ""
    said = words.partition(":")[0].partition(".")[0]
    return said if said.strip() and said != OPEN else name.replace("_", " ").capitalize()


def docs_row(root: Path, name: str) -> str:
    """Write the row of a system in docs."""
    return f"| {title(root, name)} | `systems/{name}/` | {_row(commands(root, name))} |\n"


def commands(root: Path, name: str) -> list[str]:
    """Return the kinds of command of one of the city's systems."""
    rooms = (root / "src/stadtwerk/systems" / name).rglob("*.py")
    return kinds([root / "src/stadtwerk/vocab" / f"{name}.py", *rooms])


def _row(found: Sequence[str]) -> str:
    return " ".join(f"`{kind}`" for kind in found)


def house_rows(root: Path) -> str:
    """Write the rows of the house's own systems in docs."""
    kernel = root / "src/stadtwerk/kernel"
    rows = []
    for name in HOUSE.findall((root / REGISTER).read_text(encoding="utf-8")):
        told = _row(kinds((kernel / name).rglob("*.py")))
        rows.append(f"| {title(root, name, 'kernel')} (the house's own) | `kernel/{name}/` | {told} |\n")
    return "".join(rows)


def kinds(files: Iterable[Path]) -> list[str]:
    """Return the kinds of command that Python files list in dictionaries."""
    found: set[str] = set()
    for path in files:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
                name = node.target.id
            elif isinstance(node, ast.keyword):
                name = (node.arg or "").upper()
            else:
                continue
            if name in TABLES and isinstance(node.value, ast.Dict):
                found |= {str(key.value) for key in node.value.keys if isinstance(key, ast.Constant)}
    return sorted(found)


def map_line(root: Path, name: str) -> str:
    """Write the line of a system on the house map."""
    return f"    {f'{name}/':<11} {title(root, name)}\n"


def listed(root: Path, path: Path, wanted: Sequence[str]) -> str:
    """Return a page of docs with just these systems."""
    text = (root / path).read_text(encoding="utf-8")
    if path == DOCS:
        rows = HEAD + "".join(docs_row(root, name) for name in wanted) + house_rows(root)
        return ROWS.sub(lambda _: rows, text)
    lines = "".join(map_line(root, name) for name in wanted)
    return ON_MAP.sub(lambda found: found.group(1) + lines, text)


def faults(root: Path) -> Iterator[str]:
    """Find systems that are not listed as they are."""
    wanted = names(root)
    for folder in sorted((root / "src/stadtwerk/systems").glob("*/__init__.py")):
        if folder.parent.name not in wanted:
            yield f'{REGISTER}: {folder.parent.name} is not listed; write "{folder.parent.name}", in CITY'
    for name in wanted:
        if not (root / "src/stadtwerk/systems" / name / "__init__.py").is_file():
            yield f"{REGISTER}: {name} has no folder; take its line out of CITY"
            continue
        for path, line in ((DOCS, docs_row(root, name)), (MAP, map_line(root, name))):
            if line not in (root / path).read_text(encoding="utf-8"):
                yield f"{path}: {name} is not listed as it is; run `./dev new tables`"
    if house_rows(root) not in (root / DOCS).read_text(encoding="utf-8"):
        yield f"{DOCS}: the house's own systems are not listed as they are; run `./dev new tables`"


def notes(root: Path) -> Iterator[str]:
    """Find systems that are listed in docs and not there."""
    known = names(root)
    on_map = ON_MAP.search((root / MAP).read_text(encoding="utf-8"))
    told = {
        DOCS: ROW.findall((root / DOCS).read_text(encoding="utf-8")),
        MAP: re.findall(r"^    (\w+)/", on_map.group(2), re.MULTILINE) if on_map else [],
    }
    for path, here in told.items():
        for name in here:
            if name not in known:
                yield f"{path}: lists {name}, which is not here; run `./dev new tables`"


def entity_types(name: str) -> list[Any]:
    """Return the entity types that a system's modules and vocabulary define, by name."""
    from stadtwerk.kernel.entity import EntityType  # noqa: PLC0415 - the list of names needs no package

    package = import_module(f"stadtwerk.systems.{name}")
    inner = [f"{package.__name__}.{module.name}" for module in iter_modules(package.__path__)]
    modules = [import_module(f"stadtwerk.vocab.{name}"), package, *map(import_module, inner)]
    found = {one.name: one for module in modules for one in vars(module).values() if isinstance(one, EntityType)}
    return [found[key] for key in sorted(found)]


def entity_table(types: Sequence[Any]) -> str:
    """Write the table of what a system publishes."""
    lines = ["| entity | attribute | kind | unit | tells |", "|---|---|---|---|---|"]
    for one in types:
        model = f" ([data model]({one.source}))" if one.source else ""
        lines.append(f"| **{one.name}** | | | | {one.description}{model} |")
        for attribute in one.attributes:
            kind = f"{attribute.kind}, observed" if attribute.observed else attribute.kind
            lines.append(f"| | {attribute.name} | {kind} | {attribute.unit_code or ''} | {attribute.description} |")
    body = "\n".join(line.replace("|  |", "| |") for line in lines)
    return f"<!-- entities -->\n{body}\n<!-- /entities -->\n"


def tables(root: Path) -> dict[Path, str]:
    """Return what every generated table should be, by file."""
    wanted = names(root)
    pages = {path: listed(root, path, wanted) for path in (DOCS, MAP)}
    for name in wanted:
        readme = Path("src/stadtwerk/systems", name, "README.md")
        text = (root / readme).read_text(encoding="utf-8")
        table = entity_table(entity_types(name)).replace("\\", r"\\")
        pages[readme] = TABLE.sub(table, text)
    return pages
