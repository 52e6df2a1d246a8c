"""Writes docs/security-checklist.md: what is required, how it is met, and the tests that say so."""

from __future__ import annotations

import ast
import sys
import tomllib
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
REQUIREMENTS, PAGE = Path("docs/security-checklist.toml"), Path("docs/security-checklist.md")
MARK = "secures"
HEAD = """\
# Security checklist

After BSI TR-03187 (security of urban data platforms, level 1), made from the tests by `python tools/security.py`: a
test names what it secures, `./dev check` fails when this page is not what the tests say. Numbers as far as they are
public; what an operator has to organise is not in it.

| requirement | how it is met | tests |
|---|---|---|
"""


def secured(root: Path = ROOT) -> dict[str, list[str]]:
    """Return the tests by what they say to secure, as path::name."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for path in sorted((root / "tests").rglob("test_*.py")):
        for name, ids in _marked(ast.parse(path.read_text(encoding="utf-8"))):
            for requirement in ids:
                found[requirement].append(f"{path.relative_to(root)}::{name}")
    return dict(found)


def _marked(tree: ast.Module) -> Iterator[tuple[str, list[str]]]:
    for node in tree.body:
        for decorator in getattr(node, "decorator_list", ()):
            if isinstance(decorator, ast.Call) and getattr(decorator.func, "attr", "") == MARK:
                yield node.name, [one.value for one in decorator.args if isinstance(one, ast.Constant)]  # type: ignore[attr-defined, misc]


def page(root: Path = ROOT) -> str:
    """Return the page; raises ValueError when a test secures what nobody requires, or a requirement has no test."""
    required = tomllib.loads((root / REQUIREMENTS).read_text(encoding="utf-8"))["requirement"]
    tests = secured(root)
    names = [one["id"] for one in required]
    if strange := sorted(set(tests).difference(names)):
        raise ValueError(f"tests secure what is not required: {', '.join(strange)}")
    if bare := [name for name in names if name not in tests]:
        raise ValueError(f"no test secures {', '.join(bare)}")
    return HEAD + "".join(
        f"| {one['id']} {one['name']} | {one['how']} | {'<br>'.join(f'`{test}`' for test in tests[one['id']])} |\n"
        for one in required
    )


def main() -> int:
    """Write the page."""
    (ROOT / PAGE).write_text(page(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
