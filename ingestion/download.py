"""Download one address: redirects, retries, resumption, limits; the body goes to a file."""

from __future__ import annotations

import re
import ssl
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import httpcore
import httpx
from tenacity import RetryCallState, Retrying, retry_if_exception, wait_exponential_jitter

from ingestion.outside import Outside, WebLimits, check_address
from ingestion.transport import Deadline, GuardedTransport
from ingestion.web_error import Fault, WebError

BLOCK = 64 * 1024
LONGEST_BACKOFF_SECONDS = 60
REDIRECTS = frozenset({301, 302, 303, 307, 308})
KEPT_HEADERS = (
    "cache-control",
    "content-disposition",
    "content-encoding",
    "content-length",
    "content-type",
    "date",
    "server",
)


@dataclass(frozen=True)
class Known:
    """What is known of an address from an earlier visit."""

    final_address: str
    etag: str | None
    last_modified: str | None


@dataclass(frozen=True)
class Answer:
    """How an address answered; the body, unless it is unchanged, lies in the given file."""

    final_address: str
    status: int
    etag: str | None
    last_modified: str | None
    headers: Mapping[str, str]
    length_told: bool

    @property
    def is_unchanged(self) -> bool:
        """Whether the server says that nothing changed since the earlier visit."""
        return self.status == 304

    @property
    def media_type(self) -> str:
        """The media type in lower case, without parameters."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()


Check = Callable[[Path, Answer], None]
"""Raises `WebError` when the body must not be kept."""


@dataclass
class _Partial:
    """What an attempt that broke off has left, and how to ask for the rest of the same."""

    path: Path
    final_address: str = ""
    validator: str = ""
    headers: dict[str, str] = field(default_factory=dict)

    def start(self) -> None:
        self.validator = ""
        self.path.write_bytes(b"")

    def asks_for_rest(self, address: str) -> dict[str, str]:
        have = self.path.stat().st_size
        if not (self.validator and have and address == self.final_address):
            return {}
        return {"Range": f"bytes={have}-", "If-Range": self.validator}


class Web:
    """The way to publishers' servers: one request after the other, each host with pauses."""

    def __init__(self, limits: WebLimits, outside: Outside) -> None:
        self.limits, self.outside = limits, outside
        self._deadline = Deadline(outside)
        self._last: dict[str, float] = {}
        self._client = httpx.Client(
            transport=GuardedTransport(limits, outside, self._deadline),
            timeout=httpx.Timeout(limits.read_seconds, connect=limits.connect_seconds),
            # Only what is not encoded can be resumed and compared with its length.
            headers={"User-Agent": limits.user_agent, "Accept-Encoding": "identity"},
            trust_env=False,
        )

    def __enter__(self) -> Web:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def download(
        self, address: str, body: Path, *, max_bytes: int, check: Check, known: Known | None = None
    ) -> Answer:
        """Download an address into the file `body`; raises `WebError` with nothing kept.

        Faults that may pass are tried again, from where the last attempt broke off if the
        server can; everything together takes `total_seconds` at most.
        """
        self._deadline.set(self.limits.total_seconds)
        partial = _Partial(body)
        partial.start()
        retrying = Retrying(
            retry=retry_if_exception(lambda error: isinstance(error, WebError) and error.may_pass),
            stop=self._gives_up,
            wait=self._wait,
            sleep=self.outside.sleep,
            reraise=True,
        )
        try:
            return retrying(self._attempt, address, partial, max_bytes, check, known)
        except WebError:
            body.unlink(missing_ok=True)
            raise

    def _attempt(
        self, address: str, partial: _Partial, max_bytes: int, check: Check, known: Known | None
    ) -> Answer:
        with self._errors_named(address), self._open(address, partial, known) as response:
            if response.status_code == 416:  # there is no rest: begin again
                partial.start()
            _refuse_status(response, address)
            answer = _answer(response)
            if answer.is_unchanged:
                return answer
            _keep_body(response, partial, max_bytes)
        try:
            check(partial.path, answer)
        except WebError:
            partial.start()  # bytes that are not what they should be are not added to
            raise
        return answer

    @contextmanager
    def _open(
        self, address: str, partial: _Partial, known: Known | None
    ) -> Iterator[httpx.Response]:
        """Send the request along at most `max_redirects` hops, each checked before it is sent."""
        at = address
        for _ in range(self.limits.max_redirects + 1):
            self._check_hop(at, address)
            request = self._client.build_request("GET", at)
            at = str(request.url)  # as it is sent, so that it compares with earlier visits
            request.headers.update(_conditions(known, at) | partial.asks_for_rest(at))
            self._pause(urlsplit(at).netloc)
            response = self._client.send(request, stream=True)
            try:
                if response.status_code not in REDIRECTS:
                    yield response
                    return
                at = _target(response)
            finally:
                response.close()
        told = f"redirected more than {self.limits.max_redirects} times, last to {at}"
        raise WebError(Fault.TOO_MANY_REDIRECTS, address, told)

    def _check_hop(self, at: str, address: str) -> None:
        try:
            check_address(at, self.limits, self.outside)
        except WebError as error:
            if at == address or error.fault is not Fault.NOT_ALLOWED:
                raise
            told = f"redirected to {at}: {error.problem}"
            raise WebError(Fault.REDIRECTED_OFF_HOST, address, told) from error

    def _pause(self, host: str) -> None:
        now = self.outside.monotonic()
        due = self._last.get(host, float("-inf")) + self.limits.pause_seconds
        if due > now:
            self.outside.sleep(due - now)
        self._last[host] = max(now, due)

    @contextmanager
    def _errors_named(self, address: str) -> Iterator[None]:
        """Raise what the connection meets as `WebError`."""
        try:
            yield
        except WebError as error:
            error.address = address
            raise
        except (httpcore.TimeoutException, httpcore.NetworkError) as error:
            raise self._broken(address, error) from error
        except (httpcore.ProtocolError, httpcore.ProxyError) as error:
            fault = Fault.CUT_SHORT if "without sending complete" in str(error) else Fault.NO_ANSWER
            raise WebError(fault, address, f"the answer broke off: {error}") from error
        except (httpx.InvalidURL, httpcore.UnsupportedProtocol, UnicodeError) as error:
            raise WebError(Fault.NOT_ALLOWED, address, f"not an address: {error}") from error

    def _broken(self, address: str, error: Exception) -> WebError:
        # httpcore raises `from None`, which leaves the reason in the context only.
        if isinstance(refusal := error.__context__, ssl.SSLCertVerificationError):
            told = f"the server's certificate is not trusted: {refusal.verify_message}"
            return WebError(Fault.NOT_TRUSTED, address, told)
        if not self._deadline.left():
            seconds = self.limits.total_seconds
            return WebError(Fault.TOO_SLOW, address, f"not done after {seconds:g} seconds")
        told = f"{type(error).__name__} {error}".strip()
        return WebError(Fault.NO_ANSWER, address, f"the server did not answer: {told}")

    def _wait(self, state: RetryCallState) -> float:
        """Return the back-off, or what the server asked for if that is longer."""
        backoff = wait_exponential_jitter(
            initial=self.limits.first_backoff_seconds,
            max=LONGEST_BACKOFF_SECONDS,
            jitter=self.limits.first_backoff_seconds,
        )
        return max(backoff(state), _asked_for(state))

    def _gives_up(self, state: RetryCallState) -> bool:
        return (
            state.attempt_number >= self.limits.attempts
            or _asked_for(state) > self.limits.retry_after_seconds
            or state.upcoming_sleep >= self._deadline.left()
        )


def _asked_for(state: RetryCallState) -> float:
    error = state.outcome.exception() if state.outcome else None
    return (error.wait_seconds or 0.0) if isinstance(error, WebError) else 0.0


def _target(response: httpx.Response) -> str:
    """Return where a redirect leads; what is no address is given back as it is, to be named."""
    location = str(response.headers.get("location", ""))
    try:
        return urljoin(str(response.request.url), location)
    except ValueError:
        return location


def _conditions(known: Known | None, address: str) -> dict[str, str]:
    """Ask only for what changed, of the very address that the earlier bytes came from."""
    if known is None or known.final_address != address:
        return {}
    headers = {"If-None-Match": known.etag, "If-Modified-Since": known.last_modified}
    return {name: value for name, value in headers.items() if value}


def _refuse_status(response: httpx.Response, address: str) -> None:
    status = response.status_code
    if status in {200, 206} or (status == 304 and _was_conditional(response)):
        return
    told = f"the server answered {status} {response.reason_phrase}".rstrip()
    if status in {429, 503}:
        wait = _retry_after(response.headers.get("retry-after", ""))
        asked = f" and asks to wait {wait:g} seconds" if wait else ""
        raise WebError(Fault.THROTTLED, address, told + asked, status=status, wait_seconds=wait)
    is_passing = status >= 500 or status in {408, 416}
    fault = Fault.SERVER_ERROR if is_passing else Fault.REFUSED
    raise WebError(fault, address, told, status=status)


def _was_conditional(response: httpx.Response) -> bool:
    return not {"if-none-match", "if-modified-since"}.isdisjoint(response.request.headers)


def _retry_after(text: str) -> float | None:
    """Return the seconds of a Retry-After header, a number or a date."""
    if text.isdecimal():
        return float(text)
    try:
        at = parsedate_to_datetime(text)
    except ValueError:
        return None
    now = datetime.now(UTC)
    return max(0.0, (at.replace(tzinfo=at.tzinfo or UTC) - now).total_seconds())


def _answer(response: httpx.Response) -> Answer:
    headers = response.headers
    told = "content-length" in headers or "chunked" in headers.get("transfer-encoding", "")
    return Answer(
        final_address=str(response.request.url),
        status=response.status_code,
        etag=headers.get("etag"),
        last_modified=headers.get("last-modified"),
        headers={name: headers[name] for name in KEPT_HEADERS if name in headers},
        length_told=told,
    )


def _keep_body(response: httpx.Response, partial: _Partial, max_bytes: int) -> None:
    """Write the body, or the rest of it, counting what it unpacks to."""
    address = str(response.request.url)
    if response.status_code == 206:
        _check_continues(response, partial)
    else:
        partial.start()
        partial.final_address, partial.validator = address, _validator(response)
    size = partial.path.stat().st_size
    told = int(response.headers.get("content-length", "0") or 0)
    with partial.path.open("ab") as file:
        if size + told > max_bytes:
            raise _too_large(address, max_bytes)
        for block in _decoded(response):
            size += len(block)
            if size > max_bytes:
                raise _too_large(address, max_bytes)
            file.write(block)


def _too_large(address: str, max_bytes: int) -> WebError:
    return WebError(Fault.TOO_LARGE, address, f"larger than {max_bytes / 1024**2:g} MB")


def _check_continues(response: httpx.Response, partial: _Partial) -> None:
    have = partial.path.stat().st_size
    told = re.fullmatch(r"bytes (\d+)-\d+/(?:\d+|\*)", response.headers.get("content-range", ""))
    if not have or told is None or int(told[1]) != have:
        partial.start()
        address = str(response.request.url)
        raise WebError(Fault.CUT_SHORT, address, "the server sent a part that was not asked for")


def _validator(response: httpx.Response) -> str:
    """Return what names these very bytes to the server, if it can send parts of them."""
    headers = response.headers
    if "content-encoding" in headers or headers.get("accept-ranges") != "bytes":
        return ""
    etag = str(headers.get("etag", ""))
    return etag if etag.startswith('"') else str(headers.get("last-modified", ""))


def _decoded(response: httpx.Response) -> Iterator[bytes]:
    """Yield the body in blocks of bounded size, also when it was packed to burst."""
    encoding = response.headers.get("content-encoding", "identity").strip().lower()
    if encoding in {"", "identity"}:
        yield from response.iter_raw()
        return
    address = str(response.request.url)
    if encoding != "gzip":
        told = f"the server encoded the body as '{encoding}' without being asked"
        raise WebError(Fault.REFUSED, address, told)
    unzip = zlib.decompressobj(wbits=31)
    try:
        for packed in response.iter_raw():
            while packed:
                yield unzip.decompress(packed, BLOCK)
                packed = unzip.unconsumed_tail
        yield unzip.flush()
    except zlib.error as error:
        raise WebError(Fault.CUT_SHORT, address, f"the packed body is damaged: {error}") from error
    if not unzip.eof or unzip.unused_data:
        raise WebError(Fault.CUT_SHORT, address, "the packed body does not end where it should")
