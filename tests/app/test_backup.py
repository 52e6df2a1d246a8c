"""A city is saved while it runs and made again, on either store; every table comes out with the same hash."""

from __future__ import annotations

import hashlib
import json
import sqlite3
import tarfile
import threading
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from app.filled import NOW_US, TYPES, decide, fill, make_home, observe
from stadtwerk.adapters.photos import Photos
from stadtwerk.app.backup import back_up
from stadtwerk.app.export import export_city
from stadtwerk.app.home import Home
from stadtwerk.app.import_data import import_data
from stadtwerk.app.rebuild import check_folder
from stadtwerk.app.restore import restore
from stadtwerk.kernel.clock import US
from stadtwerk.kernel.limits import RESTORE_GAP
from stadtwerk.kernel.refusal import Refused
from stadtwerk.stores.copying import Contents, contents, differences
from stores.server import PostgresServer

GAPS = ("meta", "tail_archived")
"""Tables in which a restore leaves numbers out."""


@pytest.fixture(params=["sqlite", "postgresql"])
def home(request: pytest.FixtureRequest, tmp_path: Path) -> Home:
    """A small city with some of everything, on either store."""
    store = request.getfixturevalue("postgres_server").url() if request.param == "postgresql" else ""
    made = make_home(tmp_path / "data", tmp_path / "city", store)
    fill(made)
    written = BytesIO()
    Image.new("RGB", (60, 40), (200, 120, 3)).save(written, "PNG")
    Photos(made.data / "photos").keep(written.getvalue())
    (made.data / "photos" / "ab").mkdir()
    (made.data / "photos" / "ab" / "abcd.4711.cafe").write_bytes(b"a photo that is just being written")
    return made


@pytest.fixture(params=["to sqlite", "to postgresql"])
def target(request: pytest.FixtureRequest, tmp_path: Path, postgres_server: PostgresServer) -> Home:
    """An empty place, on either store."""
    return Home.of(tmp_path / "new", postgres_server.url() if request.param == "to postgresql" else None)


def inside(home: Home) -> dict[str, Contents]:
    """Return what is in all tables."""
    with home.moment() as (decisions, telemetry):
        return {**contents(decisions), **contents(telemetry)}


def photos(home: Home) -> dict[str, str]:
    """Return what hangs under each photo's name: the SHA-256 of its bytes."""
    kept = (home.data / "photos").rglob("*.jpg")
    return {path.stem: hashlib.sha256(path.read_bytes()).hexdigest() for path in kept}


def same(before: dict[str, Contents], after: dict[str, Contents]) -> None:
    """All tables are equal but those in which numbers were left out, and there is something in each kind."""
    assert set(differences(before, after)) <= set(GAPS)
    for name in ("journal", "command", "state_streetlight", "history_streetlight", "history_citylighting", "tail"):
        assert before[name].rows > 0


def test_backup_and_restore(home: Home, target: Home, tmp_path: Path) -> None:
    """From either store to either: equal tables, chain good, replay equal; tokens go on above what may have been given."""
    before = inside(home)
    back_up(home, tmp_path / "saved.tar")
    restore(tmp_path / "saved.tar", target)
    again = Home.of(target.data, target.told or None)
    same(before, inside(again))
    assert photos(again) == photos(home)
    assert [name == of for name, of in photos(again).items()] == [True]
    assert not list((again.data / "photos").rglob("*.cafe"))
    report = check_folder(again.data, target.told or None)
    assert (report["chain"], report["equal"]) == ("good", True)
    assert report["stored"] == check_folder(home.data, home.told or None)["stored"]
    decisions, telemetry = again.open(TYPES)
    assert decisions.last_token("lighting") == 12 + RESTORE_GAP
    observe(telemetry, 1, NOW_US + 3600 * US)
    decide(again, decisions, 1, NOW_US + 3600 * US)
    decisions.close()
    telemetry.close()
    assert check_folder(again.data, target.told or None)["equal"]


def test_export_and_import(home: Home, target: Home, tmp_path: Path) -> None:
    """The open formats carry everything: from either store to either, and out again, with equal hashes."""
    before = inside(home)
    export_city(home, tmp_path / "out")
    import_data(tmp_path / "out", target)
    again = Home.of(target.data, target.told or None)
    same(before, inside(again))
    assert photos(again) == photos(home)
    assert check_folder(again.data, target.told or None)["equal"]
    export_city(again, tmp_path / "out2")
    for name in ("journal.jsonl", "commands.jsonl", "state_Streetlight.csv", "history_Streetlight.csv"):
        assert (tmp_path / "out" / name).read_bytes() == (tmp_path / "out2" / name).read_bytes()


def test_a_backup_is_of_one_moment(home: Home, tmp_path: Path) -> None:
    """While events and batches are committed together all the time, a backup holds as many of the one as of the other."""
    decisions, telemetry = home.open(TYPES)
    stop = threading.Event()

    def live() -> None:
        for number in range(10_000):
            if stop.is_set():
                return
            # In this order: a state that holds the n-th batch but lacks the n-th decision was never there.
            decisions.set_meta("n", str(number)).result(10)
            observe(telemetry, 1, NOW_US + (100 + number) * 60 * US)

    observe(telemetry, 1, NOW_US + 99 * 60 * US)
    decisions.set_meta("n", "0").result(10)
    worker = threading.Thread(target=live)
    worker.start()
    for number in range(3):
        back_up(home, tmp_path / f"{number}.tar")
    stop.set()
    worker.join()
    decisions.close()
    telemetry.close()
    for number in range(3):
        new = Home.of(tmp_path / f"new{number}")
        restore(tmp_path / f"{number}.tar", new)
        with new.moment() as (one, other):
            told = int(one.execute("SELECT value FROM meta WHERE name='n'").fetchone()[0])
            newest = other.execute("SELECT max(at_us) FROM history_streetlight").fetchone()[0]
        seen = (newest - NOW_US) // (60 * US) - 100
        assert told - 1 <= seen <= told


def test_what_is_not_whole_is_refused(home: Home, tmp_path: Path) -> None:
    """A cut, changed or foreign backup is refused in words, and nothing is left behind."""
    back_up(home, tmp_path / "saved.tar")
    whole = (tmp_path / "saved.tar").read_bytes()
    with pytest.raises(Refused, match="exists"):
        back_up(home, tmp_path / "saved.tar")
    faults = {
        "cut": whole[: len(whole) // 2],
        "empty": b"",
        "changed": whole.replace(b"ada", b"eve"),
        "foreign": b"x" * 9000,
    }
    for name, content in faults.items():
        (tmp_path / name).write_bytes(content)
        with pytest.raises(Refused, match=r"whole|missing|changed|differs|header|file"):
            restore(tmp_path / name, Home.of(tmp_path / "new"))
        assert not list((tmp_path / "new").iterdir())


def test_a_place_in_use_is_refused(home: Home, tmp_path: Path) -> None:
    """Neither a data folder nor a tenant with a city in it is written over."""
    back_up(home, tmp_path / "saved.tar")
    export_city(home, tmp_path / "out")
    place = Home(tmp_path / "other", home.store, home.told) if home.store else home
    with pytest.raises(Refused, match="choose"):
        restore(tmp_path / "saved.tar", place)
    with pytest.raises(Refused, match="choose"):
        import_data(tmp_path / "out", place)


def test_a_bad_export_is_refused(home: Home, tmp_path: Path) -> None:
    """A half export, a changed file and a broken chain are refused in words."""
    out, new = tmp_path / "out", Home.of(tmp_path / "new")
    export_city(home, out)
    manifest = (out / "export.json").read_bytes()
    (out / "export.json").unlink()
    with pytest.raises(Refused, match="half an export"):
        import_data(out, new)
    (out / "export.json").write_bytes(manifest)
    journal = (out / "journal.jsonl").read_bytes()
    (out / "journal.jsonl").write_bytes(journal.replace(b'"ada"', b'"eve"', 1))
    with pytest.raises(Refused, match=r"journal\.jsonl is missing or was changed"):
        import_data(out, new)
    _forge(out, "journal.jsonl")
    with pytest.raises(Refused, match=r"journal\.jsonl, line 1"):
        import_data(out, new)
    (out / "journal.jsonl").write_bytes(journal)
    (out / "export.json").write_bytes(manifest)
    (out / "state_Streetlight.csv").write_bytes(
        (out / "state_Streetlight.csv").read_bytes().replace(b"do-0000002,", b"do-0000003,")
    )
    _forge(out, "state_Streetlight.csv")
    with pytest.raises(Refused, match="state_streetlight"):
        import_data(out, new)
    assert not list((tmp_path / "new").iterdir())


def _forge(out: Path, name: str) -> None:
    """Write the hash of a changed file into the manifest, as somebody who knows the format would."""
    told = json.loads((out / "export.json").read_text())
    told["files"][name] = hashlib.sha256((out / name).read_bytes()).hexdigest()
    (out / "export.json").write_text(json.dumps(told))


def test_a_backup_is_plain(home: Home, tmp_path: Path) -> None:
    """Foreign tools open it: a tar of SQLite files."""
    back_up(home, tmp_path / "saved.tar")
    with tarfile.open(tmp_path / "saved.tar") as tar:
        tar.extract("decisions.db", tmp_path, filter="data")
    db = sqlite3.connect(tmp_path / "decisions.db")
    assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert db.execute("SELECT count(*) FROM command").fetchone() == (12,)
    db.close()
