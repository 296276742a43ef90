"""The record of processing, with what the warehouse holds of every return."""

from __future__ import annotations

import json
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


def write_processing(catalogue: Path, quality: Path) -> Path:
    """Write the record into the folder of an audit's results, so that it is released with them."""
    path = quality / DOCUMENT
    text = json.dumps(processing_record(catalogue), indent=1, ensure_ascii=False) + "\n"
    path.write_text(text, encoding="utf-8")
    return path
