"""Nature and law on the screen: rules, who is against them, zones on the map, and a refusal that names its rule."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from apps.browser import show, turn_to, until, violations
from apps.conftest import OpenPage

Ask = Callable[[str], Any]
RULE = "crossing-not-dimmed"
DRAWN = "document.querySelector('cr-map').city.map.querySourceFeatures('zones').length"


def test_rules_and_who_is_against_them(
    open_page: OpenPage, base: str, ask: Ask, libraries: Path, tmp_path: Path
) -> None:
    """The list counts as the question does, one leads to its lamps, and the map shows zones only meanwhile."""
    page = open_page()
    show(page, base, "#/law")
    until(page, "document.querySelectorAll('cr-law .counts a').length > 5")
    until(page, f"{DRAWN} > 0")
    page.screenshot(path=str(tmp_path / "rules.png"))
    assert not violations(page, libraries / "axe-core" / "axe.min.js", part="#panel")
    rule = {one["id"]: one for one in ask("/api/lighting/rules")["rules"]}[RULE]
    page.locator(f'a[href="#/law/{RULE}"]').press("Enter")
    until(page, f"document.querySelectorAll('cr-law .rows a').length === {rule['against']}")
    assert not violations(page, libraries / "axe-core" / "axe.min.js", part="#panel")
    page.screenshot(path=str(tmp_path / "rule.png"))
    turn_to(page, "#/alarms")
    until(page, f"{DRAWN} === 0")


@pytest.mark.refusal("lighting.set-level")
def test_a_protected_street_is_refused_by_name_and_then_spared(
    open_page: OpenPage, base: str, ask: Ask, libraries: Path, tmp_path: Path
) -> None:
    """A person reads which rule protects which lamps, and sends again without them."""
    lamp = ask(f"/api/lighting/rules/conflicts?rule={RULE}")["lamps"][0]["id"]
    street = ask(f"/api/lighting/lamps/{lamp}")["street"]["id"]
    page = open_page(allow=("409",))
    show(page, base, f"#/street/{street}")
    until(page, "document.querySelector('cr-street-law .counts')")
    page.screenshot(path=str(tmp_path / "street.png"))
    turn_to(page, f"#/street/{street}/dim")
    now = page.evaluate("() => Date.now()")
    page.get_by_label("andere Zeit").check()
    tomorrow = page.evaluate("now => new Date(now + 20 * 3600000).toISOString().slice(0, 16)", now)
    page.get_by_label("Datum und Uhrzeit").fill(tomorrow)
    page.get_by_role("button", name="Prüfen").press("Enter")
    page.locator("cr-dim .confirm button.primary").press("Enter")
    until(page, f"document.querySelector('cr-dim .problem')?.innerText.includes('{RULE}')")
    page.screenshot(path=str(tmp_path / "refused.png"))
    assert not violations(page, libraries / "axe-core" / "axe.min.js", part="#panel")
    page.get_by_role("button", name="Geschützte Leuchten auslassen").press("Enter")
    until(page, "location.hash.startsWith('#/command/')")
    rows = ask(f"/api/lighting/rules/street?street={street}")["rules"]
    protected = next(one["bound"] for one in rows if one["id"] == RULE)
    command = ask(f"/api/commands/{page.evaluate('() => location.hash')[10:].split('?')[0]}")
    assert command["targets"] == ask(f"/api/lighting/rules/street?street={street}")["lamps"] - protected
    clear = f'{{"target": {{"street": "{street}"}}}}'
    page.evaluate(
        "async body => fetch('/api/commands/lighting.clear', "
        "{method: 'POST', headers: {'content-type': 'application/json'}, body})",
        clear,
    )
