"""The security checklist is what the tests say."""

from __future__ import annotations

from pathlib import Path

import pytest

import security

REQUIREMENT = '[[requirement]]\nid = "A"\nname = "Locks"\nhow = "Doors have them."\n'


def tree(folder: Path, test: str) -> Path:
    """Make a tree with one requirement and one test."""
    (folder / "docs").mkdir()
    (folder / "tests").mkdir()
    (folder / security.REQUIREMENTS).write_text(REQUIREMENT)
    (folder / "tests" / "test_it.py").write_text(test)
    return folder


def test_the_page_is_up_to_date() -> None:
    assert (security.ROOT / security.PAGE).read_text(encoding="utf-8") == security.page()


def test_a_test_is_named_beside_what_it_secures(tmp_path: Path) -> None:
    text = security.page(tree(tmp_path, "@pytest.mark.secures('A')\ndef test_locks(): ...\n"))
    assert "| A Locks | Doors have them. | `tests/test_it.py::test_locks` |" in text


@pytest.mark.parametrize("test", ["def test_none(): ...\n", "@pytest.mark.secures('B')\ndef test_other(): ...\n"])
def test_what_does_not_fit_is_told(tmp_path: Path, test: str) -> None:
    with pytest.raises(ValueError, match="secure"):
        security.page(tree(tmp_path, test))
