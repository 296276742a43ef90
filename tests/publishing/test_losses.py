"""Losses that a person decided on are let through and told; all others stop the release."""

from __future__ import annotations

import shutil
from dataclasses import astuple, replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from publishing.history import DECISION, Decided, write_history
from publishing.losses import decided_losses, losses
from publishing.pointer import Release
from publishing.release import release_marts
from publishing.release_folder import attached
from tests.publishing.conftest import FILE_SHA

TODAY = date(2026, 6, 10)
LOST = "DELETE FROM marts.metric_value WHERE period_type = 'month'"
GONE_BACK = (
    "UPDATE marts.metric_value SET published_on = DATE '2015-07-09' WHERE period_type = 'month'"
)
SET_ASIDE = "UPDATE marts.source_file SET state = 'quarantined'"


def decided(kind: str, subject: str, until: date | None = None) -> Decided:
    """Give a decision made after the release that stands."""
    made_at = datetime.combine(TODAY, time(1, tzinfo=UTC))
    return Decided(1, kind, subject, "It's wrong", "A. Person", made_at, until)


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
    with duckdb.connect(str(candidate)) as connection:
        for change in changes:
            connection.execute(change)
        connection.execute("CREATE SCHEMA history")
        shape = ", ".join(f"{name} {kind}" for name, kind, _ in DECISION)
        connection.execute(f"CREATE TABLE history.decision ({shape})")
        connection.execute("CREATE TABLE history.context AS SELECT ?::DATE AS today", [TODAY])
        if decision is not None:
            at = decision.decided_at.replace(tzinfo=None)
            row = [*astuple(replace(decision, decided_at=at)), True]
            connection.execute("INSERT INTO history.decision VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row)
    with attached(candidate, "200MB") as connection:
        found = losses(connection, small_release)
        settled = decided_losses(connection, small_release)
    (loss,) = [*found, *settled]
    assert (loss.metric_id, loss.figures, loss.areas, loss.why) == ("delayed_days", 3, 1, why)
    assert bool(settled) is bool(why)
    assert str(loss).endswith(f"({why})" if why else "2015-06-01")


def test_an_accepted_loss_is_released_and_told(
    call: dict[str, Any], small_release: Release, tmp_path: Path
) -> None:
    """Given a loss that a person accepted
    When the candidate is released
    Then the released mart names each figure that is gone, and that it was decided on.
    """
    releases = tmp_path / "releases"
    shutil.copytree(small_release.path.parent, releases, symlinks=True)
    with duckdb.connect(str(call["candidate"])) as connection:
        connection.execute("DROP TABLE marts.release_change")
        connection.execute(LOST)
    write_history(
        call["candidate"],
        releases,
        today=TODAY,
        code_fingerprint="0" * 64,
        cadences=[],
        decisions=[decided("accept_loss", "delayed_days")],
        is_look_back=False,
        memory="200MB",
    )
    made = release_marts(**call | {"now": call["now"] + timedelta(days=1)})
    with duckdb.connect() as connection:
        told = connection.read_parquet(str(made.path / "parquet" / "release_change.parquet"))
        found = told.project("change, explanation").fetchall()
    assert found == [("removed", "accepted by decision")] * 3
