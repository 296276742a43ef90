"""Other versions of DuckDB read a release: the first that can, one between, and the newest."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from publishing.pointer import Release

HERE = Path(__file__).parent
CACHE = "OTHER_DUCKDB"
"""Folder that keeps the versions from one run to the next."""


def installed(version: str, folder: Path) -> Path:
    """Give a folder with this version of DuckDB, from the index that pip is set to."""
    place = Path(os.environ.get(CACHE) or folder) / version
    if not (place / "duckdb").is_dir():
        told = subprocess.run(
            [
                *(sys.executable, "-m", "pip", "install", "--quiet", "--no-deps"),
                *("--only-binary=:all:", f"--target={place}", f"duckdb=={version}"),
            ],
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        if told.returncode != 0:
            pytest.skip(f"pip has no duckdb {version}: {told.stderr.strip()[-200:]}")
    return place


@pytest.mark.long
@pytest.mark.parametrize("version", ["1.0.0", "1.4.0", duckdb.__version__])
def test_another_duckdb_reads_database_parquet_and_csv(
    small_release: Release, tmp_path: Path, version: str
) -> None:
    """Given a release, and another version of DuckDB in a process without this project
    When it reads every mart in each form
    Then all are there, with the manifest's rows, and the three forms hold the same.
    """
    place = installed(version, tmp_path) if version != duckdb.__version__ else None
    ran = subprocess.run(
        [sys.executable, str(HERE / "other_duckdb.py"), str(small_release.path), version],
        env={"PYTHONPATH": str(place)} if place else {},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    found = json.loads(ran.stdout)
    assert found.keys() == small_release.manifest.tables.keys()
    for name, table in small_release.manifest.tables.items():
        of_database, of_parquet, of_csv = found[name].values()
        assert of_database[0] == table.rows
        assert of_database == of_parquet == of_csv, name
