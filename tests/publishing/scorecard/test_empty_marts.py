"""Sections over marts without a row: a sentence says so, and no page is left out or broken."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType

import pytest

from publishing.scorecard import claims, dictionary, downloads, programmes, quality, sources
from tests.publishing.scorecard.contracted_marts import Row, site_of

MARTS: dict[str, tuple[Row, ...]] = dict.fromkeys(
    ("programme", "commitment", "metric_value", "reconciliation", "source_file"), ()
)


@pytest.mark.parametrize(
    ("section", "says"),
    [
        (claims, "holds no claims"),
        (programmes, "holds no programmes"),
        (quality, "No figure of this release is withheld or missing"),
        (sources, "does not say what is late"),
        (dictionary, "Glossary"),
        (downloads, "marts.duckdb"),
    ],
)
def test_an_empty_release_has_its_pages(section: ModuleType, says: str, tmp_path: Path) -> None:
    """Given marts without rows, when a section makes its first page, then it says what it lacks."""
    first = next(iter(section.pages(site_of(tmp_path, MARTS))))
    assert says in str(first.body)
    assert str(first.body).count("<h1") == 1
