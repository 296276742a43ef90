"""A demonstration return as a publisher would issue it anew: some figures changed, a later date."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from demonstration.generate import HERE, _read_all_figures, _write_file
from demonstration.spec import Publication, Revision, read_return

MONTH = date(2015, 6, 1)
NAME = "delayed_transfers_la/SYNTHETIC_LA-Type-B_2015-06.xlsx"
RE_ISSUED = date(2017, 3, 9)


def write_re_issue(work: Path, path: Path) -> None:
    """Write June 2015 by council as re-issued on `RE_ISSUED`, the 2nd Thursday of March 2017."""
    spec = read_return(HERE / "returns" / "delayed_transfers_la.yml").model_copy(
        update={
            "revised": Revision(last_months=200, subjects_share=0.1, change=0.05),
            "published": (Publication(months_after=21, weekday=3, which=2),),
        }
    )
    figures = _read_all_figures({spec.figures}, seed=2017)[spec.figures]
    written = _write_file(work, spec, (MONTH,), figures)
    path.parent.mkdir(parents=True, exist_ok=True)
    written.rename(path)
