"""Every check of every suite can fail: each is shown the one fault it is there to catch."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from expectations.suites import Suite
from expectations.verdict import CheckResult

HERE = Path(__file__).resolve().parent
BASES = {
    path.stem: {check["name"] for check in yaml.safe_load(path.read_text("utf-8"))["checks"]}
    for path in (HERE.parents[1] / "expectations" / "suites" / "base").glob("*.yml")
}
FAULTS: dict[str, dict[str, str]] = yaml.safe_load(
    (HERE / "faults.yml").read_text(encoding="utf-8")
)


def test_every_check_has_its_fault(suites: dict[str, Suite]) -> None:
    """Given the suites that ship, then exactly their checks are shown a fault, a base's once."""
    shown = {(suite, check) for suite, faults in FAULTS.items() for check in faults}
    every = {(name, check.name) for name, suite in suites.items() for check in suite.checks}
    of_bases = {
        (name, check) for name, check in every if check in BASES.get(suites[name].base, set())
    }
    assert shown <= every
    assert every - of_bases <= shown
    assert {(suites[name].base, check) for name, check in shown & of_bases} == {
        (base, check) for base, checks in BASES.items() for check in checks
    }


@pytest.mark.parametrize(
    ("suite", "check"), [(suite, check) for suite, faults in FAULTS.items() for check in faults]
)
def test_check_catches_its_fault(
    suite: str, check: str, spoil: Callable[[str], Path], run_check: Callable[..., CheckResult]
) -> None:
    """Given a candidate with one fault, when only that check runs, then it finds bad data."""
    found = run_check(spoil(FAULTS[suite][check]), suite, check)
    assert (found.outcome, found.detail) == ("bad_data", "")
    assert found.unexpected_count
    assert found.examples


@pytest.mark.parametrize(
    ("fault", "wrong"),
    [
        ("no cell", "source_column = NULL"),
        ("no table", "table_id = NULL"),
        ("no period", "period_end = DATE '2015-03-31'"),
        ("unknown type of period", "period_type = 'fortnight'"),
        ("no subject", "subject_type = NULL"),
        ("no code, and no control total", "subject_code = ' '"),
        ("no measure", "measure = ''"),
        ("no unit", "unit = ' '"),
        ("no text of the cell", "raw_text = NULL"),
        ("unknown status", "value_status = 'guessed'"),
        ("value and status disagree", "value = NULL"),
    ],
)
def test_a_figure_that_is_not_whole_says_why(
    fault: str, wrong: str, spoil: Callable[[str], Path], run_check: Callable[..., CheckResult]
) -> None:
    """Given a figure of a return with one thing wrong, then it is found, and the wrong said."""
    name = "stg_delayed_transfers_la"
    candidate = spoil(f"UPDATE staging.{name} SET {wrong} WHERE source_row = 1")  # noqa: S608
    (example,) = run_check(candidate, name, "figure_is_whole").examples
    assert example["fault"] == fault


def test_a_control_total_needs_no_code(
    spoil: Callable[[str], Path], run_check: Callable[..., CheckResult]
) -> None:
    """Given control totals without a code, then nothing is wrong with them."""
    name = "stg_delayed_transfers_la"
    candidate = spoil(f"UPDATE staging.{name} SET subject_code = '', is_control_total = true")  # noqa: S608
    assert run_check(candidate, name, "figure_is_whole").outcome == "passed"


@pytest.mark.parametrize(
    ("verdict", "computed", "outcome"),
    [
        ("reproduced", 0.31, "passed"),
        ("differs", 0.31, "bad_data"),
        ("within one step", 0.4, "passed"),
        ("within one step", 0.41, "bad_data"),
        ("within rounding", 0.34, "bad_data"),
        ("reproduced", 0.36, "bad_data"),
        ("consistent", 0.31, "bad_data"),
    ],
)
def test_a_verdict_is_judged_in_steps_of_the_printed_figure(
    verdict: str,
    computed: float,
    outcome: str,
    spoil: Callable[[str], Path],
    run_check: Callable[..., CheckResult],
) -> None:
    """Given 0.3, which is not three times 0.1 as a double, then the rounding still holds."""
    claim = (
        f"UPDATE marts.claim SET verdict = '{verdict}', computed_value = {computed}, "  # noqa: S608
        "published_value = 0.3, published_precision = 0.1 WHERE claim_id = 'C008'"
    )
    found = run_check(spoil(claim), "claim", "verdict_follows_from_the_figures")
    assert (found.outcome, found.detail) == (outcome, "")


@pytest.mark.parametrize(
    ("profile", "figures", "place", "outcome"),
    [
        ("hes_2018", "0, 10, 1005", "value", "passed"),
        ("hes_2018", "1, 10, 10", "value", "bad_data"),
        ("hes_2018", "5, 10, 10", "value", "bad_data"),
        ("hes_2018", "8, 10, 10", "value", "bad_data"),
        ("hes_2018", "5, 10, 10", "numerator", "bad_data"),
        ("hes_2018", "5, 10, 10", "denominator", "bad_data"),
        ("hes_until_2018", "0, 6, 7", "value", "passed"),
        ("hes_until_2018", "5, 6, 7", "value", "bad_data"),
        ("asc_round_5", "5, 10, 10", "value", "passed"),
        ("asc_round_5", "0, 10, 10", "value", "bad_data"),
        ("asc_round_5", "6, 10, 10", "value", "bad_data"),
        ("published_as_is", "1, 2, 3", "value", "not_applicable"),
    ],
)
def test_counts_are_held_against_the_profile_of_their_return(
    profile: str,
    figures: str,
    place: str,
    outcome: str,
    spoil: Callable[[str], Path],
    run_check: Callable[..., CheckResult],
) -> None:
    """Given counts of a return, then what its profile withholds or rounds is not shown otherwise.

    The seed of profiles is not asked: the candidate has none. What a rate is made of counts too.
    """
    at = {
        "value": "nonelective_admissions",
        "numerator": "delayed_transfer_beds",
        "denominator": "delayed_transfer_beds",
    }[place]
    of = {"numerator": "base_metric_id", "denominator": "denominator_metric_id"}.get(place)
    made_of = (
        f"UPDATE marts.metric SET {of} = 'nonelective_admissions' WHERE metric_id = '{at}';"  # noqa: S608
        if of
        else ""
    )
    candidate = spoil(f"""
        UPDATE marts.metric SET derivation = 'per_calendar_day',
          source_returns = 'monthly_activity_commissioner'
        WHERE metric_id = 'delayed_transfer_beds'; {made_of}
        UPDATE marts.metric SET unit = CASE '{profile}' WHEN 'asc_round_5' THEN 'requests'
          ELSE 'admissions' END WHERE metric_id = 'nonelective_admissions';
        UPDATE seeds.disclosure_returns SET profile_id = '{profile}'
        WHERE return_id = 'monthly_activity_commissioner';
        UPDATE marts.metric_value SET value = 10, numerator = 10, denominator = 10
        WHERE metric_id IN ('nonelective_admissions', 'delayed_transfer_beds');
        UPDATE marts.metric_value AS v SET {place} = ([{figures}])[1 + v.rowid % 3]
        WHERE metric_id = '{at}' AND area_code <> 'E92000001';
    """)  # noqa: S608
    found = run_check(candidate, "disclosure", "counts_are_as_their_profile_says")
    assert found.outcome == outcome
    assert all(place not in row for row in found.examples)


@pytest.mark.parametrize(
    ("profile", "area_code", "share", "outcome"),
    [
        ("hes_2018", "E92000001", 0, "passed"),
        ("asc_round_5", "E92000001", 0, "bad_data"),
        ("hes_2018", "E38000042", 0, "bad_data"),
        ("hes_2018", "E38000042", 0.4, "passed"),
    ],
    ids=["England is exact", "England is rounded too", "below England", "shared out by weights"],
)
def test_where_a_small_count_may_stand(
    profile: str,
    area_code: str,
    share: float,
    outcome: str,
    spoil: Callable[[str], Path],
    run_check: Callable[..., CheckResult],
) -> None:
    """Given a count of 3, then it depends on its area, and on whether it is a count at all."""
    candidate = spoil(f"""
        UPDATE marts.metric SET unit = 'people' WHERE metric_id = 'nonelective_admissions';
        UPDATE seeds.disclosure_returns SET profile_id = '{profile}'
        WHERE return_id = 'monthly_activity_commissioner';
        UPDATE marts.metric_value SET value = 10 WHERE metric_id = 'nonelective_admissions';
        UPDATE marts.metric_value SET value = 3, apportioned_share = {share}
        WHERE metric_id = 'nonelective_admissions' AND area_code = '{area_code}';
    """)  # noqa: S608
    found = run_check(candidate, "disclosure", "counts_are_as_their_profile_says")
    assert found.outcome == outcome


@pytest.mark.parametrize(
    ("revised", "closed", "explanation", "blocks", "warns"),
    [
        (19, 100, "code changed", False, True),
        (20, 2000, "code changed", False, True),
        (21, 2000, "code changed", True, True),
        (20, 0, "code changed", True, True),
        (100, 100, "accepted by decision", False, False),
    ],
)
def test_changed_code_does_not_rewrite_the_past_unseen(
    revised: int,
    closed: int,
    explanation: str,
    blocks: bool,
    warns: bool,
    spoil: Callable[[str], Path],
    run_check: Callable[..., CheckResult],
) -> None:
    """Given closed figures that other code revises, then each metric is told, and many block."""
    candidate = spoil(f"""
        UPDATE marts.release_change SET is_closed = true, explanation = '{explanation}';
        INSERT INTO marts.release_change BY NAME
        SELECT r.* FROM marts.release_change AS r, range({revised - 1});
        DELETE FROM history.profile WHERE kind = 'metric';
        INSERT INTO history.profile BY NAME
        SELECT 'metric' AS kind, metric_id AS id, true AS is_closed, {closed} AS rows_last
        FROM marts.release_change LIMIT 1;
    """)  # noqa: S608
    for check, is_found in (
        ("code_revises_few_closed_figures", blocks),
        ("code_revises_no_closed_figure", warns),
    ):
        found = run_check(candidate, "release_change", check)
        assert found.outcome == ("bad_data" if is_found else "passed")
        assert "joinedup quality accept-loss METRIC" in found.expected


@pytest.mark.parametrize(
    ("explanation", "outcome"),
    [
        ("code changed", "bad_data"),
        ("unexplained", "bad_data"),
        ("accepted by decision", "passed"),
    ],
)
@pytest.mark.parametrize(
    ("check", "change"),
    [
        ("closed_values_are_not_withdrawn", "restatused"),
        ("closed_figures_are_not_lost", "removed"),
    ],
)
def test_changed_code_is_no_reason_to_lose_a_figure(
    check: str,
    change: str,
    explanation: str,
    outcome: str,
    spoil: Callable[[str], Path],
    run_check: Callable[..., CheckResult],
) -> None:
    """Given a closed figure without its value, then code excuses it as little as nothing does."""
    candidate = spoil(
        f"UPDATE marts.release_change SET change = '{change}', is_closed = true, "  # noqa: S608
        f"explanation = '{explanation}', new_status = 'not_collected', new_value = NULL"
    )
    found = run_check(candidate, "release_change", check)
    assert found.outcome == outcome
    assert "joinedup quality accept-loss METRIC" in found.expected
