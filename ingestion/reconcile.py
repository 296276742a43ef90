"""A file's own arithmetic: parts and totals, rows and control totals, children and parents."""

from __future__ import annotations

import polars as pl

from ingestion.definition import (
    Check,
    ChildrenAddUp,
    Definition,
    PartsAddUp,
    PerCalendarDay,
    RowsAddUp,
    SameRows,
)
from ingestion.untrusted import UntrustedFileError

TOLERANCE = 1e-6
"""Relative to the larger of the two sums: enough for binary fractions, for nothing else."""

ROW = ["table_id", "source_sheet", "source_row", "period_start", "measure"]


def check_arithmetic(definition: Definition, frame: pl.DataFrame) -> None:
    """Run the definition's checks on a file's observations.

    Raises `UntrustedFileError` at the first cell that does not agree, with both figures.
    """
    for check in definition.checks:
        _run(check, frame)


def _run(check: Check, frame: pl.DataFrame) -> None:
    match check:
        case PartsAddUp():
            _parts_add_up(_of(frame, check.tables))
        case RowsAddUp():
            _rows_add_up(_of(frame, check.tables))
        case SameRows():
            _same_rows(_of(frame, check.tables), check.tables)
        case PerCalendarDay():
            _per_calendar_day(_of(frame, check.tables), check)
        case ChildrenAddUp():
            _children_add_up(frame, check)


def _of(frame: pl.DataFrame, tables: list[str]) -> pl.DataFrame:
    return frame.filter(pl.col("table_id").is_in(tables))


def _parts_add_up(frame: pl.DataFrame) -> None:
    parts = frame.filter(pl.col("breakdown") != "").group_by(ROW).agg(_sum())
    totals = frame.filter(pl.col("breakdown") == "")
    _refuse(totals.join(parts, on=ROW), "the parts of the row add up to")


def _rows_add_up(frame: pl.DataFrame) -> None:
    column = ["table_id", "period_start", "source_column"]
    rows = (
        frame.filter(~pl.col("is_control_total")).group_by(column).agg(_sum(), pl.len().alias("n"))
    )
    totals = frame.filter(pl.col("is_control_total"))
    wanted = frame.select("table_id", "source_sheet").unique()
    for table_id, sheet in wanted.sort("table_id").iter_rows():
        if totals.filter(pl.col("table_id") == table_id).is_empty():
            raise UntrustedFileError("The row of the control total is missing.", sheet=sheet)
    _refuse(totals.join(rows, on=column), "the rows of the column add up to")


def _per_calendar_day(frame: pl.DataFrame, check: PerCalendarDay) -> None:
    """A month given the wrong name shows here, where the publisher divided by its days."""
    key = ["table_id", "source_row", "period_start", "breakdown"]
    days = (pl.col("period_end") - pl.col("period_start")).dt.total_days() + 1
    whole = frame.filter(pl.col("measure") == check.of).select(
        *key, (pl.col("value") / days).alias("sum")
    )
    printed = frame.filter(pl.col("measure") == check.measure)
    _refuse(printed.join(whole, on=key), f"{check.of} divided by the days of the month is")


def _children_add_up(frame: pl.DataFrame, check: ChildrenAddUp) -> None:
    key = ["parent", "period_start", "measure", "breakdown"]
    figures = frame.filter(~pl.col("is_control_total"))
    children = (
        figures.filter(pl.col("table_id") == check.children)
        .with_columns(parent=pl.coalesce("parent_code", "subject_code"))
        .group_by(key)
        .agg(_sum())
    )
    parents = figures.filter(pl.col("table_id") == check.parents).with_columns(
        parent=pl.col("subject_code")
    )
    orphans = children.join(parents, on=key, how="anti")
    if not orphans.is_empty():
        parent = orphans.sort("parent")["parent"][0]
        raise UntrustedFileError(
            f"Rows name the parent '{parent}', which has no row of its own.",
            sheet=parents["source_sheet"][0],
        )
    _refuse(
        parents.join(children, on=key, how="left").with_columns(pl.col("sum").fill_null(0.0)),
        "the rows under it add up to",
    )


def _same_rows(frame: pl.DataFrame, tables: list[str]) -> None:
    first, *others = tables
    key = ["subject_code", "period_start", "measure"]
    totals = frame.filter(pl.col("breakdown") == "")
    base = totals.filter(pl.col("table_id") == first)
    for other in others:
        # Tables that do not give a measure at all are not compared on it.
        table = totals.filter(pl.col("table_id") == other)
        shared = base.filter(pl.col("measure").is_in(table["measure"].unique().implode()))
        _refuse_lost_row(shared, table, key)
        _refuse_lost_row(table, shared, key)
        beside = shared.select(*key, pl.col("value").alias("sum"))
        _refuse(table.join(beside, on=key), f"sheet '{base['source_sheet'][0]}' says")


def _refuse_lost_row(have: pl.DataFrame, lacking: pl.DataFrame, key: list[str]) -> None:
    lost = have.join(lacking, on=key, how="anti")
    if not lost.is_empty():
        row = lost.row(0, named=True)
        name = row["subject_name"] or row["subject_code"]
        raise UntrustedFileError(
            f"'{name}' ({row['subject_code'] or 'control total'}) has a row for "
            f"{row['period_start']:%B %Y} on sheet '{row['source_sheet']}' and none here.",
            sheet=lacking["source_sheet"][0] if len(lacking) else "",
        )


def _sum() -> pl.Expr:
    """Sum the figures; a part that is not given makes the sum unknown, never short."""
    known = pl.col("value").is_not_null().all()
    return pl.when(known).then(pl.col("value").sum()).otherwise(None).alias("sum")


def _refuse(compared: pl.DataFrame, words: str) -> None:
    """Raise for the first cell whose `value` differs from `sum`; unknown ones are let be."""
    size = pl.max_horizontal(pl.col("value").abs(), pl.col("sum").abs(), pl.lit(1.0))
    wrong = compared.filter((pl.col("value") - pl.col("sum")).abs() > TOLERANCE * size)
    if wrong.is_empty():
        return
    row = wrong.sort("table_id", "source_row", "source_column").row(0, named=True)
    name = row["subject_name"] or row["subject_code"]
    others = f" {len(wrong) - 1} more cells disagree." if len(wrong) > 1 else ""
    raise UntrustedFileError(
        f"{name} says {row['value']:,g} and {words} {row['sum']:,g}.{others}",
        sheet=row["source_sheet"],
        cell=f"{row['source_column']}{row['source_row']}",
        mend="Compare the file with the publisher's copy; a row or a figure is lost or changed.",
    )
