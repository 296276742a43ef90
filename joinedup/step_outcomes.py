"""What came of each step: how much it wrote, from which data and to which."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from ingestion.catalogue import Catalogue, LandedFile, Reading, StepAttempt
from joinedup.open_lineage import Data, Field
from joinedup.run_log import Came, Line, Result
from joinedup.settings import Settings


def came_of_fetching(
    _settings: Settings, catalogue: Catalogue, attempt: StepAttempt, result: Result
) -> Came:
    """Count the files that landed anew; their bytes, and no rows: they have not been read."""
    files = catalogue.landed_in(attempt.run_id, attempt.started_at)
    return Came(
        is_nothing_new=not result["landed"],
        bytes=sum(file.bytes for file in files),
        inputs=list(_published(files)),
        outputs=[_landed(file.sha256, file.bytes) for file in files],
        lines=[Line("file landed", {"sha256": file.sha256, "bytes": file.bytes}) for file in files],
    )


def came_of_reading(
    settings: Settings, catalogue: Catalogue, attempt: StepAttempt, result: Result
) -> Came:
    """Count the figures that were read now, and the bytes of the lake's files that hold them."""
    readings = catalogue.read_in(attempt.run_id, attempt.started_at)
    kept = [reading for reading in readings if reading.state == "read"]
    return Came(
        is_nothing_new=not result["anything_new"],
        rows=sum(reading.observations for reading in kept),
        bytes=sum(_size(settings.lake / one.lake_path) for one in kept if one.lake_path),
        inputs=[_landed(reading.sha256) for reading in readings],
        outputs=[_lake(result, rows=result["observations"])],
        lines=[_line(reading) for reading in readings],
    )


def came_of_building(
    _settings: Settings, catalogue: Catalogue, attempt: StepAttempt, result: Result
) -> Came:
    """Count the rows of the marts in the candidate, and the bytes of its file."""
    candidate = Path(result["candidate"])
    rows, size = _rows_in(candidate), _size(candidate)
    read = catalogue.steps(attempt.run_id).get("read_files", {})
    return Came(
        rows=rows,
        bytes=size,
        inputs=[_lake(read)],
        outputs=[_candidate(attempt, rows=rows, size=size)],
    )


def came_of_auditing(
    _settings: Settings, _catalogue: Catalogue, attempt: StepAttempt, result: Result
) -> Came:
    """Count the bytes of what the audit wrote."""
    files = (path for path in Path(result["quality"]).parent.rglob("*") if path.is_file())
    return Came(bytes=sum(map(_size, files)), inputs=[_candidate(attempt)])


def came_of_releasing(
    settings: Settings, _catalogue: Catalogue, attempt: StepAttempt, result: Result
) -> Came:
    """Count the rows of all marts of the release, and the bytes of the files in its manifest."""
    from publishing.mart_tables import describe, open_read_only
    from publishing.pointer import load_release

    release = load_release(settings.releases, result["release_id"])
    manifest = release.manifest
    with open_read_only(release.marts) as connection:
        shapes = {table.name: table.columns for table in describe(connection, "marts")}
    return Came(
        rows=sum(table.rows for table in manifest.tables.values()),
        bytes=sum(file.bytes for file in manifest.files.values()),
        inputs=[_candidate(attempt)],
        outputs=[
            Data(
                f"marts/{name}",
                version=release.id,
                rows=table.rows,
                fields=tuple(Field(one.name, one.type, one.comment) for one in shapes[name]),
            )
            for name, table in manifest.tables.items()
        ],
        lines=[Line("release made", {"release": release.id})],
    )


def _published(files: list[LandedFile]) -> Iterator[Data]:
    """Give the publishers' addresses that files came from; those of a folder have none."""
    for file in files:
        address = urlsplit(file.file_name)
        if address.scheme in ("http", "https"):
            yield Data(address.path, namespace=f"{address.scheme}://{address.netloc}")


def _landed(sha256: str, size: int | None = None) -> Data:
    return Data(f"landing/{sha256}", version=sha256, bytes=size)


def _lake(read: Result, rows: int | None = None) -> Data:
    return Data("lake", version=read.get("lake_fingerprint"), rows=rows)


def _candidate(attempt: StepAttempt, rows: int | None = None, size: int | None = None) -> Data:
    return Data("candidate", version=attempt.run_id, rows=rows, bytes=size)


def _line(reading: Reading) -> Line:
    """Say how a file was read; the reason of a quarantine may quote the file, and stays out."""
    facts: dict[str, Any] = {"sha256": reading.sha256, "return": reading.return_id}
    if reading.state == "quarantined":
        return Line("file quarantined", facts | {"cell": reading.cell}, logging.WARNING)
    return Line(f"file {reading.state}", facts | {"rows": reading.observations})


def _rows_in(candidate: Path) -> int:
    """Count the rows of the marts; DuckDB keeps the counts, so no row is looked at."""
    from publishing.mart_tables import describe, open_read_only, quoted

    with open_read_only(candidate) as connection:
        counts = (
            connection.execute(f"SELECT count(*) FROM {quoted(table.name)}").fetchone()  # noqa: S608 - names of our own
            for table in describe(connection, candidate.stem)
        )
        return sum(int(row[0]) for row in counts if row)


def _size(path: Path) -> int:
    return path.stat().st_size
