"""Which of the city's languages a reader wants, and what kind of device it is."""

from __future__ import annotations

from starlette.requests import Request

LANGUAGES = ("de", "en")
COOKIE = "stadtwerk_lang"
_BROWSERS = (("Edg/", "Edge"), ("Firefox/", "Firefox"), ("Chrome/", "Chromium"), ("Safari/", "Safari"))
_SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS", "macOS"),
    ("Linux", "Linux"),
)


def language(request: Request) -> str:
    """Choose a language: as asked in the address, as chosen before, as the browser says, German."""
    for asked in (request.query_params.get("lang"), request.cookies.get(COOKIE)):
        if asked in LANGUAGES:
            return asked
    wanted = request.headers.get("accept-language", "").lower().split(",")
    codes = (one.strip()[:2] for one in wanted)
    return next((code for code in codes if code in LANGUAGES), "de")


def device(request: Request) -> str:
    """Name browser and system in two words, so that people tell their sessions apart; no more is kept."""
    told = request.headers.get("user-agent", "")
    browser = next((name for mark, name in _BROWSERS if mark in told), "")
    system = next((name for mark, name in _SYSTEMS if mark in told), "")
    return " · ".join(part for part in (browser, system) if part)
