"""Compare the reading of workbooks: `python -m benchmarks.reading [--workbooks 1200] [--profile]`.

Each reader runs in a process of its own, five times, in turn with the others, so that what else
the machine does meets them all alike; what is printed are ratios of medians. The sums that the
readers find have to be equal.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from benchmarks.reading.inputs import Inputs, make_inputs
from benchmarks.reading.profile import profile

ROOT = Path(__file__).resolve().parents[2]
BARE, OURS, PANDAS = "bare_calamine", "joinedup", "pandas_openpyxl"
MOST_TIMES_BARE, LEAST_TIMES_LESS_THAN_PANDAS = 1.7, 8.0
PANDAS_SHARE = 20
"""pandas reads every twentieth of the workbooks: it takes the same time for each."""
MOST_GROWTH = 1.15


Taken = dict[str, float]
"""What one run of a reader printed."""


@dataclass(frozen=True)
class Reader:
    """A way of reading, and how many of the workbooks it is given."""

    name: str
    count: int


@dataclass(frozen=True)
class Cost:
    """What a reader took: medians over its runs, for one workbook where seconds."""

    cpu_ms: float
    wall_ms: float
    peak_mb: float


def measure(readers: Sequence[Reader], inputs: Inputs, out: Path, runs: int) -> list[Cost]:
    """Run readers in turn, several times; raises when one finds another sum."""
    rounds = [[_run(reader, inputs, out) for reader in readers] for _ in range(runs)]
    return [
        _cost(reader.count, [taken[at] for taken in rounds]) for at, reader in enumerate(readers)
    ]


def _run(reader: Reader, inputs: Inputs, out: Path) -> Taken:
    command = [sys.executable, "-m", "benchmarks.reading.readers", reader.name]
    command += [str(inputs.paths[0].parent), str(out), str(reader.count)]
    alone = os.environ | {"POLARS_MAX_THREADS": "1", "RAYON_NUM_THREADS": "1"}
    ran = subprocess.run(command, cwd=ROOT, env=alone, stdout=subprocess.PIPE, check=True)
    found: Taken = json.loads(ran.stdout)
    expected = sum(inputs.totals[: reader.count])
    if found["total"] != expected:
        raise SystemExit(f"{reader.name} found {found['total']:,.0f}, not {expected:,.0f}")
    return found


def _cost(count: int, taken: Sequence[Taken]) -> Cost:
    return Cost(
        cpu_ms=median(one["cpu_seconds"] for one in taken) * 1000 / count,
        wall_ms=median(one["wall_seconds"] for one in taken) * 1000 / count,
        peak_mb=median(one["peak_mb"] for one in taken),
    )


def compare(workbooks: int, runs: int) -> int:
    """Print the comparison; returns 1 when a bound is not kept."""
    with tempfile.TemporaryDirectory() as folder:
        inputs = make_inputs(Path(folder) / "in", workbooks)
        out = Path(folder) / "out"
        readers = [
            Reader(BARE, workbooks),
            Reader(OURS, workbooks),
            Reader(OURS, max(1, workbooks // 10)),
            Reader(PANDAS, max(1, workbooks // PANDAS_SHARE)),
        ]
        bare, ours, few, pandas = measure(readers, inputs, out, runs)
    print(f"{workbooks} workbooks of 6 sheets by 200 rows by 16 figures, medians of {runs} runs")
    for name, cost in ((BARE, bare), (OURS, ours), (PANDAS, pandas)):
        print(
            f"  {name:16} CPU {cost.cpu_ms:8.1f} ms a workbook ({cost.cpu_ms / bare.cpu_ms:5.2f}),"
            f" wall {cost.wall_ms:8.1f} ms ({cost.wall_ms / bare.wall_ms:5.2f}),"
            f" peak {cost.peak_mb:6.0f} MB"
        )
    growth = ours.peak_mb / few.peak_mb
    bounds = (
        ("CPU against bare calamine", ours.cpu_ms / bare.cpu_ms, MOST_TIMES_BARE, False),
        (
            "pandas' CPU against ours",
            pandas.cpu_ms / ours.cpu_ms,
            LEAST_TIMES_LESS_THAN_PANDAS,
            True,
        ),
        ("memory with ten times the files", growth, MOST_GROWTH, False),
    )
    kept = True
    for what, ratio, bound, is_least in bounds:
        is_kept = ratio >= bound if is_least else ratio <= bound
        kept &= is_kept
        sign = ">=" if is_least else "<="
        print(f"  {what}: {ratio:.2f} ({'kept' if is_kept else 'NOT KEPT'}: {sign} {bound})")
    return 0 if kept else 1


def show_profile(workbooks: int, runs: int) -> int:
    """Print the share of each step in bare calamine's CPU."""
    with tempfile.TemporaryDirectory() as folder:
        inputs = make_inputs(Path(folder) / "in", workbooks)
        out = Path(folder) / "out"
        (bare,) = measure([Reader(BARE, workbooks)], inputs, out, runs)
        steps = profile(inputs.paths, out)
    whole = bare.cpu_ms * workbooks / 1000
    print(f"{workbooks} workbooks one after another; 1.00 is the CPU of bare calamine")
    for step, seconds in sorted(steps.items(), key=lambda one: -one[1]):
        print(f"  {step:36} {seconds / whole:5.2f}")
    print(f"  {'all':36} {sum(steps.values()) / whole:5.2f}")
    return 0


def main() -> int:
    """Read the command line and compare."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--workbooks", type=int, default=1200)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--profile", action="store_true", help="Where our reader's time goes.")
    chosen = parser.parse_args()
    if chosen.profile:
        return show_profile(chosen.workbooks, chosen.runs)
    return compare(chosen.workbooks, chosen.runs)


if __name__ == "__main__":
    sys.exit(main())
