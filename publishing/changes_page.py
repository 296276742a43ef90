"""The page of changes: what differs from the last release, for a browser without a network.

It has no script and fetches nothing. Each text comes from files of others, so each is escaped.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from pathlib import Path

import duckdb

from joinedup.static_page import SYNTHETIC, TABLE_STYLE, document
from publishing.change_summary import (
    KINDS,
    SHOWN_AS,
    Change,
    Changes,
    MetricChanges,
    Source,
    doubt_line,
    explained_line,
    is_in_doubt,
    kinds_line,
    read_changes,
)
from publishing.files_changed import (
    FileChange,
    files_changed,
    files_line,
    files_of_candidate,
    files_of_release,
)
from publishing.mart_tables import LOCKED_DOWN

PAGE_NAME = "changes.html"
QUALITY_PAGE = "index.html"
LISTED = 200
"""Rows on the page; mart release_change has them all."""

_NOT_EXPLAINED = "not explained"


def write_changes_page(candidate: Path, folder: Path, releases: Path) -> Path:
    """Write the page of what a candidate changes into its folder of audit results."""
    with duckdb.connect(str(candidate), read_only=True, config=LOCKED_DOWN) as connection:
        context = connection.execute("select compared_with, why_not from history.context")
        old, why_not = context.fetchone() or (None, "there is no history")
        found = read_changes(
            connection,
            Source(
                "marts.release_change",
                metrics="select metric_id, title from marts.metric",
                areas="select area_code, name from marts.area",
            ),
            LISTED,
            Changes(
                old=old,
                new="this release",
                why_not=why_not,
                is_synthetic=_is_synthetic(connection),
                files=_files(connection, releases / old) if old else None,
            ),
        )
    page = folder / PAGE_NAME
    page.write_text(render_page(found, quality_page=QUALITY_PAGE), encoding="utf-8")
    return page


def _files(connection: duckdb.DuckDBPyConnection, old: Path) -> list[FileChange] | None:
    before = files_of_release(old)
    return None if before is None else files_changed(before, files_of_candidate(connection))


def _is_synthetic(connection: duckdb.DuckDBPyConnection) -> bool:
    row = connection.execute(
        "select coalesce(bool_or(is_synthetic), false) from marts.source_file where state = 'read'"
    ).fetchone()
    return bool(row and row[0])


def render_page(found: Changes, *, quality_page: str = "") -> str:
    """Give the page as HTML; `quality_page` is where that of the audit lies, if beside it."""
    title = f"What changed: {found.old} to {found.new}" if found.old else "What changed"
    link = f'<p><a href="{escape(quality_page)}">Quality of the data</a></p>'
    top = [*([SYNTHETIC] if found.is_synthetic else []), "<h1>What changed</h1>"]
    top += [link] if quality_page else []
    body = ["<main>", *top, *_body(found), *_file_changes(found.files or ()), "</main>"]
    return document(title, TABLE_STYLE, body)


def _body(found: Changes) -> Iterator[str]:
    if found.old is None:
        yield f"<p>Nothing is compared: {escape(found.why_not or 'there is no other release')}.</p>"
        return
    yield f'<p class="soft">From {escape(found.old)} to {escape(found.new)}.</p>'
    for name, asked in found.asked.items():
        yield f"<p>Only {escape(name)} {escape(asked)}.</p>"
    yield f"<p>{escape(kinds_line(found))}</p>"
    if found.files is not None:
        yield f"<p>{escape(files_line(found.files))}</p>"
    if not found.total:
        return
    mark = ' class="doubt"' if found.in_doubt else ""
    yield f"<p{mark}>{escape(doubt_line(found))}</p>"
    yield f'<p class="soft">{escape(explained_line(found))}</p>'
    yield "<h2>By metric</h2>"
    yield from _metrics(found.metrics)
    if found.in_doubt:
        yield "<h2>Closed periods, not explained</h2>"
        yield from _changes(found.doubtful, found.in_doubt)
    yield "<h2>Largest changes</h2>"
    yield '<p class="soft">By size beside the spread of the metric’s values.</p>'
    yield from _changes(found.rows, found.total)


def _metrics(metrics: Sequence[MetricChanges]) -> Iterator[str]:
    heads = [*(SHOWN_AS.get(kind, kind) for kind in KINDS), _NOT_EXPLAINED]
    yield "<table><thead><tr><th scope=col>metric</th>"
    yield "".join(f'<th scope=col class="n">{head}</th>' for head in heads)
    yield "<th scope=col>largest change</th></tr></thead><tbody>"
    for one in metrics:
        counts = [*(one.kinds[kind] for kind in KINDS), one.in_doubt]
        yield f"<tr>{_row_head(one.largest)}"
        for head, count in zip(heads, counts, strict=True):
            doubt = " doubt" if head == _NOT_EXPLAINED else ""
            kind = f"n{doubt}" if count else "n none"
            shown = f"{count:,}" if count else "–"
            yield f'<td class="{kind}" data-name="{head}">{shown}</td>'
        yield f'<td data-name="largest"><span>{_figure(one.largest)}</span></td></tr>'
    yield "</tbody></table>"


def _changes(rows: Sequence[Change], total: int) -> Iterator[str]:
    yield "<table>"
    if total > len(rows):
        yield f"<caption>The first {len(rows):,} of {total:,}.</caption>"
    yield "<thead><tr><th scope=col>metric</th><th scope=col>area and period</th>"
    yield '<th scope=col class="n">before</th><th scope=col class="n">now</th>'
    yield '<th scope=col class="n">difference</th><th scope=col>why</th></tr></thead><tbody>'
    for row in rows:
        boundary = "" if row.boundary == "as_reported" else f", {row.boundary} boundaries"
        where = f"{row.period}{boundary}"
        doubt = " doubt" if is_in_doubt(row) else ""
        state = "closed" if row.is_closed else "still open"
        by = "n" if row.by else "n none"
        yield (
            f"<tr>{_row_head(row)}"
            f'<td data-name="where"><span>{escape(row.area_name or row.area_code)}'
            f"<small>{escape(where)}</small></span></td>"
            f'<td class="n" data-name="before">{escape(row.before)}</td>'
            f'<td class="n" data-name="now">{escape(row.after)}</td>'
            f'<td class="{by}" data-name="difference"><span>{_by(row)}</span></td>'
            f'<td data-name="why"><span><span class="why{doubt}">{escape(row.explanation)}</span>'
            f"<small>{SHOWN_AS.get(row.change, row.change)}, {state}</small></span></td></tr>"
        )
    yield "</tbody></table>"


def _file_changes(files: Sequence[FileChange]) -> Iterator[str]:
    if not files:
        return
    yield "<h2>Files read or refused otherwise</h2><table>"
    if len(files) > LISTED:
        yield f"<caption>The first {LISTED:,} of {len(files):,}.</caption>"
    yield "<thead><tr><th scope=col>file</th><th scope=col>before</th><th scope=col>now</th>"
    yield "</tr></thead><tbody>"
    for one in files[:LISTED]:
        yield (
            f"<tr><th scope=row>{escape(one.file_name)}</th>"
            f'<td data-name="before">{escape(one.before or "not there")}</td>'
            f'<td data-name="now">{escape(one.now or "not there")}</td></tr>'
        )
    yield "</tbody></table>"


def _row_head(row: Change) -> str:
    unit = f" ({row.unit})" if row.unit else ""
    below = f"<small>{escape(row.metric_id + unit)}</small>"
    return f"<th scope=row>{escape(row.metric_title or '')}{below}</th>"


def _by(row: Change) -> str:
    """Write the difference, and as a share in a line of its own."""
    said, _, share = row.by.partition(" (")
    return f"{escape(said)}<small>({escape(share)}</small>" if share else escape(said or "–")


def _figure(row: Change) -> str:
    by = f" <small>{escape(row.by)}</small>" if row.by else ""
    where = f"{row.area_name or row.area_code}, {row.period}"
    return f"{escape(f'{where}: {row.before} → {row.after}')}{by}"
