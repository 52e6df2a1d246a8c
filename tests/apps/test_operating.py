"""An operator's hands: search, look, dim, confirm, undo; with the keyboard, with the mouse, when things go wrong."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page, Request, Route

from apps.browser import show, until
from apps.conftest import OpenPage
from path.running import eventually

LAMP = "du-0000401"


def commands_of(page: Page) -> list[Request]:
    """Collect the commands a page sends."""
    sent: list[Request] = []
    page.on("request", lambda request: sent.append(request) if request.method == "POST" else None)
    return sent


def confirmed(page: Page) -> None:
    """Wait until the command on show is confirmed by all its lamps."""
    until(
        page,
        "document.querySelector('cr-command .key-pending .n')?.textContent === '0'"
        " && document.querySelector('cr-command .life .is-done:last-child')",
        patience_ms=90_000,
    )


def test_keyboard_alone_dims_a_lamp_and_undoes_it(open_page: OpenPage, base: str) -> None:
    page = open_page()
    show(page, base, "#/")
    sent = commands_of(page)
    page.keyboard.press("/")
    page.keyboard.type(LAMP)
    page.keyboard.press("Enter")
    until(page, f"document.activeElement.id === 'panel-title' && document.activeElement.textContent === '{LAMP}'")
    until(page, "document.querySelector('cr-lamp .facts')")
    page.keyboard.press("d")
    until(page, "document.activeElement.id === 'dim-level'")
    page.keyboard.press("Home")
    for _ in range(3):
        page.keyboard.press("PageUp")
    page.keyboard.press("Enter")
    until(page, "document.activeElement.closest('.confirm')")
    page.keyboard.press("Enter")
    confirmed(page)
    body = sent[0].post_data_json
    assert body["target"] == {"lamp": LAMP}
    assert body["level_percent"] == 30
    assert re.fullmatch(r"[0-9a-f-]{36}", sent[0].headers["idempotency-key"])
    page.get_by_role("link", name="Rückgängig").press("Enter")
    until(page, "document.activeElement.closest('cr-clear .confirm')")
    page.keyboard.press("Enter")
    confirmed(page)
    assert sent[1].url.endswith("lighting.clear")
    page.keyboard.press("Escape")
    until(page, "location.hash.split('?')[0] === '#/'")


def test_the_mouse_draws_an_area_and_dims_it(open_page: OpenPage, base: str, ask: Callable[[str], Any]) -> None:
    lamp = ask(f"/api/lighting/lamps/{LAMP}")
    page = open_page()
    show(page, base, f"#/draw?map=15.50/{lamp['lat']}/{lamp['lon']}")
    sent = commands_of(page)
    box = page.locator(".map canvas").bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    for dx, dy in ((-110, -110), (110, -110), (110, 110), (-110, 110)):
        page.mouse.click(x + dx, y + dy, delay=30)
        page.wait_for_timeout(350)  # two clicks close together are a double click
    page.mouse.click(x - 110, y - 110)
    until(page, "location.hash.startsWith('#/area/') && document.querySelector('cr-group .big')")
    count = int(re.sub(r"\D", "", page.locator("cr-group .crumbs").inner_text().split("·")[0]))
    assert count > 0
    page.get_by_role("link", name="Dimmen", exact=True).click()
    page.get_by_role("button", name="75", exact=True).click()
    page.get_by_role("button", name="Prüfen").click()
    page.locator(".confirm button.primary").click()
    confirmed(page)
    ring = sent[0].post_data_json["target"]["polygon"]
    assert len(ring) == 5
    assert ring[0] == ring[-1]
    assert page.locator("cr-command .key-confirmed .n").inner_text().replace(".", "") in (
        str(count),
        str(count - 1),
        str(count - 2),
    )


def test_the_keyboard_draws_an_area(open_page: OpenPage, base: str, ask: Callable[[str], Any]) -> None:
    lamp = ask(f"/api/lighting/lamps/{LAMP}")
    page = open_page(reduced_motion="reduce")
    show(page, base, f"#/?map=15.50/{lamp['lat']}/{lamp['lon']}")
    page.keyboard.press("p")
    until(page, "document.activeElement.tagName === 'CANVAS'")
    for keys in (("ArrowLeft",), ("ArrowUp", "ArrowRight"), ("ArrowDown", "ArrowDown", "ArrowRight")):
        for key in keys:
            page.keyboard.press(key)
            until(page, "!document.querySelector('cr-map').city.map.isMoving()")
        page.keyboard.press(" ")
    page.keyboard.press("Enter")
    until(page, "location.hash.startsWith('#/area/')")


def test_a_district_is_chosen_from_the_list(open_page: OpenPage, base: str) -> None:
    page = open_page(lang="en")
    show(page, base, "#/")
    page.keyboard.press("c")
    until(page, "document.activeElement.id === 'choose-kind'")
    page.locator("cr-choose .rows a").first.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    until(page, "location.hash.startsWith('#/district/') && document.querySelector('cr-group .spread')")


def test_a_click_on_the_map_opens_lamp_street_and_district(
    open_page: OpenPage, base: str, ask: Callable[[str], Any]
) -> None:
    lamp = ask(f"/api/lighting/lamps/{LAMP}")
    page = open_page(reduced_motion="reduce")
    show(page, base, f"#/?map=17.00/{lamp['lat']}/{lamp['lon']}")
    until(page, "document.querySelector('cr-map').city.map.areTilesLoaded()")
    box = page.locator(".map canvas").bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    until(page, "location.hash.startsWith('#/lamp/')")
    page.evaluate(f"() => {{ location.hash = '#/?map=11.00/{lamp['lat']}/{lamp['lon']}'; }}")
    until(
        page,
        "document.querySelector('cr-map').city.map.getZoom() < 12"
        " && document.querySelector('cr-map').city.map.areTilesLoaded()",
    )
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    until(page, "location.hash.startsWith('#/district/')")


def test_an_address_brings_back_the_whole_screen(open_page: OpenPage, base: str) -> None:
    page = open_page()
    show(page, base, f"#/lamp/{LAMP}")
    until(page, "new URLSearchParams(location.hash.split('?')[1]).get('map')")
    page.keyboard.press("o")
    until(page, "!document.querySelector('#panel')")
    page.go_back()
    until(page, f"document.querySelector('#panel-title')?.textContent === '{LAMP}'")
    view = page.evaluate("document.querySelector('cr-map').city.view()")
    page.reload()
    until(page, "document.querySelector('.map-frame[data-state=ready]') && document.querySelector('cr-lamp .facts')")
    assert page.evaluate("document.querySelector('cr-map').city.view()") == view


def test_a_refusal_stands_beside_its_field(open_page: OpenPage, base: str) -> None:
    page = open_page(allow=("422",))
    late = re.compile(r'"until":"[^"]*"')

    def dawdle(route: Route) -> None:
        route.continue_(post_data=late.sub('"until":"2020-01-01T00:00:00Z"', route.request.post_data or ""))

    page.route("**/api/commands/**", dawdle)
    show(page, base, f"#/lamp/{LAMP}/dim")
    page.get_by_role("button", name="Prüfen").click()
    page.locator(".confirm button.primary").click()
    until(page, "document.querySelector('fieldset .hint-error')")
    assert "lies in the past" in page.locator("fieldset .hint-error").inner_text()
    assert "Abgelehnt" in page.locator("cr-dim .problem").inner_text()


def test_an_end_in_the_past_is_refused_before_it_is_sent(open_page: OpenPage, base: str) -> None:
    page = open_page(lang="en")
    show(page, base, f"#/lamp/{LAMP}/dim")
    sent = commands_of(page)
    page.get_by_label("another time").check()
    page.get_by_label("Date and time").fill("2020-01-01T06:00")
    page.get_by_role("button", name="Check").click()
    until(page, "document.querySelector('fieldset .hint-error')")
    assert not sent


def test_the_stream_comes_back_after_a_kill(open_page: OpenPage, base: str, kill_core: Callable[[], None]) -> None:
    page = open_page(allow=("503", "ERR_", "Failed to load resource"))
    streams: list[Request] = []
    page.on("request", lambda request: streams.append(request) if "/api/stream" in request.url else None)
    show(page, base, "#/")
    until(page, "document.querySelector('.connection.is-live')")
    kill_core()
    until(page, "document.querySelector('.connection.is-reconnecting, .connection.is-stale')")
    until(page, "document.querySelector('.connection.is-live')", patience_ms=60_000)
    assert [r for r in streams[1:] if "since=" in r.url or "last-event-id" in r.all_headers()]


def test_when_the_city_does_not_answer_the_panels_say_so(
    open_page: OpenPage, base: str, ask: Callable[[str], Any]
) -> None:
    # A city that has just begun has no trend to draw: the second minute brings one.
    eventually(lambda: len(ask("/api/lighting/energy")["at"]) > 1, timeout_s=180)
    page = open_page(allow=("Failed to load resource", "net::"))
    page.route("**/api/search*", lambda route: route.abort())
    page.route("**/api/lighting/energy*", lambda route: route.abort())
    show(page, base, "#/")
    until(page, "document.querySelector('cr-overview .problem')")
    page.keyboard.press("/")
    page.keyboard.type("hafen")
    until(page, "document.querySelector('.search-none')")
    page.unroute("**/api/lighting/energy*")
    page.locator("cr-overview .problem button").click()
    until(page, "document.querySelector('cr-overview .trend canvas')")


def test_without_webgl_lists_and_commands_still_work(open_page: OpenPage, base: str) -> None:
    page = open_page(allow=("WebGL", "webgl"))
    page.add_init_script(
        "HTMLCanvasElement.prototype.getContext = (get => function (kind, ...more) {"
        " return kind.startsWith('webgl') ? null : get.call(this, kind, ...more); })"
        "(HTMLCanvasElement.prototype.getContext)"
    )
    page.goto(f"{base}/#/lamp/{LAMP}")
    until(page, "document.querySelector('.map-frame[data-state=failed]') && document.querySelector('cr-lamp .facts')")


def test_help_opens_over_any_screen_and_switches_keys_off(open_page: OpenPage, base: str) -> None:
    page = open_page()
    show(page, base, f"#/lamp/{LAMP}")
    page.keyboard.press("?")
    until(page, "document.querySelector('dialog.help[open]')")
    assert "help" in page.url
    page.get_by_label("Kurzbefehle mit einer Taste").uncheck()
    page.keyboard.press("Escape")
    until(page, "!document.querySelector('dialog.help[open]') && !location.hash.includes('help')")
    page.keyboard.press("t")
    assert page.evaluate("document.documentElement.dataset.theme") == "night"


def test_skip_links_lead_to_search_map_and_details(open_page: OpenPage, base: str) -> None:
    page = open_page()
    show(page, base, f"#/lamp/{LAMP}")
    for at, where in enumerate(("search", "canvas", "panel-title"), start=1):
        page.evaluate("document.querySelector('.skips a').blur()")
        page.evaluate(f"document.querySelectorAll('.skips a')[{at - 1}].focus()")
        page.keyboard.press("Enter")
        focused = page.evaluate("document.activeElement.id || document.activeElement.tagName.toLowerCase()")
        assert focused == where, json.dumps(focused)


def test_a_street_shows_its_lighting_class(open_page: OpenPage, base: str, ask: Callable[[str], Any]) -> None:
    street = ask(f"/api/lighting/lamps/{LAMP}")["street"]["id"]
    found = ask(f"/api/lighting/class?street={street}")
    page = open_page()
    show(page, base, f"#/street/{street}")
    until(page, f"document.querySelectorAll('cr-street-class li').length === {len(found['areas'])}")
    words = page.locator("cr-street-class").inner_text()
    assert found["areas"][0]["required"] in words
    assert found["generated"]
