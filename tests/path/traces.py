"""Looks for traces of words in every byte of every file of a folder, in whatever dress they may hide."""

from __future__ import annotations

import json
import re
import zlib
from base64 import b64decode, b64encode
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

ZLIB = re.compile(rb"\x78[\x01\x5e\x9c\xda]|\x1f\x8b\x08")
BASE64 = re.compile(rb"[A-Za-z0-9+/_-]{16,}={0,2}")
INFLATED_BYTES = 1_000_000


def dresses(word: str) -> dict[str, bytes]:
    """Write a word in every way a program might."""
    found: dict[str, bytes] = {}
    for case in {word, word.lower(), word.upper(), word.casefold()}:
        for name in ("utf-8", "utf-16-le", "utf-16-be", "latin-1"):
            plain = case.encode(name)
            found[f"{name} {case}"] = plain
            found[f"hex {name} {case}"] = plain.hex().encode()
            found[f"HEX {name} {case}"] = plain.hex().upper().encode()
            for shift in range(3):
                # Without the ends, which depend on what stands beside the word.
                cut = b64encode(bytes(shift) + plain)[4 if shift else 0 : -4]
                if len(cut) > 6:
                    found[f"base64+{shift} {name} {case}"] = cut
                    found[f"base64url+{shift} {name} {case}"] = cut.translate(bytes.maketrans(b"+/", b"-_"))
        found[f"json {case}"] = json.dumps(case)[1:-1].encode()
        found[f"url {case}"] = quote(case).encode()
        found[f"backwards {case}"] = case[::-1].encode()
    return found


def traces(folder: Path, words: list[str]) -> Iterator[str]:
    """Tell each place where a word is found: file, dress."""
    wanted = {dress: f"{word}: {name}" for word in words for name, dress in dresses(word).items()}
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        place = str(path.relative_to(folder))
        for layer, content in [("name", place.encode()), *_layers(path.read_bytes())]:
            yield from (f"{place} ({layer}): {name}" for dress, name in wanted.items() if dress in content)


def _layers(content: bytes) -> Iterator[tuple[str, bytes]]:
    """Give the bytes as they are, and whatever is packed within them."""
    yield "plain", content
    yield from (("deflated", data) for data in _inflated(content))
    for match in BASE64.finditer(content):
        text = match.group().translate(bytes.maketrans(b"-_", b"+/")).rstrip(b"=")
        packed = b64decode(text + b"=" * (-len(text) % 4)) if len(text) % 4 != 1 else b""
        yield "base64", packed
        if ZLIB.match(packed):
            yield from (("base64, deflated", data) for data in _inflated(packed))


def _inflated(content: bytes) -> Iterator[bytes]:
    for match in ZLIB.finditer(content):
        try:
            data = zlib.decompressobj(47).decompress(content[match.start() : match.start() + 200_000], INFLATED_BYTES)
        except zlib.error:
            continue
        if data:
            yield data
