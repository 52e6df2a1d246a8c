"""Panning the map with all 52,000 lamps in software rendering at 800x600: frames a second at three zooms."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1] / "tests")]
from playwright.sync_api import sync_playwright

from apps.browser import launch, show
from apps.conftest import sign_in, token_of
from apps.test_pace import VIEWS, pan
from city import RunningCity, duisburg, heard
from figure import publish

FPS_REQUIRED = 10
TRIES = 3


def main() -> None:
    """Boot the city, pan at each zoom, publish the best of three tries of each: other work is not the map's."""
    with tempfile.TemporaryDirectory() as data, RunningCity(duisburg(), Path(data)) as city:
        heard(city)
        base = f"http://127.0.0.1:{city.port}"
        with sync_playwright() as playwright:
            browser = launch(playwright)
            state = sign_in(browser, base, token_of(city))
            page = browser.new_context(viewport={"width": 800, "height": 600}, storage_state=state).new_page()
            show(page, base, "#/")
            for view in VIEWS:
                fps = max(pan(page, view) for _ in range(TRIES))
                publish(f"map pan zoom {view.split('/')[0]}", fps, "fps", peer="required", peer_value=FPS_REQUIRED)
            browser.close()


if __name__ == "__main__":
    main()
