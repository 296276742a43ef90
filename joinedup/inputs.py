"""What a release is made from, as a fingerprint: files read, models, checks and code."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from importlib.metadata import version
from pathlib import Path

import polars as pl

import joinedup
from ingestion.held import held_fingerprint
from joinedup.settings import PROJECT_ROOT

MADE_BY = ("dbt_project", "expectations", "publishing")
FIGURES_MADE_BY = ("dbt_project", "ingestion")
"""What a figure depends on, besides the files: how they are read, and what is made of them."""

FIGURES_MADE_WITH = ("dbt-core", "dbt-duckdb", "duckdb")
MADE_WITH = ("dbt-core", "dbt-duckdb", "duckdb", "great-expectations")
SUFFIXES = {".sql", ".yml", ".csv", ".py"}
MADE_ELSEWHERE = {"target", "logs", "__pycache__"}


def lake_fingerprint(index: Path, as_at: date | None = None) -> str:
    """Return 64 hex digits that change when the lake holds other files, or read otherwise.

    `index` is the lake's `source_file.parquet`; cells held beside it count too. Files that no
    definition recognises do not: they change no figure. With `as_at`, only files known on that day
    count, so that what is published later changes nothing about that day; the day itself does.
    """
    digest = hashlib.sha256(f"as at {as_at}".encode() if as_at else b"")
    known = pl.read_parquet(index).filter(pl.col("state") != "unrecognised").sort("landed_seq")
    if as_at is not None:
        known = known.filter(pl.col("known_on") <= as_at)
    for row in known.select("source_sha256", "state", "definition_fingerprint").iter_rows():
        digest.update("|".join(str(part) for part in row).encode())
    digest.update(held_fingerprint(index.parent).encode())
    return digest.hexdigest()


def inputs_fingerprint(
    lake: str, root: Path = PROJECT_ROOT, *, decisions: Iterable[str] = ()
) -> str:
    """Return 64 hex digits that change when the lake, the models, checks or the code do.

    `lake` is the lake's fingerprint; `decisions` are what people decided, in words and in order.
    """
    tools = [f"{name} {version(name)}" for name in MADE_WITH]
    digest = hashlib.sha256("|".join([joinedup.__version__, lake, *tools]).encode())
    for decision in decisions:
        digest.update(hashlib.sha256(decision.encode()).digest())
    _add_code(digest, root)
    return digest.hexdigest()


def code_fingerprint(root: Path = PROJECT_ROOT) -> str:
    """Return 64 hex digits that change when what makes the figures does: definitions, models, code.

    A change of checks, pages or commands is none: it would explain no figure that changed.
    """
    tools = [f"{name} {version(name)}" for name in FIGURES_MADE_WITH]
    digest = hashlib.sha256("|".join(tools).encode())
    _add_code(digest, root, FIGURES_MADE_BY)
    return digest.hexdigest()


def _add_code(digest: hashlib._Hash, root: Path, folders: Sequence[str] = MADE_BY) -> None:
    for path in _code(root, folders):
        digest.update(path.relative_to(root).as_posix().encode())
        digest.update(path.read_bytes())


def _code(root: Path, folders: Sequence[str]) -> Iterator[Path]:
    for folder in folders:
        for path in sorted((root / folder).rglob("*")):
            if path.suffix in SUFFIXES and not MADE_ELSEWHERE.intersection(path.parts):
                yield path
