"""The pages for the street: a citizen reports a lamp, a crew works its tour; readable without JavaScript."""

from __future__ import annotations

from pathlib import Path

from stadtwerk.apps.rendering import make_render

STATIC = Path(__file__).parent / "static"
render = make_render(Path(__file__).parent)
