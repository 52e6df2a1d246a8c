"""The vault: what is sealed opens only with its key, and a destroyed key is gone from every byte of the disk."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from stadtwerk.kernel.refusal import Refused
from stadtwerk.stores.vault import sealing
from stadtwerk.stores.vault.checkpoint import Notary
from stadtwerk.stores.vault.database import VaultDatabase
from stadtwerk.stores.vault.persons import Persons
from stadtwerk.stores.vault.sessions import Session, Sessions

ANNA, BERT = "p-" + "a" * 16, "p-" + "b" * 16
MASTER = bytes(range(32))


@pytest.fixture
def vault(tmp_path: Path) -> VaultDatabase:
    """An empty vault."""
    return VaultDatabase(tmp_path / "keys.db")


@pytest.mark.secures("AR-10", "AR-11")
def test_sealed_text_opens_with_its_key_only(vault: VaultDatabase) -> None:
    """The same text in the same place is the same ciphertext; in another place, or of another person, it is not."""
    persons = Persons(vault, MASTER)
    persons.create(ANNA)
    persons.create(BERT)
    text = persons.seal(ANNA, "Anna Brandt", "c1.name")
    assert "Anna" not in text
    assert text == persons.seal(ANNA, "Anna Brandt", "c1.name")
    assert text != persons.seal(ANNA, "Anna Brandt", "c2.name")
    assert persons.open(text) == "Anna Brandt"
    assert persons.open(text.replace(ANNA, BERT)) is None
    assert persons.open(text[:-4] + "AAA=") is None
    assert persons.open("sealed:1:nobody:xx") is None
    with pytest.raises(Refused):
        persons.seal("p-" + "c" * 16, "x", "c1.name")


@pytest.mark.secures("AR-10")
def test_keys_come_back_with_the_master_key_and_not_without(vault: VaultDatabase) -> None:
    """Persons are wrapped by the folder's master key."""
    persons = Persons(vault, MASTER)
    persons.create(ANNA)
    text = persons.seal(ANNA, "Anna", "c1.name")
    assert Persons(vault, MASTER).open(text) == "Anna"
    with pytest.raises(Refused, match="same backup"):
        Persons(vault, bytes(32))


@pytest.mark.secures("personal")
def test_a_destroyed_key_is_in_no_byte_of_the_files(tmp_path: Path, vault: VaultDatabase) -> None:
    """Neither the wrapped key nor a mark is left in the database or in its log, while the others still work."""
    persons = Persons(vault, MASTER)
    people = [f"p-{n:016d}" for n in range(60)]
    for person in people:
        persons.create(person)
        persons.mark(person, "name", {f"Name {person}"})
    wrapped = dict(vault.rows("SELECT * FROM person"))
    marks = dict(vault.rows("SELECT person, mark FROM mark"))
    assert any(wrapped[people[7]] in path.read_bytes() for path in tmp_path.iterdir())
    for person in people[::2]:
        persons.destroy(person)
    disk = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    for person in people[::2]:
        assert wrapped[person] not in disk
        assert wrapped[person][12:40] not in disk
        assert marks[person].encode() not in disk
        assert person not in persons
    assert persons.open(persons.seal(people[1], "still here", "c")) == "still here"
    assert wrapped[people[1]] in disk


def test_known_names_are_recognised_and_unknown_are_not(vault: VaultDatabase) -> None:
    """By keyed hashes of the words, whatever their case; after erasure no more."""
    persons = Persons(vault, MASTER)
    persons.create(ANNA)
    persons.mark(ANNA, "name", {"Anna Brandt", "anna.brandt@stadt.example"})
    assert persons.names_somebody("said ANNA  brandt, on the phone")
    assert persons.names_somebody("see anna.brandt@stadt.example.")
    assert not persons.names_somebody("a fire: Brandt street, Anna lane")
    persons.mark(ANNA, "name", {"Anna Neu"})
    assert not persons.names_somebody("Anna Brandt")
    assert Persons(vault, MASTER).names_somebody("Anna Neu")
    assert b"Brandt" not in b"".join(str(row).encode() for row in vault.rows("SELECT * FROM mark"))


def session(token: str, at_us: int, *, one_time: bool = False, actor: str = ANNA) -> Session:
    """Make a session that lasts 100."""
    return Session(token, actor, "link", "", one_time, at_us, at_us, at_us + 100)


@pytest.mark.secures("AR-6")
def test_sessions_end_by_time_by_hand_and_by_number(vault: VaultDatabase) -> None:
    """A session runs out, is ended alone or with all, gives way to newer ones, and survives a restart."""
    sessions = Sessions(vault)
    sessions.open(session("t1", 0))
    assert sessions.find("t1", 99, 1000)
    assert sessions.find("t1", 100, 1000) is None
    assert sessions.find("t1", 60, 50) is None, "idle"
    assert Sessions(vault).find("t1", 1, 1000) == session("t1", 0)
    for n in range(30):
        sessions.open(session(f"many-{n}", n + 1))
    assert len(sessions.of(ANNA, 50)) == 20
    sessions.end(ANNA, {"many-29"})
    assert len(sessions.of(ANNA, 50)) == 19
    sessions.open(session("other", 40, actor=BERT))
    sessions.end(ANNA)
    assert not sessions.of(ANNA, 50)
    assert not Sessions(vault).of(ANNA, 50)
    assert Sessions(vault).of(BERT, 50)


@pytest.mark.secures("AR-8")
def test_a_link_lets_in_once(vault: VaultDatabase) -> None:
    """The second gets nothing, nor does the late; a link is no session."""
    sessions = Sessions(vault)
    sessions.open(session("link", 0, one_time=True))
    assert sessions.find("link", 1, 1000) is None
    assert sessions.redeem("link", 1)
    assert sessions.redeem("link", 1) is None
    sessions.open(session("late", 0, one_time=True))
    assert sessions.redeem("late", 100) is None
    assert Sessions(vault).redeem("late", 1) is None


@pytest.mark.secures("AR-9")
def test_secrets_are_their_owners_alone(tmp_path: Path) -> None:
    """Made once, mode 0600; the vault and its backup too, and the backup is complete."""
    first = sealing.read_secret(tmp_path / "master")
    assert sealing.read_secret(tmp_path / "master") == first
    assert len(first) == 32
    vault = VaultDatabase(tmp_path / "keys.db")
    Persons(vault, first).create(ANNA)
    vault.backup(tmp_path / "copy.db")
    for name in ("master", "keys.db", "copy.db"):
        assert (tmp_path / name).stat().st_mode & 0o777 == 0o600
    with sqlite3.connect(tmp_path / "copy.db") as copy:
        assert copy.execute("SELECT id FROM person").fetchall() == [(ANNA,)]
    copy.close()


@pytest.mark.secures("AR-11")
def test_a_head_is_signed_by_the_folder(tmp_path: Path) -> None:
    """The note has the form of C2SP tlog-checkpoint; the key stays the same."""
    notary = Notary(tmp_path / "notary", "stadtwerk/dorf")
    text = notary.sign(3, bytes(32), "2026-11-24T12:00:00Z")
    assert text.startswith("stadtwerk/dorf\n3\nAAAA")
    assert "\n\n— stadtwerk/dorf " in text
    assert Notary(tmp_path / "notary", "stadtwerk/dorf").verifier_key == notary.verifier_key
