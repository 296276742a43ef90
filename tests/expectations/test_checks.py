"""Every check of every suite can fail: each is shown the one fault it is there to catch."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from expectations.suites import Suite
from expectations.verdict import CheckResult

FAULTS: dict[str, dict[str, str]] = yaml.safe_load(
    (Path(__file__).resolve().parent / "faults.yml").read_text(encoding="utf-8")
)


def test_every_check_has_its_fault(suites: dict[str, Suite]) -> None:
    """Given the suites that ship, then exactly their checks are shown a fault in faults.yml."""
    shown = {(suite, check) for suite, faults in FAULTS.items() for check in faults}
    assert shown == {(name, check.name) for name, s in suites.items() for check in s.checks}


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
    ("verdict", "computed", "outcome"),
    [
        ("reproduced", 0.31, "passed"),
        ("differs", 0.31, "bad_data"),
        ("within rounding", 0.4, "passed"),
        ("within rounding", 0.41, "bad_data"),
        ("reproduced", 0.36, "bad_data"),
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
