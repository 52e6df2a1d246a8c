"""security.txt as RFC 9116 wants it."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest

from stadtwerk.app.security import contacts, security_txt
from stadtwerk.kernel.refusal import Refused

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
NOW_US = int(NOW.timestamp() * 1_000_000)


def fields(text: str) -> list[tuple[str, str]]:
    """Read the fields after the grammar of RFC 9116, section 4."""
    assert text.endswith("\n")
    found = [re.fullmatch(r"([A-Za-z-]+): (\S.*)", line) for line in text.splitlines()]
    assert all(found)
    return [(match[1].lower(), match[2]) for match in found if match]


def test_what_is_required_is_there() -> None:
    city = {
        "security": {
            "contact": ["mailto:it@stadt.example", "https://stadt.example/melden"],
            "url": "https://leit.stadt.example/",
        }
    }
    told = fields(security_txt(city, NOW_US))
    assert [value for name, value in told if name == "contact"] == [
        "mailto:it@stadt.example",
        "https://stadt.example/melden",
    ]
    assert [name for name, _ in told].count("expires") == 1
    assert dict(told)["preferred-languages"] == "de, en"
    assert dict(told)["canonical"] == "https://leit.stadt.example/.well-known/security.txt"
    assert dict(told)["policy"] == "https://leit.stadt.example/security-policy"


def test_it_expires_within_a_year() -> None:
    expires = datetime.fromisoformat(dict(fields(security_txt({}, NOW_US)))["expires"])
    assert timedelta(days=90) < expires - NOW < timedelta(days=365)


def test_without_a_contact_it_is_the_mailbox_of_rfc_2142() -> None:
    named, own = contacts({})
    assert re.fullmatch(r"mailto:security@\S+", named[0])
    assert not own
    assert "canonical" not in dict(fields(security_txt({}, NOW_US)))


@pytest.mark.parametrize("contact", ["it@stadt.example", "http://stadt.example", "mailto"])
def test_a_contact_must_be_an_address_that_can_be_used(contact: str) -> None:
    with pytest.raises(Refused, match=r"security\.contact"):
        contacts({"security": {"contact": contact}})
