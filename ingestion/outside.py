"""The world outside: clock, name resolution, and the limits on what may be contacted."""

from __future__ import annotations

import ipaddress
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import SplitResult, urlsplit

from ingestion.web_error import Fault, WebError

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


def resolve_name(host: str) -> list[str]:
    """Return the IP addresses of a host, in the order to try; raises OSError when unknown."""
    found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


@dataclass(frozen=True)
class Outside:
    """Clock, sleep and name resolution; tests put their own in the place."""

    monotonic: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    resolve: Callable[[str], list[str]] = resolve_name


@dataclass(frozen=True)
class WebLimits:
    """What a fetch from the web may contact, take and wait for."""

    hosts: frozenset[str]
    user_agent: str
    max_file_bytes: int
    content_api_hosts: frozenset[str] = frozenset({"www.gov.uk"})
    max_page_bytes: int = 10 * 1024 * 1024
    max_pages: int = 200
    max_redirects: int = 5
    connect_seconds: float = 10
    read_seconds: float = 30
    total_seconds: float = 300
    run_seconds: float = 2700
    attempts: int = 4
    first_backoff_seconds: float = 1
    retry_after_seconds: float = 60
    pause_seconds: float = 1
    failures_before_host_is_left: int = 3
    whole_again_days: int = 30
    proxy: str | None = field(default=None, repr=False)  # it may hold a password
    allow_loopback: bool = False


def check_address(address: str, limits: WebLimits, outside: Outside) -> SplitResult:
    """Return the parts of an address; raises `WebError` for one that must not be contacted.

    https on the usual port, to a host of the allow-list, without user name. With
    `allow_loopback` also http, and any port, of a name that means this machine only.
    """
    try:
        parts = urlsplit(address)
        port, host = parts.port, parts.hostname or ""
    except ValueError as error:
        raise WebError(Fault.NOT_ALLOWED, address, f"not an address: {error}") from error
    if host not in limits.hosts:
        raise WebError(Fault.NOT_ALLOWED, address, f"host '{host}' is not an allowed one")
    is_usual = parts.scheme == "https" and port in {None, 443}
    if not is_usual and not (parts.scheme in {"http", "https"} and _is_here(host, limits, outside)):
        raise WebError(Fault.NOT_ALLOWED, address, "only https on its usual port is allowed")
    if parts.username or parts.password:
        raise WebError(Fault.NOT_ALLOWED, address, "an address with a user name is not allowed")
    return parts


def public_addresses(host: str, limits: WebLimits, outside: Outside) -> list[str]:
    """Resolve a host to addresses that may be connected to; raises `WebError` otherwise.

    One internal address among them refuses the host: a name that means both is either
    a mistake or an attack.
    """
    try:
        found = outside.resolve(host)
    except OSError as error:
        raise WebError(Fault.NO_ANSWER, host, f"host '{host}' is unknown ({error})") from error
    internal = [ip for ip in found if not _may_connect(ip, limits)]
    if internal or not found:
        told = f"host '{host}' leads to the internal address {', '.join(internal) or 'none'}"
        raise WebError(Fault.INTERNAL_ADDRESS, host, told)
    return found


def _is_here(host: str, limits: WebLimits, outside: Outside) -> bool:
    if not limits.allow_loopback:
        return False
    found = public_addresses(host, limits, outside)
    return all(ipaddress.ip_address(ip).is_loopback for ip in found)


def _may_connect(text: str, limits: WebLimits) -> bool:
    ip = _inner(ipaddress.ip_address(text.partition("%")[0]))
    if ip.is_loopback:
        return limits.allow_loopback
    return ip.is_global and not ip.is_multicast


def _inner(ip: IPAddress) -> IPAddress:
    """Return the IPv4 address that an IPv6 one only wraps."""
    if isinstance(ip, ipaddress.IPv4Address):
        return ip
    if ip in NAT64:
        return ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
    return ip.ipv4_mapped or ip.sixtofour or ip
