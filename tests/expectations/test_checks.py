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
