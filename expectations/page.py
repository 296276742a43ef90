"""The quality page: an audit as one static file, to be read offline, on paper or on a phone.

Nothing on it runs and nothing is fetched. Every text, a file's name too, comes from outside and is
escaped; what a text must not do (turn the direction of writing, say) is shown as what it is.
"""

from __future__ import annotations

import csv
import html
import io
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

from expectations.show import (
    BLOCKING,
    MEANS,
    ORDER,
    TO_DO,
    Audit,
    Kind,
    Told,
    plain,
    rows_words,
    see,
)
from expectations.suites import STAGING, Dimension
from joinedup.static_page import SYNTHETIC, document

PAGE_FILE = "index.html"
CHECKS_FILE = "checks.csv"

MOST_FINDINGS = 60
"""So many findings are told one by one; the rest are in the table of checks."""
MOST_ROWS = 50
"""So many rows of the reconciliation and of the decisions are listed."""
MOST_TEXT = 160
"""So many characters of a cell are shown."""
MOST_OF_ROWS = 120_000
"""So many characters of failing rows are on the page; after them, the command shows the rows."""
MOST_RELEASES = 30
"""So many earlier releases are in the trend."""
MOST_CHECKS = 1000
"""So many checks are listed one by one on the page; all are in the CSV."""

DIMENSIONS: tuple[str, ...] = get_args(Dimension)
SETTLED = frozenset({"reproduced", "within rounding", "adds up"})
"""Verdicts of the reconciliation that ask for nothing."""

_SIGNS: Mapping[str, str] = {
    "passed": "\u2713",
    "bad data": "\u2717",
    "broken check": "\u26a0",
    "missing check": "?",
    "warning": "!",
    "known failure": "\u2691",
    "not applicable": "\u2013",
}


@dataclass(frozen=True)
class Earlier:
    """An earlier release, as the trend shows it."""

    release_id: str
    audit: Audit


@dataclass(frozen=True)
class Page:
    """All that the page tells of one audit.

    `earlier` are releases before it, the oldest first; `reconciliation` rows of the mart;
    `decisions` what people decided, the oldest first; `changes` the address of the page of
    changes, beside this one.
    """

    audit: Audit
    made_on: str = ""
    earlier: Sequence[Earlier] = ()
    reconciliation: Sequence[Mapping[str, Any]] = ()
    decisions: Sequence[Mapping[str, Any]] = ()
    changes: str = ""
    is_synthetic: bool = False


def write_page(folder: Path, page: Page) -> Path:
    """Write the page and the list of checks into the folder of an audit; returns the page."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / CHECKS_FILE).write_text(checks_csv(page.audit), encoding="utf-8", newline="")
    path = folder / PAGE_FILE
    path.write_text(render_page(page), encoding="utf-8")
    return path


def checks_csv(audit: Audit) -> str:
    """Every check and what came of it, one in each row; no cell begins as a formula does."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(_CSV_COLUMNS)
    for one in audit.checks:
        writer.writerow([_cell_of_csv(value) for value in _csv_row(one)])
    return out.getvalue()


_CSV_COLUMNS = (
    *("suite", "check", "source", "table", "column", "returns", "expected", "dimension"),
    *("severity", "owner", "poisons", "result", "rows_not_as_expected", "rows_examined"),
    *("known_until", "detail", "seconds"),
)


def _csv_row(one: Told) -> tuple[Any, ...]:
    return (
        *(one.suite, one.check, "dbt" if one.is_dbt else "suite", one.table, one.column),
        *(", ".join(one.return_ids), one.expected, one.dimension, one.severity, one.owner),
        *(", ".join(one.poisons), one.kind or "passed", one.unexpected_count, one.examined),
        *(one.known_until, one.detail, one.seconds),
    )


def _cell_of_csv(value: Any) -> Any:
    if value is None or isinstance(value, int | float):
        return "" if value is None else value
    text = plain(value)
    return f"'{text}" if text[:1] in tuple("=+-@") else text


def render_page(page: Page) -> str:
    """The page as HTML."""
    parts = [
        *_top(page),
        *_kinds(page.audit),
        *_findings(page.audit),
        *_by_return(page.audit),
        *_by_table(page.audit),
        *_trend(page),
        *_reconciliation(page.reconciliation),
        *_known(page.audit),
        *_decisions(page.decisions),
        *_suites(page.audit),
        *_all_checks(page.audit),
    ]
    when = f" on {_text(page.made_on)}" if page.made_on else ""
    made = f"<footer><p>Made by joinedup{when}.</p></footer>"
    return document(_title(page), _STYLE, ["<main>", *parts, "</main>", made])


def _title(page: Page) -> str:
    verdict = "Passed" if page.audit.outcome == "passed" else "Refused"
    return f"{verdict}: quality of the data"


def _top(page: Page) -> Iterator[str]:
    """The verdict, before all else."""
    audit = page.audit
    passed = audit.outcome == "passed"
    if page.is_synthetic:
        yield SYNTHETIC
    yield "<h1>Quality of the data</h1>"
    sign = _SIGNS["passed" if passed else "bad data"]
    yield (
        f'<p class="verdict {"good" if passed else "bad"}"><span aria-hidden="true">{sign}</span> '
        f"{_text(audit.sentence)}</p>"
    )
    facts = {
        "Candidate": audit.candidate,
        "History compared with": audit.compared_with or "no earlier release",
        "Time and memory": f"{audit.seconds:.1f} s"
        + (f", at most {audit.peak_mb:,.0f} MB" if audit.peak_mb else ""),
    }
    listed = "".join(f"<dt>{name}</dt><dd>{_text(said)}</dd>" for name, said in facts.items())
    yield f"<dl>{listed}</dl>"
    links = [("#findings", "Findings"), ("#returns", "By return"), ("#tables", "By table")]
    links += [("#trend", "Trend")]
    links += [("#reconciliation", "Reconciliation")] if page.reconciliation else []
    links += [("#checks", "All checks"), (CHECKS_FILE, "All checks as CSV")]
    links += [(page.changes, "What changed since the last release")] if page.changes else []
    items = "".join(f'<li><a href="{_text(to)}">{said}</a></li>' for to, said in links)
    yield f'<nav aria-label="On this page"><ul>{items}</ul></nav>'


def _kinds(audit: Audit) -> Iterator[str]:
    """How many results there are of each kind, and what the kinds mean."""
    counts = audit.counts
    rows = [(_badge("passed"), audit.passed, "the check ran, and the data are as it expects")]
    rows += [(_badge(kind), counts[kind], MEANS[kind]) for kind in ORDER]
    yield "<h2>What came of the checks</h2>"
    items = "".join(
        f"<dt>{badge} <b>{_n(count)}</b></dt><dd>{_text(_capital(means))}.</dd>"
        for badge, count, means in rows
    )
    yield f'<dl class="kinds">{items}</dl>'


def _findings(audit: Audit) -> Iterator[str]:
    """Each finding with its rows, its owner and what it spoils; what stops a release first."""
    yield '<h2 id="findings">Findings</h2>'
    told = [one for kind in ORDER[:-1] for one in audit.of_kind(kind)]
    if not told:
        yield "<p>None: every check that ran found the data as expected.</p>"
    left = MOST_OF_ROWS
    for kind in ORDER[:-1]:
        found = [one for one in told[:MOST_FINDINGS] if one.kind == kind]
        if found:
            stops = "stops the release" if kind in BLOCKING else "does not stop the release"
            yield f"<h3>{_badge(kind)} <small>{stops}</small></h3>"
            yield f"<p>{_text(_capital(MEANS[kind]))}. To do: {_text(TO_DO[kind])}.</p>"
        for one in found:
            rows = _examples(one)
            left -= len(rows)
            yield _finding(one, rows if left > 0 else "")
    if len(told) > MOST_FINDINGS:
        yield f"<p>And {_n(len(told) - MOST_FINDINGS)} more, in {_link(CHECKS_FILE)}.</p>"
    nothing = audit.of_kind("not applicable")
    if nothing:
        yield f"<h3>{_badge('not applicable')} <small>does not stop the release</small></h3>"
        listed = "".join(
            f"<li>{_text(one.name)}: {_text(one.detail)}</li>" for one in nothing[:200]
        )
        summary = f"{_n(len(nothing))} with nothing to check"
        yield f"<details><summary>{summary}</summary><ul>{listed}</ul></details>"


def _finding(one: Told, rows: str) -> str:
    facts = {
        "Table": one.table + (f", column {one.column}" if one.column else ""),
        "Returns": ", ".join(one.return_ids),
        "Rows": rows_words(one),
        "Dimension": one.dimension,
        "Owner": one.owner or "nobody is named",
        "Poisoned marts": ", ".join(one.poisons),
        "Known until": one.known_until if one.is_known else "",
        "Said": one.detail,
    }
    listed = "".join(
        f"<dt>{name}</dt><dd>{_text(said, 600)}</dd>" for name, said in facts.items() if said
    )
    command = f"<dt>See the rows</dt><dd><code>{_text(see(one))}</code></dd>"
    return (
        f'<section class="finding {_class(one.kind)}"><h4>{_text(one.name)}</h4>'
        f"<p>Expected: {_text(one.expected, 400)}.</p><dl>{listed}"
        f"{command if one.has_rows else ''}</dl>{rows}</section>"
    )


def _examples(one: Told) -> str:
    """The first failing rows as a table."""
    rows = [dict(e) for e in one.examples] or [
        dict(key) if isinstance(key, Mapping) else {"key": key} for key in one.keys
    ]
    if not rows:
        return ""
    names = list(dict.fromkeys(name for row in rows for name in row))[:16]
    of = one.unexpected_count
    caption = f"{len(rows)} of {of:,} rows" if of and of > len(rows) else "The rows"
    body = [[_text(_said(row.get(name))) for name in names] for row in rows[:10]]
    return _table(caption, [_text(name) for name in names], body)


def _by_return(audit: Audit) -> Iterator[str]:
    """Checks by return and dimension, of the staging models and of what a result names."""
    found = [(name, one) for one in audit.checks for name in one.return_ids]
    yield '<h2 id="returns">Checks by return</h2>'
    if not found:
        yield "<p>No check of this audit is of one return.</p>"
        return
    yield f"<p>{_LEGEND}</p>"
    yield _matrix("Checks by return and dimension", "Return", found)


def _by_table(audit: Audit) -> Iterator[str]:
    """Checks by mart and dimension, with dbt's tests."""
    yield '<h2 id="tables">Checks by table</h2>'
    found = [
        ("dbt tests" if one.is_dbt else one.table or one.suite, one)
        for one in audit.checks
        if one.is_dbt or not one.table.startswith(STAGING)
    ]
    yield f"<p>{_LEGEND}</p>"
    yield _matrix("Checks by table and dimension", "Table", found)


_LEGEND = (
    "Each cell says how many checks passed, and after a sign how many did not: "
    + ", ".join(f"{_SIGNS[kind]} {kind}" for kind in ORDER)
    + ". An empty cell has no check."
)


def _matrix(caption: str, first: str, found: Iterable[tuple[str, Told]]) -> str:
    cells: dict[str, dict[str, Counter[str]]] = {}
    for name, one in found:
        row = cells.setdefault(name, {})
        row.setdefault(one.dimension, Counter())[one.kind or "passed"] += 1
    body = [
        [_text(name), *(_cell(row.get(dimension)) for dimension in DIMENSIONS)]
        for name, row in sorted(cells.items())
    ]
    return _table(caption, (first, *(_capital(d) for d in DIMENSIONS)), body, kind="matrix")


def _cell(counted: Counter[str] | None) -> str:
    if not counted:
        return ""
    said = [f'<span class="passed">{counted["passed"]}</span>'] if counted["passed"] else []
    said += [
        f'<span class="{_class(kind)}">{_SIGNS[kind]}&nbsp;{counted[kind]}'
        f'<span class="unseen"> {kind}</span></span>'
        for kind in ORDER
        if counted[kind]
    ]
    return " ".join(said)


def _trend(page: Page) -> Iterator[str]:
    """The same counts over the last releases, as two small charts and as their numbers."""
    yield '<h2 id="trend">Trend over releases</h2>'
    points = [*page.earlier[-MOST_RELEASES:], Earlier("this audit", page.audit)]
    if len(points) == 1:
        yield "<p>There is no earlier release to compare with.</p>"
        return
    numbers = [_numbers(point.audit) for point in points]
    releases = [point.release_id for point in points]
    charts = (_chart(name, releases, [row[name] for row in numbers]) for name in _TREND[:3])
    yield f'<div class="charts">{"".join(charts)}</div>'
    body = [
        [_text(point.release_id), _text(point.audit.outcome.replace("_", " "))]
        + [_n(row[name]) for name in _TREND]
        for point, row in zip(reversed(points), reversed(numbers), strict=True)
    ]
    yield _table("The numbers, the newest first", ("Release", "Verdict", *_TREND), body)


_TREND = ("Checks run", "Warnings", "Rows not as expected", "Known failures")


def _numbers(audit: Audit) -> dict[str, int]:
    otherwise = [one.unexpected_count or 0 for one in audit.checks if one.outcome == "bad_data"]
    return {
        "Checks run": audit.checks_run,
        "Warnings": len(audit.of_kind("warning")) if audit.checks else audit.warned,
        "Rows not as expected": sum(otherwise),
        "Known failures": len(audit.of_kind("known failure")),
    }


def _chart(name: str, releases: Sequence[str], series: Sequence[int]) -> str:
    """A chart of bars without a script; its numbers are in the table, and in its description."""
    width, height, foot = 320.0, 80.0, 6.0
    top = max(*series, 1)
    step = width / max(len(series), 8)
    bars = "".join(
        f'<rect x="{place * step + 1:.1f}" y="{foot + height - size:.1f}" '
        f'width="{step - 2:.1f}" height="{size:.1f}">'
        f"<title>{_text(release)}: {value:,}</title></rect>"
        for place, (release, value) in enumerate(zip(releases, series, strict=True))
        for size in [max(height * value / top, 0.5)]
    )
    said = f"{name}: {series[0]:,} at first, {series[-1]:,} now, {max(series):,} at most"
    return (
        f"<figure><figcaption>{_text(said)}</figcaption>"
        f'<svg viewBox="0 0 {width:.0f} {height + foot + 2:.0f}" role="img" '
        f'aria-label="{_text(said)}"><line x1="0" x2="{width:.0f}" y1="{height + foot}" '
        f'y2="{height + foot}"/>{bars}</svg></figure>'
    )


def _reconciliation(rows: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """What published figures are held against: how many agree, and those that do not."""
    if not rows:
        return
    yield '<h2 id="reconciliation">Reconciliation with published figures</h2>'
    counted = Counter(str(row.get("verdict")) for row in rows)
    most_first = sorted(counted.items(), key=lambda item: (-item[1], item[0]))
    yield _table(
        "Published figures by verdict",
        ("Verdict", "Figures"),
        [(_text(verdict), _n(count)) for verdict, count in most_first],
    )
    differ = [row for row in rows if row.get("verdict") in {"differs", "does not add up"}]
    differ.sort(key=lambda row: (not row.get("must_match"), str(row.get("figure_id"))))
    if not differ:
        yield "<p>No figure differs from the published one.</p>"
        return
    names = (
        *("figure_id", "published_metric", "area_name", "period_stated", "published_value"),
        *("computed_value", "difference", "explanation"),
    )
    there = [name for name in names if name in differ[0]]
    body = [[_text(_said(row.get(name)), 240) for name in there] for row in differ[:MOST_ROWS]]
    of = (
        f"{len(differ):,} figures that differ"
        if len(differ) <= MOST_ROWS
        else (
            f"The first {MOST_ROWS} of {len(differ):,} figures that differ; all are in the mart"
            " reconciliation"
        )
    )
    yield _table(of, [_capital(name.replace("_", " ")) for name in there], body)


def _known(audit: Audit) -> Iterator[str]:
    """Known failures by the day on which they end."""
    known = sorted(
        (one for one in audit.checks if one.known_until), key=lambda one: str(one.known_until)
    )
    yield '<h2 id="known">Known failures</h2>'
    if not known:
        yield "<p>None is listed.</p>"
        return
    body = [
        [
            _text(one.name),
            f"<time>{_text(one.known_until)}</time>" + ("" if one.is_known else " (over)"),
            _text(one.owner),
            _text(rows_words(one)),
            _text(one.detail, 400),
        ]
        for one in known[:MOST_ROWS]
    ]
    columns = ("Check", "Ends on", "Owner", "Rows", "Why")
    yield _table("Known failures, the first to end first", columns, body)


def _decisions(decisions: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """What people decided, the newest first."""
    yield '<h2 id="decisions">Decisions</h2>'
    if not decisions:
        yield "<p>Nobody has set aside, held, released or accepted anything.</p>"
        return
    names = list(dict.fromkeys(name for row in decisions for name in row))
    body = [
        [_text(_said(row.get(name)), 240) for name in names]
        for row in list(reversed(decisions))[:MOST_ROWS]
    ]
    said = f"Decisions, the newest first: {len(decisions):,}"
    yield _table(said, [_capital(_text(name.replace("_", " "))) for name in names], body)


def _suites(audit: Audit) -> Iterator[str]:
    """Each suite, how much of it passed, and the time it took."""
    suites: dict[str, list[Told]] = {}
    for one in audit.checks:
        suites.setdefault(one.suite, []).append(one)
    body = [
        [
            _text(name),
            _n(sum(one.outcome == "passed" for one in found)),
            _cell(Counter(one.kind for one in found if one.kind)),
            f"{sum(one.seconds for one in found):.2f}",
        ]
        for name, found in sorted(suites.items())
    ]
    yield '<h2 id="suites">Suites</h2>'
    yield _table(
        "Suites, dbt's tests among them", ("Suite", "Passed", "Otherwise", "Seconds"), body
    )


def _all_checks(audit: Audit) -> Iterator[str]:
    """Every check in one table, closed until somebody opens it."""
    yield '<h2 id="checks">All checks</h2>'
    body = [
        [
            _text(one.name),
            _badge(one.kind or "passed"),
            _text(one.dimension),
            _text(one.expected, 120),
        ]
        for one in audit.checks[:MOST_CHECKS]
    ]
    more = len(audit.checks) - MOST_CHECKS
    left = f"<p>And {_n(more)} more, in {_link(CHECKS_FILE)}.</p>" if more > 0 else ""
    columns = ("Check", "Result", "Dimension", "Expected")
    table = _table("Every check of this audit", columns, body)
    yield f"<details><summary>{_n(len(audit.checks))} checks</summary>{table}{left}</details>"


def _table(
    caption: str, columns: Sequence[str], rows: Sequence[Sequence[str]], *, kind: str = ""
) -> str:
    """A table with a caption, in a box that scrolls by itself where the page is narrow.

    Texts are taken as they are: whoever calls escapes them. The first cell heads its row.
    """
    head = "".join(f'<th scope="col">{column}</th>' for column in columns)
    body = "".join(
        f'<tr><th scope="row"{_fit(row[0])}>{row[0]}</th>'
        f"{''.join(f'<td{_fit(cell)}>{cell}</td>' for cell in row[1:])}</tr>"
        for row in rows
    )
    said = _text(caption)
    return (
        f'<div class="scroll" role="region" tabindex="0" aria-label="{said}">'
        f"<table{f' class={kind}' if kind else ''}><caption>{said}</caption>"
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def _fit(cell: str) -> str:
    """How a cell wraps: a code or a number stays on one line, a longer text has room."""
    size = len(html.unescape(_TAG.sub("", cell)))
    return f' class="{"short" if size <= _SHORT else "long"}"' if size else ""


_SHORT = 30
_TAG = re.compile("<[^>]*>")


def _badge(kind: Kind | str) -> str:
    """A result in a word, with a sign: colour says nothing that they do not."""
    sign = f'<span aria-hidden="true">{_SIGNS[kind]}</span>'
    return f'<span class="badge {_class(kind)}">{sign} {_capital(kind)}</span>'


def _class(kind: Kind | str | None) -> str:
    return (kind or "passed").replace(" ", "-")


def _link(to: str) -> str:
    return f'<a href="{_text(to)}">{_text(to)}</a>'


def _n(number: int) -> str:
    return f"{number:,}"


def _said(value: Any) -> str:
    """A value as a person reads it."""
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:,.10g}"
    return str(value)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _text(value: object, most: int = MOST_TEXT) -> str:
    """Any text as HTML: escaped, harmless, and not endless."""
    text = plain(value)
    return html.escape(text if len(text) <= most else text[: most - 1] + "\u2026", quote=True)


_STYLE = """
:root{--ink:#1a1a1a;--soft:#4a4a4a;--line:#b8b8b8;--paper:#fff;--shade:#f3f4f6;--good:#0a5c36;
--bad:#9b1c1c;--warn:#7a4100;--note:#1f4b8f;color-scheme:light}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);
font:1rem/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif}
main,footer{max-width:72rem;margin:0 auto;padding:0 1rem}
h1{font-size:1.6rem;line-height:1.2;margin:1.25rem 0 .75rem}
h2{font-size:1.25rem;margin:2.25rem 0 .5rem;padding-top:.5rem;border-top:2px solid var(--line)}
h3{font-size:1.05rem;margin:1.5rem 0 .25rem}
h3 small{font-weight:400;color:var(--soft)}
h4{font-size:1rem;margin:0 0 .25rem;overflow-wrap:anywhere}
p{margin:.5rem 0;max-width:70ch;overflow-wrap:anywhere}
a{color:var(--note)}
:focus-visible{outline:3px solid var(--note);outline-offset:2px}
.synthetic{background:var(--ink);color:var(--paper);padding:.5rem .75rem;max-width:none}
.verdict{font-size:1.15rem;font-weight:600;padding:.75rem 1rem;border-left:.5rem solid;
max-width:none}
.good{border-color:var(--good);background:#e9f5ee;color:#053d23}
.bad{border-color:var(--bad);background:#fbeaea;color:#6d0f0f}
nav ul{display:flex;flex-wrap:wrap;gap:.25rem 1.25rem;list-style:none;margin:1rem 0;padding:0}
nav a{display:inline-block;padding:.25rem 0}
dl{display:grid;grid-template-columns:minmax(7rem,max-content) 1fr;gap:.15rem 1rem;margin:.5rem 0}
dt{color:var(--soft)}
dd{margin:0;overflow-wrap:anywhere}
code{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;font-size:.9em;
background:var(--shade);padding:.1rem .3rem;overflow-wrap:anywhere}
.finding{border:1px solid var(--line);border-left:.4rem solid var(--soft);padding:.75rem 1rem;
margin:.75rem 0;break-inside:avoid}
.finding.bad-data,.finding.broken-check,.finding.missing-check{border-left-color:var(--bad)}
.finding.warning{border-left-color:var(--warn)}
.finding.known-failure{border-left-color:var(--note)}
.badge{font-weight:600;white-space:nowrap}
.passed{color:var(--good)}
.bad-data,.broken-check,.missing-check{color:var(--bad)}
.warning{color:var(--warn)}
.known-failure{color:var(--note)}
.not-applicable{color:var(--soft)}
.finding{color:var(--ink)}
.scroll{overflow-x:auto;margin:.5rem 0;position:relative}
table{border-collapse:collapse;font-size:.9rem;min-width:100%}
caption{text-align:left;font-weight:600;padding:.25rem 0;color:var(--ink)}
th,td{text-align:left;vertical-align:top;padding:.3rem .6rem;border-bottom:1px solid var(--line);
font-variant-numeric:tabular-nums}
thead th{background:var(--shade);white-space:nowrap}
tbody th{font-weight:500;overflow-wrap:anywhere}
td{overflow-wrap:anywhere;max-width:28rem}
.long{min-width:12rem}
.matrix td,.short{white-space:nowrap}
.kinds dt{color:inherit;white-space:nowrap}
.charts{display:grid;gap:1rem 2rem;
grid-template-columns:repeat(auto-fit,minmax(min(100%,17rem),1fr))}
figure{margin:.5rem 0;max-width:30rem}
svg{width:100%;height:auto;display:block}
svg rect{fill:var(--note)}
svg line{stroke:var(--ink);stroke-width:1}
figcaption{font-size:.9rem;color:var(--soft)}
summary{cursor:pointer;padding:.25rem 0}
footer{color:var(--soft);font-size:.9rem;margin:2rem auto}
.unseen{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);
white-space:nowrap}
@media (max-width:40rem){dl{grid-template-columns:1fr;gap:0}dd{margin-bottom:.35rem}
h1{font-size:1.35rem}.finding{padding:.5rem .75rem}}
@media print{body{font-size:9pt}nav{display:none}.scroll{overflow:visible}a{color:inherit}
main,footer{max-width:none;padding:0}.short,.matrix td{white-space:normal}.long{min-width:0}
table{font-size:8pt}th,td{padding:.15rem .3rem}
.verdict,.finding{break-inside:avoid}thead{display:table-header-group}tr{break-inside:avoid}}
"""
