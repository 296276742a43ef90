"""The page of quality: the verdict as the audit gave it, every warning, what is withheld."""

from __future__ import annotations

import json
from pathlib import Path

from publishing.scorecard import quality
from publishing.scorecard.audit_results import Audit
from tests.publishing.scorecard.contracted_marts import Row, site_of

CHECK = {
    "suite": "metric_value",
    "table": "marts.metric_value",
    "check": "months_follow_on",
    "expected": "no month is left out",
    "severity": "warn",
    "outcome": "bad_data",
    "unexpected_count": 94,
    "examined": 525598,
    "return_ids": ["ae_england"],
}
FIGURE: Row = {"metric_id": "reablement", "value_status": "suppressed"}
DIFFERS: Row = {
    "figure_id": "F001",
    "published_metric": "Delayed days",
    "area_name": "Derby",
    "period_stated": "2015-16",
    "published_value": 100.0,
    "published_unit": "days",
    "published_precision": 1.0,
    "computed_value": 90.0,
    "verdict": "differs",
    "source": "mart reconciliation",
}


def test_warnings_withheld_and_differing_are_shown(tmp_path: Path) -> None:
    """Given a warning, a suppressed figure and one that differs, then the page has all three."""
    passed = CHECK | {"check": "other", "outcome": "passed"}
    known = CHECK | {"check": "known_one", "is_known": True, "known_until": "2027-06-30"}
    (tmp_path / "quality").mkdir()
    (tmp_path / "quality/index.html").touch()
    (tmp_path / "quality/quality.json").write_text(
        json.dumps(
            {"outcome": "passed", "checks_run": 3, "passed": 1, "warned": 2}
            | {"checks": [CHECK, passed, known]}
        )
    )
    marts = {
        "metric": ({"metric_id": "reablement", "title": "Reablement"},),
        "metric_value": (FIGURE, FIGURE | {"value_status": "reported"}),
        "reconciliation": (DIFFERS,),
    }
    (page,) = quality.pages(site_of(tmp_path, marts))
    body = str(page.body)
    assert "<h1>None of 3 checks failed; 2 warn</h1>" in body
    assert "Expected: no month is left out" in body
    assert "94 of 525,598 rows are not as expected" in body
    assert "let stand until 30 June 2027" in body
    assert "code>other</code" not in body
    assert 'href="../quality/index.html"' in body
    assert "changes.html" not in body
    assert ">Reablement</a>" in body
    assert "Derby" in body
    suites = (tmp_path / "scorecard/data/quality-suites.csv").read_text("utf-8-sig")
    assert suites.splitlines()[1] == "metric_value,1,1,1,0,0"


def test_without_an_audit_or_figures_sentences_say_so(tmp_path: Path) -> None:
    """Given neither results nor figures, then the page says what is not there."""
    (page,) = quality.pages(site_of(tmp_path, {"metric_value": (), "reconciliation": ()}))
    body = str(page.body)
    assert "The results of the audit are not beside this release" in body
    assert "No figure of this release is withheld or missing" in body


def test_a_failed_check_is_said_first() -> None:
    """Given an audit with failures, then the heading counts them."""
    audit = Audit(outcome="blocked", checks_run=735, passed=730, failed=3, warned=2)
    assert quality.finding(audit) == "3 of 735 checks failed"
