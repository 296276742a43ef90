"""Run by test_kill.py in a process of its own: read whatever is current, until told to stop.

Usage: reading_loop.py RELEASES STOP_FILE. Writes `ready`, then one JSON line at the end.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import duckdb

from publishing.pointer import current_release

QUERY = "SELECT sum(value) FROM {} WHERE period_type = 'month'"


def read_once(releases: Path) -> tuple[str, bool]:
    """Give the release that is current, and whether both its formats hold its own figure."""
    release = current_release(releases)
    if release is None:
        return "", False
    with duckdb.connect() as connection:
        connection.execute(f"ATTACH '{release.marts}' AS released (READ_ONLY)")
        found = [
            connection.execute(QUERY.format(source)).fetchone()
            for source in (
                "released.marts.metric_value",
                f"'{release.path}/parquet/metric_value.parquet'",
            )
        ]
    return release.id, found == [(release.manifest.returns["sum_of_months"],)] * 2


def main() -> None:
    """Read until the stop file is there, and then once more."""
    releases, stop = Path(sys.argv[1]), Path(sys.argv[2])
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    ids: list[str] = []
    reads = mixed = 0
    going = True
    while going:
        going = not stop.exists()
        release_id, whole = read_once(releases)
        reads, mixed = reads + 1, mixed + (not whole)
        if not ids or ids[-1] != release_id:
            ids.append(release_id)
    sys.stdout.write(json.dumps({"reads": reads, "mixed": mixed, "ids": ids}) + "\n")


if __name__ == "__main__":
    main()
