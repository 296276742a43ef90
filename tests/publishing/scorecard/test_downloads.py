"""The page of downloads: links to what is there, its true hash, and a query that runs."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

import pytest

from publishing.scorecard import downloads
from tests.publishing.scorecard.contracted_marts import FACTS, site_of


def test_only_what_is_there_is_linked_with_its_hash(tmp_path: Path) -> None:
    """Given a CSV of one mart and a data package, then both have size, hash and link."""
    (tmp_path / "csv").mkdir()
    (tmp_path / "csv/metric.csv").write_bytes(b"metric_id\n")
    (tmp_path / "datapackage.json").write_bytes(b"{}")
    (page,) = downloads.pages(site_of(tmp_path, {}))
    body = str(page.body)
    assert hashlib.sha256(b"metric_id\n").hexdigest() in body
    assert 'href="../csv/metric.csv"' in body
    assert 'href="../datapackage.json"' in body
    assert "claim.csv" not in body
    assert "dcat.jsonld" not in body
    assert ".parquet" not in body


def test_the_query_on_the_page_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Given the database in the folder, when the three lines are run, then they show its rows."""
    row = {"metric_id": "delayed_days", "area_code": "E92000001", "value": 1.0}
    site_of(tmp_path, {"metric_value": (row,)}).connection.close()
    monkeypatch.chdir(tmp_path)
    assert len(downloads.QUERY.splitlines()) == 3
    exec(downloads.QUERY, {})  # noqa: S102 - it is what the page tells people to run


def test_synthetic_figures_are_cited_as_such(tmp_path: Path) -> None:
    """Given a release of the demonstration, then the citation says that no figure is real."""
    site = site_of(tmp_path, {}, replace(FACTS, is_synthetic=True))
    assert "SYNTHETIC" in downloads.citation(site)
    assert FACTS.release_id in downloads.citation(site)
