"""The pages of one's own: sign-in, account, and who read what about me; rendered here, complete without JavaScript."""

from __future__ import annotations

from pathlib import Path

from stadtwerk.apps.rendering import make_render

render = make_render(Path(__file__).parent)
