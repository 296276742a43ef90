"""Long observations: one row for each figure of a return, with its cell."""

from __future__ import annotations

import polars as pl

SCHEMA = pl.Schema(
    {
        "return_id": pl.String,
        "layout_id": pl.String,
        "table_id": pl.String,
        "period_type": pl.String,
        "period_start": pl.Date,
        "period_end": pl.Date,
        "subject_type": pl.String,
        "subject_code": pl.String,
        "subject_name": pl.String,
        "subject_ons_code": pl.String,
        "parent_code": pl.String,
        "parent_name": pl.String,
        "measure": pl.String,
        "breakdown": pl.String,
        "value": pl.Float64,
        "raw_text": pl.String,
        "value_status": pl.String,
        "unit": pl.String,
        "is_control_total": pl.Boolean,
        "source_sha256": pl.String,
        "source_sheet": pl.String,
        "source_row": pl.Int32,
        "source_column": pl.String,
    }
)
"""Columns and types of a lake file; `source_row` counts from 1, `period_end` is a last day.

Texts that repeat are kept as a list of the texts and a number for each row, which readers of
Parquet see as text.
"""
