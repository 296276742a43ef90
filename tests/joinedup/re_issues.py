"""A demonstration return as a publisher would issue it anew: some figures changed, a later date."""

from __future__ import annotations

import zipfile
from datetime import date
from pathlib import Path

from demonstration.generate import HERE, _read_all_figures, _write_file
from demonstration.spec import Revision, read_return

MONTH = date(2015, 6, 1)
NAME = "delayed_transfers_la/SYNTHETIC_LA-Type-B_2015-06.xlsx"
FIRST_SAYS, SAYS = b">10th September 2015<", b">9th March 2017<"
RE_ISSUED = date(2017, 3, 9)


def write_re_issue(work: Path, path: Path) -> None:
    """Write June 2015 by council as re-issued on `RE_ISSUED`, with a few councils' new figures."""
    spec = read_return(HERE / "returns" / "delayed_transfers_la.yml").model_copy(
        update={"revised": Revision(last_months=200, subjects_share=0.1, change=0.05)}
    )
    figures = _read_all_figures({spec.figures}, seed=2017)[spec.figures]
    written = _write_file(work, spec, (MONTH,), figures)
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(written) as source, zipfile.ZipFile(path, "w") as target:
        for name in source.namelist():
            text = source.read(name)
            if name == "xl/sharedStrings.xml":
                assert text.count(FIRST_SAYS) == 1
                text = text.replace(FIRST_SAYS, SAYS)
            target.writestr(name, text)
