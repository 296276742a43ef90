"""What a load left behind that a retry could have lost or doubled, to hold two homes together.

A few real files are loaded, or made-up ones where the real ones are not at hand. With
`LIVE_RETURNS` set to a folder, such as ../shared/returns, all files of it are, which takes longer:

    LIVE_RETURNS=../shared/returns python -m pytest -m live tests/dags/test_live_kills.py
"""

from __future__ import annotations

import os
import shutil
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from publishing.pointer import current_release, verify
from tests.conftest import REAL_RETURNS
from tests.joinedup.conftest import joinedup, write_few_returns
from tests.made_once import made_once

FEW_FILES = (
    *(f"delayed_transfers_la/LA-Type-B_2015-{month:02d}.xls" for month in (4, 5, 6)),
    "delayed_transfers_england/*.xls",
    "monthly_activity_commissioner/MAR_Comm_2015-06.xls",
)

OF_THE_RUN = {"run", "quality_result"}
"""Marts that say when and how often something ran: no two loads agree in them."""

_LANDED = "select sha256, bytes, found_at from landed_file join sighting using (sha256) order by 1"
_READ = "select sha256, fingerprint, state, observations, lake_path from reading order by 1"


@dataclass(frozen=True)
class Books:
    """Every table of the release by its contents, each file landed and read, the lake's rows."""

    marts: dict[str, Any]
    landed: list[tuple[Any, ...]]
    readings: list[tuple[Any, ...]]
    lake: dict[str, int]
    releases: int
    unfinished: list[str]


def books_of(home: Path) -> Books:
    """Read what stands in a home; the release has to be whole."""
    release = current_release(home / "releases")
    assert release is not None
    assert verify(release) == []
    tables = release.manifest.tables
    assert tables["metric_value"].rows > 100
    lake = home / "lake" / "observations"
    with closing(sqlite3.connect(home / "catalogue.sqlite")) as catalogue:
        return Books(
            marts={name: tables[name] for name in tables.keys() - OF_THE_RUN},
            landed=catalogue.execute(_LANDED).fetchall(),
            readings=catalogue.execute(_READ).fetchall(),
            lake={
                str(path.relative_to(lake)): pl.scan_parquet(path).select(pl.len()).collect().item()
                for path in sorted(lake.rglob("*.parquet"))
            },
            releases=len(list((home / "releases").glob("2*"))),
            unfinished=[
                *(path.name for path in (home / "releases").glob(".*.partial")),
                *(path.name for path in (home / "landing").glob(".part-*")),
                *(path.name for path in (home / "candidates").glob("*.duckdb*")),
            ],
        )


def chosen_returns(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the folder to load: a few real files, made-up ones without those, or a named one."""
    if chosen := os.environ.get("LIVE_RETURNS"):
        return Path(chosen).resolve()

    def fill(base: Path) -> Path:
        if not REAL_RETURNS.is_dir():
            write_few_returns(base)
            return base
        for pattern in FEW_FILES:
            (found,) = REAL_RETURNS.glob(pattern)
            shutil.copyfile(found, base / found.name)
        return base

    return made_once(tmp_path_factory, "live_returns", fill)


def undisturbed_books(returns: Path, tmp_path_factory: pytest.TempPathFactory) -> Books:
    """Give what a load of that folder leaves that nothing happens to."""

    def load(base: Path) -> Books:
        done = joinedup(base / "home", "run", "--returns", str(returns))
        assert done.code == 0, done.text
        return books_of(base / "home")

    return made_once(tmp_path_factory, "undisturbed", load)
