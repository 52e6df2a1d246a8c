"""What the city refuses, people read in German: no sentence that a screen can meet lacks its words."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page

from apps.browser import show, turn_to, until
from apps.conftest import ROOT, OpenPage
from house.refusals import sentences
from stadtwerk.apps.rendering import said

SOURCE = ROOT / "src" / "stadtwerk"
MET = ("kernel", "systems", "doors", "app/past", "app/four_eyes.py", "app/lane.py", "app/people.py", "adapters/oidc.py")
MET_IN_STORES = ("stores/writer.py", "stores/vault/persons.py", "stores/postgres/session.py")
NEVER_ON_A_SCREEN = re.compile(r"doors/(client\.py|ngsild/)")
"""The command line's own words, and a door for programs."""


def modules() -> list[Path]:
    """Return the modules whose refusals people can meet."""
    named = (SOURCE / name for name in (*MET, *MET_IN_STORES))
    found = [path for name in named for path in (name.rglob("*.py") if name.is_dir() else [name])]
    return [path for path in found if not NEVER_ON_A_SCREEN.search(path.as_posix())]


def panel_of(module: Path) -> str:
    """Return the source of the panel of a module's system, which may bring German words of its own; empty without."""
    name = module.relative_to(SOURCE).parts[1]
    panel = SOURCE / "systems" / name / "panel" / f"{name}.js"
    return panel.read_text(encoding="utf-8") if panel.is_file() else ""


def test_every_refusal_has_german_words() -> None:
    missing = [
        f"{module.relative_to(SOURCE)}: {text}"
        for module in modules()
        for text in sorted(sentences(module))
        if said(text, "de") == text and f'"{text}":' not in panel_of(module) and not text.startswith("Content-Type")
    ]
    assert not missing, "\n".join(missing)


def test_the_sentences_are_found() -> None:
    """The test above would hold as well if nothing were found."""
    found = {text for module in modules() for text in sentences(module)}
    assert len(found) > 150
    assert {"There is no such alarm", "lies in the past: it is {} in the city", "no {} {} in this city"} <= found


@pytest.mark.parametrize(
    ("english", "german"),
    [
        ("There is no such alarm", "Diesen Alarm gibt es nicht"),
        ("no street 's9' in this city", "street 's9' gibt es in dieser Stadt nicht"),
        ("the account p-1 is disabled", "das Konto p-1 ist gesperrt"),
        ("Expected `int` <= 100", "erwartet wird `int` bis 100"),
        ("something else", "something else"),
    ],
)
def test_values_keep_their_place(english: str, german: str) -> None:
    assert said(english, "de") == german
    assert said(english, "en") == english


def refused(page: Page) -> str:
    """Ask for what cannot be, by the code the screens use, and return what a panel would show."""
    words: str = page.evaluate(
        "async () => { const { getJson } = await import('/static/js/core/api.js');"
        " const { inWords } = await import('/static/js/ui/states.js');"
        " try { await getJson('/api/schedule/week?since=2026-02-30'); } catch (error) {"
        " return inWords(error); } }"
    )
    return words


def test_a_screen_says_it_in_the_readers_language(open_page: OpenPage, base: str) -> None:
    page = open_page(allow=("422",))
    show(page, base, "#/")
    assert refused(page).endswith("diesen Tag gibt es nicht: 2026-02-30")
    page.keyboard.press("l")
    assert refused(page).endswith("no such day: 2026-02-30")


def test_both_readers_of_the_words_read_the_same(open_page: OpenPage, base: str) -> None:
    """The browser and the pages that the server writes share one file; what a system's panel brings is the browser's."""
    page = open_page()
    show(page, base, "#/")
    shared = {text for module in modules() for text in sentences(module) if f'"{text}":' not in panel_of(module)}
    texts = sorted(text.replace("{}", "7") for text in shared)
    read = page.evaluate(
        "async texts => { const { said } = await import('/static/js/i18n/refusals.js'); return texts.map(said); }",
        texts,
    )
    assert read == [said(text, "de") for text in texts]


def test_a_form_of_rules_refuses_in_german(open_page: OpenPage, base: str) -> None:
    page = open_page(allow=("422",))
    show(page, base, "#/")
    turn_to(page, "#/rules/new")
    page.evaluate(
        "() => { document.querySelector('cr-rule-form').draft = "
        "{ ...document.querySelector('cr-rule-form').draft, since: '2026-12-24', until: '2026-12-01' }; }"
    )
    until(page, "document.querySelector('cr-rule-form .hint-error')?.textContent.includes('liegt vor dem ersten Tag')")
