"""The page of quality: the audit's verdict, what it warns of, what is withheld, what differs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from markupsafe import Markup, escape

from publishing.scorecard import words
from publishing.scorecard.audit_results import FOLDER, Audit, Check, read_audit, read_record
from publishing.scorecard.links import Links, links_of
from publishing.scorecard.page import Cell, Column, Page, Table
from publishing.scorecard.site import Site

PATH = "quality.html"

_OUTCOMES = ("passed", "bad_data", "broken_check", "missing_check", "not_applicable")
_MOST_DIFFERING = 150
"""How many published figures that differ the page lists; all are in table reconciliation."""

_STATUSES = """
    SELECT metric_id, value_status, count(*) AS figures FROM metric_value
    GROUP BY metric_id, value_status ORDER BY metric_id
"""
_RECONCILED = """
    SELECT verdict, count(*) AS figures FROM reconciliation GROUP BY verdict ORDER BY 2 DESC, 1
"""
_DIFFERING = """
    SELECT published_metric, area_name, period_stated, published_value, published_unit,
        published_precision, computed_value, explanation, why, source
    FROM reconciliation WHERE verdict IN ('differs', 'does not add up')
    ORDER BY published_metric, period_stated, area_name
"""


def pages(site: Site) -> Iterator[Page]:
    """Give the page of quality."""
    audit = read_audit(site.release)
    links = links_of(site)
    known = frozenset(one.return_id for one in read_record(site.release).returns)
    body = site.render(
        "quality.html",
        PATH,
        heading=finding(audit),
        audit=audit,
        verdict=_verdict(audit),
        suites=_suites(site, audit) if audit and audit.checks else None,
        warnings=[_warning(links, one, known) for one in _not_passed(audit)],
        beside=[
            (title, f"../{FOLDER}/{name}")
            for title, name in (
                ("The whole report of the audit", "index.html"),
                ("What changed since the release before", "changes.html"),
            )
            if (site.release / FOLDER / name).is_file()
        ],
        withheld=_withheld(site, links),
        reconciled=_reconciled(site),
        differing=_differing(site),
    )
    yield Page(
        PATH,
        "Quality",
        "How this release was checked, what the checks warn of, and what is withheld.",
        "quality",
        body,
        (("England", "index.html"),),
    )


def finding(audit: Audit | None) -> str:
    """Return the verdict of the audit as a heading."""
    if audit is None:
        return "Quality"
    if audit.failed:
        return f"{audit.failed} of {words.number(audit.checks_run)} checks failed"
    if not audit.checks_run:
        return "Quality"
    said = f"None of {words.number(audit.checks_run)} checks failed"
    return f"{said}; {audit.warned} warn" if audit.warned else said


def _verdict(audit: Audit | None) -> str:
    if audit is None or not audit.checks_run:
        return ""
    said = (
        f"{words.number(audit.checks_run)} checks were run on it: "
        f"{words.number(audit.passed)} passed, {audit.warned} warned and {audit.failed} failed."
    )
    skipped = sum(one.outcome == "not_applicable" for one in audit.checks)
    return f"{said} {skipped} more had nothing to check." if skipped else said


def _not_passed(audit: Audit | None) -> list[Check]:
    """Return the checks that found something: those that refuse a release, the known ones last."""
    if audit is None:
        return []
    found = [one for one in audit.checks if one.outcome not in ("passed", "not_applicable")]
    return sorted(found, key=lambda one: (one.is_known, one.severity != "block", one.check))


def _suites(site: Site, audit: Audit) -> Table:
    counted: dict[str, Counter[str]] = {}
    for one in audit.checks:
        kind = "known" if one.is_known and one.outcome == "bad_data" else one.outcome
        if one.outcome == "bad_data" and not one.is_known:
            kind = "warned" if one.severity == "warn" else "failed"
        counted.setdefault(one.suite, Counter())[kind] += 1
    return site.with_csv(
        Table(
            "suites",
            "Checks by suite",
            (
                Column("suite", "Suite"),
                *(
                    Column(kind, heading, is_number=True)
                    for kind, heading in (
                        ("passed", "Passed"),
                        ("warned", "Warned"),
                        ("known", "Known failures"),
                        ("failed", "Failed"),
                        ("nothing_to_check", "Nothing to check"),
                    )
                ),
            ),
            [_suite_row(suite, found) for suite, found in sorted(counted.items())],
            csv="data/quality-suites.csv",
        )
    )


def _suite_row(suite: str, found: Mapping[str, int]) -> tuple[Cell, ...]:
    failed = sum(found[kind] for kind in ("failed", "broken_check", "missing_check"))
    numbers = (found["passed"], found["warned"], found["known"], failed, found["not_applicable"])
    return (Cell(suite, suite), *(Cell(str(n) if n else "–", n) for n in numbers))


def _warning(links: Links, one: Check, known: frozenset[str]) -> Mapping[str, Any]:
    """Return a check that found something, as the page tells it; `known` returns have a page."""
    rows = one.unexpected_count
    return {
        "says": one.expected,
        "kind": "Known failure"
        if one.is_known
        else "Warning"
        if one.severity == "warn"
        else "Failed",
        "is_failed": one.severity == "block" and not one.is_known,
        "table": one.table or "",
        "rows": ""
        if rows is None
        else f"{words.number(rows)} of {words.number(one.examined)} rows are not as expected"
        if one.examined
        else f"{words.number(rows)} {'row is' if rows == 1 else 'rows are'} not as expected",
        "detail": links.told(one.detail, "") if one.detail and not _is_log(one.detail) else "",
        "returns": Markup(", ").join(_return(name, known) for name in one.return_ids),
        "until": words.day(one.known_until),
        "check": one.check,
    }


def _return(name: str, known: frozenset[str]) -> Markup:
    if name not in known:
        return escape(name)
    return Markup('<a href="sources/{0}.html">{0}</a>').format(name)


def _is_log(detail: str) -> bool:
    """Tell what a tool printed, which says nothing that the count does not."""
    return detail.startswith("Got ") and "configured to" in detail


def _withheld(site: Site, links: Links) -> Table | None:
    counted: dict[str, Counter[str]] = {}
    for row in site.each(_STATUSES):
        figures = counted.setdefault(str(row["metric_id"]), Counter())
        figures[str(row["value_status"])] += int(str(row["figures"]))
    shown = [status for status in words.STATUS_SHOWN if any(of[status] for of in counted.values())]
    rows = [(name, of) for name, of in counted.items() if any(of[status] for status in shown)]
    if not rows:
        return None
    rows.sort(key=lambda row: (-row[1]["suppressed"], -row[1]["missing"], row[0]))
    return site.with_csv(
        Table(
            "withheld",
            "Figures by metric and what became of them",
            (
                Column("metric_id", "Metric"),
                Column("reported", "Reported", is_number=True),
                *(
                    Column(status, words.STATUS_SHOWN[status][1].partition(":")[0], is_number=True)
                    for status in shown
                ),
            ),
            [
                (
                    Cell(links.metrics.get(name, name), name, href=f"metric/{name}.html"),
                    Cell(words.number(of["reported"]), of["reported"]),
                    *(Cell(words.number(of[s]) if of[s] else "–", of[s]) for s in shown),
                )
                for name, of in rows
            ],
            csv="data/quality-withheld.csv",
            can_search=True,
        )
    )


def _reconciled(site: Site) -> Table | None:
    rows = site.rows(_RECONCILED)
    if not rows:
        return None
    return site.with_csv(
        Table(
            "reconciled",
            "Published figures beside those of this release",
            (Column("verdict", "Verdict"), Column("figures", "Figures", is_number=True)),
            [
                (
                    Cell(str(row["verdict"] or "not loaded").capitalize(), str(row["verdict"])),
                    Cell(words.number(int(str(row["figures"]))), int(str(row["figures"]))),
                )
                for row in rows
            ],
            csv="data/quality-reconciled.csv",
        )
    )


def _differing(site: Site) -> Table | None:
    rows: Sequence[Mapping[str, Any]] = site.rows(_DIFFERING)
    if not rows:
        return None
    most = rows[:_MOST_DIFFERING]
    caption = f"The {len(rows)} published figures that differ"
    if len(most) < len(rows):
        caption = f"The first {len(most)} of {len(rows)} published figures that differ"
    return site.with_csv(
        Table(
            "differing",
            caption,
            (
                Column("published_metric", "What was published", is_prose=True),
                Column("area_name", "Area"),
                Column("period_stated", "Period"),
                Column("published_value", "Published", is_number=True),
                Column("computed_value", "In this release", is_number=True),
                Column("explanation", "Explained by"),
                Column("source", "Source", is_prose=True),
            ),
            [_difference(row) for row in most],
            csv="data/quality-differing.csv",
            can_search=True,
        )
    )


def _difference(row: Mapping[str, Any]) -> tuple[Cell, ...]:
    unit, step = row["published_unit"], row["published_precision"]
    return (
        Cell(row["published_metric"], row["published_metric"]),
        Cell(row["area_name"] or "", row["area_name"]),
        Cell(row["period_stated"] or "", row["period_stated"]),
        *(
            Cell(
                Markup("") if row[name] is None else words.stated(row[name], unit, step), row[name]
            )
            for name in ("published_value", "computed_value")
        ),
        Cell(row["explanation"] or "not explained", row["explanation"]),
        Cell(words.source_for_readers(row["source"] or ""), row["source"]),
    )
