"""Whom to tell of a weakness: security.txt (RFC 9116) from what the city's folder says."""

from __future__ import annotations

import socket
from collections.abc import Mapping
from typing import Any

from stadtwerk.kernel.clock import US, iso
from stadtwerk.kernel.refusal import Refused

EXPIRES_DAYS = 180
"""So long what we say holds; RFC 9116, section 2.5.5, recommends less than a year."""
DAY_US = 86_400 * US
SCHEMES = ("mailto:", "https://", "tel:")


def contacts(city: Mapping[str, Any]) -> tuple[list[str], bool]:
    """Return the contacts of a city, and whether it named them itself.

    Without a name of its own it is security@ the machine's name, the mailbox that RFC 2142 reserves for this.
    """
    given = city.get("security", {}).get("contact", [])
    named = [given] if isinstance(given, str) else list(given)
    for contact in named:
        if not str(contact).startswith(SCHEMES):
            raise Refused.field("security.contact", f"{contact!r} begins with none of {', '.join(SCHEMES)}")
    return named or [f"mailto:security@{socket.getfqdn()}"], bool(named)


def security_txt(city: Mapping[str, Any], now_us: int) -> str:
    """Write security.txt; with `security.url` (https) in city.json it also names its own address and the policy."""
    expires_us = (now_us // DAY_US + EXPIRES_DAYS) * DAY_US
    lines = [f"Contact: {contact}" for contact in contacts(city)[0]]
    lines += [f"Expires: {iso(expires_us)}", "Preferred-Languages: de, en"]
    url = str(city.get("security", {}).get("url", "")).rstrip("/")
    if url.startswith("https://"):
        lines += [f"Canonical: {url}/.well-known/security.txt", f"Policy: {url}/security-policy"]
    return "\n".join(lines) + "\n"
