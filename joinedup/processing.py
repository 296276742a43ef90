"""The record of processing, with what the warehouse holds of every return."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ingestion.processing import Grounds

DOCUMENT = "processing.json"


def processing_record(catalogue: Path, grounds: Grounds | None = None) -> dict[str, Any]:
    """Return the record with what the warehouse of a catalogue holds of each return."""
    from ingestion.catalogue import Catalogue
    from ingestion.definition import load_definitions
    from ingestion.processing import held_by_return, load_grounds, processing_document

    definitions = load_definitions()
    with Catalogue(catalogue) as opened:
        held = held_by_return(opened)
    return processing_document(definitions, grounds or load_grounds(definitions), held)


def write_processing(
    catalogue: Path, quality: Path, late_from: Mapping[str, date | None] | None = None
) -> Path:
    """Write the record into the folder of an audit's results, so that it is released with them.

    With `late_from`, each return also has the day from which what is not held of it is late, by
    its publisher's own dates; None where nothing is awaited.
    """
    path = quality / DOCUMENT
    record = processing_record(catalogue)
    if late_from is not None:
        for entry in record["returns"]:
            day = late_from.get(entry["return"])
            entry["late_from"] = day.isoformat() if day else None
    text = json.dumps(record, indent=1, ensure_ascii=False) + "\n"
    path.write_text(text, encoding="utf-8")
    return path


def late_from_of(candidate: Path) -> dict[str, date | None]:
    """Return the day from which each return is late, as the candidate's audit goes by it."""
    from publishing.mart_tables import open_read_only

    with open_read_only(candidate) as connection:
        rows = connection.execute("SELECT return_id, late_from FROM history.cadence").fetchall()
    return dict(rows)
