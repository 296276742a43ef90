"""Fetch from the web: find each return's files on its landing page, land what is new."""

from __future__ import annotations

import os
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

from ingestion.catalogue import Catalogue, WebVisit
from ingestion.definition import Definition
from ingestion.download import Answer, Check, Known, Web
from ingestion.folder import Report, silent
from ingestion.kinds import check_file, check_page, claimed_kind
from ingestion.landing import land, landed_path, landing_in_use
from ingestion.links import content_address, is_content_page, matching, read_page
from ingestion.outside import Outside, WebLimits
from ingestion.web_error import UNREACHABLE, Fault, WebError

UNCHANGED = 304


@dataclass(frozen=True)
class WebFailure:
    """Something that was not fetched: page, address, reason, and what to do."""

    page: str
    address: str
    fault: str
    reason: str
    mend: str

    def __str__(self) -> str:
        place = f"{self.address} (of {self.page})" if self.address != self.page else self.page
        return f"{place}: {self.fault}, {self.reason}. {self.mend}"


@dataclass(frozen=True)
class Wanted:
    """A file that a landing page links to."""

    page: str
    address: str


@dataclass
class WebFetched:
    """What a fetch found: addresses seen, files landed anew, known before, and failures.

    `known` counts what the server or the bytes say is unchanged. `replaced` lists the
    addresses at which other bytes lie than before.
    """

    seen: int = 0
    landed: int = 0
    known: int = 0
    replaced: list[str] = field(default_factory=list)
    failures: list[WebFailure] = field(default_factory=list)


def find_wanted(
    definitions: Mapping[str, Definition],
    landing: Path,
    catalogue: Catalogue,
    *,
    run_id: str,
    limits: WebLimits,
    outside: Outside | None = None,
) -> tuple[list[Wanted], list[WebFailure]]:
    """Visit the landing pages and return what would be fetched, without fetching it."""
    with landing_in_use(landing), Web(limits, outside or Outside()) as web:
        fetch = _Fetch(web, landing, catalogue, run_id)
        return fetch.wanted(definitions), fetch.result.failures


def fetch_web(
    definitions: Mapping[str, Definition],
    landing: Path,
    catalogue: Catalogue,
    *,
    run_id: str,
    limits: WebLimits,
    report: Report = silent,
    outside: Outside | None = None,
) -> WebFetched:
    """Land every file that the returns' landing pages link to and that is new.

    One request after the other. A page, an address or a publisher that fails is named
    in the result, and the others go on. What was never fetched comes first, so that a
    run which ends at its time limit is continued by the next.
    """
    with landing_in_use(landing), Web(limits, outside or Outside()) as web:
        fetch = _Fetch(web, landing, catalogue, run_id)
        wanted = fetch.wanted(definitions)
        fetch.result.seen = len(wanted)
        for done, one in enumerate(wanted, 1):
            fetch.one(one)
            report("fetch", done, len(wanted))
        return fetch.result


class _Fetch:
    """One run over all pages, and what came of it so far."""

    def __init__(self, web: Web, landing: Path, catalogue: Catalogue, run_id: str) -> None:
        self.result = WebFetched()
        self._web, self._landing, self._catalogue = web, landing, catalogue
        self._run_id = run_id
        self._ends_at = web.outside.monotonic() + web.limits.run_seconds
        self._unreachable: Counter[str] = Counter()

    def wanted(self, definitions: Mapping[str, Definition]) -> list[Wanted]:
        """Return the files of all returns, each once, those never fetched first."""
        patterns: dict[str, list[str]] = defaultdict(list)
        for definition in definitions.values():
            if definition.landing_page:
                patterns[definition.landing_page].append(definition.link)
        found: dict[str, Wanted] = {}
        for page, links in patterns.items():
            for address in self._files_of(page, links):
                found.setdefault(address, Wanted(page, address))
        fetched = self._catalogue.fetched_addresses()
        return sorted(found.values(), key=lambda one: one.address in fetched)

    def one(self, wanted: Wanted) -> None:
        """Visit one file's address, and land what lies there if it is new."""
        visits = [v for v in self._catalogue.visits(wanted.address) if v.sha256]
        before = visits[-1] if visits else None
        max_bytes = self._web.limits.max_file_bytes
        with self._named(wanted.page, wanted.address), self._part() as body:
            answer = self._download(
                wanted.page,
                wanted.address,
                body,
                max_bytes=max_bytes,
                check=partial(_check_file, wanted.address, max_bytes),
                known=self._known(visits),
            )
            visit = _visit(wanted.page, wanted.address, answer)
            if before and answer.is_unchanged:
                self.result.known += 1
                visit = _confirmed(visit, before)
            else:
                visit = self._land(body, visit)
                if before and before.sha256 != visit.sha256:
                    self.result.replaced.append(wanted.address)
            self._catalogue.add_visit(visit, self._run_id)

    def _files_of(self, page: str, patterns: list[str]) -> Iterator[str]:
        links: list[str] = []
        with self._named(page, page):
            links = self._links_of(page)
            if not links:
                raise WebError(Fault.NOT_THE_PAGE, page, "the page links to nothing")
        for pattern in patterns if links else []:
            with self._named(page, page):
                yield from matching(links, pattern, page)

    def _links_of(self, page: str) -> list[str]:
        """Return the links of a landing page and of the pages right below it."""
        is_content = is_content_page(page, self._web.limits.content_api_hosts)
        first = content_address(page) if is_content else page
        links, below = read_page(*self._page(page, first), is_content)
        if len(below) > self._web.limits.max_pages:
            told = f"the page has {len(below)} pages below it, too many to be those of one return"
            raise WebError(Fault.NOT_THE_PAGE, page, told)
        for address in below:
            with self._named(page, address):
                links += read_page(*self._page(page, address), is_content)[0]
        return links

    def _page(self, page: str, address: str) -> tuple[str, str]:
        """Return a page's text and the address it came from in the end."""
        with self._part() as body:
            answer = self._download(
                page,
                address,
                body,
                max_bytes=self._web.limits.max_page_bytes,
                check=lambda path, told: check_page(path, address, length_told=told.length_told),
            )
            self._catalogue.add_visit(_visit(page, address, answer), self._run_id)
            return body.read_text(encoding="utf-8", errors="replace"), answer.final_address

    def _download(
        self,
        page: str,
        address: str,
        body: Path,
        *,
        max_bytes: int,
        check: Check,
        known: Known | None = None,
    ) -> Answer:
        """Download, unless there is no use; a visit that fails is noted with its reason."""
        host = urlsplit(address).netloc
        self._refuse_useless(host, address)
        try:
            answer = self._web.download(
                address, body, max_bytes=max_bytes, check=check, known=known
            )
        except WebError as error:
            self._unreachable[host] += error.fault in UNREACHABLE
            visit = WebVisit(page, address, status=error.status, error=str(error))
            self._catalogue.add_visit(visit, self._run_id)
            raise
        self._unreachable[host] = 0
        return answer

    def _refuse_useless(self, host: str, address: str) -> None:
        """Leave a server that is down in peace, and end before the scheduler ends the task."""
        if self._unreachable[host] >= self._web.limits.failures_before_host_is_left:
            told = f"{host} failed {self._unreachable[host]} times in a row"
            raise WebError(Fault.LEFT_FOR_NEXT_RUN, address, told)
        if self._web.outside.monotonic() >= self._ends_at:
            raise WebError(Fault.LEFT_FOR_NEXT_RUN, address, "the time for one run is over")

    def _known(self, visits: list[WebVisit]) -> Known | None:
        """Return what to compare with; None when the bytes are to come whole again.

        Whole again when they are no longer in landing, and now and then in any case: a
        server that does not change its ETag would otherwise hide other bytes for ever.
        """
        oldest = datetime.now(UTC) - timedelta(days=self._web.limits.whole_again_days)
        came = [v for v in visits if v.status != UNCHANGED and v.visited_at]
        if not came or came[-1].visited_at is None or came[-1].visited_at < oldest:
            return None
        last = visits[-1]
        if not (last.sha256 and landed_path(self._landing, last.sha256).exists()):
            return None
        return Known(last.final_address or last.address, last.etag, last.last_modified)

    def _land(self, body: Path, visit: WebVisit) -> WebVisit:
        sha256, size = land(body, self._landing)
        is_new = self._catalogue.add_landed(sha256, size, visit.address, self._run_id)
        self.result.landed += is_new
        self.result.known += not is_new
        return replace(visit, sha256=sha256)

    @contextmanager
    def _part(self) -> Iterator[Path]:
        """Give a file to download into; it is gone afterwards, and swept after a kill."""
        handle, name = tempfile.mkstemp(dir=self._landing, prefix=".part-")
        os.close(handle)
        try:
            yield Path(name)
        finally:
            Path(name).unlink(missing_ok=True)

    @contextmanager
    def _named(self, page: str, address: str) -> Iterator[None]:
        """Put what goes wrong with an address into the result, and go on."""
        try:
            yield
        except WebError as error:
            failure = WebFailure(page, address, error.fault, error.problem, error.mend)
            self.result.failures.append(failure)


def _check_file(address: str, max_bytes: int, path: Path, answer: Answer) -> None:
    check_file(
        path,
        claimed_kind(address, answer.final_address),
        address,
        media_type=answer.media_type,
        length_told=answer.length_told,
        max_bytes=max_bytes,
    )


def _visit(page: str, address: str, answer: Answer) -> WebVisit:
    return WebVisit(
        landing_page=page,
        address=address,
        final_address=answer.final_address,
        status=answer.status,
        etag=answer.etag,
        last_modified=answer.last_modified,
        headers=answer.headers,
    )


def _confirmed(visit: WebVisit, before: WebVisit) -> WebVisit:
    """Say of what the server left out in its 304 that it is as before."""
    return replace(
        visit,
        sha256=before.sha256,
        etag=visit.etag or before.etag,
        last_modified=visit.last_modified or before.last_modified,
    )
