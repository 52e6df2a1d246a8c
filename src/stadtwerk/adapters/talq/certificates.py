"""TLS between the city and its gateways: both sides show a certificate of the same authority, TLS 1.2 or newer."""

from __future__ import annotations

import ssl
from pathlib import Path
from typing import NamedTuple


class Certificates(NamedTuple):
    """Files in PEM: the city's certificate with its chain, its key, and who signs the gateways' certificates."""

    certificate: Path
    key: Path
    authority: Path


def listening_tls(files: Certificates) -> ssl.SSLContext:
    """Return how to listen: whoever shows no certificate of the authority is not let in."""
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.verify_mode = ssl.CERT_REQUIRED
    return _with(tls, files)


def calling_tls(files: Certificates) -> ssl.SSLContext:
    """Return how to call gateways: each must show a certificate of the authority for its name or address."""
    return _with(ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT), files)


def _with(tls: ssl.SSLContext, files: Certificates) -> ssl.SSLContext:
    tls.minimum_version = ssl.TLSVersion.TLSv1_2
    tls.load_cert_chain(files.certificate, files.key)
    tls.load_verify_locations(files.authority)
    return tls
