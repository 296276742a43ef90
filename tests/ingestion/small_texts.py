"""A small text return of three rows, and its definition, which a test may change."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from ingestion.definition import Definition, load_definition
from ingestion.reader import ReadFile, read_file

BEDS = """
return: beds
title: Beds
publisher: A publisher
licence: OGL-UK-3.0
landing_page: https://www.example.org/
link: "beds*"
cadence: {every: month, published_after_days: 0, first: 2024-04}
recognise: {text: ["Beds *"]}
period: {text: "Beds in {month}"}
markers: {"*": suppressed, "[c]": suppressed, "[x]": missing, "[z]": not_applicable,
  "..": not_collected}
measures:
  beds: {unit: beds, is_whole: true}
  occupancy: {unit: proportion, maximum: 1}
  spending: {unit: gbp_thousand}
tables:
  council: {subject: {kind: council}, control_total: {name: England}}
row_headings:
  council: {Council: name, Code: code, Region: parent_name}
column_headings:
  figures:
    Beds: {measure: beds}
    Occupied: {measure: occupancy}
    Spending (£ thousand): {measure: spending}
layouts:
  any:
    tables: {council: {rows: council, columns: [figures]}}
checks:
  - {check: rows_add_up_to_control_total, tables: [council], measures: [beds, spending]}
"""
TITLE = "Beds in April 2024"
HEADINGS = ["Council", "Code", "Region", "Beds", "Occupied", "Spending (£ thousand)"]
ENGLAND = ["England", "-", "", "30", "0.9", "3000"]
DERBYSHIRE = ["Derbyshire", "506", "East Midlands", "20", "0.85", "2000"]
DERBY = ["Derby UA", "507", "East Midlands", "10", "0.95", "1000"]
ROWS = [ENGLAND, DERBYSHIRE, DERBY]
FIRST_ROW = 3
"""Number, from 1, of the first row below the headings."""

Rows = Sequence[Sequence[str]]


def defined(folder: Path, changes: Mapping[str, Any] | None = None) -> dict[str, Definition]:
    """Load the definition, with some of its keys changed; a dict changes what is within."""
    path = folder / "beds.yml"
    raw = _changed(yaml.safe_load(BEDS), changes or {})
    path.write_text(yaml.safe_dump(raw, allow_unicode=True), encoding="utf-8")
    return {"beds": load_definition(path)}


def _changed(raw: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    within = {
        key: _changed(raw[key], value)
        if isinstance(value, dict) and isinstance(raw.get(key), dict)
        else value
        for key, value in changes.items()
    }
    return {**raw, **within}


def written(rows: Rows) -> str:
    """Return rows as the text of a CSV file; a row of no cells is a blank line."""
    out = io.StringIO(newline="")
    csv.writer(out).writerows(rows)
    return out.getvalue()


def with_cell(heading: str, text: str, *, of: Sequence[str] = DERBY) -> list[list[str]]:
    """Return the three rows with another text in one cell."""
    rows = [list(row) for row in ROWS]
    rows[ROWS.index(list(of))][HEADINGS.index(heading)] = text
    return rows


def read(
    folder: Path,
    rows: Rows = ROWS,
    *,
    headings: Sequence[str] = HEADINGS,
    above: Rows = ((TITLE,),),
    changes: Mapping[str, Any] | None = None,
    name: str = "beds.csv",
) -> ReadFile:
    """Write a file with a title above its table and read it; it has to be recognised."""
    path = folder / name
    path.write_text(written([*above, headings, *rows]), encoding="utf-8", newline="")
    found = read_file(path, "0" * 64, name, defined(folder, changes))
    assert found is not None
    return found
