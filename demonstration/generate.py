"""Write the demonstration returns: every return, every layout at least once.

The returns in `returns/` have a data file of their own, with figures like the publisher's over
years; of any other a small file of each layout is made from its definition, and some have
workbooks besides that are written out in `data/workbooks/`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from functools import partial
from itertools import groupby
from pathlib import Path

from demonstration.figures import Figures, FiguresSpec, read_figures
from demonstration.files import write_csv, write_workbook
from demonstration.from_definition import write_every_layout
from demonstration.layout import FileView, sheet_cells
from demonstration.months import (
    financial_year,
    month_after,
    month_words,
    months_between,
    nth_weekday,
    spelt_day,
)
from demonstration.spec import ReturnSpec, read_return, worded
from demonstration.subjects import read_subjects
from demonstration.workbooks import read_workbooks, write_written_out
from ingestion.definition import Definition

HERE = Path(__file__).resolve().parent
DATA = HERE / "data"
Report = Callable[[str, int, int], None]
"""Takes what is being done, how much is done, and how much there is."""


def write_demonstration(
    folder: Path,
    *,
    seed: int = 2017,
    first: date = date(2014, 4, 1),
    last: date = date(2016, 3, 1),
    definitions: Mapping[str, Definition] | None = None,
    report: Report | None = None,
) -> list[Path]:
    """Write synthetic returns into `folder/<return>/` and give the files written, in order.

    `first` and `last` are first days of months: the months that get a file of each monthly
    return that has a data file. Months that show another layout are added, and a return that
    is one long series is written whole. Of every other return in `definitions` one file of
    each layout is written, and all of `data/workbooks`. Raises ValueError when
    `last` is before `first`.
    """
    if last < first:
        raise ValueError(f"last month {last:%Y-%m} is before first month {first:%Y-%m}")
    specs = [read_return(path) for path in sorted((HERE / "returns").glob("*.yml"))]
    figures = _read_all_figures({spec.figures for spec in specs}, seed)
    for spec in specs:
        check_fit(spec, figures[spec.figures].spec)
    jobs = [(spec, months) for spec in specs for months in file_months(spec, first, last)]
    known = {spec.id for spec in specs}
    others = [of for return_id, of in (definitions or {}).items() if return_id not in known]
    workbooks = [(spec, words) for spec in read_workbooks() for words in spec.files]
    total = len(jobs) + len(others) + len(workbooks)
    tell = report or _silent
    written: list[Path] = []
    for done, (spec, months) in enumerate(jobs):
        tell(f"writing {spec.id}", done, total)
        written.append(_write_file(folder, spec, months, figures[spec.figures]))
    for done, definition in enumerate(others, start=len(jobs)):
        tell(f"writing {definition.return_id}", done, total)
        written += write_every_layout(definition, folder / definition.return_id, seed=seed)
    for done, (workbook, words) in enumerate(workbooks, start=len(jobs) + len(others)):
        tell(f"writing {workbook.return_id}", done, total)
        written.append(write_written_out(workbook, words, folder))
    tell("written", total, total)
    return written


def _silent(what: str, done: int, total: int) -> None:
    """Tell nobody."""


def _read_all_figures(names: set[str], seed: int) -> dict[str, Figures]:
    specs = [read_figures(DATA / "figures" / f"{name}.yml") for name in sorted(names)]
    lists = {
        name: read_subjects(DATA / "subjects" / f"{name}.csv")
        for name in {spec.subjects for spec in specs}
    }
    return {spec.id: Figures(spec, lists[spec.subjects], seed) for spec in specs}


def check_fit(spec: ReturnSpec, figures: FiguresSpec) -> None:
    """Raise ValueError when a return shows a measure, dimension or member that has no figures."""
    for table in (sheet.table for sheet in spec.sheets if sheet.table is not None):
        for column in table.columns:
            kinds = {**column.where, **column.for_each}
            _refuse(spec, "measures", set(column.of) - set(figures.measures))
            _refuse(spec, "dimensions", set(kinds) - set(figures.dimensions))
            for dimension, labels in column.for_each.items():
                members = set(spec.labels[labels]) - set(figures.dimensions[dimension])
                _refuse(spec, f"members of {dimension}", members)


def _refuse(spec: ReturnSpec, what: str, unknown: set[str]) -> None:
    if unknown:
        raise ValueError(f"{spec.id}: no figures for the {what} {', '.join(sorted(unknown))}")


def file_months(spec: ReturnSpec, first: date, last: date) -> list[tuple[date, ...]]:
    """Say which months go into which file: the range asked for, and one of each era."""
    every = months_between(spec.first, spec.last)
    wanted = {*months_between(first, last), *spec.eras.values(), *spec.also}

    def file_of(month: date) -> object:
        start = financial_year(month)
        quarter = (start, (month.month - 4) % 12 // 3)
        return {"month": month, "quarter": quarter, "financial_year": start, "series": None}[
            spec.files.each
        ]

    groups = [tuple(months) for _, months in groupby(every, file_of)]
    return [months for months in groups if wanted & {*months}]


def _write_file(folder: Path, spec: ReturnSpec, months: tuple[date, ...], figures: Figures) -> Path:
    at = months[-1]
    rule = next(rule for rule in spec.published if rule.holds(at))
    day = nth_weekday(month_after(at, rule.months_after), rule.weekday, rule.which)
    first, last = month_words(months[0]), month_words(at)
    period = f"{last['month']} {last['year']}"
    if spec.files.each == "series":
        period = f"{first['month']} {first['year']} - {period}"
    words = {**last, "period": period, "published": spelt_day(day)}
    read = partial(figures.revised, revision=spec.revised) if spec.revised else figures.month
    view = FileView(months, words, read)
    sheets = [
        (name, sheet.hidden, sheet_cells(spec, sheet, view))
        for sheet in spec.sheets
        if sheet.holds(at) and (name := worded(sheet.name, at)) is not None
    ]
    path = folder / spec.id / spec.files.name.format_map(words)
    path.parent.mkdir(parents=True, exist_ok=True)
    if spec.files.format == "csv":
        write_csv(path, sheets[0][2], spec.files.encoding)
    else:
        write_workbook(path, f"{spec.publisher}: {spec.id}", sheets)
    return path
