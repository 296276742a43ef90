"""Run by test_kill.py in a process of its own: kill releases, rollbacks and prunings, many times.

Each try is a forked child that is killed by SIGKILL at a random step, or after a random time; the
random numbers have a seed. One reader process reads what is current all the while. This process
never opens a database, so that it can fork. One JSON line at the end says what was seen.

Usage: killed_in_a_loop.py FOLDER KILLS SEED
"""

from __future__ import annotations

import json
import os
import random
import select
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import publishing.release
from publishing.keeping import prune, restore, roll_back
from publishing.pointer import ReleaseError, load_release, pointer_target, release_ids, verify
from publishing.release import release_marts
from publishing.release_log import read_log, withdrawals
from tests.publishing.few_marts import (
    QUICKEST,
    sum_of_months,
    write_candidate,
    write_quality,
)
from tests.publishing.killed_releases import forked, wrap

NIGHT = datetime(2026, 6, 9, 1, 0, tzinfo=UTC)
CANDIDATES = 4
STEPS = {"release": 100, "rollback": 10, "restore": 10, "prune": 40}
"""Rather more steps than each mostly has, so that some tries come to their end."""


@dataclass
class Seen:
    """What the loop saw so far."""

    tried: Counter[str] = field(default_factory=Counter)
    killed: Counter[str] = field(default_factory=Counter)
    inside: int = 0
    """Kills of one that held the release lock."""
    half: int = 0
    """Kills that left a release half written or half removed."""
    acknowledged: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    seconds: float = 1.0
    """How long a release took that came to its end."""


def release(folder: Path, night: int, seconds: int = 0) -> str:
    """Make the release of a night; each try of it comes some seconds later."""
    added = night % CANDIDATES
    return release_marts(
        folder / f"{added}.duckdb",
        folder / "quality",
        folder / "releases",
        inputs_fingerprint=f"{night:08x}" * 8,
        run_id=f"night-{night}",
        now=NIGHT + timedelta(days=night, seconds=seconds),
        returns={"sum_of_months": sum_of_months(added)},
    ).id


def go_back(folder: Path) -> str:
    """Send readers back to the release before."""
    return roll_back(folder / "releases", None, because="the loop", by="loop").to


def take_back(folder: Path) -> str:
    """Restore the release that was withdrawn last."""
    gone = list(withdrawals(folder / "releases"))
    if not gone:
        raise ReleaseError("nothing was withdrawn")
    moved = restore(folder / "releases", gone[-1], because="the loop", by="loop")
    return moved.to if moved else ""


def let_go(folder: Path) -> str:
    """Remove all but the newest releases, the withdrawn ones too."""
    prune(folder / "releases", keep=2, older_than=0, by="loop")
    return ""


def attempt(
    work: Callable[[], str], die_at: int | None, kill_after: float
) -> tuple[int, bool, str]:
    """Do the work in a child that is killed; give its id, whether it was, and what it answered."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        if die_at is not None:
            _die_at(die_at)
        try:
            answer = work()
        except ReleaseError as refused:
            answer = f"refused: {refused}"
        os.write(writing, answer.encode() or b"-")
        os._exit(0)
    os.close(writing)
    if die_at is None and not select.select([reading], [], [], kill_after)[0]:
        os.kill(child, signal.SIGKILL)
    with os.fdopen(reading, "rb") as pipe:
        answer = pipe.read().decode()
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    return child, status == -signal.SIGKILL, answer


def _die_at(step: int) -> None:
    left = [step]

    def before(_: str) -> None:
        if left[0] == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        left[0] -= 1

    wrap(before)


def loop(folder: Path, kills: int, seed: int) -> Seen:
    """Kill so many children, one after the other, and look after each."""
    chance, seen, night = random.Random(seed), Seen(), 1  # noqa: S311
    work: dict[str, Callable[[], str]] = {
        "release": lambda: release(folder, night, sum(seen.tried.values())),
        "rollback": lambda: go_back(folder),
        "restore": lambda: take_back(folder),
        "prune": lambda: let_go(folder),
    }
    while sum(seen.killed.values()) < kills:
        (what,) = chance.choices(list(work), (6, 3, 2, 2))
        die_at = chance.randrange(STEPS[what]) if chance.random() < 0.6 else None
        began = time.monotonic()
        child, was_killed, answer = attempt(
            work[what], die_at, chance.random() * seen.seconds * 1.2
        )
        seen.tried[what] += 1
        seen.killed[what] += was_killed
        seen.inside += was_killed and held_the_lock(folder / "releases", child)
        seen.half += was_killed and any((folder / "releases").glob(".*.partial"))
        if what == "release" and not was_killed and not answer.startswith("refused"):
            seen.seconds = (seen.seconds + time.monotonic() - began) / 2
            seen.acknowledged.append(answer)
        if what == "release" and (not was_killed or chance.random() < 0.5):
            night += 1
        seen.lost += lost(folder / "releases", seen.acknowledged)
    return seen


def held_the_lock(releases: Path, child: int) -> bool:
    """Say whether this process was the last that took the release lock."""
    return f"(process {child})" in (releases / ".lock").read_text()


def lost(releases: Path, acknowledged: list[str]) -> list[str]:
    """Give acknowledged releases that are gone though nobody removed them, and a lost pointer."""
    removed = {one for entry in read_log(releases) for one in entry.removed}
    gone = set(acknowledged) - removed - set(release_ids(releases))
    target = pointer_target(releases)
    if target is None or not (releases / target).is_dir():
        gone.add(f"the pointer, to {target}")
    return sorted(gone)


def end(folder: Path) -> dict[str, Any]:
    """Release once more, undisturbed; then look at everything that lies there."""
    releases = folder / "releases"
    made = release(folder, 90_000)
    amiss = [one for name in release_ids(releases) for one in verify(load_release(releases, name))]
    return {
        "amiss": amiss,
        "is_current": pointer_target(releases) == made,
        "logged": [entry.to for entry in read_log(releases) if entry.to],
        "left_over": sorted(p.name for p in releases.iterdir() if p.name.startswith(".")),
    }


def prepare(folder: Path) -> str:
    """Write the candidates, and make the release that stands at the beginning."""
    for added in range(CANDIDATES):
        write_candidate(folder / f"{added}.duckdb", added, QUICKEST)
    write_quality(folder / "quality")
    return release(folder, 0)


def main() -> None:
    """Kill and look; write what was seen."""
    folder, kills, seed = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    publishing.release.PROMISED_TABLES = QUICKEST
    forked(lambda: prepare(folder))
    stop = folder / "stop"
    script = str(Path(__file__).with_name("reading_loop.py"))
    with subprocess.Popen(
        [sys.executable, script, str(folder / "releases"), str(stop)],
        stdout=subprocess.PIPE,
        text=True,
    ) as reader:
        if reader.stdout is None or reader.stdout.readline() != "ready\n":
            raise RuntimeError("the reader did not start")
        try:
            seen = loop(folder, kills, seed)
            _, found = forked(lambda: end(folder))
        finally:
            stop.touch()
        read = json.loads(reader.stdout.readline())
    sys.stdout.write(json.dumps(vars(seen) | {"end": found, "reader": read}) + "\n")


if __name__ == "__main__":
    main()
