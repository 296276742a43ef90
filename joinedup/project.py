"""The project whose definitions are written: that it is one, and that writing is all or nothing."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Mapping
from pathlib import Path

RETURNS = "ingestion/returns"
SEEDS = "dbt_project/seeds"
FOLDERS = (RETURNS, SEEDS, "dbt_project/models/staging", "expectations/suites")


class AuthoringError(Exception):
    """A definition cannot be compared, drafted or written; the text says why and what to do."""


def require_project(folder: Path) -> Path:
    """Return the folder of a project in full; raises AuthoringError for one that is none."""
    for name in FOLDERS:
        if not (folder / name).is_dir():
            raise AuthoringError(
                f"{folder} is not a project of joinedup: it has no folder {name}. "
                "Give the folder of a checkout with --project."
            )
    return folder.resolve()


def write_whole(project: Path, files: Mapping[str, str]) -> None:
    """Write files of a project, all of them or none; raises AuthoringError naming the path."""
    before = {name: _bytes(project / name) for name in files}
    try:
        for name, text in files.items():
            _write_part(project / name, text)
        for name in files:
            _part(project / name).replace((project / name).resolve())
    except OSError as error:
        _put_back(project, before)
        raise AuthoringError(
            f"{error.filename} cannot be written: {error.strerror}. Nothing was changed."
        ) from error
    finally:
        for name in files:
            _part(project / name).unlink(missing_ok=True)


def _put_back(project: Path, before: Mapping[str, bytes | None]) -> None:
    """Make files as they were; those that cannot be written were not changed."""
    for name, content in before.items():
        path = project / name
        if content is None:
            path.unlink(missing_ok=True)
        elif path.read_bytes() != content:
            path.write_bytes(content)


def _write_part(path: Path, text: str) -> None:
    """Write a file under another name beside it, with its mode; a read-only one is refused."""
    part = _part(path)
    part.write_bytes(text.encode("utf-8"))
    if path.exists():
        if not os.access(path, os.W_OK):
            raise PermissionError(errno.EACCES, "it is read-only", str(path))
        shutil.copymode(path, part)


def _part(path: Path) -> Path:
    path = path.resolve()
    return path.with_name(f".{path.name}.part-{os.getpid()}")


def _bytes(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise AuthoringError(f"{path} cannot be read: {error.strerror}.") from error


def counted(number: int, what: str) -> str:
    """Say how many there are: `1 file`, `2 files`."""
    return f"{number:,} {what}{'' if number == 1 else 's'}"
