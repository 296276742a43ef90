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
