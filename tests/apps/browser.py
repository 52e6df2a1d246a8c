"""What the screen tests know of the browser: how it is started, how one waits, how one asks axe."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, Playwright

CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = [
    "--no-sandbox",
    "--use-gl=angle",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PATIENCE_MS = 30_000
STEP_MS = 50


def launch(playwright: Playwright) -> Browser:
    """Start the system's Chromium with software drawing."""
    return playwright.chromium.launch(executable_path=str(CHROMIUM), args=ARGUMENTS, headless=True)


def until(page: Page, question: str, *, patience_ms: int = PATIENCE_MS) -> None:
    """Wait until an expression is true in the page; the page's content policy stays in force meanwhile."""
    for _ in range(patience_ms // STEP_MS):
        if page.evaluate(f"() => Boolean({question})"):
            return
        page.wait_for_timeout(STEP_MS)
    raise AssertionError(f"never true: {question}\n{page.url}\n{page.inner_text('body')[:2000]}")


def until_ready(page: Page) -> None:
    """Wait until the map shows all lamps and the city has spoken."""
    until(page, "document.querySelector('.map-frame[data-state=ready]') && document.querySelector('.counts .n')")


def show(page: Page, base: str, address: str) -> None:
    """Load an address afresh and wait for map and panel."""
    page.goto("about:blank")
    page.goto(f"{base}/{address}")
    until_ready(page)


def turn_to(page: Page, address: str) -> None:
    """Go to another screen within the page that is loaded, and wait until its panel has something to say."""
    page.evaluate("address => { location.hash = address; }", address)
    name = address.lstrip("#/").split("/")[0].split("?")[0]
    until(page, "document.querySelector('#panel .scroll > *')?.childElementCount" if name else "true")
    until(page, "!document.querySelector('.panel .state .dots')")


def violations(page: Page, axe: Path, *, part: str = "html") -> list[str]:
    """Ask axe-core about the page, or a part of it, as it is (WCAG 2.2 A and AA, best practices)."""
    if not page.evaluate("() => Boolean(window.axe)"):
        page.evaluate(axe.read_text(encoding="utf-8"))
    tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
    report: dict[str, Any] = page.evaluate(
        f"() => axe.run({json.dumps(part)}, {{runOnly: {{type: 'tag', values: {json.dumps(tags)}}}}})"
    )
    assert len(report["passes"]) > 5, "axe did not look at the page"
    return [
        f"{page.url} {v['id']}: {v['help']}\n    {node['html'][:300]}\n    {node['failureSummary'][:400]}"
        for v in report["violations"]
        for node in v["nodes"]
    ]
