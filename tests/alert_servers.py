"""A real mail server and a real webhook server on this machine, and a message for them."""

from __future__ import annotations

import datetime
import ipaddress
import json
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from joinedup.alerting.store import Draft, Message

PASSWORD = "hunter2-XYZ"  # noqa: S105  (made up, and searched for)
HOST = "127.0.0.1"
MAIL_SERVER_LOG = "mail.log"
"""Where the mail server of the tests logs what it is sent, passwords too."""


@dataclass
class Post:
    """A request that came to the webhook server."""

    path: str
    body: dict[str, Any]


@dataclass
class WebhookServer:
    """A server that shows what was posted; the beginning of a path says how it answers."""

    port: int
    posts: list[Post] = field(default_factory=list)


@contextmanager
def webhook_server() -> Iterator[WebhookServer]:
    """Serve on a free port: `/ok`, `/error` (500), `/moved` (a redirect), `/hang` (no answer)."""
    ended = threading.Event()
    answers = {"/error": 500, "/moved": 302, "/gone": 404}

    class Answer(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            shown.posts.append(Post(self.path, body))
            beginning = "/" + self.path.split("/")[1]
            if beginning == "/hang":
                ended.wait(20)
            self.send_response(answers.get(beginning, 200))
            if beginning == "/moved":
                self.send_header("Location", f"http://{HOST}:{server.server_port}/ok")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Keep the test's output clean."""

    server = ThreadingHTTPServer((HOST, 0), Answer)
    server.daemon_threads = True
    shown = WebhookServer(server.server_port)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield shown
    finally:
        ended.set()
        server.shutdown()
        server.server_close()


class Mailbox:
    """What a mail server accepted, and which recipients it refuses."""

    def __init__(self) -> None:
        self.mails: list[Envelope] = []
        self.refused: set[str] = set()

    async def handle_RCPT(  # noqa: N802  (the name is the library's)
        self, _server: object, _session: object, envelope: Envelope, address: str, _options: object
    ) -> str:
        """Refuse who is to be refused."""
        if address in self.refused:
            return "550 nobody of that name"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802
        self, _server: object, _session: object, envelope: Envelope
    ) -> str:
        """Keep the message."""
        self.mails.append(envelope)
        return "250 OK"


@dataclass(frozen=True)
class MailServer:
    """A running mail server; `certificate` is what a client has to trust."""

    port: int
    mailbox: Mailbox
    certificate: Path

    @property
    def texts(self) -> list[str]:
        """What came, as the mails' source."""
        contents = [mail.content or b"" for mail in self.mailbox.mails]
        return [text if isinstance(text, str) else text.decode() for text in contents]


@contextmanager
def mail_server(folder: Path, *, name: str = HOST) -> Iterator[MailServer]:
    """Serve on a free port: a log-in is needed, and an encrypted line for it.

    The certificate is made here, for the address `name`.
    """
    certificate, key = make_certificate(folder, name)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, key)
    mailbox = Mailbox()
    controller = Controller(
        mailbox,
        hostname=HOST,
        port=free_port(),
        tls_context=context,
        require_starttls=True,
        auth_required=True,
        authenticator=_authenticate,
    )
    controller.start()
    try:
        yield MailServer(controller.port, mailbox, certificate)
    finally:
        controller.stop()


def _authenticate(
    _server: object, _session: Session, _envelope: Envelope, _mechanism: str, given: LoginPassword
) -> AuthResult:
    fits = given.login == b"joinedup" and given.password == PASSWORD.encode()
    return AuthResult(success=fits, handled=False)


@contextmanager
def silent_server() -> Iterator[int]:
    """Accept connections on a port and never say a word: a mail server that hangs."""
    with socket.create_server((HOST, 0), backlog=20) as listening:
        yield listening.getsockname()[1]


def free_port() -> int:
    """Return a port that nobody listens at."""
    with socket.create_server((HOST, 0)) as taken:
        return int(taken.getsockname()[1])


def make_certificate(folder: Path, address: str) -> tuple[Path, Path]:
    """Write a certificate for an address of this machine, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, address)])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(address))]), False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), True)
        .sign(key, hashes.SHA256())
    )
    certificate, private = folder / "server.pem", folder / "server.key"
    certificate.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return certificate, private


def a_message(text: str = "It broke — at 3 °C.") -> Message:
    """Make a message of a failure, as the store would."""
    draft = Draft(
        "raised", "failure", ("c",), "a\n task failed", text, "Look: joinedup runs.", "r1"
    )
    return Message(1, "00c0ffee", draft, datetime.datetime(2026, 6, 9, 4, 31, tzinfo=datetime.UTC))
