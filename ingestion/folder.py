"""Fetch from a folder: every file of the tree is landed, whatever it is called."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from ingestion.catalogue import Catalogue
from ingestion.landing import is_landed, land, landing_in_use, sha256_of

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


def require_folder(folder: Path) -> None:
    """Raise FileNotFoundError, with what is there instead, when there is no such folder."""
    if not folder.is_dir():
        what = "is a file, not a folder" if folder.exists() else "is not there"
        raise FileNotFoundError(
            f"There is no folder to fetch returns from: {folder} {what}. "
            "Give one that exists, for example make run RETURNS=path/to/returns."
        )


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

    Files hidden by a leading dot are passed over. Links that lead nowhere, out of the
    folder or to a folder, and files over the size limit, are left out and named.
    """
    require_folder(folder)
    files, left_out = _candidates(folder, max_file_mb)
    landed = known = 0
    with landing_in_use(landing):
        for done, path in enumerate(files, 1):
            name = _name(path, folder)
            try:
                if _land_one(path, name, landing, catalogue, run_id):
                    landed += 1
                else:
                    known += 1
            except PermissionError:
                left_out.append(f"{name}: may not be read")
            report("fetch", done, len(files))
    return Fetched(landed + known, landed, known, left_out)


def _name(path: Path, folder: Path) -> str:
    """Return a file's name in its folder; bytes that are no text are written as such."""
    name = path.relative_to(folder).as_posix()
    return name.encode("utf-8", "backslashreplace").decode("utf-8")


def _land_one(path: Path, name: str, landing: Path, catalogue: Catalogue, run_id: str) -> bool:
    sha256, size = sha256_of(path), path.stat().st_size
    if not is_landed(landing, sha256):
        sha256, size = land(path, landing)
    return catalogue.add_landed(sha256, size, name, run_id)


def _candidates(folder: Path, max_file_mb: int) -> tuple[list[Path], list[str]]:
    """Return the files to land, and a line for each thing of the tree that is passed over."""
    files: list[Path] = []
    left_out: list[str] = []
    root = folder.resolve()
    for path in _walk(folder):
        why = _why_not(path, root, max_file_mb)
        if why:
            left_out.append(f"{_name(path, folder)}: {why}")
        else:
            files.append(path)
    return files, left_out


def _why_not(path: Path, root: Path, max_file_mb: int) -> str:
    if path.is_symlink() and not path.exists():
        return "a link to nothing"
    if not path.resolve().is_relative_to(root):
        return "a link that leads out of the folder"
    if path.is_dir():
        return "a folder that may not be read" if not path.is_symlink() else "a link to a folder"
    if not path.is_file():
        return "not an ordinary file"
    if path.stat().st_size > max_file_mb * 1024 * 1024:
        return f"over {max_file_mb} MB (JOINEDUP_MAX_FILE_MB)"
    return ""


def _walk(folder: Path) -> Iterator[Path]:
    """Yield everything of a tree but plain folders and what is hidden by a leading dot."""
    for path in sorted(folder.rglob("*")):
        hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
        closed = path.is_dir() and not os.access(path, os.R_OK | os.X_OK)
        if not hidden and (path.is_symlink() or closed or not path.is_dir()):
            yield path
