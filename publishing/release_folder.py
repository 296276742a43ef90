"""The folder of a release: written beside the others, read back, sealed, and renamed when whole."""

from __future__ import annotations

import platform
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import duckdb

from publishing.beside import DATABASE as BESIDE
from publishing.beside import FILES, TABLES, attach_beside
from publishing.exports.csv_files import FOLDER as CSV
from publishing.exports.csv_files import csv_path, heading_of, read_back, write_csv
from publishing.exports.descriptions import write_descriptions
from publishing.exports.released import Mart, Released, sources_of
from publishing.manifest import (
    MANIFEST_NAME,
    FileEntry,
    Manifest,
    TableEntry,
    manifest_text,
    seal,
    sha256_of,
)
from publishing.mart_tables import (
    SCHEMA,
    STORAGE_VERSION,
    Config,
    Contents,
    Table,
    attached_storage_version,
    contents,
    copy_table,
    describe,
    differences,
    lock_down,
    quoted,
    text_literal,
)
from publishing.pointer import (
    MARTS_NAME,
    ReleaseError,
    ReleaseRefusedError,
    files_under,
    fsync,
)
from publishing.scorecard.facts import ReleaseFacts

_VERSIONED = ("joinedup", "duckdb", "dbt-core", "dbt-duckdb", "great-expectations")

Report = Callable[[str, int, int], None]
"""Told what is being done, how much of it is done, and how much there is."""

Scan = Callable[[Path, Sequence[str]], Sequence[str]]
"""Looks through a folder that is to be released, with these marts; gives what must not go out.

What it says is shown and logged, so it names a place and never what stands there.
"""

Pages = Callable[[Path, ReleaseFacts], None]
"""Makes the pages of a folder that is to be released, from the marts in it.

Raises ReleaseRefusedError, with the reason, where they cannot be made.
"""


@dataclass(frozen=True)
class Plan:
    """One release to be made: from what, where, under which name. `memory` is DuckDB's limit."""

    candidate: Path
    quality: Path
    releases: Path
    release_id: str
    made_at: datetime
    run_id: str
    inputs_fingerprint: str
    previous: str | None
    returns: Mapping[str, object]
    memory: str
    report: Report
    as_at: date | None = None
    code_fingerprint: str | None = None
    scan: Scan | None = None
    pages: Pages | None = None

    @property
    def partial(self) -> Path:
        """The folder while it is being written."""
        return self.releases / f".{self.release_id}.partial"

    @property
    def folder(self) -> Path:
        """The folder once it is whole."""
        return self.releases / self.release_id


def make_folder(plan: Plan, tables: list[Table], expected: dict[str, Contents]) -> None:
    """Write, check, seal and rename one release folder; a failure leaves nothing behind."""
    try:
        for name in ("parquet", CSV):
            (plan.partial / name).mkdir(parents=True)
        _write_tables(plan, tables)
        is_synthetic = _check_tables(plan, tables, expected)
        _copy_quality(plan)
        facts = _facts(plan, is_synthetic=is_synthetic)
        _describe(plan, tables, expected, facts)
        if plan.pages is not None:
            plan.pages(plan.partial, facts)
        plan.report("pages written", 2 * len(tables) + 1, _parts(tables))
        _scan(plan, tables)
        _write_manifest(plan, tables, expected, facts)
        _settle(plan.partial)
        plan.report("looked through", _parts(tables), _parts(tables))
        plan.partial.rename(plan.folder)
        fsync(plan.releases)
    except BaseException:
        shutil.rmtree(plan.partial, ignore_errors=True)
        raise


def _parts(tables: list[Table]) -> int:
    """Of how many parts is told: tables written, tables checked, pages, and the look through."""
    return 2 * len(tables) + 2


def _write_tables(plan: Plan, tables: list[Table]) -> None:
    """Write `marts.duckdb`, and Parquet and CSV for each table, rows in one fixed order."""
    marts = text_literal(str(plan.partial / MARTS_NAME))
    with attached(plan.candidate, plan.memory, spill=plan.partial / ".spill") as connection:
        connection.execute(f"ATTACH {marts} AS released (STORAGE_VERSION '{STORAGE_VERSION}')")
        connection.execute(f"CREATE SCHEMA released.{SCHEMA}")
        attach_beside(connection, plan.quality)
        for done, table in enumerate(tables, start=1):
            copy_table(connection, table, source_of(table), "released")
            parquet = text_literal(str(_parquet(plan.partial, table)))
            released = in_database("released", table)
            connection.execute(
                f"COPY (FROM {released}) TO {parquet} (FORMAT parquet, COMPRESSION zstd)"
            )
            write_csv(connection, released, table, csv_path(plan.partial, table.name))
            plan.report("tables written", done, _parts(tables))
        connection.execute("CHECKPOINT released")
        connection.execute("DETACH released")
    shutil.rmtree(plan.partial / ".spill", ignore_errors=True)


def _check_tables(plan: Plan, tables: list[Table], expected: dict[str, Contents]) -> bool:
    """Read back what was written, as a reader would, and compare it with the candidate.

    Says whether any of it is synthetic.
    """
    path = plan.partial / MARTS_NAME
    if path.with_name(path.name + ".wal").exists():
        raise ReleaseError(f"{MARTS_NAME} was not checkpointed")
    config: Config = {"memory_limit": plan.memory, "temp_directory": ""}
    with duckdb.connect(config=config) as files:
        lock_down(files, plan.partial)
        files.execute(f"ATTACH {text_literal(str(path))} AS released (READ_ONLY)")
        found_version = attached_storage_version(files, "released")
        if found_version.rstrip("+") != STORAGE_VERSION:
            raise ReleaseError(f"{MARTS_NAME} has storage version {found_version}")
        if describe(files, "released") != tables:
            raise ReleaseError(f"{MARTS_NAME} lost a type, a constraint or a comment")
        for done, table in enumerate(tables, start=1):
            found = contents(files, in_database("released", table), table)
            if found != expected[table.name]:
                raise ReleaseError(
                    f"{table.name} in {MARTS_NAME} differs from the candidate: {found.rows} rows "
                    f"against {expected[table.name].rows}, or other values"
                )
            _check_files(plan, files, table)
            plan.report("tables checked", len(tables) + done, _parts(tables))
        return _is_synthetic(files)


def _check_files(plan: Plan, files: duckdb.DuckDBPyConnection, table: Table) -> None:
    """Compare a mart's Parquet and CSV with the database, which is known to be right."""
    path = csv_path(plan.partial, table.name)
    if heading_of(path) != [column.name for column in table.columns]:
        raise ReleaseError(f"{path.name} has another heading than {table.name} has columns")
    parquet = f"read_parquet({text_literal(str(_parquet(plan.partial, table)))})"
    copies = {"Parquet": parquet, "CSV": read_back(path, table)}
    for name, problem in differences(files, in_database("released", table), copies).items():
        raise ReleaseError(f"{table.name} in {name} differs from {MARTS_NAME}: {problem}")


def _copy_quality(plan: Plan) -> None:
    """Copy the audit's results, but for the tables beside them, which are marts by now."""
    shutil.copytree(
        plan.quality,
        plan.partial / "quality",
        copy_function=shutil.copyfile,
        ignore=shutil.ignore_patterns(*FILES),
    )


def _facts(plan: Plan, *, is_synthetic: bool) -> ReleaseFacts:
    return ReleaseFacts(
        release_id=plan.release_id,
        made_at=plan.made_at,
        previous=plan.previous,
        as_at=plan.as_at,
        is_synthetic=is_synthetic,
        versions=_versions(),
    )


def _describe(
    plan: Plan, tables: list[Table], expected: dict[str, Contents], facts: ReleaseFacts
) -> None:
    """Write what says in open formats which files there are, and what they came from."""
    marts = [
        Mart(
            table=table,
            rows=expected[table.name].rows,
            csv=_file_entry(csv_path(plan.partial, table.name), expected[table.name].rows),
            parquet=_file_entry(_parquet(plan.partial, table), expected[table.name].rows),
        )
        for table in tables
    ]
    database = _file_entry(plan.partial / MARTS_NAME)
    sources = sources_of(plan.partial / "quality" / "processing.json")
    write_descriptions(plan.partial, Released(facts, marts, database, sources))


def _file_entry(path: Path, rows: int | None = None) -> FileEntry:
    return FileEntry(sha256=sha256_of(path), bytes=path.stat().st_size, rows=rows)


def _scan(plan: Plan, tables: list[Table]) -> None:
    """Refuse what must not go out, as it lies there for readers; before it has a manifest."""
    found = [] if plan.scan is None else plan.scan(plan.partial, [table.name for table in tables])
    if found:
        listed = "".join(f"\n  - {problem}" for problem in found)
        raise ReleaseRefusedError(f"what is to be released holds what must not go out:{listed}")


def _write_manifest(
    plan: Plan, tables: list[Table], expected: dict[str, Contents], facts: ReleaseFacts
) -> None:
    rows = {
        path: expected[table.name].rows
        for table in tables
        for path in (_parquet(plan.partial, table), csv_path(plan.partial, table.name))
    }
    files = {
        path.relative_to(plan.partial).as_posix(): _file_entry(path, rows.get(path))
        for path in files_under(plan.partial)
    }
    manifest = Manifest.model_validate(
        {
            "release_id": plan.release_id,
            "as_at": plan.as_at,
            "made_at": plan.made_at,
            "run_id": plan.run_id,
            "inputs_fingerprint": plan.inputs_fingerprint,
            "code_fingerprint": plan.code_fingerprint,
            "previous": plan.previous,
            "is_synthetic": facts.is_synthetic,
            "storage_version": STORAGE_VERSION,
            "versions": dict(facts.versions),
            "returns": dict(plan.returns),
            "tables": {table.name: _table_entry(table, expected) for table in tables},
            "files": files,
        }
    )
    text = manifest_text(seal(manifest))
    (plan.partial / MANIFEST_NAME).write_text(text, encoding="utf-8")


def _table_entry(table: Table, expected: dict[str, Contents]) -> TableEntry:
    found = expected[table.name]
    return TableEntry(rows=found.rows, columns=len(table.columns), content_sha256=found.sha256)


def _is_synthetic(connection: duckdb.DuckDBPyConnection) -> bool:
    """One synthetic file among those read makes the whole release synthetic."""
    row = connection.execute(
        "SELECT coalesce(bool_or(is_synthetic), false) FROM released.marts.source_file "
        "WHERE state = 'read'"
    ).fetchone()
    return bool(row and row[0])


def _versions() -> dict[str, str]:
    found = {"python": platform.python_version()}
    for package in _VERSIONED:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = "not installed"
    return found


def _settle(folder: Path) -> None:
    """Make every file read-only, and every file and folder durable, the inner ones first."""
    for path in files_under(folder):
        path.chmod(0o444)
        fsync(path)
    inner = sorted((path for path in folder.rglob("*") if path.is_dir()), reverse=True)
    for path in [*inner, folder]:
        fsync(path)


@contextmanager
def attached(
    candidate: Path, memory: str, spill: Path | None = None
) -> Iterator[duckdb.DuckDBPyConnection]:
    """Give a connection that sees the candidate, read-only, as database `candidate`."""
    config: Config = {
        "memory_limit": memory,
        "temp_directory": str(spill or ""),
    }
    with duckdb.connect(":memory:", config=config) as connection:
        connection.execute(f"ATTACH {text_literal(str(candidate))} AS candidate (READ_ONLY)")
        yield connection


def source_of(table: Table) -> str:
    """Name the attached database that a table of the release comes from."""
    return BESIDE if table.name in TABLES else "candidate"


def in_database(database: str, table: Table) -> str:
    """Name a mart table of an attached database, in SQL."""
    return f"{database}.{SCHEMA}.{quoted(table.name)}"


def _parquet(folder: Path, table: Table) -> Path:
    return folder / "parquet" / f"{table.name}.parquet"
