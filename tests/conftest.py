"""Fixtures that more than one folder of tests needs."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import settings

# A property holds on a slow machine too, and a test that passed passes again.
settings.register_profile("joinedup", deadline=None, derandomize=True)
settings.load_profile("joinedup")

TESTS = Path(__file__).parent

DEAR = (
    "joinedup/test_killed_load.py",
    "joinedup/test_load.py",
    "joinedup/test_look_back.py",
    "joinedup/test_real_look_back.py",
    "joinedup/test_guide.py",
    "joinedup/test_real_returns.py",
    "dbt_project/test_build.py",
    "dbt_project/test_populations.py",
    "dbt_project/test_disclosure.py",
    "publishing/test_kill.py",
)
"""Files that take longest. They come first: whoever got one last would keep the others waiting."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the dear files first, in their order; the others stay as they were found."""
    place = {TESTS / name: number for number, name in enumerate(DEAR)}
    items.sort(key=lambda item: place.get(item.path, len(DEAR)))


REAL_RETURNS = Path(__file__).resolve().parents[2] / "shared" / "returns"


@pytest.fixture(scope="session")
def real_returns() -> Path:
    """The folder of publishers' files beside the checkout; the test is skipped without it."""
    if not REAL_RETURNS.is_dir():
        pytest.skip("needs the publishers' files in ../shared/returns")
    return REAL_RETURNS
