"""Losses that a person decided on are let through and told; all others stop the release."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from publishing.history import Decided, write_history
from publishing.losses import decided_losses, losses
from publishing.pointer import Release
from publishing.release import release_marts
from publishing.release_folder import attached
from tests.publishing.conftest import FILE_SHA

Builder = Callable[..., Path]
TODAY = date(2026, 6, 10)
LOST = "DELETE FROM marts.metric_value WHERE period_type = 'month'"
GONE_BACK = (
    "UPDATE marts.metric_value SET published_on = DATE '2015-07-09' WHERE period_type = 'month'"
)
SET_ASIDE = "UPDATE marts.source_file SET state = 'quarantined'"


def decided(kind: str, subject: str, until: date | None = None) -> Decided:
    """Give a decision made after the release that stands."""
    return Decided(1, kind, subject, "It's wrong", "A. Person", TODAY, until)


def changed(candidate: Path, changes: list[str], releases: Path, *decisions: Decided) -> Path:
    """Give a candidate with some SQL done to it and its history written."""
    with duckdb.connect(str(candidate)) as connection:
        connection.execute("DROP TABLE marts.release_change")
        for change in changes:
            connection.execute(change)
    write_history(
        candidate,
        releases,
        today=TODAY,
        code_fingerprint="0" * 64,
        cadences=[],
        decisions=decisions,
        is_look_back=False,
        memory="200MB",
    )
    return candidate


ACCEPTED = "accepted by A. Person: It's wrong"


@pytest.mark.parametrize(
    ("changes", "decision", "why"),
    [
        ([LOST], None, ""),
        ([LOST], decided("accept_loss", "delayed_days"), ACCEPTED),
        ([GONE_BACK], decided("accept_loss", "delayed_days"), ACCEPTED),
        ([LOST], decided("accept_loss", "delayed_days", TODAY), ACCEPTED),
        ([LOST], decided("accept_loss", "delayed_days", TODAY - timedelta(days=1)), ""),
        ([LOST], decided("accept_loss", "another"), ""),
        ([LOST, SET_ASIDE], decided("set_aside", FILE_SHA), "file set aside"),
        ([GONE_BACK, SET_ASIDE], decided("set_aside", FILE_SHA), "file set aside"),
        ([LOST, SET_ASIDE], decided("set_aside", "0" * 64), ""),
        ([LOST, SET_ASIDE], None, ""),
    ],
)
def test_a_loss_is_told_from_one_that_a_person_decided_on(
    small_release: Release,
    candidate: Path,
    changes: list[str],
    decision: Decided | None,
    why: str,
) -> None:
    """Given a candidate without figures of the current release, or with older ones
    When a person has decided on the metric or the file, or on another, or nobody has
    Then the loss is of the decision, or nobody's, with how many figures.
    """
    decisions = [] if decision is None else [decision]
    changed(candidate, changes, small_release.path.parent, *decisions)
    with attached(candidate, "200MB") as connection:
        found = losses(connection, small_release)
        settled = decided_losses(connection, small_release)
    (loss,) = [*found, *settled]
    assert (loss.metric_id, loss.figures, loss.areas, loss.why) == ("delayed_days", 3, 1, why)
    assert bool(settled) is bool(why)
    assert str(loss).endswith(f"({why})" if why else "2015-06-01")


def test_an_accepted_loss_is_released_and_told(call: dict[str, Any], build: Builder) -> None:
    """Given a loss that a person accepted
    When the candidate is released
    Then the released mart names each figure that is gone, and that it was decided on.
    """
    release_marts(**call)
    accepted = decided("accept_loss", "delayed_days")
    following = call | {
        "candidate": changed(build("next.duckdb"), [LOST], call["releases"], accepted),
        "inputs_fingerprint": "facade00" * 8,
        "run_id": "run-2",
        "now": call["now"] + timedelta(days=1),
    }
    made = release_marts(**following)
    told = duckdb.read_parquet(str(made.path / "parquet" / "release_change.parquet"))
    assert (
        told.project("change, explanation").fetchall() == [("removed", "accepted by decision")] * 3
    )
