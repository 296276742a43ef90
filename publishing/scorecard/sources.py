"""The pages of sources: every return, how late it is, and every file that came of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from markupsafe import Markup

from publishing.scorecard import words
from publishing.scorecard.audit_results import Record, Return, read_record
from publishing.scorecard.page import UNRECOGNISED, Cell, Column, Page, Table
from publishing.scorecard.site import Site

PATH = "sources.html"

LICENCES: Mapping[str, tuple[str, str]] = {
    "OGL-UK-3.0": (
        "Open Government Licence v3.0",
        "https://www.nationalarchives.gov.uk/doc/open-government-licence/version/3/",
    ),
}
"""Licences by their SPDX id: name and address."""

_EVERY: Mapping[str, str] = {
    "month": "every month",
    "quarter": "every quarter",
    "year": "every year",
    "once": "once",
    "irregular": "irregularly",
}
_STATES: Mapping[str, str] = {
    "read": "read",
    "quarantined": "set aside: it cannot be trusted",
    "unrecognised": "not read: no return here has its layout",
}
_KNOWN_BY: Mapping[str, str] = {
    "file": "its own date",
    "server": "the server's date",
    "landing": "the day it landed here",
}
_UNKNOWN = Return.model_validate(
    {"return": UNRECOGNISED, "title": "Files that no return here knows", "publisher": "not known"}
)

_BY_RETURN = """
    SELECT return_id, count(*) AS files, min(period_start) AS first, max(period_end) AS last,
        max(published_on) AS published, sum(observations)::BIGINT AS observations,
        count(*) FILTER (WHERE state = 'read') AS files_read,
        bool_and(is_synthetic) AS is_synthetic
    FROM source_file GROUP BY return_id
"""
_FILES = """
    SELECT * FROM source_file WHERE return_id IS NOT DISTINCT FROM ?
    ORDER BY period_end DESC NULLS LAST, published_on DESC NULLS LAST, file_name
"""
_METRICS = """
    SELECT metric_id, title FROM metric
    WHERE list_contains(string_split(source_returns, '; '), ?) ORDER BY title
"""


@dataclass(frozen=True)
class Lateness:
    """Whether what a publisher should have published by its own dates is held here.

    `day` is the first on which it is late; `told_on` the day of the release that says so.
    """

    words: str
    is_late: bool = False
    day: date | None = None
    told_on: date | None = None


_MADE_UP = Lateness("made up: SYNTHETIC")
"""Of a return all of whose files are of the demonstration."""


@dataclass(frozen=True)
class Source:
    """A return with what this release holds of it."""

    about: Return
    files: int
    files_read: int
    first: date | None
    last: date | None
    published: date | None
    observations: int
    lateness: Lateness

    @property
    def path(self) -> str:
        """Its page."""
        return f"sources/{self.about.return_id}.html"

    @property
    def has_a_gap(self) -> bool:
        """Whether what is late comes before the newest period that is held: that one was not over.

        What is published after its period cannot have been late before the period had ended. What
        looks ahead, as forecasts do, reaches past the day of its release, and tells of no gap.
        """
        late = self.lateness
        if self.last is None or late.day is None or late.told_on is None:
            return False
        return late.day <= self.last <= late.told_on


def pages(site: Site) -> Iterator[Page]:
    """Give the page of all returns, and one for each return with its files."""
    sources = _sources(site)
    yield _overview(site, sources)
    for source in sources:
        yield _page(site, source)


def lateness(about: Return, record: Record, today: date, *, is_look_back: bool) -> Lateness:
    """Return how a return stands on a day, by its publisher's own dates."""
    if is_look_back or not record.has_dates:
        return Lateness("not told of a look back" if is_look_back else "not told")
    if about.late_from is None:
        return Lateness(_never_late(about))
    if about.late_from > today:
        return Lateness(f"on time; late from {words.day(about.late_from)}", day=about.late_from)
    days = (today - about.late_from).days + 1
    said = f"late: {words.number(days)} {'day' if days == 1 else 'days'}"
    return Lateness(said, is_late=True, day=about.late_from, told_on=today)


def _never_late(about: Return) -> str:
    if about.held.files == 0:
        return "never loaded"
    return "ended" if about.last or about.every == "once" else "no date to go by"


def _sources(site: Site) -> list[Source]:
    record = read_record(site.release)
    held = {row["return_id"]: row for row in site.rows(_BY_RETURN)}
    known = {one.return_id: one for one in record.returns}
    # The marts may have returns that the record has not: say what is known of them all the same.
    for return_id in held:
        if return_id is not None and return_id not in known:
            known[str(return_id)] = Return.model_validate(
                {"return": return_id, "title": return_id, "publisher": "not stated"}
            )
    facts = site.facts
    today, is_look_back = facts.made_at.date(), facts.as_at is not None
    found = []
    for one in sorted(known.values(), key=lambda one: one.title.lower()):
        row = held.get(one.return_id)
        late = lateness(one, record, today, is_look_back=is_look_back)
        if row is not None and row["is_synthetic"]:
            late = _MADE_UP
        found.append(_source(one, row, late))
    if None in held:
        found.append(_source(_UNKNOWN, held[None], Lateness("does not apply")))
    return found


def _source(about: Return, row: Mapping[str, Any] | None, late: Lateness) -> Source:
    row = row or {}
    return Source(
        about,
        row.get("files", 0),
        row.get("files_read", 0),
        row.get("first"),
        row.get("last"),
        row.get("published"),
        row.get("observations") or 0,
        late,
    )


def finding(sources: Sequence[Source]) -> str:
    """Return what is held and what is late, as a heading."""
    files = sum(source.files for source in sources)
    returns = sum(source.files > 0 and source.about is not _UNKNOWN for source in sources)
    if not files:
        return "Sources"
    late = sum(source.lateness.is_late for source in sources)
    read = sum(source.files_read for source in sources)
    said = (
        f"{_counted(read, 'file')} of {_counted(returns, 'return')} "
        f"{'is' if read == 1 else 'are'} behind this release"
    )
    if unread := files - read:
        said += f"; {_counted(unread, 'more file')} {'is' if unread == 1 else 'are'} not read"
    return (
        f"{said}; {_counted(late, 'return')} {'is' if late == 1 else 'are'} late" if late else said
    )


def _counted(count: int, noun: str) -> str:
    return f"{words.number(count)} {noun}{'' if count == 1 else 's'}"


def _overview(site: Site, sources: Sequence[Source]) -> Page:
    table = Table(
        "returns",
        "Returns, with what is held of each",
        (
            Column("title", "Return", is_prose=True),
            Column("publisher", "Publisher"),
            Column("every", "Published"),
            Column("files", "Files", is_number=True),
            Column("last", "Newest period ends"),
            Column("published", "Newest file published"),
            Column("late_from", "On time?"),
            Column("licence", "Licence"),
        ),
        [_source_row(source) for source in sources],
        csv="data/sources-returns.csv",
        can_search=True,
    )
    site.write_table_csv(table)
    body = site.render(
        "sources.html",
        PATH,
        heading=finding(sources),
        table=table,
        late=sorted(
            (source for source in sources if source.lateness.is_late),
            key=lambda source: source.lateness.day or date.max,
        ),
        is_told=read_record(site.release).has_dates and site.facts.as_at is None,
        made_up=sum(source.lateness == _MADE_UP for source in sources),
    )
    return Page(
        PATH,
        "Sources",
        "Every return and every publisher's file behind this release, and what is late.",
        "sources",
        body,
        (("England", "index.html"),),
    )


def _source_row(source: Source) -> tuple[Cell, ...]:
    about, late = source.about, source.lateness
    said = (
        Markup('<span class="doubt">{}</span>').format(late.words) if late.is_late else late.words
    )
    return (
        Cell(about.title, about.title, href=source.path),
        Cell(about.publisher, about.publisher),
        Cell(_EVERY.get(about.every, about.every), about.every),
        Cell(words.number(source.files), source.files),
        _day(source.last),
        _day(source.published),
        Cell(said, late.day.isoformat() if late.day else None),
        Cell(licence(about.licence), about.licence),
    )


def licence(said: str | None) -> Markup:
    """Return a licence by its name, with a link to its text where it is a known one."""
    if said is not None and said in LICENCES:
        name, address = LICENCES[said]
        return Markup('<a href="{}">{}</a>').format(address, name)
    return Markup("{}").format(said or "none stated")


def _day(value: date | None) -> Cell:
    if value is None:
        return Cell("")
    return Cell(words.day(value), value.isoformat(), sort=value.isoformat())


def _page(site: Site, source: Source) -> Page:
    about = source.about
    return_id = None if about is _UNKNOWN else about.return_id
    files = [dict(row) for row in site.rows(_FILES, [return_id])]
    names = (
        "file_name",
        "source_sha256",
        "bytes",
        "state",
        "reason",
        "period_start",
        "period_end",
        "first_published_on",
        "revised_on",
        "publisher_status",
        "is_current_vintage",
        "observations",
        "known_on",
        "known_by",
        "url",
        "landing_page",
        "fetched_at",
    )
    csv = (
        site.write_csv(
            f"data/sources/{about.return_id}-files.csv",
            names,
            ([_plain(row[name]) for name in names] for row in files),
        )
        if files
        else None
    )
    body = site.render(
        "source.html",
        source.path,
        source=source,
        every=_EVERY.get(about.every, about.every),
        licence=licence(about.licence),
        span=_span(source.first, source.last),
        files=[_file(row) for row in files],
        csv=csv,
        metrics=site.rows(_METRICS, [about.return_id]),
    )
    return Page(
        source.path,
        about.title,
        f"Files of {about.title}, with where each came from.",
        "sources",
        body,
        (("England", "index.html"), ("Sources", PATH)),
    )


def _plain(value: Any) -> str | int | float | bool | None:
    return value.isoformat() if isinstance(value, date) else value


def _span(first: date | None, last: date | None) -> str:
    return f"{words.day(first)} to {words.day(last)}" if first and last else ""


@dataclass(frozen=True)
class SourceFile:
    """A landed file as its return's page tells it."""

    anchor: str
    name: str
    sha256: str
    size: str
    state: str
    is_read: bool
    reason: str
    period: str
    published: str
    vintage: str
    figures: str
    known: str
    address: str | None
    landing_page: str | None


def _file(row: Mapping[str, Any]) -> SourceFile:
    is_read = row["state"] == "read"
    reason = row["reason"] or ""
    if reason and row["sheet"]:
        reason += f" ({row['sheet']}{', ' + row['cell'] if row['cell'] else ''})"
    return SourceFile(
        anchor=f"f-{row['source_sha256'][:12]}",
        name=row["file_name"].rpartition("/")[2],
        sha256=row["source_sha256"],
        size=size(row["bytes"]),
        state=_STATES.get(row["state"], row["state"]),
        is_read=is_read,
        reason=reason,
        period=_span(row["period_start"], row["period_end"]),
        published=_published(row),
        vintage=_vintage(row) if is_read else "",
        figures=words.number(row["observations"]) if row["observations"] else "",
        known=f"{words.day(row['known_on'])}, by {_KNOWN_BY.get(row['known_by'], row['known_by'])}"
        if row["known_on"]
        else "",
        address=_web(row["url"]),
        landing_page=_web(row["landing_page"]),
    )


def size(count: int | None) -> str:
    """Write a number of bytes as people do: `950 bytes`, `164 kB`, `54.0 MB`."""
    if count is None:
        return ""
    for least, unit, decimals in ((1e9, "GB", 1), (1e6, "MB", 1), (1e3, "kB", 0)):
        if count >= least:
            return f"{count / least:,.{decimals}f} {unit}"
    return f"{count} bytes"


def _published(row: Mapping[str, Any]) -> str:
    first, revised = row["first_published_on"], row["revised_on"]
    said = words.day(first) if first else "the file says no date"
    return f"{said}, revised {words.day(revised)}" if revised else said


def _vintage(row: Mapping[str, Any]) -> str:
    if row["is_record"]:
        return "a list, without figures"
    return "in use" if row["is_current_vintage"] else "not in use: older, or the same again"


def _web(address: str | None) -> str | None:
    """Return an address that a page may link to; others (a file's own path) are not shown."""
    return address if address and address.startswith(("https://", "http://")) else None
