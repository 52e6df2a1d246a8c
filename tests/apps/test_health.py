"""The health screen: how full the limits are, the processes, and the doctor's words in the reader's language."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from playwright.sync_api import Route, expect

from apps.browser import show, until, violations
from apps.conftest import OpenPage


@pytest.mark.parametrize(
    ("lang", "well", "core"), [("de", "Prüfungen in Ordnung", "Kern"), ("en", "checks that are well", "Core")]
)
def test_health_is_shown_in_the_readers_language(
    open_page: OpenPage, base: str, lang: str, well: str, core: str
) -> None:
    page = open_page(lang=lang)
    show(page, base, "#/health")
    expect(page.locator("#panel summary")).to_contain_text(well)
    expect(page.locator("#panel tbody tr", has_text=core)).to_contain_text("MB")
    assert page.locator(".fills li").count() == 10
    page.locator("#panel summary").press("Enter")
    assert page.locator("#panel details .findings li").count() > 10


def test_what_is_wrong_is_shown_with_what_to_do(open_page: OpenPage, base: str, libraries: Path) -> None:
    """A full inbox, a restart and a damaged file are seen at once, by sign and words, not by colour alone."""
    page = open_page(lang="en")

    def spoil(route: Route) -> None:
        told = route.fetch().json()
        told["status"] = "failing"
        told["limits"][0] |= {"value": 400_000, "share": 1.0}
        told["processes"][0]["restarts"] = 3
        route.fulfill(json=told)

    wrong = {
        "check": "databases",
        "level": "error",
        "finding": "decisions.db is damaged",
        "advice": "Restore the last backup.",
    }
    page.route("**/api/health", spoil)
    page.route("**/api/health/findings*", lambda route: route.fulfill(body=json.dumps({"findings": [wrong]})))
    show(page, base, "#/health")
    expect(page.locator("#panel .status strong")).to_have_text("The city cannot work")
    expect(page.locator(".findings li").first).to_contain_text("Restore the last backup.")
    expect(page.locator(".fills li").first.locator(".abnormal svg")).to_have_count(1)
    expect(page.locator("tbody tr").first.locator("td.abnormal")).to_have_text("3")
    assert not violations(page, libraries / "axe-core" / "axe.min.js", part="#panel")


def test_findings_that_cannot_be_had_are_said_to_be_so(open_page: OpenPage, base: str) -> None:
    page = open_page(lang="en", allow=("403",))
    page.route("**/api/health/findings*", lambda route: route.fulfill(status=403, body="{}"))
    show(page, base, "#/health")
    expect(page.locator("#panel .problem")).to_contain_text("You may not do this.")
    until(page, "document.querySelectorAll('.fills li').length > 0")
