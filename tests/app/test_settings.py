"""How a process of the city is told what to do."""

import json
from pathlib import Path

import pytest

from stadtwerk.app.settings import Settings, read_mirror
from stadtwerk.kernel.refusal import Refused


def test_settings_travel_as_one_argument(tmp_path: Path) -> None:
    settings = Settings(tmp_path, tmp_path / "data", contexts=tmp_path / "contexts.json", fetch_contexts="public")
    assert Settings.load(settings.dump()) == settings
    assert Settings.load(Settings(tmp_path, tmp_path).dump()).contexts is None


def test_contexts_of_others_are_files_beside_their_list(tmp_path: Path) -> None:
    (tmp_path / "a.jsonld").write_text("{}")
    names = tmp_path / "contexts.json"
    names.write_text(json.dumps({"https://example.org/a.jsonld": "a.jsonld"}))
    assert read_mirror(names) == {"https://example.org/a.jsonld": tmp_path / "a.jsonld"}
    assert read_mirror(None) == {}


@pytest.mark.parametrize("text", [b"", b"[]", b"{", b'{"https://x/y": 7}', b'{"https://x/y": "lost"}', b"\xff"])
def test_a_list_of_contexts_that_is_none_is_refused(text: bytes, tmp_path: Path) -> None:
    names = tmp_path / "contexts.json"
    names.write_bytes(text)
    with pytest.raises(Refused, match="contexts"):
        read_mirror(names)
    with pytest.raises(Refused, match="contexts"):
        read_mirror(tmp_path / "nowhere.json")
