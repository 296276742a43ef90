"""The order in which workers are given files of tests."""

from __future__ import annotations

from tests.conftest import DEAR, TESTS


def test_the_files_that_come_first_are_there() -> None:
    """Given the files that are to come first, then none was renamed since."""
    assert [name for name in DEAR if not (TESTS / name).is_file()] == []
