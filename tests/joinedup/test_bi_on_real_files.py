"""What docs/bi says of the publishers' files, and the copy of all their marts in PostgreSQL."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest

from publishing.pointer import Release
from publishing.postgres_copy import Target, copy_release
from tests.docs.recipes import PAGES, question
from tests.servers import create_database, postgres_server

pytestmark = pytest.mark.long


def test_the_answer_is_the_one_that_the_page_gives(real_release: Release) -> None:
    """Given a release of the publishers' files
    When the question of the recipes is asked
    Then councils, the first of them, England and its plan are as the page says.
    """
    with duckdb.connect() as connection:
        connection.execute(f"attach '{real_release.marts}' as joinedup (read_only); use joinedup")
        rows = connection.execute(question()).fetchall()
    said = re.search(
        r"give (\d+) councils: (\w+) first with ([\d,]+) days "
        r"\(England ([\d,]+), its plan ([\d,]+)",
        (PAGES / "README.md").read_text(encoding="utf-8"),
    )
    assert said
    council, rate, _, england, plan = rows[0]
    assert said.groups() == (
        str(len(rows)),
        council,
        *(f"{value:,.0f}" for value in (rate, england, plan)),
    )


def test_all_marts_are_copied_into_postgres(
    real_release: Release, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Given a release of the publishers' files
    When it is copied into a PostgreSQL of this machine
    Then every row arrives; how long it took is printed, for docs/bi/postgres.md.
    """
    with postgres_server(tmp_path) as server:
        address = create_database(server, "marts")
        copied = copy_release(real_release, Target(address), now=datetime.now(UTC))
    with capsys.disabled():
        print(f"\n{copied.rows:,} rows of {copied.tables} marts in {copied.seconds:.1f} s")  # noqa: T201
    assert copied.rows == sum(table.rows for table in real_release.manifest.tables.values())
