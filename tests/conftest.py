"""Fixtures that more than one folder of tests needs."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import settings

# A property holds on a slow machine too, and a test that passed passes again.
settings.register_profile("joinedup", deadline=None, derandomize=True)
settings.load_profile("joinedup")

TESTS = Path(__file__).parent

DEAR = (
    "dags/test_live_kills.py",
    "joinedup/test_killed_load.py",
    "joinedup/test_real_look_back.py",
    "joinedup/test_look_back.py",
    "joinedup/test_load.py",
    "joinedup/test_pages_in_a_browser.py",
    "mutations/test_mutations.py",
    "joinedup/test_guide.py",
    "publishing/test_kill.py",
    "dbt_project/test_build.py",
    "dbt_project/test_populations.py",
    "dbt_project/test_disclosure.py",
    "ingestion/test_real_files.py",
)
"""Files that take longest. They come first: whoever got one last would keep the others waiting.

What some of them share, such as a load, is not wanted by the first three at once.
"""


PARSED = "JOINEDUP_PARSED"


def pytest_configure(config: pytest.Config) -> None:
    """Have dbt's project parsed once for all loads of a run: workers take over this setting.

    The many little releases have no pages, but where a test asks for them.
    """
    os.environ.setdefault("JOINEDUP_SCORECARD", "false")
    if PARSED not in os.environ:
        os.environ[PARSED] = tempfile.mkdtemp(prefix="joinedup-parsed-")
        config.add_cleanup(lambda: shutil.rmtree(os.environ.pop(PARSED)))


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
