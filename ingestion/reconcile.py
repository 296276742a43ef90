"""A file's own arithmetic: parts and totals, rows and control totals, children and parents."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import polars as pl

from ingestion.definition import Definition, KnownDifference
from ingestion.figures import STATUSES, Figures
from ingestion.file_checks import (
    Check,
    ChildrenAddUp,
    Difference,
    PartsAddUp,
    PerCalendarDay,
    RowsAddUp,
    SameRows,
    TablesAddUp,
)
from ingestion.listed import Listed
from ingestion.untrusted import UntrustedFileError

TOLERANCE = 1e-6
"""Relative to the larger of the two sums: enough for binary fractions, for nothing else."""

COMPARED = "Compare the file with the publisher's copy; a row or a figure is lost or changed."
WHEN = ["period_start", "period_type"]


def check_arithmetic(definition: Definition, figures: Figures, sha256: str) -> list[str]:
    """Run the definition's checks on a file's figures; returns notes on known differences.

    Raises `UntrustedFileError` at the first cell that does not agree, with both figures,
    and for a known difference that is there no more.
    """
    if not definition.checks:
        return []
    frame = _frame(figures)
    known = [one for one in definition.known_differences if one.sha256 == sha256]
    met: list[KnownDifference] = []
    for check in definition.checks:
        for compared, words, tolerance in _compared(check, frame):
            _refuse(compared, words, tolerance, known, met)
    for one in known:
        if one not in met:
            raise UntrustedFileError(
                f"A known difference is declared here ({one.says:,g} against "
                f"{one.adds_up_to:,g}) and the file does not have it.",
                sheet=one.sheet,
                cell=one.cell,
                mend="The publisher has mended it: remove it from `known_differences`.",
            )
    return [
        f"Sheet '{one.sheet}', cell {one.cell} says {one.says:,g} and its parts add up to "
        f"{one.adds_up_to:,g}. {one.reason}"
        for one in known
    ]


Compared = tuple[pl.DataFrame, str, float]
"""Cells with `value` and `sum`, what the sum is, and how far they may be apart."""


def _frame(figures: Figures) -> pl.DataFrame:
    """Spell out what checks compare; `row` and `column` stand for all that these say."""
    subject, period, parent = figures.subject, figures.period, figures.parent
    status = Listed(STATUSES, figures.status.astype(np.int64))
    return pl.DataFrame(
        {
            "row": figures.row,
            "column": figures.column,
            "value": figures.value,
            "value_status": status.texts(),
            "table_id": figures.of_table(lambda table: table.table_id).plain(),
            "measure": figures.measure.plain(),
            "breakdown": figures.breakdown.plain(),
            "is_control_total": figures.is_control_total,
            "period_start": period.map(lambda one: one.start).days(),
            "period_end": period.map(lambda one: one.end).days(),
            "period_type": period.map(lambda one: one.period_type).texts(),
            "kind": subject.map(lambda one: one.kind).plain(),
            "code": subject.map(lambda one: one.code).plain(),
            "name": subject.map(lambda one: one.name).plain(),
            "parent_code": parent.map(lambda one: one.code).plain(),
            "parent_name": parent.map(lambda one: one.name).plain(),
            "sheet": figures.of_table(lambda table: table.sheet).texts(),
            "number": figures.source_row,
            "letters": figures.of_column(lambda column: column.letters).texts(),
        }
    )


def _compared(check: Check, frame: pl.DataFrame) -> Iterator[Compared]:
    match check:
        case PartsAddUp():
            yield from _parts_add_up(_of(frame, check.tables, check.measures), check)
        case RowsAddUp():
            yield from _rows_add_up(_of(frame, check.tables, check.measures), check)
        case SameRows():
            yield from _same_rows(_of(frame, check.tables), check.tables)
        case PerCalendarDay():
            yield from _per_calendar_day(_of(frame, check.tables), check)
        case ChildrenAddUp():
            yield from _children_add_up(frame, check)
        case TablesAddUp():
            yield from _tables_add_up(frame, check)
        case Difference():
            yield from _difference(_of(frame, check.tables), check)


def _of(frame: pl.DataFrame, tables: Sequence[str], measures: Sequence[str] = ()) -> pl.DataFrame:
    wanted = frame.filter(pl.col("table_id").is_in(list(tables)))
    return wanted.filter(pl.col("measure").is_in(list(measures))) if measures else wanted


def _parts_add_up(frame: pl.DataFrame, check: PartsAddUp) -> Iterator[Compared]:
    words = "the parts of the row add up to"
    key = ["table_id", "sheet", "code", "kind", *WHEN, "measure", "rest"]
    if check.dimension is None:
        key = ["row", *WHEN, "measure"]
        parts = frame.filter(pl.col("breakdown") != "").group_by(key).agg(_sum())
        totals = frame.filter(pl.col("breakdown") == "")
        yield totals.join(parts, on=key), words, check.tolerance
        return
    member = pl.col("breakdown").str.extract(rf"(?:^|;){check.dimension}=([^;]*)")
    split = frame.with_columns(
        member=member,
        rest=pl.col("breakdown")
        .str.replace(rf"(?:^|;){check.dimension}=[^;]*", "")
        .str.strip_chars(";"),
    )
    is_total = (
        pl.col("member").is_null() if check.total is None else pl.col("member") == check.total
    )
    parts = split.filter(pl.col("member").is_not_null() & ~is_total).group_by(key).agg(_sum())
    yield split.filter(is_total).join(parts, on=key, nulls_equal=True), words, check.tolerance


def _rows_add_up(frame: pl.DataFrame, check: RowsAddUp) -> Iterator[Compared]:
    """Compare each control total with the rows of its column, or the columns of its row."""
    own = pl.col("column") if _totals_are_rows(frame) else pl.col("row")
    key = ["table_id", *WHEN, "measure", "breakdown", "line"]
    lined = frame.with_columns(line=own)
    parts = lined.filter(~pl.col("is_control_total"))
    if check.of_kind is not None:
        parts = parts.filter(pl.col("kind") == check.of_kind)
    parts = parts.filter(~pl.col("value_status").is_in(list(check.left_out)))
    totals = lined.filter("is_control_total")
    for table_id, sheet in frame.select("table_id", "sheet").unique().sort("table_id").iter_rows():
        if totals.filter(pl.col("table_id") == table_id).is_empty():
            raise UntrustedFileError("The row of the control total is missing.", sheet=sheet)
    sums = parts.group_by(key).agg(_sum())
    words = "the rows of the column add up to"
    yield totals.join(sums, on=key, nulls_equal=True), words, check.tolerance


def _totals_are_rows(frame: pl.DataFrame) -> bool:
    """Tell whether a control total is a row of its own, and not a column."""
    by_row = frame.group_by("row").agg(pl.col("is_control_total").n_unique().alias("n"))
    return bool((by_row["n"] == 1).all())


def _per_calendar_day(frame: pl.DataFrame, check: PerCalendarDay) -> Iterator[Compared]:
    """A month given the wrong name shows here, where the publisher divided by its days."""
    key = ["row", *WHEN, "breakdown"]
    days = (pl.col("period_end") - pl.col("period_start")).dt.total_days() + 1
    whole = frame.filter(pl.col("measure") == check.of).select(
        *key, (pl.col("value") / days).alias("sum")
    )
    printed = frame.filter(pl.col("measure") == check.measure)
    yield printed.join(whole, on=key), f"{check.of} divided by the days of the month is", 0.0


def _difference(frame: pl.DataFrame, check: Difference) -> Iterator[Compared]:
    key = ["row", *WHEN, "breakdown"]
    of, less = (
        frame.filter(pl.col("measure") == name).select(*key, pl.col("value").alias(alias))
        for name, alias in ((check.of, "of"), (check.less, "less"))
    )
    both = of.join(less, on=key).select(*key, (pl.col("of") - pl.col("less")).alias("sum"))
    given = frame.filter(pl.col("measure") == check.measure)
    words = f"{check.of} less {check.less} is"
    yield given.join(both, on=key), words, check.tolerance


def _children_add_up(frame: pl.DataFrame, check: ChildrenAddUp) -> Iterator[Compared]:
    key = ["parent", *WHEN, "measure", "breakdown"]
    figures = frame.filter(~pl.col("is_control_total"))
    of_child, own = ("parent_code", "code") if check.by == "code" else ("parent_name", "name")
    children = (
        figures.filter(pl.col("table_id") == check.children)
        .with_columns(parent=pl.coalesce(of_child, own).str.to_lowercase())
        .group_by(key)
        .agg(_sum())
    )
    parents = figures.filter(pl.col("table_id") == check.parents).with_columns(
        parent=pl.col(own).str.to_lowercase()
    )
    shared = children.filter(pl.col("measure").is_in(parents["measure"].unique().implode()))
    orphans = shared.join(parents, on=key, how="anti")
    if not orphans.is_empty():
        parent = orphans.sort("parent")["parent"][0]
        raise UntrustedFileError(
            f"Rows name the parent '{parent.upper()}', which has no row of its own.",
            sheet=parents["sheet"][0] if parents.height else "",
        )
    compared = parents.join(children, on=key, how="left").with_columns(pl.col("sum").fill_null(0.0))
    without = parents.join(children, on=key, how="anti").height
    if without:
        unknown = children.filter(pl.col("sum").is_null()).select(key)
        compared = compared.join(unknown, on=key, how="anti")
    else:
        compared = parents.join(children, on=key)
    yield compared, "the rows under it add up to", 0.0


def _tables_add_up(frame: pl.DataFrame, check: TablesAddUp) -> Iterator[Compared]:
    dropped = rf"(?:^|;){check.dimension}=[^;]*" if check.dimension else r"$^"
    plain = _of(frame, check.of_tables, check.measures).with_columns(
        rest=pl.col("breakdown").str.replace(dropped, "").str.strip_chars(";")
    )
    key = ["kind", "code", *WHEN, "measure", "rest"]
    parts = (
        plain.filter(pl.col("table_id").is_in(check.parts))
        .group_by(key)
        .agg(_sum(), pl.len().alias("n"))
        .filter(pl.col("n") == len(check.parts))
    )
    totals = plain.filter(pl.col("table_id") == check.total)
    yield totals.join(parts, on=key), f"the tables {', '.join(check.parts)} add up to", 0.0


def _same_rows(frame: pl.DataFrame, tables: list[str]) -> Iterator[Compared]:
    first, *others = tables
    key = ["code", *WHEN, "measure"]
    totals = frame.filter(pl.col("breakdown") == "")
    base = totals.filter(pl.col("table_id") == first)
    for other in others:
        # Tables that do not give a measure at all are not compared on it.
        table = totals.filter(pl.col("table_id") == other)
        shared = base.filter(pl.col("measure").is_in(table["measure"].unique().implode()))
        _refuse_lost_row(shared, table, key)
        _refuse_lost_row(table, shared, key)
        beside = shared.select(*key, pl.col("value").alias("sum"))
        yield table.join(beside, on=key), f"sheet '{base['sheet'][0]}' says", 0.0


def _refuse_lost_row(have: pl.DataFrame, lacking: pl.DataFrame, key: list[str]) -> None:
    lost = have.join(lacking, on=key, how="anti", maintain_order="left")
    if not lost.is_empty():
        row = lost.row(0, named=True)
        name = row["name"] or row["code"]
        raise UntrustedFileError(
            f"'{name}' ({row['code'] or 'control total'}) has a row for "
            f"{row['period_start']:%B %Y} on sheet '{row['sheet']}' and none here.",
            sheet=lacking["sheet"][0] if len(lacking) else "",
        )


def _sum() -> pl.Expr:
    """Sum the figures; a part that is not given makes the sum unknown, never short."""
    known = pl.col("value").is_not_null().all()
    return pl.when(known).then(pl.col("value").sum()).otherwise(None).alias("sum")


def _refuse(
    compared: pl.DataFrame,
    words: str,
    tolerance: float,
    known: Sequence[KnownDifference],
    met: list[KnownDifference],
) -> None:
    """Raise for the first cell whose `value` differs from `sum`; unknown ones are let be."""
    size = pl.max_horizontal(pl.col("value").abs(), pl.col("sum").abs(), pl.lit(1.0))
    apart = (pl.col("value") - pl.col("sum")).abs()
    wrong = compared.filter(apart > pl.max_horizontal(TOLERANCE * size, pl.lit(tolerance)))
    if wrong.is_empty():
        return
    unknown = [row for row in _in_order(wrong) if not _is_known(row, known, met)]
    if not unknown:
        return
    row = unknown[0]
    name = row["name"] or row["code"]
    others = f" {len(unknown) - 1} more cells disagree." if len(unknown) > 1 else ""
    raise UntrustedFileError(
        f"{name} says {row['value']:,.10g} and {words} {row['sum']:,.10g}.{others}",
        sheet=str(row["sheet"]),
        cell=f"{row['letters']}{row['number']}",
        mend=COMPARED,
    )


def _in_order(wrong: pl.DataFrame) -> Iterator[dict[str, object]]:
    return wrong.sort("table_id", "number", "letters").iter_rows(named=True)


def _is_known(
    row: dict[str, object], known: Sequence[KnownDifference], met: list[KnownDifference]
) -> bool:
    for one in known:
        same = (one.sheet, one.cell) == (row["sheet"], f"{row['letters']}{row['number']}")
        if same and (one.says, one.adds_up_to) == (row["value"], row["sum"]):
            met.append(one)
            return True
    return False
