"""Connections that go only where they may and end when the time is up.

The check lies where the connection is made, with the address that was checked: a name
cannot mean one thing when it is looked at and another when it is used. httpx counts its
timeouts for each read, which a server that drips bytes never exceeds, so every read
is also cut to what is left of the whole.
"""

from __future__ import annotations

import ssl
from collections.abc import Iterable, Iterator
from typing import Any

import httpcore
import httpx

from ingestion.outside import Outside, WebLimits, public_addresses
from ingestion.web_error import Fault, WebError


class Deadline:
    """The moment at which whatever is under way ends."""

    def __init__(self, outside: Outside) -> None:
        self._outside = outside
        self._at = float("inf")

    def set(self, seconds: float) -> None:
        """Give everything from now on this long."""
        self._at = self._outside.monotonic() + seconds

    def left(self) -> float:
        """Return the seconds that are left, never under 0."""
        return max(0.0, self._at - self._outside.monotonic())

    def cut(self, timeout: float | None) -> float:
        """Return the timeout, or what is left if that is less; raises when nothing is."""
        left = self.left()
        if not left:
            raise WebError(Fault.TOO_SLOW, "", "the time for one download is over")
        return left if timeout is None else min(timeout, left)


class _Stream(httpcore.NetworkStream):
    """A connection whose reads and writes end at the deadline."""

    def __init__(self, inner: httpcore.NetworkStream, deadline: Deadline) -> None:
        self._inner, self._deadline = inner, deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, self._deadline.cut(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._inner.write(buffer, self._deadline.cut(timeout))

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        left = self._deadline.cut(timeout)
        return _Stream(self._inner.start_tls(ssl_context, server_hostname, left), self._deadline)

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


class _Backend(httpcore.NetworkBackend):
    """Opens connections to public addresses only; the operator's proxy may be internal."""

    def __init__(self, limits: WebLimits, outside: Outside, deadline: Deadline) -> None:
        self._limits, self._outside, self._deadline = limits, outside, deadline
        self._plain = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        if self._limits.proxy:
            addresses = [host]
        else:
            addresses = public_addresses(host, self._limits, self._outside)
        for last, address in zip([*[False] * (len(addresses) - 1), True], addresses, strict=True):
            try:
                stream = self._plain.connect_tcp(
                    address, port, self._deadline.cut(timeout), local_address, socket_options
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                if last:
                    raise
            else:
                return _Stream(stream, self._deadline)
        raise AssertionError("the last address connects or raises")


class _Body(httpx.SyncByteStream):
    def __init__(self, inner: Any) -> None:
        self._inner = inner

    def __iter__(self) -> Iterator[bytes]:
        yield from self._inner

    def close(self) -> None:
        self._inner.close()


class GuardedTransport(httpx.BaseTransport):
    """httpx's way out, on connections of the kind above; errors are httpcore's own."""

    def __init__(self, limits: WebLimits, outside: Outside, deadline: Deadline) -> None:
        settings: dict[str, Any] = {
            "ssl_context": httpx.create_ssl_context(),
            "max_connections": 1,
            "network_backend": _Backend(limits, outside, deadline),
        }
        self._pool: httpcore.ConnectionPool
        if limits.proxy:
            self._pool = httpcore.HTTPProxy(proxy_url=limits.proxy, **settings)
        else:
            self._pool = httpcore.ConnectionPool(**settings)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request; the body is read by whoever asked."""
        answer = self._pool.handle_request(
            httpcore.Request(
                method=request.method,
                url=httpcore.URL(
                    scheme=request.url.raw_scheme,
                    host=request.url.raw_host,
                    port=request.url.port,
                    target=request.url.raw_path,
                ),
                headers=request.headers.raw,
                extensions=request.extensions,
            )
        )
        return httpx.Response(
            answer.status,
            headers=answer.headers,
            stream=_Body(answer.stream),
            extensions=answer.extensions,
        )

    def close(self) -> None:
        """End all connections."""
        self._pool.close()
