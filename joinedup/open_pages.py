"""`joinedup open`: the pages of one release, served on this machine for whoever sits at it.

The release that the server starts with stays the one it shows, whatever is released meanwhile.
Only files that the manifest names are served, on loopback, to a browser that asked for loopback.
"""

from __future__ import annotations

import re
import shutil
import sys
import webbrowser
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path, PurePosixPath
from types import MappingProxyType
from typing import Annotated, Any
from urllib.parse import unquote, urlsplit

import typer

from joinedup.authoring import settings_or_exit
from joinedup.hints import say
from publishing.manifest import MANIFEST_NAME
from publishing.pointer import Release, ReleaseError, current_release, find_release

LOOPBACK = "127.0.0.1"
START = "scorecard/index.html"

TYPES = MappingProxyType(
    {
        ".html": "text/html; charset=utf-8",
        ".css": "text/css; charset=utf-8",
        ".js": "text/javascript; charset=utf-8",
        ".csv": "text/csv; charset=utf-8",
        ".json": "application/json; charset=utf-8",
        ".jsonld": "application/ld+json; charset=utf-8",
        ".svg": "image/svg+xml; charset=utf-8",
        ".png": "image/png",
        ".woff2": "font/woff2",
    }
)
_CLOSED = "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
_STYLED = f"default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; {_CLOSED}"
POLICIES = MappingProxyType(
    {
        "scorecard": "default-src 'none'; style-src 'self'; script-src 'self'; "
        f"img-src 'self' data:; font-src 'self'; {_CLOSED}",
        "docs": "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; "
        f"img-src 'self' data:; font-src 'self' data:; {_CLOSED}",
    }
)
"""What the pages below a folder may load; the page of docs/ says itself which script is its own."""


class Pages(ThreadingHTTPServer):
    """A server of one release's files on loopback; port 0 is any free one."""

    daemon_threads = True

    def __init__(self, release: Release, port: int = 0) -> None:
        self.release = release
        super().__init__((LOOPBACK, port), _Reader)

    @property
    def address(self) -> str:
        """Where it is reached."""
        return f"http://{LOOPBACK}:{self.server_port}/"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of a browser that left before its answer ended: browsers do."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)

    def file(self, path: str) -> Path | None:
        """Give the file that a path of the release names, None for anything else."""
        if path not in {MANIFEST_NAME, *self.release.manifest.files}:
            return None
        file = self.release.path / path
        whole = file.resolve() == self.release.path.resolve() / path and file.is_file()
        return file if whole else None


class _Reader(BaseHTTPRequestHandler):
    """One request: GET and HEAD of a file, and nothing else."""

    server: Pages
    server_version = "joinedup"
    sys_version = ""
    protocol_version = "HTTP/1.1"
    timeout = 30

    def do_GET(self) -> None:
        """Send a file."""
        self._answer(with_body=True)

    def do_HEAD(self) -> None:
        """Send what would come before a file."""
        self._answer(with_body=False)

    def end_headers(self) -> None:
        """Add what keeps a page to itself, to errors too."""
        folder = urlsplit(getattr(self, "path", "")).path.lstrip("/").split("/")[0]
        self.send_header("Content-Security-Policy", POLICIES.get(folder, _STYLED))
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("X-Frame-Options", "DENY")
        self.send_header("Referrer-Policy", "no-referrer")
        self.send_header("Cross-Origin-Opener-Policy", "same-origin")
        self.send_header("Cross-Origin-Resource-Policy", "same-origin")
        self.send_header("Cache-Control", "no-cache")
        super().end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing of each request."""

    def _answer(self, *, with_body: bool) -> None:
        if not self._is_asked_for_here():
            self.send_error(HTTPStatus.MISDIRECTED_REQUEST, "Ask for 127.0.0.1 or localhost")
            return
        path = unquote(urlsplit(self.path).path).removeprefix("/")
        if path == "":
            self._lead_to(f"/{START}")
            return
        file = self.server.file(f"{path}index.html" if path.endswith("/") else path)
        if file is not None:
            self._send(file, with_body=with_body)
        elif not path.endswith("/") and self.server.file(f"{path}/index.html"):
            self._lead_to(f"/{path}/")
        else:
            self.send_error(HTTPStatus.NOT_FOUND, "The release has no such file")

    def _is_asked_for_here(self) -> bool:
        """Refuse a name that somebody else lets lead here: their page could read the answer."""
        host = self.headers.get("Host", "")
        return re.fullmatch(r"(127\.0\.0\.1|localhost)(:\d{1,5})?", host) is not None

    def _lead_to(self, place: str) -> None:
        self.send_response(HTTPStatus.FOUND)
        self.send_header("Location", place)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _send(self, file: Path, *, with_body: bool) -> None:
        with file.open("rb") as opened:
            self.send_response(HTTPStatus.OK)
            kind = TYPES.get(PurePosixPath(file.name).suffix, "application/octet-stream")
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(file.stat().st_size))
            self.end_headers()
            if with_body:
                shutil.copyfileobj(opened, self.wfile)


def release_to_show(releases: Path, release_id: str | None = None) -> Release:
    """Give the release to show, the current one without an id. Raises ReleaseError for no pages."""
    release = (
        find_release(releases, release_id) if release_id is not None else current_release(releases)
    )
    if release is None:
        raise ReleaseError("There is no release yet; make one with joinedup run.")
    if START not in release.manifest.files:
        raise ReleaseError(
            f"{release.id} has no pages: it was made before there were any, or with "
            "JOINEDUP_SCORECARD=false. The next release made without that has them."
        )
    return release


@contextmanager
def serving(release: Release, port: int) -> Iterator[Pages]:
    """Give a server that listens. Raises ReleaseError where the port is not free."""
    try:
        server = Pages(release, port)
    except OSError as error:
        raise ReleaseError(
            f"Nothing can listen on {LOOPBACK}:{port}: {error.strerror}. Give another --port."
        ) from error
    with server:
        yield server


def add_commands(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command("open")(open_command)


def open_command(
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port; 0 is any free one.")] = 0,
    release: Annotated[str | None, typer.Option(help="A release's id; the current one.")] = None,
    browser: Annotated[bool, typer.Option(help="Open a browser, where there is one.")] = True,
) -> None:
    """Show the pages of a release in the browser of this machine, until Ctrl-C.

    It goes on showing the release it started with, also when a newer one is made.
    """
    try:
        shown = release_to_show(settings_or_exit().releases, release)
        with serving(shown, port) as server:
            say(f"Release {shown.id}: {server.address}")
            say("It stays this release until you start again; Ctrl-C ends it.")
            if browser:
                webbrowser.open(server.address)
            server.serve_forever()
    except KeyboardInterrupt:
        raise typer.Exit from None
    except ReleaseError as error:
        say(str(error), err=True)
        raise typer.Exit(1) from error
