"""Change the parts of a workbook, as a publisher's program or an attacker would."""

from __future__ import annotations

import warnings
import zipfile
from collections.abc import Mapping
from pathlib import Path

SHEET1 = "xl/worksheets/sheet1.xml"


def parts(path: Path) -> dict[str, bytes]:
    """Return every part of a zipped workbook."""
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def put(path: Path, changed: Mapping[str, bytes]) -> Path:
    """Write the workbook again with parts replaced or added."""
    return pack(path, list((parts(path) | dict(changed)).items()))


def pack(path: Path, members: list[tuple[str, bytes]]) -> Path:
    """Write a zip of these members; one may come twice."""
    with warnings.catch_warnings(), zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        warnings.simplefilter("ignore", UserWarning)
        for name, content in members:
            archive.writestr(name, content)
    return path


def swap(path: Path, part: str, old: bytes, new: bytes) -> Path:
    """Replace text of one part; it has to be there."""
    content = parts(path)[part]
    assert old in content, f"{part} has no {old!r}"
    return put(path, {part: content.replace(old, new, 1)})
