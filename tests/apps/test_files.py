"""What can be said of the screen's files without a browser."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from types import ModuleType

import pytest

from stadtwerk.apps import account, control_room, street, vendor

FILES = sorted(control_room.STATIC.rglob("*.*"))
SCRIPTS = [path for path in FILES if path.suffix == ".js"]
LINES_MAX = 350
PAIR = re.compile(r'"([a-zA-Z_.0-9-]+)":\s*"((?:[^"\\]|\\.)*)"')


def words(lang: str) -> dict[str, str]:
    """The words of one language by key."""
    areas = (control_room.STATIC / "js" / "i18n" / lang).glob("*.js")
    return {key: text for area in areas for key, text in PAIR.findall(area.read_text(encoding="utf-8"))}


def test_both_languages_say_the_same_things() -> None:
    de, en = words("de"), words("en")
    assert len(de) > 200
    assert set(de) == set(en)
    for key, text in de.items():
        assert set(re.findall(r"\{(\w+)\}", text)) == set(re.findall(r"\{(\w+)\}", en[key])), key


def test_every_key_that_is_used_has_words() -> None:
    known = words("de")
    used = {key for path in SCRIPTS for key in re.findall(r'\bt\("([\w.-]+)"', path.read_text(encoding="utf-8"))}
    assert len(used) > 100
    assert used <= set(known), used - set(known)


def test_scripts_are_short_and_safe() -> None:
    assert len(SCRIPTS) > 30
    for path in SCRIPTS:
        text = path.read_text(encoding="utf-8")
        assert text.count("\n") <= LINES_MAX, path
        assert not re.search(r"innerHTML|\beval\(|new Function|document\.write|unsafeHTML", text), path


def test_nothing_is_loaded_from_elsewhere() -> None:
    for path in FILES:
        if path.suffix in (".js", ".css", ".html"):
            found = re.findall(
                r"(?:src|href|url\(|from|import)\W{1,3}(?:https?:)?//[\w.]+", path.read_text(encoding="utf-8")
            )
            assert not found, (path, found)


def test_the_policy_allows_no_inline_code_but_the_import_map() -> None:
    policy = control_room.content_security_policy()
    assert "unsafe" not in policy
    assert policy.count("sha256-") == 1
    page = (control_room.STATIC / "index.html").read_text(encoding="utf-8")
    assert not re.search(r"\bon\w+=|style=", page)


def test_every_library_of_the_import_map_is_vendored() -> None:
    page = (control_room.STATIC / "index.html").read_text(encoding="utf-8")
    offered = {
        f"/vendor/{package.name}/{name}"
        for package in vendor.load_manifest(vendor.manifest_path())
        for name in package.files
    }
    wanted = {path for path in re.findall(r'"(/vendor/[^"]+)"', page) if not path.endswith("/")}
    assert len(wanted) > 8
    assert wanted <= offered, wanted - offered


@pytest.mark.parametrize("pages", [account, street])
def test_the_pages_of_ones_own_say_the_same_in_both_languages(pages: ModuleType) -> None:
    folder = Path(str(pages.__file__)).parent
    words = tomllib.loads((folder / "words.toml").read_text(encoding="utf-8"))
    de, en = words["de"], words["en"]
    assert set(de) == set(en)
    for page in (folder / "templates").glob("*.html"):
        text = page.read_text(encoding="utf-8")
        used = set(re.findall(r"\bt\.(\w+)", text))
        assert used <= set(de), (page, used - set(de))
        assert not re.search(r"\son\w+=|style=|\|\s*safe", text), page
