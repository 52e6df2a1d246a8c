"""`python -m stadtwerk.app.lists`: reads one task from its input, answers it on its output, and ends."""

from __future__ import annotations

import io
import sys
import zipfile
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec

from stadtwerk.app.lists.wire import Reply, Task
from stadtwerk.cities.lamp_list import About, make_listed_city, preview
from stadtwerk.kernel.refusal import Refused


def answer(task: Task) -> Reply:
    """Look at a list, or make a city of it; a refusal is an answer too."""
    with TemporaryDirectory() as folder:
        file = Path(folder) / f"list{''.join(Path(task.name).suffixes)[-20:]}"
        file.write_bytes(task.body)
        try:
            looked = preview(file, task.columns, task.system)
            if not task.city:
                return Reply(msgspec.json.encode({**looked.as_dict(), "picture": looked.picture()}))
            made = Path(folder) / "city"
            make_listed_city(looked, made, About(task.city, task.source or task.name, task.licence or "unknown"))
            return Reply(_zipped(made))
        except Refused as no:
            return Reply(refusal=no.refusal)


def _zipped(folder: Path) -> bytes:
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                archive.write(path, path.relative_to(folder))
    return body.getvalue()


if __name__ == "__main__":
    sys.stdout.buffer.write(msgspec.msgpack.encode(answer(msgspec.msgpack.decode(sys.stdin.buffer.read(), type=Task))))
