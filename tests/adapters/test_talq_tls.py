"""Certificates of both sides: who shows none, a foreign one or speaks an old TLS is not heard, and is not called."""

from __future__ import annotations

import asyncio
import datetime as dt
import ipaddress
import ssl
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from adapters.talq_socket import listening
from stadtwerk.adapters.http_client import HttpClient
from stadtwerk.adapters.http_connection import Unreachable
from stadtwerk.adapters.talq.certificates import Certificates, calling_tls, listening_tls
from stadtwerk.adapters.talq.line import Line
from stadtwerk.app.talq import read_talq
from stadtwerk.protocols.talq.client import Client
from stadtwerk.protocols.talq.http import HEAD_END, write_request
from stadtwerk.protocols.talq.wire import Answer, Request

SERIAL = "00000000000000a1"


class Authority:
    """Signs certificates, as whoever runs the city's lights would."""

    def __init__(self, folder: Path, name: str) -> None:
        self._folder, self._name, self._key = folder / name, name, ec.generate_private_key(ec.SECP256R1())
        self._folder.mkdir()
        self._write("ca.pem", self._signed(name, self._key, own=True))

    def issue(self, name: str) -> Certificates:
        """Make a key and a certificate for a name at this machine."""
        key = ec.generate_private_key(ec.SECP256R1())
        kind, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
        (self._folder / f"{name}.key").write_bytes(key.private_bytes(kind, form, serialization.NoEncryption()))
        self._write(f"{name}.pem", self._signed(name, key))
        return Certificates(*(self._folder / file for file in (f"{name}.pem", f"{name}.key", "ca.pem")))

    def _signed(self, name: str, key: ec.EllipticCurvePrivateKey, *, own: bool = False) -> x509.Certificate:
        now = dt.datetime.now(dt.UTC)
        here = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
        made = (
            x509.CertificateBuilder()
            .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
            .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, self._name)]))
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - dt.timedelta(days=1))
            .not_valid_after(now + dt.timedelta(days=1))
            .add_extension(x509.BasicConstraints(ca=own, path_length=None), critical=True)
        )
        return (made if own else made.add_extension(here, critical=False)).sign(self._key, hashes.SHA256())

    def _write(self, file: str, certificate: x509.Certificate) -> None:
        (self._folder / file).write_bytes(certificate.public_bytes(serialization.Encoding.PEM))


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("tls"), "lights")


@pytest.fixture(scope="module")
def stranger(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("tls"), "stranger")


Handle = Callable[[Request, Any], Awaitable[Answer]]


async def named(request: Request, names: Any) -> Answer:
    """Answer who the client's certificate says it is."""
    body = b'"' + ",".join(sorted(names or ())).encode() + b'"'
    headers = {"content-length": str(len(body)), "content-type": "application/json", "talq-api-version": "2.7.1"}
    return Answer(200, headers, body)


async def ask(port: int, tls: ssl.SSLContext) -> bytes:
    """Ask as a gateway would, over TLS of its own."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=tls)
    writer.write(write_request(Request("GET", "/devices", {}, {"connection": "close"}), "x"))
    head = await asyncio.wait_for(reader.readuntil(HEAD_END), 5)
    told = head + await reader.read()
    writer.close()
    return told


def as_client(files: Certificates, *, shows: bool = True) -> ssl.SSLContext:
    """Return how the standard library's client comes in, with or without a certificate to show."""
    tls = ssl.create_default_context(cafile=str(files.authority))
    if shows:
        tls.load_cert_chain(files.certificate, files.key)
    return tls


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion.TLSv1:DeprecationWarning")
@pytest.mark.parametrize("who", ["nobody", "stranger", "old"])
def test_only_certificates_of_the_authority_come_in_by_tls_of_today(
    authority: Authority, stranger: Authority, who: str
) -> None:
    async def run() -> None:
        async with listening(named, listening_tls(authority.issue("cms"))) as port:
            good = as_client(authority.issue(SERIAL))
            assert f"{SERIAL},127.0.0.1".encode() in await ask(port, good)
            bad = as_client(authority.issue(SERIAL), shows=who == "old")
            if who == "stranger":
                foreign = stranger.issue(SERIAL)
                bad.load_cert_chain(foreign.certificate, foreign.key)
            if who == "old":
                bad.set_ciphers("DEFAULT@SECLEVEL=0")
                bad.minimum_version = ssl.TLSVersion.TLSv1
                bad.maximum_version = ssl.TLSVersion.TLSv1_1
            with pytest.raises((OSError, asyncio.IncompleteReadError)):
                await ask(port, bad)

    asyncio.run(run())


def test_gateways_are_called_only_where_their_certificate_is_of_the_authority(
    authority: Authority, stranger: Authority
) -> None:
    async def run() -> None:
        client = HttpClient(tls=calling_tls(authority.issue("cms")))
        line = Line(client, Client(uuid4))
        async with listening(named, listening_tls(authority.issue(SERIAL))) as port:
            told = await line.ask(f"https://127.0.0.1:{port}/", lambda one: one.ask("GET", "/devices"), 200)
            assert told == "127.0.0.1,cms"
            with pytest.raises(Unreachable):
                await line.ask(f"https://localhost:{port}/", lambda one: one.ask("GET", "/devices"), 200, retry=False)
        async with listening(named, listening_tls(stranger.issue(SERIAL))) as port:
            with pytest.raises(Unreachable):
                await line.ask(f"https://127.0.0.1:{port}/", lambda one: one.ask("GET", "/devices"), 200, retry=False)
        await client.close()

    asyncio.run(run())


def test_talq_toml_names_certificates_beside_it(authority: Authority, tmp_path: Path) -> None:
    files = authority.issue("cms")
    named_files = zip(("certificate", "key", "authority"), files, strict=True)
    (tmp_path / "talq.toml").write_text("".join(f'{name} = "{path}"\n' for name, path in named_files))
    config = read_talq(tmp_path)
    assert config.certificates(tmp_path) == files
