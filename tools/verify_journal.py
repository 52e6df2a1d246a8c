#!/usr/bin/env python3
"""Check an exported journal against a head that its city published. Stands alone: standard library, Python 3.9 up.

    python verify_journal.py journal.jsonl head.txt --key "stadtwerk/duisburg+1a2b3c4d+AQ..."

journal.jsonl   from `stadtwerk export FOLDER`
head.txt        from /.well-known/stadtwerk-head, fetched whenever you like: keep old ones, they must hold for ever
--key           from /api/journal/key, best learnt from elsewhere; checked with the package `cryptography`
--newer         accept entries younger than the head (the chain is checked, but nobody has signed them yet)

What is checked: every line is exactly as it was sealed (SHA-256 over the seal before it and all its fields), numbers
rise by one from 1, the entry the head names is there with that seal, nothing follows it, and the head is signed.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import re
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

LINE = re.compile(r'(?P<head>\{"seq":.*?),"body":(?P<body>\{.*\}),"seal":"(?P<seal>[0-9a-f]{64})"\}')
FIELDS = ("seq", "at", "at_us", "kind", "subject", "actor", "cause", "body", "seal")
GENESIS = bytes(32)


class Fault(Exception):  # noqa: N818 - the journal is at fault, not the program
    """What is wrong, in words."""


class Head(NamedTuple):
    """A published head: whose journal, how many entries, the last one's seal, what was signed, and the signatures."""

    origin: str
    size: int
    seal: bytes
    text: bytes
    signatures: list[list[str]]


def compact(value: Any) -> str:
    """Write JSON as the city writes it: no spaces, UTF-8 as it is."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def read_head(text: str) -> Head:
    """Read a signed note: origin, size and seal, further lines; an empty line; signatures."""
    note, gap, below = text.partition("\n\n")
    lines = note.split("\n")
    try:
        size, seal = int(lines[1]), base64.b64decode(lines[2], validate=True)
        signatures = [line[2:].split(" ") for line in below.split("\n") if line.startswith("— ")]
    except (IndexError, ValueError) as error:
        raise Fault(f"the head is not a checkpoint: {error}") from error
    if not gap or len(seal) != 32 or size < 0 or any(len(one) != 2 for one in signatures):
        raise Fault("the head is not a checkpoint")
    return Head(lines[0], size, seal, f"{note}\n".encode(), signatures)


def check_signature(head: Head, verifier_key: str) -> None:
    """Check that the holder of the key signed the head (C2SP signed-note, Ed25519)."""
    from cryptography.exceptions import InvalidSignature  # noqa: PLC0415 - only signatures need more than Python
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey  # noqa: PLC0415 - as above

    name, number, public = verifier_key.strip().split("+", 2)
    key = base64.b64decode(public, validate=True)
    expected = hashlib.sha256(f"{name}\n".encode() + key).digest()[:4]
    if key[:1] != b"\x01" or expected.hex() != number:
        raise Fault("the key is not one of Ed25519, or its number is wrong")
    for signer, text in head.signatures:
        signature = base64.b64decode(text, validate=True)
        if signer == name and signature[:4] == expected:
            try:
                Ed25519PublicKey.from_public_bytes(key[1:]).verify(signature[4:], head.text)
            except InvalidSignature:
                raise Fault("the head's signature is wrong") from None
            return
    raise Fault(f"the head is not signed by {name}")


def entries(lines: Iterator[bytes]) -> Iterator[tuple[int, bytes, bytes]]:
    """Read the journal line by line: number, seal, and the bytes that were sealed."""
    for number, raw in enumerate(lines, 1):
        try:
            line = raw.decode("utf-8").rstrip("\n")
            match, plain = LINE.fullmatch(line), json.loads(line, object_pairs_hook=_once)
        except (ValueError, RecursionError) as error:
            raise Fault(f"line {number}: not a line of a journal: {error}") from error
        if not match or tuple(plain) != FIELDS:
            raise Fault(f"line {number}: not a line of a journal")
        shown = compact({name: plain[name] for name in FIELDS[:7]})[:-1]
        at = datetime.fromtimestamp(plain["at_us"] / 1e6, UTC).isoformat(timespec="milliseconds")
        if plain["at"] != at.replace("+00:00", "Z"):
            raise Fault(f"line {number}: shows another time than was sealed")
        if shown != match["head"] or json.loads(match["body"]) != plain["body"]:
            raise Fault(f"line {number}: not written as the city writes")
        head = compact([plain[name] for name in ("seq", "at_us", "kind", "subject", "actor", "cause")]).encode()
        sealed = len(head).to_bytes(4, "big") + head + match["body"].encode()
        yield plain["seq"], bytes.fromhex(plain["seal"]), sealed


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Refuse a field that is there twice: readers would disagree on which one counts."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a field is there twice")
    return found


def check_chain(lines: Iterator[bytes], head: Head, *, newer: bool) -> int:
    """Check every entry and that the head is the last of them, or one; returns how many there are."""
    before, size, met = GENESIS, 0, head.size == 0 and head.seal == GENESIS
    for seq, seal, sealed in entries(lines):
        if seq != size + 1:
            raise Fault(f"entry {size + 1} is missing or out of place: the next is {seq}")
        if hashlib.sha256(before + sealed).digest() != seal:
            raise Fault(f"entry {seq} is not what was sealed")
        before, size = seal, seq
        if size == head.size:
            if seal != head.seal:
                raise Fault(f"entry {seq} is not the one the head names: the journal was written anew")
            met = True
    if not met:
        raise Fault(f"the head vouches for {head.size} entries, here are {size}: the end is missing")
    if size > head.size and not newer:
        raise Fault(f"{size - head.size} entries follow the head and nobody vouches for them (--newer accepts them)")
    return size


def main(arguments: list[str] | None = None) -> int:
    """Read the command line and say what is true; 0 if all is well."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("journal")
    parser.add_argument("head")
    parser.add_argument("--key", default="")
    parser.add_argument("--newer", action="store_true")
    asked = parser.parse_args(arguments)
    try:
        head = read_head(Path(asked.head).read_text(encoding="utf-8"))
        if asked.key:
            check_signature(head, asked.key)
        with Path(asked.journal).open("rb") as file:
            size = check_chain(file, head, newer=asked.newer)
    except (Fault, OSError, ValueError, TypeError, OverflowError, ImportError) as error:
        print(f"BAD: {error}")
        return 1
    signed = "signed" if asked.key else "signature not checked"
    print(f"good: {head.size} entries of {head.origin} as published ({signed}), {size - head.size} younger")
    return 0


if __name__ == "__main__":
    sys.exit(main())
