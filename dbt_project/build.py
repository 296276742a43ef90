"""Transform: lake and seeds become a new DuckDB file, the candidate, through dbt in process."""

from __future__ import annotations

import contextlib
import json
import math
import os
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Literal, TextIO

import duckdb

from dbt_project.docs import keep_manifest
from dbt_project.parsed import parsed_project

PROJECT = Path(__file__).resolve().parent
"""The dbt project: this folder."""

Report = Callable[[str, int, int], None]
"""Progress: (what was finished, how many are done, how many there are)."""

OBSERVATION_COLUMNS: Mapping[str, str] = {
    "return_id": "varchar",
    "layout_id": "varchar",
    "table_id": "varchar",
    "period_type": "varchar",
    "period_start": "date",
    "period_end": "date",
    "subject_type": "varchar",
    "subject_code": "varchar",
    "subject_name": "varchar",
    "subject_ons_code": "varchar",
    "parent_code": "varchar",
    "parent_name": "varchar",
    "measure": "varchar",
    "breakdown": "varchar",
    "value": "double",
    "raw_text": "varchar",
    "value_status": "varchar",
    "unit": "varchar",
    "is_control_total": "boolean",
    "source_sha256": "varchar",
    "source_sheet": "varchar",
    "source_row": "integer",
    "source_column": "varchar",
}
"""The lake's observations: column and DuckDB type. Also the shape of a lake with nothing in it."""

OF_NO_RETURN = frozenset({"stg_source_file", "stg_file_period"})
"""Staging models that are about files of all returns."""

# A warning of dbt about our own project is a mistake in it. What a data test says is a result.
_WARN_ERROR = {"error": "all", "warn": ["LogTestResult"]}

_TEST_STATUS: Mapping[str, Literal["passed", "warned", "failed", "broken"]] = {
    "pass": "passed",
    "success": "passed",
    "warn": "warned",
    "fail": "failed",
    "error": "broken",
    "runtime error": "broken",
    "skipped": "broken",
}


_DIMENSION_OF_KIND: Mapping[str, str] = {
    "unique_combination": "uniqueness",
    "never_null": "completeness",
    "relationships": "consistency",
    "allowed_members": "validity",
    "value_goes_with_status": "consistency",
    "no_overlapping_validity": "consistency",
}
"""What a generic test is about; a test of the project's own says so in its `meta`."""

_OWNER = "data team"
"""Who is asked about a test that names nobody."""

_EXAMPLES = 5
"""As many failing rows of a test are shown: enough to see what is wrong."""

_FILE_OF_SHA256 = "select file_name from staging.stg_source_file where source_sha256 = ?"

_FILE_OF_PERIOD = """
    select distinct source_file.file_name
    from intermediate.int_vintage as vintage
    inner join staging.stg_source_file as source_file using (source_sha256)
    where vintage.is_current and vintage.return_id = ? and vintage.period_start = ?
    order by 1
"""


class BuildError(Exception):
    """The candidate could not be built: the message says which part, and why."""


@dataclass(frozen=True)
class BuildTest:
    """A dbt test that ran.

    `node` is the test's name, `outcome` whether it passed, the data failed it (`failed`), it only
    warns (`warned`) or it could not be run (`broken`), `message` what dbt said, `rows` how many
    rows it found, `expected` what it expects in words, `examples` a few of the rows, as JSON values
    and with the name of the file that each was read from, where the row leads to one.

    `dimension` is what of quality it is about, `owner` who is asked, `tables` the tables whose rows
    it looks at: for a generic test its own, else the models it reads, or seeds if it reads none.
    `poisons` are the marts made of these. A unit test has no tables.
    """

    node: str
    outcome: Literal["passed", "warned", "failed", "broken"]
    message: str
    rows: int | None
    expected: str
    examples: tuple[Mapping[str, Any], ...] = ()
    dimension: str = "validity"
    owner: str = _OWNER
    tables: tuple[str, ...] = ()
    poisons: tuple[str, ...] = ()
    query: str = ""
    """The SQL of the failing rows, of a test that did not pass."""


@dataclass(frozen=True)
class BuildResult:
    """A built candidate: where it is, how many models and seeds, and what the tests said.

    `tests` lists every test. `made_from` says for each table which others its model reads, so that
    an empty table can be told to be empty because one of those is.
    """

    path: Path
    models: int
    seeds: int
    tests: tuple[BuildTest, ...]
    made_from: Mapping[str, tuple[str, ...]]
    seconds: float

    @property
    def failures(self) -> tuple[BuildTest, ...]:
        """Blocking failures and broken tests."""
        return tuple(t for t in self.tests if t.outcome in ("failed", "broken"))

    @property
    def warnings(self) -> tuple[BuildTest, ...]:
        """Failures that only tell."""
        return tuple(t for t in self.tests if t.outcome == "warned")

    @property
    def tests_passed(self) -> int:
        """How many tests passed."""
        return sum(t.outcome == "passed" for t in self.tests)

    @property
    def tests_failed(self) -> int:
        """How many tests block."""
        return len(self.failures)

    @property
    def tests_warned(self) -> int:
        """How many tests only tell."""
        return len(self.warnings)


@dataclass
class _Progress:
    """Counts finished nodes for the caller's report."""

    report: Report | None
    total: int = 0
    done: set[str] = field(default_factory=set)

    def __call__(self, event: Any) -> None:
        """Take one dbt event; only the end of a node is told."""
        if self.report is None or event.info.name != "NodeFinished":
            return
        node = event.data.node_info
        self.done.add(node.unique_id)
        self.report(node.node_name, len(self.done), max(self.total, len(self.done)))


@dataclass(frozen=True)
class _Log:
    """Writes what dbt tells a person into `dbt.log`, a line each; details are left out."""

    file: TextIO

    def __call__(self, event: Any) -> None:
        """Take one dbt event."""
        if event.info.level != "debug":
            self.file.write(f"{event.info.ts.ToJsonString()} {event.info.level} {event.info.msg}\n")
            self.file.flush()


def build_candidate(
    lake: Path,
    candidate: Path,
    *,
    memory: str,
    as_at: date | None = None,
    report: Report | None = None,
    work: Path | None = None,
    parsed: Path | None = None,
    unit_tests: bool = False,
) -> BuildResult:
    """Build every model into a new DuckDB file and run every dbt test on it.

    `lake` is the folder with `source_file.parquet`; `candidate` the file to make, which must not
    exist; `memory` DuckDB's limit, such as `700MB`; `as_at` the day of a look back,
    of which only the files known at its end are seen; `work` the folder for dbt's target and logs
    and DuckDB's spilled data (beside the candidate unless given); `parsed` a folder in which the
    parsed project is kept for the next build (nothing is kept unless given). `unit_tests` also
    runs dbt's unit tests: they are about the SQL and not about the data, so a nightly build
    leaves them out.

    A test that fails is part of the result. Raises `BuildError` when the lake is not whole, a
    seed or model fails, or dbt ran other nodes than the project has.
    """
    started = time.monotonic()
    work = work or candidate.with_name(f"{candidate.stem}.dbt")
    lay_foundation(lake, candidate, memory=memory, as_at=as_at)
    work.mkdir(parents=True, exist_ok=True)
    progress = _Progress(report)
    logs = work / "logs"
    logs.mkdir(exist_ok=True)
    with _dbt_session(), (logs / "dbt.log").open("w", encoding="utf-8") as file:
        options = _options(candidate, work, memory, as_at)
        built, tested = _run_dbt(
            candidate, work, options, progress, _Log(file), parsed=parsed, unit_tests=unit_tests
        )
    settle(candidate)
    examples = _examples(candidate, tested, memory)
    return _result(candidate, built, tested, examples, time.monotonic() - started)


def lay_foundation(lake: Path, candidate: Path, *, memory: str, as_at: date | None = None) -> None:
    """Make the candidate file with schema `lake`: views on exactly the Parquet files in use.

    With `as_at`, only files known at the end of that day are there, in every view: nothing
    downstream can see another. A cell that a person holds (`held.parquet`) is there without its
    value, as missing.

    Raises `BuildError` when the candidate exists or the lake lacks a file it speaks of.
    """
    if candidate.exists():
        raise BuildError(f"{candidate} exists: a candidate is never built over")
    register = lake / "source_file.parquet"
    if not register.is_file():
        raise BuildError(f"the lake has no register of landed files: {register}")
    candidate.parent.mkdir(parents=True, exist_ok=True)
    # A log without its file is left from a build that was killed; DuckDB would refuse to open.
    _log_of(candidate).unlink(missing_ok=True)
    with duckdb.connect(str(candidate), config={"memory_limit": memory}) as connection:
        connection.execute("create schema lake")
        try:
            known = f" where known_on <= date '{as_at.isoformat()}'" if as_at else ""
            files = f"from read_parquet({_quoted(register)}){known}"
            connection.execute(f"create view lake.source_file as {files}")
            paths = _observation_files(connection, lake)
            held = _held_cells(lake)
            connection.execute(f"create view lake.observation as {_observation_query(paths, held)}")
            for name, query in sorted(_return_queries(connection, lake, held).items()):
                connection.execute(f"create view lake.{name} as {query}")
        except duckdb.Error as error:
            raise BuildError(f"the lake cannot be read: {error}") from error


def settle(candidate: Path) -> None:
    """Checkpoint the candidate, so that the one file is the whole of it.

    Raises `BuildError` when a write-ahead log is left beside it.
    """
    with duckdb.connect(str(candidate)) as connection:
        connection.execute("checkpoint")
    log = _log_of(candidate)
    if log.exists():
        raise BuildError(f"a write-ahead log is left beside the candidate: {log}")


def _log_of(candidate: Path) -> Path:
    """DuckDB's write-ahead log of a file."""
    return candidate.with_name(candidate.name + ".wal")


def _observation_files(connection: duckdb.DuckDBPyConnection, lake: Path) -> list[Path]:
    """The Parquet files of the landed files that were read, in a fixed order."""
    rows = connection.execute(
        "select source_sha256, lake_path from lake.source_file where state = 'read' order by 1, 2"
    ).fetchall()
    unplaced = [sha for sha, path in rows if path is None]
    if unplaced:
        raise BuildError(f"read, but without a place in the lake: {', '.join(unplaced)}")
    paths = [lake / path for _, path in rows if not path.startswith("records/")]
    missing = [str(path) for path in paths if not path.is_file()]
    if missing:
        raise BuildError(f"the lake lacks files it speaks of: {', '.join(missing)}")
    return paths


def _held_cells(lake: Path) -> Path | None:
    """The list of cells that people hold; None where there is none."""
    held = lake / "held.parquet"
    return held if held.is_file() else None


def _observation_query(paths: Sequence[Path], held: Path | None) -> str:
    """The query of the observation view; for no files, a typed one without rows."""
    if not paths:
        nulls = ", ".join(f"cast(null as {kind}) as {n}" for n, kind in OBSERVATION_COLUMNS.items())
        return f"select {nulls} where false"
    files = ", ".join(_quoted(path) for path in paths)
    source = f"read_parquet([{files}])"
    if held is None:
        return f"select {', '.join(OBSERVATION_COLUMNS)} from {source}"  # noqa: S608 - our own names
    columns = ", ".join(_WHERE_HELD.get(name, name) for name in OBSERVATION_COLUMNS)
    return (
        f"select {columns} from (select *, ({_CELL}) in "  # noqa: S608 - our own names
        f"(select ({_CELL}) from read_parquet({_quoted(held)})) as is_held from {source})"
    )


_CELL = "source_sha256, source_sheet, source_row, source_column"

_WHERE_HELD: Mapping[str, str] = {
    "value": "case when not is_held then value end as value",
    "value_status": "case when is_held and value is not null then 'missing' else value_status end"
    " as value_status",
}
"""What a held cell says in place of its value; one that has none says what it said before."""


def _return_queries(
    connection: duckdb.DuckDBPyConnection, lake: Path, held: Path | None
) -> dict[str, str]:
    """The query of each return's own view: its files in use, and its shape if there are none."""
    used: dict[str, list[Path]] = {name: [] for name in _staged_returns()}
    rows = connection.execute(
        "select return_id, lake_path from lake.source_file where state = 'read' order by 1, 2"
    ).fetchall()
    for return_id, path in rows:
        used.setdefault(return_id, []).append(lake / path)
    queries = {name: _observation_query(paths, held) for name, paths in used.items()}
    for shape in sorted(lake.glob("records/*/shape.parquet")):
        name = shape.parent.name
        files = ", ".join(_quoted(path) for path in [shape, *used.get(name, [])])
        queries[name] = f"from read_parquet([{files}])"
    return queries


def _staged_returns() -> list[str]:
    """The returns that have a staging model, which has to be built without a file too."""
    models = {path.stem for path in (PROJECT / "models" / "staging").glob("stg_*.sql")}
    return sorted(name.removeprefix("stg_") for name in models - OF_NO_RETURN)


def _quoted(path: Path) -> str:
    """A path as a SQL text."""
    return "'" + str(path.resolve()).replace("'", "''") + "'"


@contextlib.contextmanager
def _dbt_session() -> Iterator[None]:
    """Leave nothing of dbt behind: an open connection would lock the candidate."""
    before = Path.cwd()
    try:
        yield
    finally:
        from dbt.adapters.duckdb.connections import DuckDBConnectionManager
        from dbt.adapters.factory import reset_adapters

        DuckDBConnectionManager.close_all_connections()
        reset_adapters()
        os.chdir(before)


def _run_dbt(
    candidate: Path,
    work: Path,
    options: Sequence[str],
    progress: _Progress,
    log: _Log,
    *,
    parsed: Path | None,
    unit_tests: bool,
) -> tuple[list[Any], list[Any]]:
    """Parse once at most, then build, then test: (results of seeds and models, results of tests).

    Two commands on one parsed project rather than `dbt build`, because that skips every model
    below a failed test, and here a failed test is for the audit to judge.
    """
    from dbt.cli.main import dbtRunner  # late: importing dbt takes seconds

    manifest = parsed_project(
        PROJECT, parsed, candidate.stem, lambda: _invoke(dbtRunner(), "parse", options).result
    )
    nodes = _nodes(manifest, unit_tests=unit_tests)
    progress.total = len(nodes)
    runner = dbtRunner(manifest=manifest, callbacks=[progress, log])
    # Saved queries and exposures have nothing to build, and would be counted as nodes that ran.
    tables = ["--resource-type", "seed", "--resource-type", "model"]
    built = list(_invoke(runner, "build", [*tables, *options]).result.results)
    _require_success(built)
    _require_same(nodes, built, {"seed", "model"})
    only_data = [] if unit_tests else ["--exclude-resource-type", "unit_test"]
    tested = list(_invoke(runner, "test", [*only_data, *options]).result.results)
    _require_same(nodes, tested, {"test", "unit_test"})
    keep_manifest(manifest, work)
    return built, tested


def _options(candidate: Path, work: Path, memory: str, as_at: date | None) -> list[str]:
    """The options every dbt command gets: where things are, the day looked back to, and quietly."""
    values = {
        "candidate_path": str(candidate.resolve()),
        "duckdb_memory": memory,
        "temp_directory": str((work / "spill").resolve()),
        "as_at": as_at.isoformat() if as_at else "",
    }
    # dbt's own log file costs as much as a tenth of a build: it words what it then leaves out, too.
    return [
        *("--project-dir", str(PROJECT), "--profiles-dir", str(PROJECT)),
        *("--target-path", str((work / "target").resolve())),
        *("--log-path", str((work / "logs").resolve())),
        *("--vars", json.dumps(values)),
        *("--warn-error-options", json.dumps(_WARN_ERROR)),
        *("--log-level", "none", "--log-level-file", "none"),
        *("--no-print", "--no-partial-parse", "--no-version-check", "--no-write-json"),
    ]


def _invoke(runner: Any, command: str, options: Sequence[str]) -> Any:
    """Run one dbt command; an exception, not a failed node, is a `BuildError`."""
    outcome = runner.invoke([command, *options])
    if outcome.exception is not None:
        raise BuildError(f"dbt {command} stopped: {outcome.exception}") from outcome.exception
    return outcome


def _nodes(manifest: Any, *, unit_tests: bool) -> dict[str, str]:
    """What a run must run: unique id → resource type."""
    nodes = {uid: str(node.resource_type) for uid, node in manifest.nodes.items()}
    return nodes | (dict.fromkeys(manifest.unit_tests, "unit_test") if unit_tests else {})


def _require_success(built: Sequence[Any]) -> None:
    """Every seed and model that ran was made."""
    broken = [r for r in built if str(r.status) != "success"]
    if broken:
        lines = [f"{r.node.name}: {r.status}: {r.message}" for r in broken]
        raise BuildError("dbt did not build every model:\n" + "\n".join(lines))


def _require_same(expected: Mapping[str, str], results: Sequence[Any], kinds: set[str]) -> None:
    """The nodes that ran are those of the project: what was not run must not look passed."""
    wanted = {uid for uid, kind in expected.items() if kind in kinds}
    ran = {r.node.unique_id for r in results}
    if wanted != ran:
        lost, strange = sorted(wanted - ran), sorted(ran - wanted)
        raise BuildError(f"dbt ran other nodes than the project has: not {lost}, but {strange}")


def _examples(
    candidate: Path, tested: Sequence[Any], memory: str
) -> dict[str, tuple[Mapping[str, Any], ...]]:
    """Give a few rows of each data test that found some: unique id → rows."""
    found = [
        r.node
        for r in tested
        if _TEST_STATUS[str(r.status)] in ("failed", "warned") and r.node.resource_type == "test"
    ]
    with duckdb.connect(
        str(candidate), read_only=True, config={"memory_limit": memory}
    ) as connection:
        return {node.unique_id: failing_rows(connection, node.compiled_code) for node in found}


def failing_rows(
    connection: duckdb.DuckDBPyConnection, query: str
) -> tuple[Mapping[str, Any], ...]:
    """Give the first rows that a test's query finds, each with its file's name where one is known.

    The file is that of the row's own `source_sha256`, or the one that stands for its return and
    month. What cannot be read again is said in place of the rows.
    """
    rows = f"select * from (\n{query}\n) order by all limit {_EXAMPLES}"  # noqa: S608 - dbt's own
    try:
        found = connection.execute(rows)
        names = [column[0] for column in found.description or []]
        examples = [dict(zip(names, row, strict=True)) for row in found.fetchall()]
        return tuple(_with_file(connection, example) for example in examples)
    except duckdb.Error as error:
        return ({"not shown": str(error)},)


def _with_file(connection: duckdb.DuckDBPyConnection, row: Mapping[str, Any]) -> Mapping[str, Any]:
    """Put the file's name in place of its sha256, and every value as JSON has it."""
    if row.get("source_sha256"):
        query, keys = _FILE_OF_SHA256, [row["source_sha256"]]
    elif row.get("return_id") and row.get("period_start"):
        query, keys = _FILE_OF_PERIOD, [row["return_id"], row["period_start"]]
    else:
        query, keys = "", []
    files = [name for (name,) in connection.execute(query, keys).fetchall()] if query else []
    kept = {
        name: _plain(value) for name, value in row.items() if name != "source_sha256" or not files
    }
    return {"file": ", ".join(files), **kept} if files else kept


def _plain(value: Any) -> Any:
    """Give a value as JSON has it; dates and what is no finite number become texts."""
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    return value if value is None or isinstance(value, bool | int | str) else str(value)


def _words(node: Any) -> str:
    """Say what a test expects: its description, or for a generic test its kind and columns."""
    if node.description:
        return " ".join(str(node.description).split())
    about = getattr(node, "test_metadata", None)
    if about is None:
        return str(node.name).replace("_", " ")
    model = str(getattr(node, "attached_node", None) or node.name).rsplit(".", 1)[-1]
    columns = about.kwargs.get("columns") or [about.kwargs.get("column_name")]
    listed = ", ".join(str(column) for column in columns if column)
    return f"{about.name.replace('_', ' ')} in {model}" + (f": {listed}" if listed else "")


def _tags(node: Any) -> tuple[str, str]:
    """What of quality a test is about, and who is asked."""
    meta = node.config.meta or {}
    kind = getattr(getattr(node, "test_metadata", None), "name", "")
    dimension = meta.get("dimension") or _DIMENSION_OF_KIND.get(kind, "validity")
    return str(dimension), str(meta.get("owner") or _OWNER)


def _relations(built: Sequence[Any]) -> dict[str, str]:
    """The table of each seed and model, by unique id."""
    return {r.node.unique_id: f"{r.node.schema}.{r.node.alias}" for r in built}


def _reads(node: Any, relations: Mapping[str, str]) -> tuple[str, ...]:
    """The tables that a model or test reads; sources are views of the lake."""
    tables = {relations.get(uid, _of_the_lake(uid)) for uid in node.depends_on.nodes}
    return tuple(sorted(tables - {""}))


def _of_the_lake(unique_id: str) -> str:
    """The view of a source, and nothing for what is no table."""
    kind, *_, source, name = unique_id.split(".")
    return f"{source}.{name}" if kind == "source" else ""


def _looks_at(node: Any, relations: Mapping[str, str]) -> tuple[str, ...]:
    """The tables whose rows a test is about."""
    own = relations.get(str(getattr(node, "attached_node", None) or ""))
    if own or str(node.resource_type) != "test":
        return (own,) if own else ()
    tables = _reads(node, relations)
    return tuple(t for t in tables if not t.startswith("seeds.")) or tables


def _poisoned(
    tables: Collection[str],
    made_from: Mapping[str, Sequence[str]],
    used_by: Mapping[str, set[str]],
) -> tuple[str, ...]:
    """The marts among tables and all that is made of them.

    No mart is made of a table that is there to be tested: what it tests is what it is made of.
    """
    found: set[str] = set()
    waiting = set(tables)
    while waiting:
        table = waiting.pop()
        found.add(table)
        waiting |= used_by.get(table, set()) - found
    marts = tuple(sorted(t.removeprefix("marts.") for t in found if t.startswith("marts.")))
    parents = {parent for table in tables for parent in made_from.get(table, ())}
    return marts or (_poisoned(parents, made_from, used_by) if parents else ())


def _result(
    candidate: Path,
    built: Sequence[Any],
    tested: Sequence[Any],
    examples: Mapping[str, tuple[Mapping[str, Any], ...]],
    seconds: float,
) -> BuildResult:
    """Count what was made, and tell what every test said and is about."""
    relations = _relations(built)
    made_from = {
        relations[r.node.unique_id]: _reads(r.node, relations)
        for r in built
        if str(r.node.resource_type) == "model"
    }
    used_by: dict[str, set[str]] = {}
    for table, parents in made_from.items():
        for parent in parents:
            used_by.setdefault(parent, set()).add(table)
    tests = []
    for result in tested:
        node = result.node
        dimension, owner = _tags(node)
        tables = _looks_at(node, relations)
        has_failed = _TEST_STATUS[str(result.status)] in ("failed", "warned")
        tests.append(
            BuildTest(
                node=node.name,
                outcome=_TEST_STATUS[str(result.status)],
                message=str(result.message or ""),
                rows=result.failures,
                expected=_words(node),
                examples=examples.get(node.unique_id, ()),
                dimension=dimension,
                owner=owner,
                tables=tables,
                poisons=_poisoned(tables, made_from, used_by),
                query=str(node.compiled_code) if has_failed and tables else "",
            )
        )
    kinds = [str(r.node.resource_type) for r in built]
    return BuildResult(
        path=candidate,
        models=kinds.count("model"),
        seeds=kinds.count("seed"),
        tests=tuple(sorted(tests, key=lambda test: test.node)),
        made_from=dict(sorted(made_from.items())),
        seconds=seconds,
    )
