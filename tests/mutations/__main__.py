"""Write docs/mutations.md: `python -m tests.mutations`."""

from __future__ import annotations

import logging
import os
import sys
import tempfile
from pathlib import Path

from joinedup.settings import PROJECT_ROOT
from tests.dbt_project.conftest import write_tiny_lake
from tests.dbt_project.rebuilt import build_and_record
from tests.mutations.mutations import MUTATIONS, RETURNS
from tests.mutations.outcomes import Bench, try_all
from tests.mutations.table import page, summary

PAGE = PROJECT_ROOT / "docs" / "mutations.md"


def main() -> int:
    """Try every mutation and write the page; 1 when one that changes a figure gets through."""
    if not RETURNS.is_dir():
        sys.stderr.write(f"The publishers' files are needed in {RETURNS}.\n")
        return 2
    logging.disable(logging.INFO)
    with tempfile.TemporaryDirectory(prefix="mutations-") as name:
        work = Path(name)
        os.environ.setdefault("JOINEDUP_PARSED", str(work / "parsed"))
        lake = write_tiny_lake(work / "tiny")
        _, recipe = build_and_record(lake, work / "recipe" / "2026-11-21T01-02.duckdb")
        bench = Bench(RETURNS, work / "bench", recipe)
        outcomes = try_all(bench, MUTATIONS)
    PAGE.write_text(page(outcomes, len(bench.files)), encoding="utf-8")
    sys.stdout.write(summary(outcomes))
    return int(any(one.changes_figures and not one.is_caught for one in outcomes))


if __name__ == "__main__":
    sys.exit(main())
