"""Where notifications go: the endpoint of a subscription (ETSI GS CIM 009 clauses 5.2.15, 5.2.22, 6.3.6, 7.2)."""

from __future__ import annotations

from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Any
from urllib.parse import urlsplit

import msgspec

from stadtwerk.context.limits import ENDPOINT_CHARS, ENDPOINT_PAIRS, NOTIFY_TIMEOUT_S
from stadtwerk.context.problems import one_fault

SCHEMES = ("http", "https", "mqtt", "mqtts")
_MEDIA = ("application/json", "application/ld+json", "application/geo+json")
_MQTT = {"MQTT-Version": ("mqtt3.1.1", "mqtt5.0"), "MQTT-QoS": ("0", "1", "2")}
_MEMBERS = frozenset(("uri", "accept", "timeout", "cooldown", "receiverInfo", "notifierInfo"))

Network = IPv4Network | IPv6Network
METADATA = ("169.254.0.0/16", "fe80::/10", "fd00:ec2::254/128")
"""Link-local addresses and those where clouds keep credentials: no receiver of notifications lives there."""


class Endpoint(msgspec.Struct, frozen=True):
    """Where and how notifications are sent."""

    uri: str
    accept: str = "application/json"
    timeout_s: float = NOTIFY_TIMEOUT_S
    cooldown_s: float = 0.0
    """Least rest after a failure, seconds."""
    receiver: tuple[tuple[str, str], ...] = ()
    """Headers for the receiver."""
    notifier: tuple[tuple[str, str], ...] = ()
    """Settings of the sender: MQTT-Version, MQTT-QoS."""

    @property
    def scheme(self) -> str:
        """Return http, https, mqtt or mqtts."""
        return self.uri.partition(":")[0].lower()


class NotTaken(Exception):  # noqa: N818 - the receiver failed, not we
    """A notification was not taken; `final` says that the receiver will never take this one."""

    def __init__(self, reason: str, *, final: bool = False) -> None:
        super().__init__(reason)
        self.final = final


def read_endpoint(content: Any, place: str = "notification.endpoint") -> Endpoint:
    """Compile an endpoint; refuses what is malformed (400)."""
    if not isinstance(content, dict) or not content.get("uri"):
        raise one_fault(place, "an object with a uri")
    if unknown := sorted(content.keys() - _MEMBERS):
        raise one_fault(f"{place}.{unknown[0][:60]}", "no member of an endpoint")
    accept = content.get("accept", _MEDIA[0])
    if accept not in _MEDIA:
        raise one_fault(f"{place}.accept", f"one of {', '.join(_MEDIA)}")
    return Endpoint(
        _uri(content["uri"], f"{place}.uri"),
        accept,
        _seconds(content.get("timeout"), f"{place}.timeout") or NOTIFY_TIMEOUT_S,
        _seconds(content.get("cooldown"), f"{place}.cooldown"),
        _pairs(content.get("receiverInfo", []), f"{place}.receiverInfo"),
        _settings(_pairs(content.get("notifierInfo", []), f"{place}.notifierInfo"), f"{place}.notifierInfo"),
    )


def read_networks(names: tuple[str, ...]) -> tuple[Network, ...]:
    """Compile networks such as 169.254.0.0/16."""
    return tuple(ip_network(name) for name in names)


def is_denied(address: str, networks: tuple[Network, ...]) -> bool:
    """Tell whether an address lies in one of the networks that are never sent to; a name does not."""
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return False
    mapped = getattr(found, "ipv4_mapped", None) or found
    return any(mapped in network for network in networks if network.version == mapped.version)


def _uri(value: Any, place: str) -> str:
    try:
        parts = urlsplit(value) if isinstance(value, str) and len(value) <= ENDPOINT_CHARS else None
        good = parts is not None and parts.scheme in SCHEMES and bool(parts.hostname) and parts.port != 0
    except ValueError:
        good = False
    if not good or not value.isprintable() or " " in value:
        raise one_fault(place, f"a URI of {', '.join(SCHEMES)} with a host")
    if value.startswith("mqtt") and not urlsplit(value).path.strip("/"):
        raise one_fault(place, "an MQTT endpoint names its topic in the path")
    return str(value)


def _seconds(value: Any, place: str) -> float:
    """Read milliseconds."""
    if value is None:
        return 0.0
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0 < value <= 3_600_000:
        raise one_fault(place, "milliseconds above 0, at most an hour")
    return value / 1_000


def _pairs(value: Any, place: str) -> tuple[tuple[str, str], ...]:
    if not isinstance(value, list) or len(value) > ENDPOINT_PAIRS:
        raise one_fault(place, f"a list of at most {ENDPOINT_PAIRS} objects with key and value")
    return tuple(_pair(one, place) for one in value)


def _pair(value: Any, place: str) -> tuple[str, str]:
    if not isinstance(value, dict) or value.keys() != {"key", "value"}:
        raise one_fault(place, "objects with key and value")
    key, content = value["key"], value["value"]
    text = content if isinstance(content, str) else msgspec.json.encode(content).decode()
    if not isinstance(key, str) or not key or ":" in key or not f"{key}{text}".isprintable():
        raise one_fault(place, "key and value are texts of one line")
    return key, text


def _settings(pairs: tuple[tuple[str, str], ...], place: str) -> tuple[tuple[str, str], ...]:
    for key, value in pairs:
        if key in _MQTT and value not in _MQTT[key]:
            raise one_fault(place, f"{key} is one of {', '.join(_MQTT[key])}")
    return pairs
