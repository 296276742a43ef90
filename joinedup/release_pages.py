"""The pages of a release, made by processes of their own: what they take of memory ends with them.

Scorecard pages come from the marts in the release's folder alone, the page about tables and models
from what the build kept. Where either cannot be made, nothing is released.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

from joinedup.serving import ends_with_parent
from joinedup.settings import PROJECT_ROOT
from publishing.pointer import ReleaseRefusedError
from publishing.scorecard.facts import ReleaseFacts, facts_text

MEMORY_MB = 1024
"""Most that a process may take: several times what it needs, so that a fault in it ends there."""

SECONDS = 1200
"""Longest that it may take."""

DOCS = Path("docs", "index.html")
_LAST_LINES = 12


def release_pages(candidate: Path, work: Path) -> Callable[[Path, ReleaseFacts], None]:
    """Give what makes all pages of a release; `work` is the folder of the candidate's build.

    What it gives raises ReleaseRefusedError, with the last lines of the process, when it fails,
    grows beyond MEMORY_MB or takes longer than SECONDS.
    """
    return partial(_write, candidate=candidate.resolve(), work=work.resolve())


def _write(folder: Path, facts: ReleaseFacts, *, candidate: Path, work: Path) -> None:
    folder = folder.resolve()
    run_apart("publishing.scorecard", str(folder), facts_text(facts), what="scorecard pages")
    arguments = [str(path) for path in (candidate, work, folder / DOCS)]
    run_apart(__name__, *arguments, what="page about tables and models")


def run_apart(
    module: str, *arguments: str, what: str, memory_mb: int = MEMORY_MB, seconds: float = SECONDS
) -> None:
    """Run a module in a process of its own, bounded in memory and time; `what` it makes is said.

    It ends when this process does, however that ends, so that no page is written into a release
    that nobody makes. Raises ReleaseRefusedError when it does not end well.
    """
    starter = [sys.executable, "-I", "-S", ends_with_parent.__file__, str(os.getpid())]
    with subprocess.Popen(
        [*starter, sys.executable, "-m", module, *arguments],
        cwd=PROJECT_ROOT,
        env=os.environ | {"PYTHONPATH": str(PROJECT_ROOT)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
    ) as process:
        size = memory_mb * 1024 * 1024
        resource.prlimit(process.pid, resource.RLIMIT_DATA, (size, size))
        resource.prlimit(process.pid, resource.RLIMIT_CORE, (0, 0))
        try:
            said, _ = process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            raise ReleaseRefusedError(f"the {what} took longer than {seconds:,.0f} s") from None
        finally:
            process.kill()
    if process.returncode != 0:
        lines = said.strip().splitlines()[-_LAST_LINES:]
        listed = "".join(f"\n  {line}" for line in lines)
        raise ReleaseRefusedError(
            f"the {what} could not be made (exit code {process.returncode}, with at most "
            f"{memory_mb} MB of memory):{listed}"
        )


def main(arguments: list[str]) -> None:
    """Write the page about tables and models: CANDIDATE WORK OUT."""
    from dbt_project.docs import write_docs

    candidate, work, out = map(Path, arguments)
    write_docs(candidate, work, out)


if __name__ == "__main__":
    main(sys.argv[1:])
