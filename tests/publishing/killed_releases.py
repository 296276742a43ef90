"""Run by test_kill.py in a process of its own: kill a release at every step, and look afterwards.

Each case happens in forked children, so the steps can be wrapped here and production code has no
hooks for it. One JSON line is written for each case.

Usage: killed_releases.py FOLDER OLD NEW QUALITY all|some
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb

import publishing.release
import publishing.release_folder
from publishing.pointer import current_release, release_ids, verify
from publishing.release import release_marts

NIGHT = datetime(2026, 6, 9, 1, 0, tzinfo=UTC)
STEPS: tuple[tuple[Any, str], ...] = (
    *((os, name) for name in ("mkdir", "chmod", "fsync", "rename", "symlink", "replace")),
    *((os, name) for name in ("ftruncate", "pwrite", "rmdir", "unlink")),
    (shutil, "copyfile"),
    (publishing.release, "contents"),
    *(
        (publishing.release_folder, name)
        for name in ("copy_table", "contents", "sha256_of", "_write_manifest", "_settle")
    ),
)


MARTS = ("metric", "metric_value", "source_file", "quality_result", "run")
"""Each mart takes the same steps, so a few of them have every step there is."""


def only_few_marts(candidate: Path) -> None:
    """Leave a few marts in a candidate, and have no other promised."""
    publishing.release.PROMISED_TABLES = MARTS
    with duckdb.connect(str(candidate)) as connection:
        tables = connection.execute(
            "SELECT table_name FROM duckdb_tables() WHERE schema_name = 'marts'"
        ).fetchall()
        for (table,) in tables:
            if table not in MARTS:
                connection.execute(f"DROP TABLE marts.{table}")


def release_old(candidate: Path, quality: Path, releases: Path) -> None:
    """Make the release that stands before the night."""
    release_marts(
        candidate, quality, releases, inputs_fingerprint="0d" * 32, run_id="old", now=NIGHT
    )


def release_new(candidate: Path, quality: Path, releases: Path, hours: int = 24) -> str:
    """Make the release of the night; the next try of it comes hours later."""
    now = NIGHT + timedelta(hours=hours)
    return release_marts(
        candidate, quality, releases, inputs_fingerprint="ed" * 32, run_id="new", now=now
    ).id


def wrap(before: Callable[[str], None]) -> None:
    """Call `before` with a step's name ahead of each step."""

    def wrapped(name: str, step: Callable[..., Any]) -> Callable[..., Any]:
        def called(*args: Any, **kwargs: Any) -> Any:
            before(name)
            return step(*args, **kwargs)

        return called

    for module, name in STEPS:
        label = f"{module.__name__}.{name}"
        setattr(module, name, wrapped(label, getattr(module, name)))


def steps_of_a_release(candidate: Path, quality: Path, releases: Path) -> list[str]:
    """Make the release once, in this process, and give the names of its steps in order."""
    steps: list[str] = []
    wrap(steps.append)
    release_new(candidate, quality, releases)
    return steps


def release_and_die(candidate: Path, quality: Path, releases: Path, die_at: int) -> None:
    """Make the release, and be killed ahead of its step number `die_at`."""
    left = [die_at]

    def before(_: str) -> None:
        if left[0] == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        left[0] -= 1

    wrap(before)
    release_new(candidate, quality, releases)


def look(releases: Path) -> dict[str, Any]:
    """Read what a reader would: the release, its figure from both formats, what is amiss."""
    release = current_release(releases)
    if release is None:
        return {"id": None}
    query = "SELECT sum(value) FROM {} WHERE period_type = 'month'"
    with duckdb.connect() as connection:
        connection.execute(f"ATTACH '{release.marts}' AS released (READ_ONLY)")
        marts = connection.execute(query.format("released.marts.metric_value")).fetchone()
        parquet = f"'{release.path}/parquet/metric_value.parquet'"
        copy = connection.execute(query.format(parquet)).fetchone()
    return {
        "id": release.id,
        "inputs": release.manifest.inputs_fingerprint,
        "figures": [marts and marts[0], copy and copy[0]],
        "amiss": verify(release),
    }


def look_and_finish(candidate: Path, quality: Path, releases: Path) -> dict[str, Any]:
    """Look as a reader after the kill, then run the night again and look once more."""
    standing_before = release_ids(releases)
    seen = look(releases)
    release_new(candidate, quality, releases, hours=25)
    return {
        "seen": seen,
        "complete_before": standing_before,
        "finished": look(releases),
        "complete": release_ids(releases),
        "left_over": sorted(p.name for p in releases.iterdir() if p.name.startswith(".")),
    }


def forked(work: Callable[[], Any]) -> tuple[int, Any]:
    """Do the work in a child; give its exit status and what it returned."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        status = 1
        try:
            os.write(writing, json.dumps(work()).encode())
            status = 0
        finally:
            os._exit(status)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        answer = pipe.read()
    return os.waitpid(child, 0)[1], json.loads(answer) if answer else None


def chosen(steps: list[str], which: str) -> list[int]:
    """Give every step's number, or the first of each name and the very last."""
    if which == "all":
        return list(range(len(steps)))
    return sorted({*(steps.index(name) for name in steps), len(steps) - 1})


def main() -> None:
    """Kill a release at each chosen step, and write what was seen."""
    folder, old, new, quality = (Path(argument) for argument in sys.argv[1:5])
    base = folder / "base"
    for candidate in (old, new):
        only_few_marts(candidate)
    forked(lambda: release_old(old, quality, base))
    shutil.copytree(base, folder / "counted", symlinks=True)
    _, steps = forked(lambda: steps_of_a_release(new, quality, folder / "counted"))
    for number in chosen(steps, sys.argv[5]):
        releases = folder / f"case-{number}"
        shutil.copytree(base, releases, symlinks=True)
        status, _ = forked(lambda: release_and_die(new, quality, releases, number))  # noqa: B023
        _, found = forked(lambda: look_and_finish(new, quality, releases))  # noqa: B023
        case = {"step": steps[number], "number": number, "of": len(steps), "status": status}
        sys.stdout.write(json.dumps(case | (found or {})) + "\n")
        shutil.rmtree(releases)


if __name__ == "__main__":
    main()
