"""Counts the house: how long its files and functions are, how much is annotated and described; and holds the limits."""

from __future__ import annotations

import ast
import statistics
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src"
LINES_MAX = 350
"""No file of Python or JavaScript is longer."""
MIRRORS = ("stadtwerk/cli.py:", "stadtwerk/cli_import.py:")
"""Functions here mirror the options of a command line, however many."""
BRANCHING = (ast.If, ast.For, ast.AsyncFor, ast.While, ast.IfExp, ast.ExceptHandler, ast.Assert, ast.comprehension)
FUNCTION = (ast.FunctionDef, ast.AsyncFunctionDef)


@dataclass(frozen=True)
class Function:
    """What is counted of one function."""

    place: str
    lines: int
    complexity: int
    arguments: int
    annotated: bool
    public: bool
    described: bool


@dataclass(frozen=True)
class Figure:
    """One row of the census: what is, and what may be."""

    name: str
    value: float
    limit: str
    good: bool
    unit: str = ""


def functions(source: str, place: str) -> Iterator[Function]:
    """Count each function of a file."""
    yield from _walk(ast.parse(source), place, public=True, method=False)


def _walk(node: ast.AST, place: str, *, public: bool, method: bool) -> Iterator[Function]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, FUNCTION):
            yield _count(child, place, public=public and not child.name.startswith("_"), method=method)
            yield from _walk(child, place, public=False, method=False)
        elif isinstance(child, ast.ClassDef):
            yield from _walk(child, place, public=public and not child.name.startswith("_"), method=True)
        else:
            yield from _walk(child, place, public=public, method=method)


def _count(node: ast.FunctionDef | ast.AsyncFunctionDef, place: str, *, public: bool, method: bool) -> Function:
    described = ast.get_docstring(node) is not None
    documentation = node.body[0] if described else None
    told = (documentation.end_lineno or 0) - documentation.lineno + 1 if documentation else 0
    names = [*node.args.posonlyargs, *node.args.args]
    static = any(isinstance(mark, ast.Name) and mark.id == "staticmethod" for mark in node.decorator_list)
    given = [*(names[1:] if method and not static else names), *node.args.kwonlyargs]
    rest = [name for name in (node.args.vararg, node.args.kwarg) if name]
    return Function(
        place=f"{place}:{node.lineno} {node.name}",
        lines=(node.end_lineno or node.lineno) - node.lineno + 1 - told,
        complexity=_complexity(node),
        arguments=len(given),
        annotated=node.returns is not None and all(name.annotation for name in (*given, *rest)),
        public=public,
        described=described,
    )


def _complexity(node: ast.AST) -> int:
    """Return McCabe's number: one, and one for each further way through (T. McCabe 1976)."""
    ways = 1
    for part in ast.walk(node):
        if isinstance(part, BRANCHING):
            ways += 1 + (len(part.ifs) if isinstance(part, ast.comprehension) else 0)
        elif isinstance(part, ast.BoolOp):
            ways += len(part.values) - 1
        elif isinstance(part, ast.Match):
            ways += len(part.cases)
    return ways


def take(source: Path) -> tuple[list[Figure], list[str]]:
    """Return the figures of a source tree, and the places that break a limit."""
    lengths = {path: _lines(path) for path in sorted(source.rglob("*.py"))}
    scripts = {path: _lines(path) for path in sorted(source.rglob("*.js"))}
    counted = [
        item for path in lengths for item in functions(path.read_text(encoding="utf-8"), str(path.relative_to(source)))
    ]
    sizes = sorted(lengths.values())
    public = [item for item in counted if item.public]
    long = [item for item in counted if item.lines > 50]
    tangled = [item for item in counted if item.complexity > 15]
    bare = [item for item in counted if not item.annotated]
    wide = [item for item in counted if item.arguments > 7 and not item.place.startswith(MIRRORS)]
    silent = [item for item in public if not item.described]
    figures = [
        Figure("Python files", len(sizes), "", good=True),
        Figure("  lines", sum(sizes), "", good=True),
        _most("  lines, median", statistics.median(sizes), 110),
        _most("  lines, 90th percentile", sizes[len(sizes) * 9 // 10], LINES_MAX),
        _most("  lines, largest", sizes[-1], LINES_MAX),
        Figure("functions", len(counted), "", good=True),
        _most("  over 50 lines", _share(long, counted), 2, "%"),
        _most("  longest, lines", max(item.lines for item in counted), 100),
        _most("  complexity over 15", _share(tangled, counted), 1, "%"),
        _most("  over 7 arguments", len(wide), 0),
        _least("  annotated", 100 - _share(bare, counted), 100),
        _least("  public with docstring", 100 - _share(silent, public), 100),
        Figure("JavaScript files", len(scripts), "", good=True),
        _most("  lines, largest", max(scripts.values(), default=0), LINES_MAX),
    ]
    places = [f"{path.relative_to(source)}: {n} lines" for path, n in {**lengths, **scripts}.items() if n > LINES_MAX]
    places += [f"{item.place}: {item.lines} lines" for item in long if item.lines > 100]
    places += [f"{item.place}: {item.arguments} arguments" for item in wide]
    places += [f"{item.place}: not annotated" for item in bare]
    places += [f"{item.place}: no docstring" for item in silent]
    if _share(long, counted) > 2:
        places += [f"{item.place}: {item.lines} lines" for item in long if item.lines <= 100]
    if _share(tangled, counted) > 1:
        places += [f"{item.place}: complexity {item.complexity}" for item in tangled]
    return figures, places


def _lines(path: Path) -> int:
    return len(path.read_text(encoding="utf-8").splitlines())


def _share(part: list[Function], whole: list[Function]) -> float:
    return 100 * len(part) / max(1, len(whole))


def _most(name: str, value: float, limit: float, unit: str = "") -> Figure:
    return Figure(name, value, f"<= {limit:g}{unit}", value <= limit, unit)


def _least(name: str, value: float, limit: float) -> Figure:
    return Figure(name, value, f">= {limit:g}%", value >= limit, "%")


def main() -> int:
    """Print the census; 1 if a limit is broken."""
    figures, places = take(SOURCE)
    for figure in figures:
        value = f"{figure.value:,.1f}{figure.unit}" if figure.unit else f"{figure.value:,.0f}"
        print(f"{figure.name:28} {value:>10}   {figure.limit:9} {'' if figure.good else 'BROKEN'}".rstrip())
    for place in places:
        print(place)
    return 0 if all(figure.good for figure in figures) else 1


if __name__ == "__main__":
    sys.exit(main())
