"""What a release is made from, as one fingerprint: files read, models, checks and code."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import polars as pl

import joinedup
from joinedup.settings import PROJECT_ROOT

MADE_BY = ("dbt_project", "expectations", "publishing")
SUFFIXES = {".sql", ".yml", ".csv", ".py"}
MADE_ELSEWHERE = {"target", "logs", "__pycache__", "dbt_packages"}


def inputs_fingerprint(index: Path, root: Path = PROJECT_ROOT) -> str:
    """Return 64 hex digits that change when a release would be made from something else.

    `index` is the lake's `source_file.parquet`. Files that no definition recognises do
    not count: they change nothing in the marts' figures.
    """
    digest = hashlib.sha256(joinedup.__version__.encode())
    known = pl.read_parquet(index).filter(pl.col("state") != "unrecognised").sort("landed_seq")
    for row in known.select("source_sha256", "state", "definition_fingerprint").iter_rows():
        digest.update("|".join(str(part) for part in row).encode())
    for path in _code(root):
        digest.update(path.relative_to(root).as_posix().encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _code(root: Path) -> Iterator[Path]:
    for folder in MADE_BY:
        for path in sorted((root / folder).rglob("*")):
            if path.suffix in SUFFIXES and not MADE_ELSEWHERE.intersection(path.parts):
                yield path
