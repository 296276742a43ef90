"""Whom figures are about and how long their periods are, as definitions say it."""

from __future__ import annotations

import pytest

from ingestion.definition import load_definitions
from ingestion.outcome import TYPES_OF, period_types, subject_types
from ingestion.period import PARSERS
from ingestion.proposals import loaded
from tests.ingestion.test_drift import LONG

DEFINITIONS = load_definitions()


def test_every_placeholder_has_its_types() -> None:
    """Given the placeholders that are read as periods, then each is known to give some type."""
    assert TYPES_OF.keys() == PARSERS.keys()


@pytest.mark.parametrize("return_id", [n for n, d in DEFINITIONS.items() if not d.records])
def test_every_return_is_about_somebody_for_some_time(return_id: str) -> None:
    """Given a statistical return, then its figures have kinds of subject and types of period."""
    assert subject_types(DEFINITIONS[return_id])
    assert period_types(DEFINITIONS[return_id])


def test_rows_go_before_the_file() -> None:
    """Given rows that name their own periods, then those types count; a total adds the file's."""
    assert period_types(loaded(LONG, "long")) == ["financial_year"]
    with_total = LONG.replace(
        "subject: {kind: council}", "subject: {kind: council}, control_total: {name: England}"
    ).replace("period: {from: rows}", "period: {beside: Period, as: quarter, from: rows}")
    definition = loaded(with_total, "long")
    assert period_types(definition) == ["quarter", "financial_year"]
    assert subject_types(definition) == ["council", "country"]
