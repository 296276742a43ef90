"""The name of a run: what the scheduler calls it, made fit for file names."""

from __future__ import annotations

import hashlib
import re


def step_run_id(scheduler_run_id: str) -> str:
    """Name a run for the steps: the same on every retry, and safe as a file name."""
    digest = hashlib.sha256(scheduler_run_id.encode()).hexdigest()[:8]
    return f"{re.sub(r'[^A-Za-z0-9_-]+', '-', scheduler_run_id)[:60]}-{digest}"
