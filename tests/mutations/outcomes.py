"""What became of each mutation: what it would have changed, and which checks told of it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from expectations.suites import SQL_EXPECTATION, load_suites
from expectations.validation import _aliased
from ingestion.catalogue import Reading
from tests.dbt_project.rebuilt import Recipe
from tests.mutations.books import Book, number
from tests.mutations.files import paths
from tests.mutations.mutations import Mutation
from tests.mutations.warehouse import SUITES, Lake, Landed, audit, build, compare, release

MOST = 20
"""Mutations loaded together: of the files of a return, few enough that it still has its level."""

Rows = list[dict[str, Any]]

FAMILY = {
    "delayed_transfers_la": "delayed transfers",
    "delayed_transfers_england": "delayed transfers",
    "monthly_activity_commissioner": "activity",
    "monthly_activity_england": "activity",
    "ae_monthly": "emergency",
    "ae_england": "emergency",
    "revenue_outturn": "money",
}
"""Returns whose figures meet in one metric: one mutation of them for a period at a time."""

FEW_PERIODS = {"money"}
"""Of these one period stands out beside the other whichever of the two is wrong."""

KEY = "metric_id, area_code, boundary, period_type, period_start"
FIGURES: Mapping[str, tuple[str, str]] = {
    "metric_value": (KEY + ", period_end", "value, value_status, numerator, denominator"),
    "delayed_days": (
        "area_code, period_start, period_end, split, responsible_body, care_type, reason",
        "delayed_days, value_status",
    ),
    "deflator": ("period_start", "index_value, price_ratio, value_status"),
}
"""The figures that are held against those of the good candidate: key and value, by mart."""

_OF_MART = {"delayed_days": "delayed_transfers_la", "deflator": "gdp_deflators"}


@dataclass(frozen=True)
class Catch:
    """A check that told of a mutation: where in the load, its name, and whether it blocks."""

    stage: str
    check: str
    blocks: bool
    row: Mapping[str, Any] = field(default_factory=dict)


@dataclass
class Outcome:
    """What became of one mutation."""

    mutation: Mutation
    reading: Reading
    other_cells: int
    changed: Counter[str] = field(default_factory=Counter)
    catches: list[Catch] = field(default_factory=list)

    @property
    def is_refused(self) -> bool:
        """Whether the file was set aside, so that none of it came into the warehouse."""
        return self.reading.state != "read"

    @property
    def changes_figures(self) -> bool:
        """Whether a figure would be released wrongly, or would be if the file were let in."""
        return self.other_cells > 0 if self.is_refused else bool(self.changed.total())

    @property
    def is_stopped(self) -> bool:
        """Whether the file was set aside, or nothing was released."""
        return self.is_refused or any(catch.blocks for catch in self.catches)

    @property
    def is_caught(self) -> bool:
        """Whether the load stopped it or told of it."""
        return self.is_refused or bool(self.catches)


@dataclass
class Changed:
    """A mutation whose file was read, and the periods that its figures lie in."""

    outcome: Outcome
    file: Landed
    returns: str
    spans: list[tuple[date, date]]

    def meets(self, other: Changed) -> bool:
        """Whether what is told of one could be told of the other."""
        mine, others = (FAMILY.get(one.returns, one.returns) for one in (self, other))
        if mine != others:
            return False
        areas = set(self.outcome.mutation.areas), set(other.outcome.mutation.areas)
        if all(areas) and areas[0].isdisjoint(areas[1]):
            return False
        if mine in FEW_PERIODS:
            return True
        return any(a <= d and c <= b for a, b in self.spans for c, d in other.spans)

    def owns(self, row: Mapping[str, Any], returns_of: Mapping[str, set[str]]) -> bool:
        """Whether a row names this mutation's file, or a figure of its return and period."""
        said = {str(value) for value in row.values()}
        if {self.file.sha256, self.file.name} & said:
            return True
        returns = _returns_named(row, returns_of)
        family = FAMILY.get(self.returns, self.returns)
        if not returns or family not in {FAMILY.get(one, one) for one in returns}:
            return False
        areas = self.outcome.mutation.areas
        if areas and row.get("area_code") not in areas:
            return False
        return any(start <= day <= end for day in _days(row) for start, end in self.spans)


def _returns_named(row: Mapping[str, Any], returns_of: Mapping[str, set[str]]) -> set[str]:
    """The returns that a row is about: named in it, or those of its metric."""
    named = {str(row["return_id"])} if row.get("return_id") else set()
    for value in row.values():
        named |= returns_of.get(str(value), set())
    return named


def _days(row: Mapping[str, Any]) -> Iterator[date]:
    """First days of the periods that a row names, of years and quarters only where it says so."""
    for name, value in row.items():
        if isinstance(value, date) and ("start" in name or name in {"month", "period"}):
            yield value


@dataclass
class Bench:
    """The good load of real files, and what mutations are tried on it."""

    returns: Path
    work: Path
    recipe: Recipe

    def __post_init__(self) -> None:
        """Read, build and audit the good files."""
        self.releases = self.work / "releases"
        self.lake = Lake(self.work / "lake")
        self.files = [Landed.of(path, self.returns) for path in paths(self.returns)]
        self.names = {file.name: file for file in self.files}
        self.books: dict[str, Book] = {}

    def good_load(self) -> Load:
        """Load the good files and release them: what every mutation is held against."""
        work = self.work / "good"
        good = load(self, self.files, work)
        blocked = [found.check for found in good.found.values() if found.blocks]
        if blocked:
            msg = f"the good files are not released: {blocked}"
            raise AssertionError(msg)
        release(good.path, work / "quality", self.releases)
        return good

    def book(self, path: str) -> Book:
        """The cells of a good file, to be changed by whom they are given to."""
        if path not in self.books:
            self.books[path] = Book.open(self.returns / path)
        return self.books[path].copy()

    def read(self, mutation: Mutation) -> tuple[Outcome, Landed]:
        """Change the file and read it."""
        good, book = self.book(mutation.path), self.book(mutation.path)
        mutation.change(book)
        folder = self.work / "changed" / mutation.id
        name = Path(mutation.path)
        if mutation.beside:
            book.name = mutation.beside
        file = Landed.of(book.save(folder / name.parent), folder)
        reading = self.lake.read(file)
        refused = reading.state != "read"
        return Outcome(mutation, reading, other_figures(good, book) if refused else 0), file


def other_figures(good: Book, changed: Book) -> int:
    """Count the figures that no longer stand under their headings, beside their labels.

    A figure is taken with its sheet, the texts of its row and the texts above it, so that it does
    not matter how far it was moved.
    """
    before, after = (Counter(_figures_with_labels(book)) for book in (good, changed))
    return max((before - after).total(), (after - before).total())


def _figures_with_labels(book: Book) -> Iterator[tuple[object, ...]]:
    for name, rows in book.sheets.items():
        above: dict[int, str] = {}
        titles: list[str] = []
        for row in rows:
            texts = tuple(str(cell) for cell in row if not _is_number(cell) and cell != "")
            numbers = [(at, cell) for at, cell in enumerate(row) if _is_number(cell)]
            if len(numbers) < 2:
                titles += texts
                above |= {at: above.get(at, "") + str(c) for at, c in enumerate(row) if c != ""}
            for at, cell in numbers:
                yield name, texts, above.get(at, ""), number(cell), hash(tuple(titles[:40]))


def _is_number(cell: object) -> bool:
    if isinstance(cell, int | float):
        return True
    try:
        number(cell)
    except ValueError:
        return False
    return True


@dataclass
class Load:
    """A built and audited candidate, and the rows that each of its failed checks found."""

    path: Path
    found: dict[str, Found]


@dataclass(frozen=True)
class Found:
    """A failed check of a load and all rows that it found."""

    stage: str
    check: str
    blocks: bool
    returns: frozenset[str]
    rows: tuple[tuple[tuple[str, Any], ...], ...]


def load(bench: Bench, files: Sequence[Landed], work: Path) -> Load:
    """Build and audit a load of these files, and ask each failed check for all its rows."""
    built = build(bench.lake, files, work, bench.recipe)
    compare(built.path, bench.releases)
    verdict = audit(bench.lake, built, work)
    document = json.loads(verdict.quality.read_text("utf-8"))
    suites = load_suites(SUITES).suites
    found = {}
    with duckdb.connect(str(built.path), read_only=True) as connection:
        for result in document["checks"]:
            if result["outcome"] in {"passed", "not_applicable"}:
                continue
            table, check = result["table"], result["check"]
            query = ""
            if result["suite"] == "dbt tests":
                query = bench.recipe.sql(check)
            else:
                own = suites[result["suite"]].checks if result["suite"] in suites else []
                kept = {one.name: one for one in own}.get(check)
                if kept is not None and kept.expectation == SQL_EXPECTATION:
                    query = _aliased(kept.kwargs)["unexpected_rows_query"]
                    query = query.replace("{batch}", table)
            rows = _asked(connection, query) if query else result["examples"]
            name = check if result["suite"] == "dbt tests" else f"{result['suite']}.{check}"
            found[name] = Found(
                _stage(result["suite"], table),
                name,
                result["severity"] == "block" or result["outcome"] != "bad_data",
                frozenset(_returns_of_query(f"{table} {query}")),
                tuple(tuple(row.items()) for row in rows),
            )
    return Load(built.path, found)


def _asked(connection: duckdb.DuckDBPyConnection, query: str) -> Rows:
    answer = connection.execute(query.replace("{{", "{").replace("}}", "}"))
    names = [column[0] for column in answer.description or ()]
    return [dict(zip(names, row, strict=True)) for row in answer.fetchall()]


def _stage(suite: str, table: str) -> str:
    if suite == "dbt tests":
        return "dbt test"
    if table.startswith("staging."):
        return "staging suite"
    if table.startswith("history.") or table == "marts.release_change":
        return "history"
    return "mart suite"


def _returns_of_query(query: str) -> Iterator[str]:
    """The returns that a check is about by what it reads, where its rows do not say."""
    for name in FAMILY:
        if f"stg_{name}" in query:
            yield name
    if "delayed_days" in query:
        yield "delayed_transfers_la"


def new_rows(found: Found, good: Load) -> Iterator[dict[str, Any]]:
    """The rows of a failed check about something that it did not find in the good load.

    What a row is about are its texts and days; its numbers may be others for what was done to
    another period.
    """
    before = good.found.get(found.check)
    known = Counter(map(_about, before.rows)) if before else Counter[str]()
    for row in found.rows:
        if known[_about(row)]:
            known[_about(row)] -= 1
        else:
            yield dict(row)


def _about(row: tuple[tuple[str, Any], ...]) -> str:
    return repr([(name, value) for name, value in row if not isinstance(value, int | float)])


def returns_of_metrics(candidate: Path) -> dict[str, set[str]]:
    """Which returns each metric is made of."""
    with duckdb.connect(str(candidate), read_only=True) as connection:
        rows = connection.execute(
            "select metric_id, source_returns from marts.metric where source_returns is not null"
        ).fetchall()
    return {metric: {part.strip() for part in returns.split(";")} for metric, returns in rows}


def differences(good: Path, changed: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every figure of one candidate that the other has not, or has otherwise: mart and key."""
    with duckdb.connect() as both:
        both.execute(f"attach '{good}' as good (read_only)")
        both.execute(f"attach '{changed}' as changed (read_only)")
        for mart, (key, values) in FIGURES.items():
            columns = f"{key}, {values}"
            query = (
                f"select distinct {key} from ("  # noqa: S608 - names are our own
                f"(select {columns} from good.marts.{mart} except select {columns} "
                f"from changed.marts.{mart}) union all "
                f"(select {columns} from changed.marts.{mart} except select {columns} "
                f"from good.marts.{mart}))"
            )
            for row in _asked(both, query):
                yield mart, row


def spans_of(outcome: Outcome, good: Reading) -> list[tuple[date, date]]:
    """The periods that a mutation's figures lie in: those of the file before and after."""
    months = outcome.mutation.months
    if months:
        days = [date.fromisoformat(f"{month}-01") for month in months]
        return [(day, day.replace(day=28)) for day in days]
    spans = {(r.period_start, r.period_end) for r in (good, outcome.reading)}
    return [(start, end) for start, end in spans if start is not None and end is not None]


def batches(changed: Sequence[Changed], most: int) -> list[list[Changed]]:
    """Put mutations together that cannot be taken for each other, and are in files of their own."""
    found: list[list[Changed]] = []
    for one in changed:
        for batch in found:
            paths_there = {other.outcome.mutation.path for other in batch}
            if (
                len(batch) < most
                and one.outcome.mutation.path not in paths_there
                and not any(one.meets(other) for other in batch)
            ):
                batch.append(one)
                break
        else:
            found.append([one])
    return found


def try_batch(bench: Bench, good: Load, batch: Sequence[Changed], work: Path) -> None:
    """Load the good files with these in their places, and note what changed and what told of it."""
    files = dict(bench.names)
    for one in batch:
        if not one.outcome.mutation.beside:
            del files[one.outcome.mutation.path]
    landed = sorted([*files.values(), *(one.file for one in batch)], key=lambda file: file.name)
    changed = load(bench, landed, work)
    returns_of = returns_of_metrics(changed.path)
    for mart, row in differences(good.path, changed.path):
        about = row | ({"return_id": _OF_MART[mart]} if mart in _OF_MART else {})
        for one in batch:
            if one.owns(about, returns_of):
                one.outcome.changed[mart] += 1
    for found in changed.found.values():
        for row in new_rows(found, good):
            hint = {name: {name} for name in found.returns}
            about = row | {f"about {name}": name for name in found.returns}
            for one in batch:
                known = {catch.check for catch in one.outcome.catches}
                if found.check not in known and one.owns(about, {**returns_of, **hint}):
                    catch = Catch(found.stage, found.check, found.blocks, row)
                    one.outcome.catches.append(catch)


def try_all(bench: Bench, mutations: Sequence[Mutation]) -> list[Outcome]:
    """Try every mutation: those whose file is refused end there, the others are loaded together."""
    outcomes, changed = [], []
    for mutation in mutations:
        outcome, file = bench.read(mutation)
        outcomes.append(outcome)
        if not outcome.is_refused:
            good = bench.lake.read(bench.names[mutation.path])
            returns = outcome.reading.return_id or ""
            changed.append(Changed(outcome, file, returns, spans_of(outcome, good)))
    good_load = bench.good_load()
    for place, batch in enumerate(batches(changed, MOST)):
        try_batch(bench, good_load, batch, bench.work / f"batch {place}")
    return outcomes
