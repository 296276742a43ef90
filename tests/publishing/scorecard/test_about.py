"""The page about the release."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

from publishing.scorecard import about
from tests.publishing.scorecard.contracted_marts import FACTS
from tests.publishing.scorecard.plan_marts import full_site, metric, plan_site


def test_the_page_counts_what_the_release_holds(tmp_path: Path) -> None:
    """Given a release, when the page is made, then figures, plan versions and signs are told."""
    page = next(about.pages(full_site(tmp_path)))
    body = str(page.body)
    assert page.path == "about.html"
    assert "plans reset." in body
    assert "[c]" in body
    assert "SYNTHETIC" not in body
    assert FACTS.release_id in body


def test_a_look_back_and_synthetic_returns_are_said(tmp_path: Path) -> None:
    """Given a synthetic look back with a measure that is not open, when the page is made, then
    it says all three.
    """
    facts = replace(FACTS, is_synthetic=True, as_at=date(2017, 2, 8))
    marts = {"metric": [metric("x", "X", availability="not_open_data")]}
    body = str(next(about.pages(plan_site(tmp_path, marts, facts=facts))).body)
    assert "SYNTHETIC" in body
    assert "what was known on 8 February 2017" in body
    assert "1 of 1 measures are published nowhere that is open" in body
    assert "No plan is in this release." in body
