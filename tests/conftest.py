"""Fixtures that more than one folder of tests needs."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import settings

# A property holds on a slow machine too, and a test that passed passes again.
settings.register_profile("joinedup", deadline=None, derandomize=True)
settings.load_profile("joinedup")

REAL_RETURNS = Path(__file__).resolve().parents[2] / "shared" / "returns"


@pytest.fixture(scope="session")
def real_returns() -> Path:
    """The folder of publishers' files beside the checkout; the test is skipped without it."""
    if not REAL_RETURNS.is_dir():
        pytest.skip("needs the publishers' files in ../shared/returns")
    return REAL_RETURNS
