"""`joinedup claims`: what a release says of published claims, as text and as JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import duckdb
import pytest

from publishing.claims import claims_as_json, claims_of, render_claims, tally
from publishing.pointer import Release
from publishing.release import release_marts
from tests.publishing.few_marts import write_quality

SPOIL = """
    INSERT INTO marts.claim BY NAME SELECT 'C096' AS claim_id, 'restatement' AS basis,
      'It rose, against a target of 106,000.' AS claim, 106000 AS published_value,
      'admissions' AS published_unit, -106000 AS computed_value, 'differs' AS verdict,
      'Its minus sign is lost.' AS why, false AS is_synthetic;
    INSERT INTO marts.claim BY NAME SELECT 'C011' AS claim_id, 'arithmetic' AS basis,
      'Delayed days cost more.' AS claim, 146 AS published_value, 'GBP m' AS published_unit,
      146.826 AS computed_value, 145.46 AS computed_lower, 148.2 AS computed_upper,
      'within rounding' AS verdict, 'Rounding.' AS why, false AS is_synthetic;
    INSERT INTO marts.claim BY NAME SELECT 'C013' AS claim_id, 'returns' AS basis,
      'It was 628.' AS claim, 628 AS published_value, 'per 100,000' AS published_unit,
      'The returns are not loaded.' AS why, false AS is_synthetic;
    INSERT INTO marts.reconciliation VALUES ('F002', 'figure', 'differs'),
      ('F290 parts', 'split', 'does not add up');
"""


@pytest.fixture(scope="module")
def judged(
    built: Callable[[float, bool], Path], tmp_path_factory: pytest.TempPathFactory, now: datetime
) -> Release:
    """A release with claims of every outcome."""
    folder = tmp_path_factory.mktemp("judged")
    candidate = folder / "candidate.duckdb"
    candidate.write_bytes(built(0, False).read_bytes())
    with duckdb.connect(str(candidate)) as connection:
        connection.execute(SPOIL)
    write_quality(folder / "quality")
    return release_marts(
        candidate,
        folder / "quality",
        folder / "releases",
        inputs_fingerprint="00c0ffee",
        run_id="run",
        now=now,
    )


def test_each_claim_is_counted_once_by_its_outcome() -> None:
    """Given verdicts of every kind, then each is counted by its outcome, once.

    A copy with its original's verdict is counted apart; one that says something else differs.
    """
    found = tally(
        [
            ("returns", "reproduced", None),
            ("returns", "reproduced", "C008"),
            ("sites", "within one step", None),
            ("arithmetic", "consistent", None),
            ("arithmetic", "within rounding", None),
            ("arithmetic", "consistent", "C001"),
            ("restatement", "differs", "C005"),
            ("none", "not testable", None),
            ("none", "no return here", None),
            ("none", "not open data", "C002"),
            ("returns", "not open data", None),
            ("returns", None, None),
        ]
    )
    assert (found.reproduced, found.consistent, found.restated) == (1, 2, 3)
    assert (found.differing, found.impossible, found.not_loaded) == (2, 3, 1)
    parts = (found.reproduced, found.consistent, found.differing, found.impossible)
    assert sum(parts) + found.not_loaded + found.restated == found.claims == 12


def test_claims_read_as_plain_text(judged: Release) -> None:
    """Given a release, when its claims are rendered, then what differs is first and counts last."""
    text = render_claims(claims_of(judged))
    assert text.index("Differing (1)") < text.index("Reproduced from") < text.index("Consistent")
    assert "differs: published 106,000 admissions; -106,000 by the claim it repeats" in text
    assert "within rounding: published 146 GBP m; 146.83 by other published figures" in text
    assert "146.83 by other published figures (145.46 to 148.2 for rounding)" in text
    assert "Without their returns (1)" in text
    assert text.endswith(
        "Claims: 1 reproduced from the open returns, 2 consistent with other published figures, "
        "1 differing, 1 impossible to test, 1 without their returns (of 6)\n"
        "Published figures: 1 differs, 1 reproduced (mart reconciliation)\n"
        "Published splits: 1 does not add up (mart reconciliation)"
    )


def test_headings_count_as_the_last_line_does(judged: Release) -> None:
    """Given claims of every outcome and one that repeats another, then each count is a heading's.

    The one that repeats another stands apart, with the verdict and the claim that it repeats.
    """
    found = claims_of(judged)
    (first,) = (claim for claim in found.claims if claim.verdict == "reproduced")
    copy = replace(first, claim_id="C097", restates_claim_id=first.claim_id)
    claims = (*found.claims, copy)
    counted = tally((one.basis, one.verdict, one.restates_claim_id) for one in claims)
    text = render_claims(replace(found, claims=claims, tally=counted))
    said = text.rpartition("Claims: ")[2].partition(" (of 7)")[0]
    wanted = {words: int(count) for count, _, words in (p.partition(" ") for p in said.split(", "))}
    headings = re.findall(r"^([A-Z].*) \((\d+)\)$", text, flags=re.M)
    assert {words.lower(): int(count) for words, count in headings} == wanted
    assert sum(wanted.values()) == len(claims) == 7
    assert f"     reproduced, as {first.claim_id}: published" in text


def test_a_year_has_no_thousands(judged: Release) -> None:
    """Given a claim whose figure is a year, then it is written as years are."""
    found = claims_of(judged)
    claim = replace(found.claims[0], published_value=2020.0, published_unit="year")
    text = render_claims(replace(found, claims=(claim,)))
    assert "published 2020;" in text or "published 2020\n" in text
    assert "2,020" not in text


def test_a_verdict_that_there_is_not_is_counted_nowhere() -> None:
    """Given a word that is no verdict, then it is refused, not counted as one that holds."""
    with pytest.raises(ValueError, match="no such verdict: nearly"):
        tally([("returns", "nearly", None)])


@pytest.mark.parametrize(
    ("basis", "kind", "said"),
    [
        ("returns", "outturn", "another count in the open returns: 7.92"),
        ("returns", "plan", "what happened, by the nearest count in the open returns: 7.92"),
        ("spending", "outturn", "one basis of spending, from published tables: 7.92"),
    ],
)
def test_figure_beside_a_claim_is_called_what_it_is(
    judged: Release, basis: str, kind: str, said: str
) -> None:
    """Given a claim with a figure beside it, then what that is follows from the claim's basis."""
    found = claims_of(judged)
    claim = replace(found.claims[0], basis=basis, kind=kind, open_figure=7.92)
    assert f"; {said}\n" in render_claims(replace(found, claims=(claim,)))


def test_claims_as_json_hold_the_same(judged: Release) -> None:
    """Given a release, when its claims are given as JSON, then every claim and count is there."""
    found = claims_of(judged)
    document = json.loads(claims_as_json(found))
    assert (document["release_id"], document["tally"]["claims"]) == (judged.id, 6)
    assert [claim["claim_id"] for claim in document["claims"]] == sorted(
        claim.claim_id for claim in found.claims
    )
    assert document["splits"] == {"does not add up": 1}
