"""Programmes, commitments, claims and published figures beside the marts of the tiny lake."""

from __future__ import annotations

import csv
import shutil
from pathlib import Path
from typing import Any

import duckdb
import pytest

from dbt_project.build import PROJECT, BuildResult
from tests.dbt_project.rebuilt import Recipe

REGISTER = {f"C{number:03d}" for number in range(1, 115)}
"""The claims that were registered before any was worked out: none may be lost."""


def rows(marts: duckdb.DuckDBPyConnection, query: str) -> list[tuple[Any, ...]]:
    """All rows of a query."""
    return marts.execute(query).fetchall()


def claim(marts: duckdb.DuckDBPyConnection, claim_id: str, columns: str) -> tuple[Any, ...]:
    """Columns of one claim."""
    (row,) = rows(marts, f"select {columns} from marts.claim where claim_id = '{claim_id}'")  # noqa: S608
    return row


def commitment(marts: duckdb.DuckDBPyConnection, commitment_id: str) -> tuple[Any, ...]:
    """Target, outturn, status and what that rests on."""
    (row,) = rows(
        marts,
        "select target_value, outturn_value, status, status_basis from marts.commitment "  # noqa: S608
        f"where commitment_id = '{commitment_id}'",
    )
    return row


def test_every_registered_claim_is_somewhere(marts: duckdb.DuckDBPyConnection) -> None:
    """Given 114 registered claims, then each is a claim, or in a commitment or a programme."""
    judged = {claim_id for (claim_id,) in rows(marts, "select claim_id from marts.claim")}
    told = {
        claim_id
        for mart in ("commitment", "programme")
        for (listed,) in rows(marts, f"select claim_ids from marts.{mart}")  # noqa: S608
        for claim_id in listed.split("; ")
    }
    assert judged | told == REGISTER
    assert len(judged) == 55


@pytest.mark.parametrize(
    ("claim_id", "value", "lower", "upper", "verdict"),
    [
        ("C007", 311.35, 307.4, 315.4, "consistent"),
        ("C011", 146.83, 145.5, 148.2, "within rounding"),
        ("C012", 457, 456, 458, "consistent"),
        ("C020", 85.7, 81.4, 90.2, "consistent"),
        ("C023", 3.8, 3.65, 3.95, "consistent"),
        ("C026", 0.784, 0.7825, 0.7855, "consistent"),
    ],
)
def test_published_arithmetic_comes_out(
    marts: duckdb.DuckDBPyConnection,
    claim_id: str,
    value: float,
    lower: float,
    upper: float,
    verdict: str,
) -> None:
    """Given published inputs, then the sum comes out, with what their rounding leaves open.

    146 lies inside its interval, and is not what 146.83 rounds to.
    """
    found = claim(marts, claim_id, "computed_value, computed_lower, computed_upper, verdict, basis")
    assert found[:3] == pytest.approx((value, lower, upper), abs=0.06)
    assert found[3:] == (verdict, "arithmetic")


def test_a_sum_of_rounded_sums_says_what_the_unrounded_ones_give(
    marts: duckdb.DuckDBPyConnection,
) -> None:
    """Given 457 as the sum of 311 and 146, then it is said that the sums behind give 458.17."""
    (why,) = claim(marts, "C012", "why")
    assert "in place of those rounded figures it is £458.17m (£452.8" in why
    assert "in place of" not in claim(marts, "C001", "why")[0]


def test_press_copy_that_drops_the_minus_sign_differs(marts: duckdb.DuckDBPyConnection) -> None:
    """Given a planned fall told as 106,000, then the copy differs from its original, and why."""
    value, computed, verdict, why = claim(
        marts, "C096", "published_value, computed_value, verdict, why"
    )
    assert (value, computed, verdict) == (106_000, -106_000, "differs")
    assert "without its minus sign" in why
    assert claim(marts, "C097", "verdict, metric_id") == claim(marts, "C008", "verdict, metric_id")


def test_status_follows_from_the_figures(marts: duckdb.DuckDBPyConnection) -> None:
    """Given targets, then met and missed are worked out, and what nobody measured is no figure."""
    (computed,) = claim(marts, "C008", "computed_value")
    assert commitment(marts, "bcf_delayed_days") == (-293_000, computed, "missed", "open returns")
    published = "published figures"
    assert commitment(marts, "bcf_emergency_admissions") == (-106_000, 87_000, "missed", published)
    assert commitment(marts, "bcf_care_home_admissions") == (659, 628, "met", published)
    assert commitment(marts, "bcf_reablement") == (81.9, 82.7, "met", published)
    assert commitment(marts, "bcf_savings") == (511, None, "never_measured", "typed")
    met = rows(
        marts,
        "select commitments, commitments_met, commitments_missed from marts.programme "
        "where programme_id = 'better_care_fund'",
    )
    assert met == [(8, 3, 2)]


def test_what_no_source_tells_is_unknown(marts: duckdb.DuckDBPyConnection) -> None:
    """Given aims of which no source says what became, then none is superseded or missed."""
    for name in ("ibcf_funding", "integration_2020", "green_paper", "ncm_savings"):
        assert commitment(marts, name)[2:] == ("unknown", "typed")


@pytest.mark.parametrize(
    "change",
    [
        "status = 'missed', due_on = null where commitment_id = 'bcf_delayed_days'",
        "status = 'superseded' where commitment_id = 'green_paper'",
        "status = 'not_due' where commitment_id = 'green_paper'",
        "status = 'missed', due_on = date '2018-12-31', status_why = 'It did not come.' "
        "where commitment_id = 'green_paper'",
    ],
)
def test_a_day_goes_with_what_was_missed_or_superseded(
    built: BuildResult, recipe: Recipe, tmp_path: Path, change: str
) -> None:
    """Given a status that speaks of a day, and none is given, then the check finds it."""
    copy = tmp_path / "copy.duckdb"
    shutil.copy(built.path, copy)
    with duckdb.connect() as connection:
        connection.execute(f"attach '{copy}' as \"{built.path.stem}\"")
        connection.execute(f'use "{built.path.stem}"')
        query = recipe.sql("statuses_fit_their_commitments")
        assert connection.execute(query).fetchall() == []
        connection.execute(f"update marts.commitment set {change}")  # noqa: S608
        assert len(connection.execute(query).fetchall()) == 1


def test_who_speaks_is_named_and_not_who_printed_it(marts: duckdb.DuckDBPyConnection) -> None:
    """Given what a paper reports, then the one who found or recommends it answers for it."""
    named = rows(marts, "select responsible from marts.commitment where kind <> 'deliverable'")
    assert not [who for (who,) in named if "press" in who.lower() or who == "Public Finance"]
    (found,) = rows(
        marts,
        "select responsible, source from marts.commitment "
        "where commitment_id = 'finding_ambitions_unlikely'",
    )
    assert found[0] == "Chartered Institute of Public Finance and Accountancy"
    assert found[1].startswith("Public Finance")


def test_an_outturn_still_to_be_verified_decides_nothing(marts: duckdb.DuckDBPyConnection) -> None:
    """Given an outturn that the register marks as unverified, then nobody is said to miss it."""
    assert commitment(marts, "bcf_fewer_conditions") == (3, None, "unknown", "typed")


def test_a_synthetic_month_tests_no_finding(marts: duckdb.DuckDBPyConnection) -> None:
    """Given a synthetic November 2016, then the reasons for delays are not tested by it."""
    assert commitment(marts, "finding_reasons_for_delays")[2:] == ("not_tested", "typed")
    assert commitment(marts, "finding_optimistic_pace")[2:] == (
        "partly_borne_out",
        "open returns and published figures",
    )


def test_every_published_figure_has_a_verdict(marts: duckdb.DuckDBPyConnection) -> None:
    """Given the published figures, then each has a verdict and a reason, and none is lost."""
    with (PROJECT / "seeds" / "published_figures.csv").open(encoding="utf-8") as seed:
        printed = {row["figure_id"] for row in csv.DictReader(seed)}
    judged = rows(marts, "select figure_id, why from marts.reconciliation where kind = 'figure'")
    assert len(printed) == 771
    assert {figure_id for figure_id, _ in judged} == printed
    assert all(why for _, why in judged)


def test_splits_that_do_not_add_up_are_found(marts: duckdb.DuckDBPyConnection) -> None:
    """Given printed totals and parts, then the four months that do not add up are found."""
    found = rows(
        marts,
        "select period_stated, computed_value - published_value from marts.reconciliation "
        "where verdict = 'does not add up' order by 1",
    )
    assert found == [("2014-09", 30), ("2016-02", -10), ("2016-03", 360), ("2016-11", -180)]
