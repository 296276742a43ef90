"""The publishers' own files: a look back, revisions counted again, and lineage both ways."""

from __future__ import annotations

import random
import shutil
from collections import Counter, defaultdict
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest

from publishing.mart_tables import STORAGE_VERSION, open_read_only
from publishing.period_names import Period
from publishing.pointer import Release, as_at_ids, find_release
from publishing.trace import cells, trace
from publishing.uses import uses
from tests.joinedup.conftest import Load, joinedup

pytestmark = pytest.mark.long

DAY = date(2017, 2, 8)
FOLDERS = ("delayed_transfers_la", "delayed_transfers_england", "monthly_activity_commissioner")


@pytest.fixture(scope="module")
def then(real_returns: Path, tmp_path_factory: pytest.TempPathFactory) -> Release:
    """Some returns as they were known on the day of the audit office's report."""
    base = tmp_path_factory.mktemp("then")
    for folder in FOLDERS:
        shutil.copytree(real_returns / folder, base / "returns" / folder)
    done = joinedup(base / "home", "run", "--as-at", str(DAY), "--returns", str(base / "returns"))
    assert done.code == 0, done.text
    (found,) = as_at_ids(base / "home" / "releases")
    return find_release(base / "home" / "releases", found)


def test_the_look_back_equals_a_load_of_what_was_known(
    then: Release, real_returns: Path, tmp_path: Path
) -> None:
    """Given only the real files published by the day, when loaded, then each table is equal."""
    with open_read_only(then.marts) as marts:
        known = marts.execute("select file_name, published_on from source_file").fetchall()
    assert len(known) > 60
    assert max(day for _, day in known) <= DAY
    for name, _ in known:
        (tmp_path / "returns" / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(real_returns / name, tmp_path / "returns" / name)
    known_then = ("--as-at", str(DAY), "--returns", str(tmp_path / "returns"))
    done = joinedup(tmp_path / "home", "run", *known_then)
    assert done.code == 0, done.text
    (found,) = as_at_ids(tmp_path / "home" / "releases")
    control = find_release(tmp_path / "home" / "releases", found)
    assert {**then.manifest.tables, "run": None} == {**control.manifest.tables, "run": None}


def test_the_look_back_knows_what_was_known(then: Release) -> None:
    """Given 2017, then 2014-15 is the published figure, and the series of 2020 is not heard of."""
    with open_read_only(then.marts) as marts:
        year = marts.execute(
            "select value from metric_value where metric_id = 'delayed_days' and "
            "area_code = 'E92000001' and period_start = date '2014-04-01' "
            "and period_type = 'financial_year'"
        ).fetchone()
        series = marts.execute(
            "select count(*) from source_file where return_id = 'delayed_transfers_england'"
        ).fetchone()
    assert (year, series) == ((1_624_977.0,), (0,))


FIGURE = (
    *("period_end", "subject_type", "subject_code", "is_control_total"),
    *("measure", "breakdown", "unit"),
)
PLACE = ("return_id", "table_id", "period_type", "period_start")
Place = tuple[Any, ...]
Held = dict[Place, tuple[float | None, str]]


def plain(path: Path) -> pl.DataFrame:
    """Read a lake file, its dictionaries as the texts they stand for."""
    frame = pl.read_parquet(
        path, columns=[*PLACE, *FIGURE, "source_sha256", "value", "value_status"]
    )
    return frame.with_columns(pl.col(pl.Enum, pl.Categorical).cast(pl.String))


def held_by_file(lake: Path) -> dict[Place, dict[str, Held]]:
    """The figures of each table and period that more than one file has: place → file → figures."""
    index = pl.read_parquet(lake / "source_file.parquet").filter(pl.col("state") == "read")
    paths = [path for path in index["lake_path"] if path.startswith("observations/")]
    frames = [plain(lake / path) for path in sorted(paths)]
    files = Counter(place for frame in frames for place in frame.select(PLACE).unique().iter_rows())
    found: dict[Place, dict[str, Held]] = defaultdict(lambda: defaultdict(dict))
    rows = (row for frame in frames for row in frame.iter_rows(named=True))
    for row in rows:
        place = tuple(row[name] for name in PLACE)
        if files[place] == 1:
            continue
        figure = tuple(row[name] for name in FIGURE)
        held = found[place][row["source_sha256"]]
        assert figure not in held
        held[figure] = (row["value"], row["value_status"])
    return found


def kind_of(old: tuple[float | None, str] | None, new: tuple[float | None, str] | None) -> str:
    """Say what became of a figure, from its value and status in two files."""
    if old is None or new is None:
        if (old or new or (None, ""))[0] is None:
            return "same"
        return "appeared" if old is None else "vanished"
    if old[0] is not None and new[0] is not None and abs(old[0] - new[0]) > 1e-6:
        return "changed"
    return "same" if old[1] == new[1] else "restatused"


def test_revisions_are_those_that_a_count_of_the_lake_finds(
    real_load: Load, real_marts: duckdb.DuckDBPyConnection
) -> None:
    """Given the real files, when successive ones are compared in Python, then as many revisions."""
    index = {
        row["source_sha256"]: (row["published_on"] or date.min, row["landed_seq"])
        for row in pl.read_parquet(real_load.home / "lake" / "source_file.parquet").iter_rows(
            named=True
        )
    }
    expected: Counter[tuple[str, str]] = Counter()
    for place, files in held_by_file(real_load.home / "lake").items():
        ordered = sorted(files, key=lambda sha: index[sha])
        for older, newer in pairwise(ordered):
            old, new = files[older], files[newer]
            kinds = (kind_of(old.get(name), new.get(name)) for name in {*old, *new})
            expected.update((place[0], kind) for kind in kinds if kind != "same")
    rows = real_marts.execute(
        "select return_id, kind, count(*) from revision group by all"
    ).fetchall()
    assert {(name, kind): count for name, kind, count in rows} == dict(expected)
    assert sum(expected.values()) > 2000


def test_a_trace_lists_a_file_where_the_file_lists_the_figure(real_release: Release) -> None:
    """Given sampled figures and files, then both ways of the lineage agree, on and off."""
    chance = random.Random(4)  # noqa: S311
    with open_read_only(real_release.marts) as marts:
        figures = marts.execute(
            "select metric_id, area_code, boundary, period_type, period_start from metric_value "
            "order by all"
        ).fetchall()
        files = marts.execute(
            "select source_sha256 from source_file where state = 'read' order by 1"
        ).fetchall()
    sampled = chance.sample(figures, 40)
    down: dict[Place, set[str]] = {}
    for figure in sampled:
        metric, area, boundary, period_type, start = figure
        period = Period(period_type, start).typed
        parts = trace(real_release, metric, area, period, boundary).parts
        down[figure] = {cell.source_sha256 for cell in cells(parts)}
    behind = sorted({sha for each in down.values() for sha in each})
    others = [sha for (sha,) in files if sha not in behind]
    for sha in [*chance.sample(behind, min(25, len(behind))), *chance.sample(others, 10)]:
        up = {
            (f.metric_id, f.area_code, f.boundary, f.period_type, f.period_start)
            for f in uses(real_release, sha).figures
        }
        assert {figure for figure in sampled if sha in down[figure]} == up & set(sampled)


def test_lineage_does_not_double_the_release(real_release: Release, tmp_path: Path) -> None:
    """Given the real release, when written without its lineage, then that is more than half."""
    path = tmp_path / "without.duckdb"
    with duckdb.connect() as connection:
        connection.execute(f"attach '{real_release.marts}' as whole (read_only)")
        connection.execute(f"attach '{path}' as rest (storage_version '{STORAGE_VERSION}')")
        for table in real_release.manifest.tables:
            if table != "lineage":
                query = f"select * from whole.marts.{table} order by all"  # noqa: S608
                connection.execute(f"create table rest.{table} as {query}")
        connection.execute("checkpoint rest")
    assert path.stat().st_size > real_release.marts.stat().st_size / 2
