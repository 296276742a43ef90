"""The page of claims: each beside its figures, repeats below what they repeat, links that hold."""

from __future__ import annotations

from pathlib import Path

import pytest

from publishing.scorecard import claims
from tests.publishing.scorecard.contracted_marts import Row, site_of

ROSE: Row = {
    "claim_id": "C008",
    "source": "National Audit Office, HC 1011",
    "claim": "Delayed days rose by 185,000.",
    "basis": "returns",
    "programme_id": "fund",
    "metric_id": "delayed_days",
    "period": "2015-16",
    "published_value": 185000.0,
    "published_unit": "days",
    "published_precision": 1000.0,
    "computed_value": 184610.0,
    "verdict": "reproduced",
    "why": "It rounds to the published one.",
    "lineage_id": "00000000000a1",
}
AGAIN: Row = ROSE | {
    "claim_id": "C097",
    "source": "Public Finance",
    "claim": "Days went up by 185,000.",
    "restates_claim_id": "C008",
    "why": "It says C008 again.",
}
COST: Row = {
    "claim_id": "C011",
    "source": "National Audit Office (METHODS.md section 1)",
    "claim": "Delayed days cost £146m <more> than planned.",
    "published_value": 146.0,
    "published_unit": "GBP m",
    "published_precision": 1.0,
    "computed_value": 146.826,
    "computed_lower": 145.457,
    "computed_upper": 148.203,
    "verdict": "within rounding",
    "why": "Change made (C008), change planned (C009); mart commitment has more.",
}
CELL: Row = {
    "lineage_id": "00000000000a1",
    "part": 1,
    "part_kind": "cell",
    "source_sha256": "ab" * 32,
    "source_sheet": "LA",
    "source_row": 7,
    "source_column": "D",
    "raw_text": "184610",
    "operation": "read",
}
FILE: Row = {
    "source_sha256": "ab" * 32,
    "file_name": "folder/june.xls",
    "return_id": "delayed_transfers_la",
    "state": "read",
}


@pytest.fixture
def page(tmp_path: Path) -> str:
    """The page of three claims, one of which says another again."""
    marts = {
        "claim": (ROSE, AGAIN, COST),
        "programme": ({"programme_id": "fund", "title": "The Fund"},),
        "metric": ({"metric_id": "delayed_days", "title": "Delayed days"},),
        "commitment": (),
        "lineage": (CELL,),
        "source_file": (FILE,),
    }
    (one,) = claims.pages(site_of(tmp_path, marts))
    return str(one.body)


def test_a_claim_stands_beside_what_the_returns_give(page: str) -> None:
    """Given a claim that is reproduced, then both figures, its metric and its cell are there."""
    assert "<strong>185,000 days</strong>" in page
    assert "<strong>184,610 days</strong>" in page
    assert '<a href="metric/delayed_days.html">Delayed days</a>' in page
    assert 'href="sources/delayed_transfers_la.html#f-abababababab"' in page
    assert "D7" in page


def test_what_says_another_claim_again_stands_below_it(page: str) -> None:
    """Given a repeat, then it is below the original, has its anchor, and makes no second entry."""
    assert '<li id="C097">' in page
    assert '<article class="claim" id="C097">' not in page
    assert "Reproduced: 2 claims<" in page
    assert "One says another one again and stands below it." in page


def test_rounding_and_texts_are_told_to_readers(page: str) -> None:
    """Given an interval, markup in a claim and internal names, then all are safe to read."""
    assert "£146.8m (£145.5m to £148.2m)" in page
    assert "&lt;more&gt;" in page
    assert "METHODS" not in page
    assert '<a href="#C008">' in page or '<a href="claims.html#C008">C008</a>' in page
    assert "C009</a>" not in page, "a claim that is not here has no link"
    assert '<a href="dictionary/commitment.html">commitment</a>' in page


def test_the_heading_counts_what_can_be_said(tmp_path: Path) -> None:
    """Given verdicts, then the heading counts them; without claims a sentence says so."""
    verdicts = ("reproduced", "consistent", "within rounding", "differs", "not testable", None)
    said = claims.finding([{"verdict": verdict or ""} for verdict in verdicts])
    assert said == (
        "Open returns reproduce 1 of 6 published claims; 2 follow from other published figures, "
        "figures speak against 1, 1 cannot be tested here, 1 waits for files that are not loaded"
    )
    marts: dict[str, tuple[Row, ...]] = {"programme": ()}
    (empty,) = claims.pages(site_of(tmp_path, marts))
    assert "holds no claims" in str(empty.body)


def test_what_synthetic_returns_give_is_no_verdict(tmp_path: Path) -> None:
    """Given a claim beside synthetic figures that differ, then nothing speaks against it."""
    made_up = ROSE | {"verdict": "differs", "is_synthetic": True, "lineage_id": None}
    (page,) = claims.pages(site_of(tmp_path, {"claim": (made_up,), "programme": ()}))
    body = str(page.body)
    assert "1 stands beside SYNTHETIC figures, which say nothing" in body
    assert "figures speak against" not in body
    assert "Beside SYNTHETIC figures: 1 claim<" in body
