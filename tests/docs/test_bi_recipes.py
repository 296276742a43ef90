"""The recipes of docs/bi: what can be run here is run as it stands, and gives the right figures."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import psycopg2  # type: ignore[import-untyped]
import pytest

from publishing.pointer import Release
from publishing.postgres_copy import Target, copy_release
from tests.dbt_project.conftest import tiny_build_of_this_run
from tests.docs.recipes import PAGES, Row, answer, blocks, question, read_answer, rounded
from tests.servers import create_database, postgres_server
from tests.small_release import release_like

NOW = datetime(2026, 6, 10, tzinfo=UTC)
OTHER_PLANS = [
    f"INSERT INTO marts.bcf_outturn BY NAME SELECT * REPLACE ({change}, 7 AS planned) "  # noqa: S608
    "FROM marts.bcf_outturn WHERE measure = 'delayed_days' AND area_code = 'E92000001'"
    for change in ("'E10000003' AS area_code", "period_start + INTERVAL 1 YEAR AS period_start")
]
"""A council's plans, and the next year's."""
RUN_BY_NOBODY = ("power_bi.md", "tableau.md", "excel.md")


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Release:
    """A small release, with plans of a council and of another year that no recipe may take."""
    built = tiny_build_of_this_run(tmp_path_factory).result.path
    return release_like(built, tmp_path_factory.mktemp("recipes"), *OTHER_PLANS)


@pytest.fixture(scope="module")
def folder(release: Release) -> Path:
    """Where the recipes are run: it holds `releases/current`."""
    return release.path.parent.parent


@pytest.fixture(scope="module")
def expected(release: Release) -> list[Row]:
    """The answer to the question of the recipes; councils with and without a rate are in it."""
    found = rounded(answer(release.marts))
    assert {row[1] is None for row in found} == {True, False}
    return found


def _run(command: list[str], folder: Path) -> str:
    environment = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    done = subprocess.run(
        command,
        cwd=folder,
        env=environment | {"LC_ALL": "C.UTF-8"},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


@pytest.mark.parametrize("number", range(3), ids=["duckdb", "polars", "pandas"])
def test_each_block_of_python_answers(
    number: int, folder: Path, expected: list[Row], tmp_path: Path
) -> None:
    """Given a release
    When a block of the page is run as it stands
    Then it prints every council, with its rate or why there is none, beside England and the plan.
    """
    written = blocks("python.md", "python")
    assert len(written) == 3
    script = tmp_path / "recipe.py"
    script.write_text(written[number], encoding="utf-8")
    said = _run([sys.executable, str(script)], folder)
    assert rounded(read_answer(said)) == expected


def test_the_block_of_r_answers(folder: Path, expected: list[Row], tmp_path: Path) -> None:
    """Given a release, and R without any package
    When the block of the page is run as it stands
    Then it prints the same.
    """
    if shutil.which("Rscript") is None:
        pytest.skip("needs R: on Debian the package r-base-core")
    (written,) = blocks("r.md", "r")
    script = tmp_path / "recipe.R"
    script.write_text(written, encoding="utf-8")
    said = _run(["Rscript", "--vanilla", str(script)], folder)
    assert rounded(read_answer(said)) == expected


def test_the_question_is_one_in_duckdb(release: Release, expected: list[Row]) -> None:
    """Given a release that is attached under another name
    When the SQL of the page is asked
    Then DuckDB gives the answer.
    """
    with duckdb.connect() as connection:
        connection.execute(f"attach '{release.marts}' as joinedup (read_only); use joinedup")
        assert rounded(connection.execute(question()).fetchall()) == expected


@pytest.fixture(scope="module")
def reader(release: Release, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the release's copy in a real PostgreSQL, for the role that reads."""
    with postgres_server(tmp_path_factory.mktemp("postgres")) as server:
        address = create_database(server, "marts")
        with closing(psycopg2.connect(address)) as connection:
            connection.cursor().execute("CREATE ROLE marts_reader LOGIN PASSWORD 'reads-marts'")
            connection.commit()
        copy_release(release, Target(address, reader="marts_reader"), now=NOW)
        yield f"postgresql://marts_reader:reads-marts@127.0.0.1:{server.port}/marts"


def test_the_question_is_one_in_postgres(
    reader: str, release: Release, expected: list[Row], tmp_path: Path
) -> None:
    """Given the copy in PostgreSQL
    When psql is given the SQL of the pages by the role that reads
    Then it answers, and says which release it is.
    """
    for name, sql in (("question", question()), ("release", blocks("postgres.md", "sql")[0])):
        (tmp_path / f"{name}.sql").write_text(sql, encoding="utf-8")
    psql = ["psql", "--no-psqlrc", "--csv"]
    said = _run([*psql, "--file", "question.sql", reader], tmp_path)
    assert rounded(read_answer(said)) == expected
    assert release.id in _run([*psql, "--file", "release.sql", reader], tmp_path)


@pytest.mark.parametrize("page", RUN_BY_NOBODY)
def test_what_nobody_ran_names_only_what_is_there(page: str, release: Release) -> None:
    """Given the blocks of a page whose program is not here
    When the marts and columns that they name are looked up
    Then each is in the release, or is made in the block before.
    """
    text = "\n".join(blocks(page, r"\w*"))
    with duckdb.connect(str(release.marts), read_only=True) as connection:
        found = connection.execute(
            "select table_name, column_name from duckdb_columns()"
        ).fetchall()
    marts, columns = {mart for mart, _ in found}, {column for _, column in found}
    assert set(re.findall(r'Mart\("(\w+)"\)', text)) <= marts
    named = set(re.findall(r"\[(\w+)\](?! =)", text)) - {"Delimiter", "PromoteAllScalars"}
    assert named
    assert named <= columns, named - columns


def test_every_page_is_in_the_index_and_says_whether_it_was_run() -> None:
    """Given the pages
    When the index is read
    Then each is linked, and each that nobody ran says so in its first lines.
    """
    index = (PAGES / "README.md").read_text(encoding="utf-8")
    for page in PAGES.glob("*.md"):
        assert page.name == "README.md" or f"]({page.name})" in index, page.name
    for name in (*RUN_BY_NOBODY, "metabase.md"):
        first = (PAGES / name).read_text(encoding="utf-8").splitlines()[1]
        assert first.startswith("Not run here"), name
