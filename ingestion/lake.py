"""The lake: one Parquet file for each file read, of observations or records, and their index."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path, PurePath

import polars as pl

from ingestion.catalogue import SET_ASIDE, Catalogue, LandedFile, Reading
from ingestion.evidence import Evidence, known_on
from ingestion.period import later

INDEX = "source_file.parquet"
OBSERVATIONS, RECORDS = "observations", "records"
SHAPE = "shape.parquet"
"""An empty file with the columns of a record return."""

_COLUMNS: dict[str, pl.DataType | type[pl.DataType]] = {
    "source_sha256": pl.String,
    "file_name": pl.String,
    "bytes": pl.Int64,
    "state": pl.String,
    "return_id": pl.String,
    "layout_id": pl.String,
    "period_type": pl.String,
    "period_start": pl.Date,
    "period_end": pl.Date,
    "first_published_on": pl.Date,
    "revised_on": pl.Date,
    "published_on": pl.Date,
    "publisher_status": pl.String,
    "reason": pl.String,
    "sheet": pl.String,
    "cell": pl.String,
    "observations": pl.Int64,
    "is_synthetic": pl.Boolean,
    "definition_fingerprint": pl.String,
    "lake_path": pl.String,
    "landed_seq": pl.Int64,
    "known_on": pl.Date,
    "known_by": pl.String,
    "url": pl.String,
    "landing_page": pl.String,
    "fetched_at": pl.Datetime("us", "UTC"),
}

INDEX_SCHEMA = pl.Schema(_COLUMNS)


def lake_path(return_id: str, sha256: str, fingerprint: str, *, is_record: bool = False) -> str:
    """Return a lake file's place, relative to the lake."""
    kind = RECORDS if is_record else OBSERVATIONS
    return f"{kind}/{return_id}/{sha256}-{fingerprint}.parquet"


def write_shapes(lake: Path, shapes: Mapping[str, pl.Schema]) -> None:
    """Write an empty file for each record return, so that its columns are known without files."""
    for return_id, schema in shapes.items():
        write_parquet(pl.DataFrame(schema=schema), lake / RECORDS / return_id / SHAPE)


def write_parquet(frame: pl.DataFrame, path: Path) -> None:
    """Write a lake file; it has its name only when it is whole and on disk."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(f".part-{os.getpid()}")
    try:
        frame.write_parquet(part, compression="zstd", compression_level=1, statistics=False)
        with part.open("rb") as file:
            os.fsync(file.fileno())
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def write_index(lake: Path, catalogue: Catalogue) -> pl.DataFrame:
    """Write the index of all landed files and how they were read; returns it."""
    readings, evidence = catalogue.readings(), catalogue.evidence()
    rows = [
        _row(file, readings[file.sha256], evidence[file.sha256])
        for file in catalogue.landed()
        if file.sha256 in readings
    ]
    index = pl.DataFrame(rows, schema=INDEX_SCHEMA, orient="row")
    write_parquet(index, lake / INDEX)
    return index


def _public_name(file: LandedFile, reading: Reading) -> str:
    """The name that readers of the marts see; a file set aside has none, as that may be why it is.

    `joinedup files` has it.
    """
    if reading.fingerprint != SET_ASIDE:
        return file.file_name
    return f"{file.sha256[:12]}{PurePath(file.file_name).suffix}"


def _row(file: LandedFile, reading: Reading, evidence: Evidence) -> tuple[object, ...]:
    published_on = later(reading.first_published_on, reading.revised_on)
    return (
        file.sha256,
        _public_name(file, reading),
        file.bytes,
        reading.state,
        reading.return_id,
        reading.layout_id,
        reading.period_type if reading.state == "read" else None,
        reading.period_start,
        reading.period_end,
        reading.first_published_on,
        reading.revised_on,
        published_on,
        reading.publisher_status,
        reading.reason,
        reading.sheet,
        reading.cell,
        reading.observations,
        reading.is_synthetic,
        reading.fingerprint,
        reading.lake_path,
        file.landed_seq,
        *known_on(published_on, evidence),
        evidence.url,
        evidence.landing_page,
        evidence.fetched_at,
    )
