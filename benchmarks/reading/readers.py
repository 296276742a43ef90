"""Three ways of reading the same workbooks, each in a process of its own."""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

SKIPPED_ROWS = 14


def bare_calamine(paths: Sequence[Path], _: Path) -> float:
    """Merely read every cell of every sheet into Python objects."""
    from python_calamine import CalamineWorkbook

    total = 0.0
    for path in paths:
        book = CalamineWorkbook.from_path(path)
        for name in book.sheet_names:
            rows = book.get_sheet_by_name(name).to_python(skip_empty_area=False)
            total += sum(
                cell for row in rows[SKIPPED_ROWS:] for cell in row[4:] if type(cell) is float
            )
    return total


def joinedup(paths: Sequence[Path], out: Path) -> float:
    """Check, recognise, read and write every workbook as a lake file, as the night does."""
    from ingestion.definition import load_definitions
    from ingestion.landing import sha256_of
    from ingestion.worker import Context, Job, limit, make_context, read_one

    definitions = load_definitions(Path(__file__).parent / "definitions")
    limit(1200)
    make_context(Context(definitions, dict.fromkeys(definitions, "bench"), None))
    places = []
    for path in paths:
        reading = read_one(Job(sha256_of(path), path.name, path, out))
        if reading.state != "read" or reading.lake_path is None:
            raise RuntimeError(f"{path}: {reading.reason}")
        places.append(out / reading.lake_path)
    return _sum_of(places)


def _sum_of(places: list[Path]) -> float:
    import polars as pl

    return float(pl.scan_parquet(places).select(pl.col("value").sum()).collect().item())


def pandas_openpyxl(paths: Sequence[Path], _: Path) -> float:
    """Read every sheet into a pandas frame through openpyxl, and add up."""
    import pandas as pd

    total = 0.0
    for path in paths:
        sheets = pd.read_excel(path, sheet_name=None, header=None, engine="openpyxl")
        for frame in sheets.values():
            cells = frame.iloc[SKIPPED_ROWS:, 4:]
            total += float(cells.apply(pd.to_numeric, errors="coerce").sum().sum())
    return total


READERS: dict[str, Callable[[Sequence[Path], Path], float]] = {
    "bare_calamine": bare_calamine,
    "joinedup": joinedup,
    "pandas_openpyxl": pandas_openpyxl,
}


def main() -> None:
    """Read the workbooks of a folder in one way and print what it took, as JSON."""
    name, folder, out, count = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]), int(sys.argv[4])
    paths = sorted(folder.glob("*.xlsx"))[:count]
    before, started = resource.getrusage(resource.RUSAGE_SELF), time.perf_counter()
    found = READERS[name](paths, out)
    after = resource.getrusage(resource.RUSAGE_SELF)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    print(
        json.dumps(
            {
                "total": found,
                "cpu_seconds": cpu,
                "wall_seconds": time.perf_counter() - started,
                "peak_mb": after.ru_maxrss / 1024,
            }
        )
    )


if __name__ == "__main__":
    main()
