"""Run by test_kill.py in a process of its own: read whatever is current, until told to stop.

Usage: reading_loop.py RELEASES STOP_FILE. Writes `ready`, then one JSON line at the end.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import duckdb

from publishing.mart_tables import open_read_only
from publishing.pointer import (
    BrokenReleaseError,
    Release,
    load_release,
    pointer_target,
    verify,
)

QUERY = "SELECT sum(value) FROM {} WHERE period_type = 'month'"


def read_once(releases: Path) -> tuple[str, list[str]]:
    """Resolve the pointer once, check that release whole, and read its figure from both formats.

    A release that was removed after the pointer was resolved is no damage: a reader asks again.
    """
    target = pointer_target(releases)
    if target is None:
        return "", ["no pointer"]
    try:
        release = load_release(releases, target)
        problems = verify(release) or figures_amiss(release)
    except (BrokenReleaseError, duckdb.Error, OSError) as error:
        problems = [repr(error)]
    if problems and not (releases / target).is_dir():
        return "", []
    return target, problems


def figures_amiss(release: Release) -> list[str]:
    """Say where database, Parquet or CSV lack the release's own figure, or another is described."""
    with open_read_only(release.marts) as marts, duckdb.connect() as files:
        parquet = f"'{release.path}/parquet/metric_value.parquet'"
        csv = f"'{release.path}/csv/metric_value.csv'"
        found = [
            marts.execute(QUERY.format("metric_value")).fetchone(),
            *(files.execute(QUERY.format(source)).fetchone() for source in (parquet, csv)),
        ]
    promised = (release.manifest.returns["sum_of_months"],)
    problems = [] if found == [promised] * 3 else [f"{found}, the manifest says {promised}"]
    package = json.loads((release.path / "datapackage.json").read_text(encoding="utf-8"))
    sums = {one["path"]: one["hash"].removeprefix("sha256:") for one in package["resources"]}
    files_of = release.manifest.files
    if package["version"] != release.id or not sums:
        problems.append(f"the package is of {package['version']}")
    return problems + [
        f"{name} is described with another sum"
        for name, found_sum in sums.items()
        if files_of[name].sha256 != found_sum
    ]


def main() -> None:
    """Read until the stop file is there, and then once more."""
    releases, stop = Path(sys.argv[1]), Path(sys.argv[2])
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    ids: list[str] = []
    torn: list[str] = []
    reads = removed = 0
    going = True
    while going:
        going = not stop.exists()
        release_id, problems = read_once(releases)
        reads, removed = reads + 1, removed + (not release_id)
        torn += [f"{release_id}: {problem}" for problem in problems]
        if release_id and ids[-1:] != [release_id]:
            ids.append(release_id)
    found = {"reads": reads, "removed": removed, "torn": torn, "ids": ids}
    sys.stdout.write(json.dumps(found) + "\n")


if __name__ == "__main__":
    main()
