"""Fetch from a folder: every file of the tree is landed, whatever it is called."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from ingestion.catalogue import Catalogue
from ingestion.landing import land, landed_path, sha256_of, sweep

Report = Callable[[str, int, int], None]
"""Tells progress: what, how many done, of how many."""


def silent(what: str, done: int, total: int) -> None:
    """Tell nobody."""


@dataclass(frozen=True)
class Fetched:
    """What a fetch found: files seen, landed anew, known before, and left out with reason."""

    seen: int
    landed: int
    known: int
    left_out: list[str]


def fetch_folder(
    folder: Path,
    landing: Path,
    catalogue: Catalogue,
    *,
    run_id: str,
    max_file_mb: int,
    report: Report = silent,
) -> Fetched:
    """Land each file of a folder; raises FileNotFoundError when there is no such folder.

    Hidden files, links that lead out of the folder, and files over the size limit
    are left out and named.
    """
    if not folder.is_dir():
        raise FileNotFoundError(
            f"There is no folder {folder} to fetch returns from. "
            "Give one that exists, for example make run RETURNS=path/to/returns."
        )
    landing.mkdir(parents=True, exist_ok=True)
    sweep(landing)
    files, left_out = _candidates(folder, max_file_mb)
    landed = 0
    for done, path in enumerate(files, 1):
        name = path.relative_to(folder).as_posix()
        landed += _land_one(path, name, landing, catalogue, run_id)
        report("fetch", done, len(files))
    return Fetched(len(files), landed, len(files) - landed, left_out)


def _land_one(path: Path, name: str, landing: Path, catalogue: Catalogue, run_id: str) -> bool:
    sha256, size = sha256_of(path), path.stat().st_size
    if not landed_path(landing, sha256).exists():
        sha256, size = land(path, landing)
    return catalogue.add_landed(sha256, size, name, run_id)


def _candidates(folder: Path, max_file_mb: int) -> tuple[list[Path], list[str]]:
    files: list[Path] = []
    left_out: list[str] = []
    root = folder.resolve()
    for path in _walk(folder):
        name = path.relative_to(folder).as_posix()
        if not path.resolve().is_relative_to(root):
            left_out.append(f"{name}: a link that leads out of the folder")
        elif path.stat().st_size > max_file_mb * 1024 * 1024:
            left_out.append(f"{name}: over {max_file_mb} MB (JOINEDUP_MAX_FILE_MB)")
        else:
            files.append(path)
    return files, left_out


def _walk(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.rglob("*")):
        hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
        if path.is_file() and not hidden:
            yield path
