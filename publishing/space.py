"""Room on the disk, looked at before something long is begun."""

from __future__ import annotations

import shutil
from pathlib import Path

from publishing.pointer import BrokenReleaseError, ReleaseError, current_release

SPACE_FACTOR = 3
"""What is written, its spilled rows, and as much again for what else grows meanwhile."""

RELEASE_FACTOR = 4
"""A candidate of 153 MB makes a release of some 400: 230 of CSV, 54 of marts, 20 of Parquet, and
pages. The rest is for rows spilled while it is written, and for what else grows."""

_CANDIDATE_OF_MARTS = 3
"""A candidate holds the staging and intermediate tables too: 161 MB beside 54 MB of marts."""

_CANDIDATE_OF_LAKE = 8
"""The same 161 MB came of a lake of 24 MB of Parquet."""


class NotEnoughSpaceError(ReleaseError):
    """The disk could not hold what is to be made."""


def require_space(folder: Path, size: int, what: str, factor: int = SPACE_FACTOR) -> None:
    """Raise NotEnoughSpaceError, with both sizes, unless there is so many times room for a file."""
    needed = factor * size
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise NotEnoughSpaceError(
            f"{free / 1e6:,.0f} MB free at {folder}, {what} needs {needed / 1e6:,.0f} MB: "
            "remove old releases (joinedup releases prune) or give it a larger disk"
        )


def require_space_to_release(releases: Path, candidate: Path) -> None:
    """Raise NotEnoughSpaceError unless there is room for a release of this candidate."""
    size = candidate.stat().st_size
    require_space(releases, size, "a release of this candidate", RELEASE_FACTOR)


def require_space_to_build(candidates: Path, lake: Path, releases: Path) -> None:
    """Raise NotEnoughSpaceError unless there is room for a candidate, before it is built.

    How large it will be is judged by the lake, and by the release that stands.
    """
    in_lake = sum(path.stat().st_size for path in lake.rglob("*.parquet"))
    try:
        standing = current_release(releases)
        released = 0 if standing is None else standing.manifest.files["marts.duckdb"].bytes
    except (BrokenReleaseError, KeyError):
        released = 0
    candidate = max(_CANDIDATE_OF_LAKE * in_lake, _CANDIDATE_OF_MARTS * released)
    candidates.mkdir(parents=True, exist_ok=True)
    require_space(candidates, candidate, "the new warehouse")
