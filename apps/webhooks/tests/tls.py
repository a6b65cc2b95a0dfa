"""A receiver with a certificate, in the public internet as far as our side can tell.

Name server and network are of the test; what looks at addresses, connects, asks for the name
and checks the certificate is what works in production.
"""

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import anyio
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from apps.webhooks import sending

PUBLIC = "93.184.215.14"
NAME = "hooks.example.com"
URL = f"https://{NAME}/in?for=us"
FINE = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"


class Authority:
    """Signs certificates, and is trusted while a test lasts."""

    def __init__(self) -> None:
        """Make its key and its own certificate."""
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.certificate = self._build("Test authority", self.key, is_authority=True)
        self.pem = self.certificate.public_bytes(serialization.Encoding.PEM).decode()

    def give(self, folder: Path, *names: str, **options: Any) -> Path:
        """Write a key with a certificate for these names, and return the file."""
        key = ec.generate_private_key(ec.SECP256R1())
        certificate = self._build("receiver", key, names=names, **options)
        path = folder / f"{'_'.join(names)}.pem"
        private = key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        path.write_bytes(private + certificate.public_bytes(serialization.Encoding.PEM))
        return path

    def _build(
        self,
        subject: str,
        key: ec.EllipticCurvePrivateKey,
        *,
        names: tuple[str, ...] = (),
        is_authority: bool = False,
        is_self_signed: bool = False,
        begins: timedelta = timedelta(days=-2),
        ends: timedelta = timedelta(days=2),
    ) -> x509.Certificate:
        now = datetime.now(UTC)
        own = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, subject)])
        is_own = is_authority or is_self_signed
        signer = key if is_own else self.key
        builder = (
            x509.CertificateBuilder()
            .subject_name(own)
            .issuer_name(own if is_own else self.certificate.subject)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now + begins)
            .not_valid_after(now + ends)
            .add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
            .add_extension(
                x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False
            )
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()),
                critical=False,
            )
        )
        if is_authority:
            usage = dict.fromkeys(
                [
                    *("content_commitment", "key_encipherment", "data_encipherment"),
                    *("key_agreement", "encipher_only", "decipher_only"),
                ],
                False,
            )
            builder = builder.add_extension(
                x509.KeyUsage(digital_signature=True, key_cert_sign=True, crl_sign=True, **usage),
                critical=True,
            )
        if names:
            alternatives = x509.SubjectAlternativeName([x509.DNSName(name) for name in names])
            builder = builder.add_extension(alternatives, critical=False)
        return builder.sign(signer, hashes.SHA256())


type Answering = Callable[[ssl.SSLSocket], None]


class TlsReceiver:
    """Takes one connection after the other, reads the request, and answers as the test says."""

    def __init__(self) -> None:
        """Listen; nobody is let in before there is a certificate."""
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.sni_callback = lambda _socket, name, _context: self.names.append(name)
        self.names: list[str | None] = []
        self.connections: list[tuple[str, int]] = []
        """Where our side connected to, as far as it knows."""
        self.requests: list[bytes] = []
        self.is_over = threading.Event()
        self.answer: Answering = lambda connection: connection.sendall(FINE)
        self._thread = threading.Thread(target=self._serve)

    def start(self, certificate: Path) -> None:
        """Begin to take connections, with this certificate."""
        self.context.load_cert_chain(certificate)
        self._thread.start()

    def stop(self) -> None:
        """Take none any more."""
        self.is_over.set()
        with suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        if self._thread.ident is not None:
            self._thread.join(10)

    def _serve(self) -> None:
        while not self.is_over.is_set():
            # Our side hangs up in the middle, refuses the certificate, or the test is over.
            with suppress(OSError):
                self._take(self.listener.accept()[0])

    def _take(self, plain: socket.socket) -> None:
        plain.settimeout(5)
        with plain, self.context.wrap_socket(plain, server_side=True) as connection:
            request = b""
            while not request.endswith(b"\r\n\r\n{}"):
                request += connection.recv(65536) or b"\r\n\r\n{}"
            self.requests.append(request)
            self.answer(connection)


@pytest.fixture(scope="session")
def authority() -> Authority:
    """Return one authority for all tests."""
    return Authority()


@pytest.fixture
def tls_receiver(authority: Authority, monkeypatch: pytest.MonkeyPatch) -> Iterator[TlsReceiver]:
    """Return a receiver to `start`, to which every connection leads, as if it were public."""
    receiver = TlsReceiver()
    connect = anyio.connect_tcp

    async def diverted(remote_host: str, remote_port: int, **_options: Any) -> Any:
        receiver.connections.append((remote_host, remote_port))
        return await connect(*receiver.listener.getsockname())

    monkeypatch.setattr(anyio, "connect_tcp", diverted)
    context = sending._tls.__wrapped__()
    context.load_verify_locations(cadata=authority.pem)
    monkeypatch.setattr(sending, "_tls", lambda: context)
    yield receiver
    receiver.stop()
