"""The census counts right, and finds what breaks a limit."""

from __future__ import annotations

from pathlib import Path

import census

WELL = '''"""A room."""


def shine(level_percent: float) -> float:
    """Shine."""
    return level_percent
'''


def broken(tmp_path: Path, source: str, name: str = "room.py") -> list[str]:
    """Return what the census finds wrong with one file beside a good one."""
    for number in range(20):
        (tmp_path / f"good{number}.py").write_text(WELL)
    (tmp_path / name).write_text(source)
    figures, places = census.take(tmp_path)
    assert bool(places) == any(not figure.good for figure in figures)
    return [place.split(": ", 1)[1] for place in places]


def test_a_good_file_breaks_nothing(tmp_path: Path) -> None:
    assert broken(tmp_path, WELL) == []


def test_long_files_and_functions_are_found(tmp_path: Path) -> None:
    body = "    x = 1\n" * 100
    assert broken(tmp_path, WELL + "#\n" * 344) == []
    assert broken(tmp_path, WELL + "#\n" * 345) == ["351 lines"]
    assert broken(tmp_path, f'def f() -> None:\n    """Do.\n\n    Much.\n    """\n{body}') == ["101 lines"]
    assert broken(tmp_path, "//\n" * 351, "room.js") == ["351 lines", "101 lines"]


def test_functions_must_be_annotated_described_and_narrow(tmp_path: Path) -> None:
    assert broken(tmp_path, 'def f(x):\n    """Do."""\n') == ["not annotated"]
    assert broken(tmp_path, "def f() -> None: ...\n") == ["no docstring"]
    assert broken(tmp_path, "def _f() -> None: ...\nclass _A:\n    def g(self) -> None: ...\n") == []
    eight = ", ".join(f"a{n}: int" for n in range(8))
    assert broken(tmp_path, f"def _f({eight}) -> None: ...\n") == ["8 arguments"]


def test_complexity_is_mccabes() -> None:
    source = "def f(a: int) -> int:\n    if a and a > 1:\n        return 1\n    return sum(x for x in [] if x)\n"
    assert next(iter(census.functions(source, "f"))).complexity == 5
