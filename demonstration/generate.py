"""Write the demonstration returns: every return in `returns/`, every layout at least once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import partial
from itertools import groupby
from pathlib import Path

from demonstration.figures import Figures, read_figures
from demonstration.files import write_csv, write_workbook
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

HERE = Path(__file__).resolve().parent
Report = Callable[[str, int, int], None]
"""Takes what is being done, how much is done, and how much there is."""


def write_demonstration(
    folder: Path,
    *,
    seed: int = 2017,
    first: date = date(2014, 4, 1),
    last: date = date(2016, 3, 1),
    report: Report | None = None,
) -> list[Path]:
    """Write synthetic returns into `folder/<return>/` and give the files written, in order.

    `first` and `last` are first days of months: the months that get a file of each monthly
    return. Months that show another layout are added, and a return that is one long series is
    written whole. Raises ValueError when `last` is before `first`.
    """
    if last < first:
        raise ValueError(f"last month {last:%Y-%m} is before first month {first:%Y-%m}")
    specs = [read_return(path) for path in sorted((HERE / "returns").glob("*.yml"))]
    figures = _read_all_figures({spec.figures for spec in specs}, seed)
    jobs = [(spec, months) for spec in specs for months in file_months(spec, first, last)]
    written = []
    for done, (spec, months) in enumerate(jobs):
        if report is not None:
            report(f"writing {spec.id}", done, len(jobs))
        written.append(_write_file(folder, spec, months, figures[spec.figures]))
    if report is not None:
        report("written", len(jobs), len(jobs))
    return written


def _read_all_figures(names: set[str], seed: int) -> dict[str, Figures]:
    specs = [read_figures(HERE / "figures" / f"{name}.yml") for name in sorted(names)]
    return {
        spec.id: Figures(spec, read_subjects(HERE / "subjects" / f"{spec.subjects}.csv"), seed)
        for spec in specs
    }


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
    day = nth_weekday(
        month_after(at, spec.published.months_after), spec.published.weekday, spec.published.which
    )
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
