"""Takes docs/control-room.png from a running city.

    python tests/apps/screenshot.py http://127.0.0.1:8080 TOKEN [docs/control-room.png] [--address '#/district/mitte']

TOKEN is the one-time word of a sign-in link (`stadtwerk link` prints one).
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

sys.path.insert(0, str(Path(__file__).parents[1]))
from apps.browser import launch, until, until_ready

SETTLE_MS = 2500


def take(base: str, token: str, picture: Path, *, address: str, theme: str, lang: str, size: tuple[int, int]) -> None:
    """Sign in, go to an address and save what the operator sees."""
    with sync_playwright() as playwright:
        browser = launch(playwright)
        context = browser.new_context(
            viewport={"width": size[0], "height": size[1]},
            color_scheme="dark" if theme == "night" else "light",
            locale="de-DE" if lang == "de" else "en-GB",
            reduced_motion="reduce",
        )
        page = context.new_page()
        page.goto(f"{base}/sign-in?token={token}")
        page.goto(f"{base}/{address}")
        page.reload()
        until_ready(page)
        until(page, "document.querySelector('cr-map').city.map.areTilesLoaded()")
        page.wait_for_timeout(SETTLE_MS)
        picture.parent.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=str(picture))
        browser.close()


def main() -> None:
    """Read the command line and take the picture."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("base")
    parser.add_argument("token")
    parser.add_argument("picture", nargs="?", type=Path, default=Path("docs/control-room.png"))
    parser.add_argument("--address", default="#/")
    parser.add_argument("--theme", choices=("night", "day"), default="night")
    parser.add_argument("--lang", choices=("de", "en"), default="en")
    parser.add_argument("--size", default="1440x900")
    wish = parser.parse_args()
    width, height = (int(side) for side in wish.size.split("x"))
    take(
        wish.base.rstrip("/"),
        wish.token,
        wish.picture,
        address=wish.address,
        theme=wish.theme,
        lang=wish.lang,
        size=(width, height),
    )
    print(wish.picture)


if __name__ == "__main__":
    main()
