"""The stand-alone verifier believes a journal that is whole, and finds every kind of forgery."""

from __future__ import annotations

import ast
from pathlib import Path

import msgspec
import pytest

import verify_journal
from stadtwerk.kernel.clock import iso
from stadtwerk.kernel.journal import GENESIS, Event, seal
from stadtwerk.stores.vault.checkpoint import Notary

BODIES = (
    {"b": 1, "a": [1.5, 1e16, 2.5e-9, -0.0, True, None]},
    {"text": 'ä " \\ \n \t \u0001 \u2028 😀 /', "seal": '","seal":"00"}'},
    {"body": {"body": {}}, "seq": 9},
    {},
)


class Journal:
    """A journal as the city exports it, with its signed head."""

    def __init__(self, folder: Path, entries: int = 8) -> None:
        self.path, self.head_path = folder / "journal.jsonl", folder / "head.txt"
        self.notary = Notary(folder / "notary", "stadtwerk/dorf")
        self.lines: list[bytes] = []
        self.last = GENESIS
        for n in range(entries):
            self.append(Event(1_000_000 * n, "command.requested", f"c-{n}", "p-ä", "", BODIES[n % 4]))
        self.publish()

    def append(self, event: Event) -> None:
        """Seal an event to the end."""
        seq = len(self.lines) + 1
        self.last = seal(self.last, seq, event, event.payload())
        plain = msgspec.to_builtins(Event(*(getattr(event, name) for name in event.__struct_fields__)))
        plain["body"] = msgspec.Raw(event.payload())
        head = {"seq": seq, "at": iso(event.at_us), **plain, "seal": self.last.hex()}
        self.lines.append(msgspec.json.encode(head) + b"\n")

    def publish(self) -> None:
        """Sign the head as it now is."""
        self.head_path.write_text(self.notary.sign(len(self.lines), self.last, "2026-11-24T12:00:00Z"))

    def check(self, *more: str) -> int:
        """Write the journal and ask the verifier."""
        self.path.write_bytes(b"".join(self.lines))
        return verify_journal.main([str(self.path), str(self.head_path), "--key", self.notary.verifier_key, *more])


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    """Eight entries, published."""
    return Journal(tmp_path)


def test_a_whole_journal_is_good(journal: Journal, capsys: pytest.CaptureFixture[str]) -> None:
    assert journal.check() == 0
    assert "8 entries of stadtwerk/dorf as published (signed)" in capsys.readouterr().out


def test_an_empty_journal_is_good(tmp_path: Path) -> None:
    assert Journal(tmp_path, 0).check() == 0


@pytest.mark.parametrize(
    "change",
    [
        (b'"actor":"p-', b'"actor":"q-'),
        (b'"kind":"command.requested"', b'"kind":"command.refused"'),
        (b'"at_us":2000000', b'"at_us":2000001'),
        (b'"at_us":2000000', b'"at_us":2000000.0'),
        (b'"seq":3', b'"seq":03'),
        (b'"cause":""', b'"cause":"x"'),
        (b'"cause":""', b'"cause": ""'),
        (b'"seq":9', b'"seq":8'),
        (b'"body":{', b'"body":{"x":1,'),
        (b'"actor":', b'"actor":"evil","actor":'),
        (b'"seal":"', b'"seal":"0'),
        (b'{"seq"', b' {"seq"'),
        (b"}\n", b'}{"a":1}\n'),
    ],
    ids=repr,
)
def test_a_changed_entry_is_found(journal: Journal, change: tuple[bytes, bytes]) -> None:
    assert change[0] in journal.lines[2]
    journal.lines[2] = journal.lines[2].replace(*change)
    assert journal.check() == 1


def test_every_byte_counts(tmp_path: Path) -> None:
    """Whichever byte of a line is changed, it shows."""
    journal = Journal(tmp_path, 2)
    line = journal.lines[1]
    for place in range(len(line) - 1):
        journal.lines[1] = line[:place] + bytes([line[place] ^ 1]) + line[place + 1 :]
        assert journal.check() == 1, (place, journal.lines[1])


def test_a_cut_journal_is_found(journal: Journal, capsys: pytest.CaptureFixture[str]) -> None:
    for cut in (slice(0, 7), slice(0, 0), slice(1, 8)):
        whole, journal.lines = journal.lines, journal.lines[cut]
        assert journal.check() == 1
        journal.lines = whole
    journal.lines[-1] = journal.lines[-1][:-20]
    assert journal.check() == 1
    assert "BAD" in capsys.readouterr().out


def test_an_entry_left_out_or_moved_is_found(journal: Journal) -> None:
    whole = journal.lines
    for order in ([0, 1, 3, 4, 5, 6, 7], [0, 2, 1, 3, 4, 5, 6, 7], [0, 0, 1, 2, 3, 4, 5, 6, 7], [7, *range(7)]):
        journal.lines = [whole[n] for n in order]
        assert journal.check() == 1, order


def test_what_follows_the_head_is_nobody_s_word(journal: Journal, capsys: pytest.CaptureFixture[str]) -> None:
    journal.append(Event(9_000_000, "command.requested", "forged", "p-x", "", {}))
    assert journal.check() == 1
    assert "1 entries follow the head" in capsys.readouterr().out
    assert journal.check("--newer") == 0
    journal.lines[-1] = journal.lines[-1].replace(b"forged", b"forgot")
    assert journal.check("--newer") == 1


def test_a_journal_written_anew_is_found(journal: Journal, tmp_path: Path) -> None:
    """Somebody with the whole chain can seal a new one; the head they published before gives them away."""
    (tmp_path / "other").mkdir()
    other = Journal(tmp_path / "other")
    other.lines, other.last = [], GENESIS
    for n in range(8):
        other.append(Event(n, "command.requested", f"c-{n}", "p-other", "", {}))
    journal.lines = other.lines
    assert journal.check() == 1
    assert journal.check("--newer") == 1


@pytest.mark.parametrize(
    "change",
    [("\n8\n", "\n7\n"), ("at 2026", "at 2027"), ("— stadt", "— Stadt"), ("\n\n", "\n"), ("stadtwerk/dorf\n", "x\n")],
)
def test_a_changed_head_is_found(journal: Journal, change: tuple[str, str]) -> None:
    journal.head_path.write_text(journal.head_path.read_text().replace(*change, 1))
    assert journal.check() == 1


def test_a_head_of_another_folder_is_found(journal: Journal, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    stranger = Notary(tmp_path / "other" / "notary", "stadtwerk/dorf")
    journal.head_path.write_text(stranger.sign(8, journal.last, "2026-11-24T12:00:00Z"))
    assert journal.check() == 1
    mine = [str(journal.path), str(journal.head_path), "--key", stranger.verifier_key]
    assert verify_journal.main(mine) == 0


@pytest.mark.parametrize(
    "text", ["", "x", "a\nb\nc\n\n", "a\n1\nAAAA\n\n— a b\n", "a\n-1\n" + "A" * 43 + "=\n\n— a b\n"]
)
def test_what_is_no_head_is_told(journal: Journal, text: str) -> None:
    journal.head_path.write_text(text)
    assert journal.check() == 1


def test_the_verifier_stands_alone() -> None:
    """At most 200 lines, nothing of ours, nothing but the standard library to check the chain."""
    source = Path(verify_journal.__file__).read_text()
    assert len(source.splitlines()) <= 200
    top = [node for node in ast.parse(source).body if isinstance(node, ast.Import | ast.ImportFrom)]
    names = {(node.module if isinstance(node, ast.ImportFrom) else node.names[0].name) for node in top}
    assert names == {
        "__future__",
        "argparse",
        "base64",
        "collections.abc",
        "datetime",
        "hashlib",
        "json",
        "pathlib",
        "re",
        "sys",
        "typing",
    }
    assert "stadtwerk." not in source
