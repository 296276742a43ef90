"""A publisher's server on loopback, and what it may do wrong."""

from __future__ import annotations

import io
import ssl
import threading
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from ingestion.outside import Outside

Route = Callable[[BaseHTTPRequestHandler], None]


@dataclass
class Publisher:
    """The running server: `routes` by path, and the requests it has had."""

    port: int
    scheme: str = "http"
    routes: dict[str, Route] = field(default_factory=dict)
    requests: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    gone: threading.Event = field(default_factory=threading.Event)

    def at(self, path: str, host: str = "127.0.0.1") -> str:
        """Return the address of a path."""
        return f"{self.scheme}://{host}:{self.port}{path}"

    def asked(self, path: str) -> list[dict[str, str]]:
        """Return the headers of the requests for a path, names in lower case."""
        return [headers for asked, headers in self.requests if asked == path]


class Watch:
    """A clock that a sleep moves on at once; `slept` lists the sleeps."""

    def __init__(self, resolve: Callable[[str], list[str]] = lambda _: ["127.0.0.1"]) -> None:
        self.slept: list[float] = []
        self.outside = Outside(self.now, self.sleep, resolve)

    def now(self) -> float:
        """Return the real time plus what was slept."""
        return time.monotonic() + sum(self.slept)

    def sleep(self, seconds: float) -> None:
        """Sleep in no time."""
        self.slept.append(seconds)


@contextmanager
def serving(tls: ssl.SSLContext | None = None) -> Iterator[Publisher]:
    """Run a server on a free port of loopback."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            headers = {name.lower(): value for name, value in self.headers.items()}
            publisher.requests.append((self.path, headers))
            publisher.routes.get(self.path, reply(b"gone", 404))(self)

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_: Any) -> None:
            """Say nothing of clients that hang up."""

    server = Server(("127.0.0.1", 0), Handler)
    if tls:
        server.socket = tls.wrap_socket(
            server.socket, server_side=True, do_handshake_on_connect=False
        )
    publisher = Publisher(server.server_address[1], "https" if tls else "http")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield publisher
    finally:
        publisher.gone.set()
        server.shutdown()
        thread.join()
        server.server_close()


def reply(body: bytes, status: int = 200, **headers: str) -> Route:
    """Answer with a whole body; `_` in a header's name stands for `-`."""

    def route(handler: BaseHTTPRequestHandler) -> None:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        start(handler, status, {"Content-Length": str(len(body))} | named)
        handler.wfile.write(body)

    return route


def start(handler: BaseHTTPRequestHandler, status: int, headers: dict[str, str]) -> None:
    """Send the head of an answer."""
    handler.send_response(status)
    for name, value in headers.items():
        handler.send_header(name, value)
    handler.end_headers()


def page(*hrefs: str) -> Route:
    """Answer with a page of links."""
    anchors = "".join(f'<li><a href="{href}">data</a></li>' for href in hrefs)
    text = f"<!DOCTYPE html><html><body><ul>{anchors}</ul></body></html>"
    return reply(text.encode(), Content_Type="text/html")


def redirect(address: str) -> Route:
    """Answer with a redirect."""
    return reply(b"", 302, Location=address)


def in_turn(*routes: Route) -> Route:
    """Answer in another way each time; the last stays."""
    waiting = list(routes)

    def route(handler: BaseHTTPRequestHandler) -> None:
        (waiting.pop(0) if len(waiting) > 1 else waiting[0])(handler)

    return route


def cut(body: bytes, sent: int, *, length: bool, **headers: str) -> Route:
    """Send the beginning of a body and hang up; `length` tells how long it should be."""

    def route(handler: BaseHTTPRequestHandler) -> None:
        told = {"Content-Length": str(len(body))} if length else {}
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        start(handler, 200, {"Connection": "close"} | told | named)
        handler.wfile.write(body[:sent])
        handler.close_connection = True

    return route


def resumable(body: bytes, etag: str) -> Route:
    """Send the asked-for rest of a body, and the whole of it if it is another."""

    def route(handler: BaseHTTPRequestHandler) -> None:
        asked = handler.headers.get("Range", "")
        if not asked or handler.headers.get("If-Range") != etag:
            reply(body, ETag=etag, Accept_Ranges="bytes")(handler)
            return
        begin = int(asked.removeprefix("bytes=").removesuffix("-"))
        told = f"bytes {begin}-{len(body) - 1}/{len(body)}"
        reply(body[begin:], 206, ETag=etag, Content_Range=told)(handler)

    return route


def silent_for_ever(publisher: Publisher) -> Route:
    """Accept the request and never answer, until the server ends."""

    def route(handler: BaseHTTPRequestHandler) -> None:
        handler.close_connection = True
        publisher.gone.wait(20)

    return route


def dripping(publisher: Publisher, head: bytes) -> Route:
    """Send these bytes, then one byte every 50 ms, for 5 seconds."""

    def route(handler: BaseHTTPRequestHandler) -> None:
        handler.close_connection = True
        handler.wfile.write(head)
        for _ in range(100):
            if publisher.gone.wait(0.05):
                return
            handler.wfile.write(b"x")

    return route


def workbook(text: str = "one", member: str = "[Content_Types].xml") -> bytes:
    """Return a small zip that has what an .xlsx must have."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(member, "<Types/>")
        archive.writestr("xl/workbook.xml", text * 500)
        archive.writestr("xl/media/noise.bin", bytes(range(256)) * 8, zipfile.ZIP_STORED)
    return packed.getvalue()
