"""Lists read beside the city: a process of their own, one at a time, and a refusal is an answer."""

from __future__ import annotations

import asyncio
import io
import json
import zipfile
from pathlib import Path

import pytest

from stadtwerk.app.folder import open_folder
from stadtwerk.app.lists.__main__ import answer
from stadtwerk.app.lists.client import LampLists
from stadtwerk.app.lists.wire import Task
from stadtwerk.doors.lamp_lists import PERMISSION, Asked
from stadtwerk.kernel.access.roles import Principal, may
from stadtwerk.kernel.refusal import Refused
from stadtwerk.systems.lighting.inventory import read_inventory

SOURCE = Path(__file__).parents[2] / "src"
LIST = b"Nr,lon,lat,Watt\na,6.76,51.43,30\nb,6.761,51.43,40\nb,6.761,51.43,40\nc,0,0,30\n"


def task(**more: str) -> Task:
    """Ask about a list of four rows, two of them good."""
    return Task(LIST, "list.csv", {}, "", **more)


def test_a_preview_has_a_picture_of_the_doubtful() -> None:
    """What is left out for standing elsewhere is not drawn, the repeated row is, with its kind."""
    shown = json.loads(answer(task()).answer)
    assert (shown["taken"], shown["left_out"]) == (2, 2)
    picture = shown["picture"]
    assert sorted(picture["id"]) == ["a", "b", "b"]
    marked = {name for name, kind in zip(picture["id"], picture["kind"], strict=True) if kind >= 0}
    assert marked == {"b"}
    assert picture["kinds"][picture["kind"][0]] == "same-again"


def test_a_city_to_take_away_boots(tmp_path: Path) -> None:
    """The zip file holds a folder the platform can read."""
    zipfile.ZipFile(io.BytesIO(answer(task(city="Testdorf", source="us", licence="none")).answer)).extractall(tmp_path)
    assert read_inventory(open_folder(tmp_path)).power_w.tolist() == [30.0, 40.0]


def test_a_refusal_is_an_answer() -> None:
    """In the words of the importer."""
    refusal = answer(Task(b"", "list.csv", {}, "")).refusal
    assert refusal is not None
    assert refusal.status == 422


def test_the_process_answers_and_refuses_a_second_list(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """While one list is read, another is told to wait; then it is read too."""

    monkeypatch.setenv("PYTHONPATH", str(SOURCE))

    async def ask_twice() -> tuple[bytes, bytes]:
        lists = LampLists(tmp_path)
        first = asyncio.create_task(lists.read(Asked(), LIST))
        await asyncio.sleep(0)
        with pytest.raises(Refused, match="Another list"):
            await lists.read(Asked(), LIST)
        one = await first
        return one, await lists.read(Asked(columns={"power_w": ""}), LIST)

    first, second = asyncio.run(ask_twice())
    assert json.loads(first)["first"][0]["becomes"]["power_w"] == 30.0
    assert json.loads(second)["first"][0]["becomes"]["power_w"] is None
    with pytest.raises(Refused, match="no column"):
        asyncio.run(LampLists(tmp_path).read(Asked(columns={"power_w": "X"}), LIST))


def test_operators_set_nothing_up() -> None:
    """Engineers read lists."""
    assert not may(Principal("ada", ("operator",)), PERMISSION)
    assert may(Principal("eva", ("engineer",)), PERMISSION)
