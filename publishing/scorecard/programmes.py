"""The pages of programmes: what was promised, what came of it, and when it was to be done."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from markupsafe import Markup

from publishing.scorecard import words
from publishing.scorecard.charts.bars import Bar, bars
from publishing.scorecard.charts.timeline import Span, timeline
from publishing.scorecard.links import Links, links_of
from publishing.scorecard.page import Cell, Chart, Column, Page, Table
from publishing.scorecard.site import Site

PATH = "programmes.html"

STATUSES: Mapping[str, tuple[str, str]] = {
    "met": ("Met", "The target was reached, or the thing was done by its date."),
    "missed": ("Missed", "The target was not reached, or the thing was not done by its date."),
    "dropped": ("Dropped", "It was given up."),
    "superseded": ("Superseded", "Another commitment took its place before it was due."),
    "never_measured": (
        "Never measured",
        "Nobody collected what would show whether it was reached.",
    ),
    "not_due": ("Not due", "The day looked back to lies before its date."),
    "unfinished": (
        "Unfinished",
        "It was not done on the day of the source, and no source here is later.",
    ),
    "unknown": ("Unknown", "No source here says what became of it."),
    "borne_out": ("Borne out", "The open returns, or published figures, show what was found."),
    "partly_borne_out": (
        "Partly borne out",
        "The open returns, or published figures, show a part of what was found, and nothing "
        "against the rest.",
    ),
    "contradicted": (
        "Contradicted",
        "The open returns, or published figures, are all there and show something else.",
    ),
    "not_tested": (
        "Not tested",
        "No figure here could show it, or none that was worked out.",
    ),
}
"""What each status of a commitment is called and means, as seed `commitment_statuses` has it."""

KINDS: Mapping[str, str] = {
    "target": "Targets",
    "deliverable": "Deliverables",
    "recommendation": "Recommendations",
    "finding": "Findings",
    "gap": "Gaps",
}
"""The kinds of commitments, in the order of a page."""

PROMISES = ("target", "deliverable")

_OUTCOMES = {
    "met": "were met",
    "missed": "missed",
    "dropped": "dropped",
    "superseded": "superseded",
    "not_due": "not due yet",
}
"""What is known to have become of a promise, as the heading says it."""

_KINDS_OF_PROGRAMMES = {
    "test_sites": "test sites",
    "body": "body",
}

_PROGRAMMES = "SELECT * FROM programme ORDER BY started_on NULLS LAST, title"
_COMMITMENTS = "SELECT * FROM commitment ORDER BY programme_id, due_on NULLS LAST, commitment_id"


@dataclass(frozen=True)
class Commitment:
    """A commitment as its programme's page tells it; `chart` sets the outturn beside the target."""

    id: str
    commitment: str
    responsible: str
    made: str
    due: str
    target: str
    outturn: str
    status: str
    status_name: str
    means: str
    why: Markup
    rests_on: str
    status_source: Markup
    answered_by: Markup
    claims: Markup
    source: Markup
    chart: Chart | None


def pages(site: Site) -> Iterator[Page]:
    """Give the page of all programmes, and one for each."""
    programmes = site.rows(_PROGRAMMES)
    commitments = site.rows(_COMMITMENTS)
    links = links_of(site)
    yield _overview(site, programmes, commitments)
    for row in programmes:
        own = [one for one in commitments if one["programme_id"] == row["programme_id"]]
        yield _page(site, links, row, own)


def finding(commitments: Sequence[Mapping[str, Any]]) -> str:
    """Return what became of the promises, as a heading."""
    promised = [row for row in commitments if row["kind"] in PROMISES]
    if not promised:
        return "Programmes"
    counted = Counter(row["status"] for row in promised)
    said = [f"{counted[status]} {told}" for status, told in _OUTCOMES.items() if counted[status]]
    others = len(promised) - sum(counted[status] for status in _OUTCOMES)
    if others:
        said.append(f"{others} have no known outcome")
    return f"Of {len(promised)} targets and deliverables {words.listed(said)}"


def _overview(
    site: Site,
    programmes: Sequence[Mapping[str, Any]],
    commitments: Sequence[Mapping[str, Any]],
) -> Page:
    body = site.render(
        "programmes.html",
        PATH,
        heading=finding(commitments),
        chart=_timeline(site, programmes) if programmes else None,
        statuses=_statuses(site, commitments),
        undated=[row for row in programmes if row["started_on"] is None],
        commitments=_all_commitments(site, programmes, commitments),
        has_any=bool(programmes),
        since=min(
            (row["started_on"].year for row in programmes if row["started_on"]), default=None
        ),
    )
    return Page(
        PATH,
        "Programmes and commitments",
        "What was promised to join up health and social care, and what became of it.",
        "programmes",
        body,
        (("England", "index.html"),),
    )


def _timeline(site: Site, programmes: Sequence[Mapping[str, Any]]) -> Chart:
    dated = [row for row in programmes if row["started_on"] is not None]
    last = site.facts.as_at or site.facts.made_at.date()
    is_open = sum(row["ended_on"] is None for row in dated)
    title = f"{len(programmes)} programmes, bodies and laws"
    if dated:
        title += f" since {min(row['started_on'] for row in dated).year}"
    if is_open:
        title += f"; {is_open} have no end in the sources here"
    table = Table(
        "programmes",
        "Programmes, the earliest first",
        (
            Column("programme", "Programme"),
            Column("kind", "Kind"),
            Column("started_on", "From"),
            Column("ended_on", "To"),
            Column("commitments", "Commitments", is_number=True),
            Column("met", "Met", is_number=True),
            Column("missed", "Missed", is_number=True),
        ),
        [_programme_row(row) for row in programmes],
        csv="data/programmes-programmes.csv",
    )
    site.write_table_csv(table)
    spans = [
        Span(row["title"], row["started_on"], row["ended_on"], row["date_precision"], row["missed"])
        for row in ({**one, "missed": bool(one["commitments_missed"])} for one in dated)
    ]
    return Chart(
        "programmes-over-time",
        title,
        "A bar for each programme from its start to its end.",
        timeline(
            spans,
            until=last,
            chart_id="programmes-over-time-picture",
            title=title,
            description="A bar for each programme, from its start to its end where a source gives "
            "one; the table below has the dates.",
        )
        if spans
        else Markup(""),
        table,
        note="A bar that fades out has no end in the sources here. "
        "Orange: at least one of its targets was missed (marked !).",
    )


def _programme_row(row: Mapping[str, Any]) -> tuple[Cell, ...]:
    precision = row["date_precision"]
    return (
        Cell(row["title"], row["title"], href=f"programme/{row['programme_id']}.html"),
        Cell(kind_name(row["kind"]), row["kind"]),
        _date_cell(row["started_on"], precision),
        _date_cell(row["ended_on"], precision),
        Cell(str(row["commitments"]), row["commitments"]),
        Cell(str(row["commitments_met"]), row["commitments_met"]),
        Cell(str(row["commitments_missed"]), row["commitments_missed"]),
    )


def kind_name(kind: str) -> str:
    """Return what a kind of programme is called."""
    return _KINDS_OF_PROGRAMMES.get(kind, kind.replace("_", " "))


def when(day: date | None, precision: str | None) -> str:
    """Return a date as exactly as its source gives it: a year, a month or a day."""
    if day is None:
        return ""
    if precision == "year":
        return str(day.year)
    return f"{day:%B %Y}" if precision == "month" else words.day(day)


def _date_cell(day: date | None, precision: str | None) -> Cell:
    if day is None:
        return Cell(words.status_mark("missing"), None)
    return Cell(when(day, precision), day.isoformat(), sort=day.isoformat())


def _statuses(site: Site, commitments: Sequence[Mapping[str, Any]]) -> Table | None:
    if not commitments:
        return None
    counted = Counter((row["status"], row["kind"]) for row in commitments)
    kinds = [kind for kind in KINDS if any(kind == found for _, found in counted)]
    rows = []
    for status, (name, means) in STATUSES.items():
        numbers = [counted[status, kind] for kind in kinds]
        if sum(numbers):
            rows.append(
                (
                    Cell(name, status),
                    *(Cell(str(number) if number else "–", number) for number in numbers),
                    Cell(means, means),
                )
            )
    return site.with_csv(
        Table(
            "statuses",
            "Commitments by what became of them",
            (
                Column("status", "Status"),
                *(Column(kind, KINDS[kind], is_number=True) for kind in kinds),
                Column("meaning", "What it means", is_prose=True),
            ),
            rows,
            csv="data/programmes-statuses.csv",
        )
    )


def _all_commitments(
    site: Site,
    programmes: Sequence[Mapping[str, Any]],
    commitments: Sequence[Mapping[str, Any]],
) -> Table | None:
    if not commitments:
        return None
    titles = {row["programme_id"]: row["title"] for row in programmes}
    return site.with_csv(
        Table(
            "commitments",
            "All commitments",
            (
                Column("commitment", "What was promised, recommended or found", is_prose=True),
                Column("programme", "Programme"),
                Column("kind", "Kind"),
                Column("due_on", "Due"),
                Column("target", "Target"),
                Column("outturn", "Outturn"),
                Column("status", "Status"),
            ),
            [
                (
                    Cell(
                        row["commitment"],
                        row["commitment"],
                        href=f"programme/{row['programme_id']}.html#{row['commitment_id']}",
                    ),
                    Cell(titles.get(row["programme_id"], ""), row["programme_id"]),
                    Cell(row["kind"], row["kind"]),
                    Cell(words.day(row["due_on"]), _iso(row["due_on"]), sort=_iso(row["due_on"])),
                    Cell(_stated(row["target_value"], row), row["target_value"]),
                    Cell(_stated(row["outturn_value"], row), row["outturn_value"]),
                    Cell(STATUSES[row["status"]][0], row["status"]),
                )
                for row in sorted(commitments, key=_promises_first)
            ],
            csv="data/programmes-commitments.csv",
            can_search=True,
        )
    )


def _promises_first(row: Mapping[str, Any]) -> tuple[int, int]:
    """Order by kind, and within it by what became of it; equals stay as they were."""
    return list(KINDS).index(row["kind"]), list(STATUSES).index(row["status"])


def _page(
    site: Site, links: Links, row: Mapping[str, Any], own: Sequence[Mapping[str, Any]]
) -> Page:
    path = f"programme/{row['programme_id']}.html"
    root = "../"
    told = {
        kind: [_commitment(site, links, one) for one in own if one["kind"] == kind]
        for kind in KINDS
    }
    body = site.render(
        "programme.html",
        path,
        row=row,
        kind=kind_name(row["kind"]),
        started=when(row["started_on"], row["date_precision"]),
        ended=when(row["ended_on"], row["date_precision"]),
        claims=_claims(links, row["claim_ids"], root),
        source=links.told(row["source"], root),
        groups=[(KINDS[kind], found) for kind, found in told.items() if found],
        finding=_own_finding(own),
    )
    return Page(
        path,
        row["title"],
        row["description"] or row["title"],
        "programmes",
        body,
        (("England", "index.html"), ("Programmes", PATH)),
    )


def _own_finding(own: Sequence[Mapping[str, Any]]) -> str:
    promised = [one for one in own if one["kind"] in PROMISES]
    if not promised:
        return ""
    counted = Counter(one["status"] for one in promised)
    said = [
        f"{count} {STATUSES[status][0].lower()}"
        for status in STATUSES
        if (count := counted[status])
    ]
    return f"Of {len(promised)} targets and deliverables: {words.listed(said)}."


def _claims(links: Links, claim_ids: str | None, root: str) -> Markup:
    """Return the claims with their links; those that this release does not hold are left out."""
    named = [one.strip() for one in (claim_ids or "").split(";")]
    return Markup(", ").join(links.claim(one, root) for one in named if one in links.claims)


def _commitment(site: Site, links: Links, row: Mapping[str, Any]) -> Commitment:
    root = "../"
    name, means = STATUSES[row["status"]]
    return Commitment(
        id=row["commitment_id"],
        commitment=row["commitment"],
        responsible=row["responsible"] or "",
        made=str(row["made_year"] or ""),
        due=words.day(row["due_on"]),
        target=_stated(row["target_value"], row),
        outturn=_stated(row["outturn_value"], row),
        status=row["status"],
        status_name=name,
        means=means,
        why=links.told(row["status_why"], root),
        rests_on="" if row["status_basis"] == "typed" else row["status_basis"] or "",
        status_source=links.told(row["status_source"], root),
        answered_by=links.told(row["answered_by"], root),
        claims=_claims(links, row["claim_ids"], root),
        source=links.told(row["source"], root),
        chart=_target_chart(site, row),
    )


def _target_chart(site: Site, row: Mapping[str, Any]) -> Chart | None:
    """Return target and outturn as two bars, where both are figures."""
    target, outturn = row["target_value"], row["outturn_value"]
    if target is None or outturn is None:
        return None
    said_target, said_outturn = _stated(target, row), _stated(outturn, row)
    rule = {"at_most": "at most ", "at_least": "at least "}.get(row["better"] or "", "")
    title = f"{STATUSES[row['status']][0]}: {said_outturn}, with a target of {rule}{said_target}"
    name = row["commitment_id"]
    table = Table(
        f"t-{name}",
        "Target and outturn",
        (Column("figure", "Figure"), Column("value", row["unit"] or "Value", is_number=True)),
        [
            (Cell("Target", "target"), Cell(said_target, target)),
            (Cell("Outturn", "outturn"), Cell(said_outturn, outturn)),
        ],
        csv=f"data/programme/{row['programme_id']}-{name}.csv",
    )
    site.write_table_csv(table)
    return Chart(
        f"chart-{name}",
        title,
        "Target and outturn as bars from zero.",
        bars(
            [
                Bar("Target", target, said_target, is_faint=True),
                Bar("Outturn", outturn, said_outturn),
            ],
            chart_id=f"picture-{name}",
            title=title,
            description=f"Target {said_target}; outturn {said_outturn}.",
        ),
        table,
        note="The source cells of an outturn from open returns stand with its claim.",
    )


def _stated(value: float | None, row: Mapping[str, Any]) -> str:
    """Write a target or an outturn; a change says its sign, which a fall in either shows it is."""
    if value is None:
        return ""
    is_change = any((row[name] or 0) < 0 for name in ("target_value", "outturn_value"))
    return ("+" if is_change and value > 0 else "") + words.stated(value, row["unit"])


def _iso(day: date | None) -> str | None:
    return None if day is None else day.isoformat()
