"""Superset itself, on this machine: it is prepared, reads both kinds of marts, and shows them.

It runs with the settings, the preparation and the command of its container, in an environment of
its own (`make .venv-superset/.ready`), with its own database and the marts in a real PostgreSQL.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import httpx
import pytest

from deploy.superset.bundle import write_bundle
from joinedup.settings import PROJECT_ROOT
from publishing.pointer import Release
from publishing.postgres_copy import Target, copy_release
from tests.deploy.compose_file import DEPLOY, Here
from tests.deploy.test_databases import make_databases
from tests.servers import free_port, postgres_server
from tests.small_release import small_release_of_this_run

pytestmark = pytest.mark.long

PROGRAMS = PROJECT_ROOT / ".venv-superset" / "bin"
NOW = datetime(2026, 6, 10, tzinfo=UTC)
PATIENCE_SECONDS = 120.0
DUCKDB = "marts of a release (DuckDB)"

Rows = set[tuple[object, ...]]


@dataclass(frozen=True)
class Superset:
    """Superset's API with its administrator logged in, and the release that it is to show."""

    api: httpx.Client
    release: Release
    marts_address: str

    def chart(self, dashboard: str, named: str) -> list[dict[str, Any]]:
        """Give the rows of the one chart of a dashboard whose name holds a text."""
        charts = _said(self.api.get(f"/api/v1/dashboard/{dashboard}/charts"))["result"]
        (number,) = [one["id"] for one in charts if named in one["slice_name"]]
        (answer,) = _said(self.api.get(f"/api/v1/chart/{number}/data/"))["result"]
        return list(answer["data"])

    def ask(self, database: str, sql: str) -> httpx.Response:
        """Ask a database by its name, as SQL Lab does."""
        known = _said(self.api.get("/api/v1/database/"))["result"]
        (number,) = [one["id"] for one in known if one["database_name"] == database]
        return self.api.post(
            "/api/v1/sqllab/execute/", json={"database_id": number, "sql": sql, "runAsync": False}
        )


@pytest.fixture(scope="module")
def superset(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Superset]:
    """A prepared and running Superset, into which a bundle for DuckDB was imported by its API.

    The dashboard on PostgreSQL is there by its preparation.
    """
    if not (PROGRAMS.parent / ".ready").exists():
        pytest.skip("needs Superset: make .venv-superset/.ready")
    release = small_release_of_this_run(tmp_path_factory)
    with (
        tempfile.TemporaryDirectory(prefix="superset-") as base,
        postgres_server(Path(base)) as server,
    ):
        folder, port = Path(base), free_port()
        make_databases(server, folder / "secrets")
        password = _secret(folder, "marts_writer_password")
        address = f"postgresql://marts_writer:{password}@127.0.0.1:{server.port}/marts"
        copy_release(release, Target(address, reader="marts_reader"), now=NOW)
        here = Here(
            {
                "/run/secrets": str(folder / "secrets"),
                "/deploy/with-secrets": str(DEPLOY / "with-secrets"),
                "/deploy/": f"{DEPLOY}/superset/",
                "/tmp": str(folder),  # noqa: S108
                "/dev/shm": "/dev/shm",  # noqa: S108
                "postgres:5432": f"127.0.0.1:{server.port}",
                "0.0.0.0:8088": f"127.0.0.1:{port}",
            },
            {"SECRETS_FOLDER": str(folder / "secrets"), "PYTHONPATH": str(DEPLOY / "superset")},
        )
        for _start in range(2):
            _prepare(here, folder)
        with _serving(here, folder, port):
            api = _logged_in(port, _secret(folder, "superset_admin_password"))
            _import(api, str(release.marts), folder)
            reader = address.replace(f"marts_writer:{password}", "marts_reader")
            yield Superset(api, release, reader)


def _secret(folder: Path, name: str) -> str:
    return (folder / "secrets" / name).read_text(encoding="utf-8").strip()


def _environment(here: Here) -> dict[str, str]:
    return here.environment("superset", PATH=f"{PROGRAMS}:{os.environ['PATH']}")


def _prepare(here: Here, folder: Path) -> None:
    """Run what the containers run before each start of Superset."""
    done = subprocess.run(
        here.command("superset-prepare"),
        env=_environment(here),
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:]


@contextmanager
def _serving(here: Here, folder: Path, port: int) -> Iterator[None]:
    log, command = folder / "superset.log", here.command("superset")
    # One worker answers these few questions; each more costs as much again to start.
    command[command.index("--workers") + 1] = "1"
    with log.open("wb") as written:
        process = subprocess.Popen(
            command,
            env=_environment(here),
            cwd=folder,
            stdout=written,
            stderr=subprocess.STDOUT,
        )
    try:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not _is_well(port):
            assert process.poll() is None, log.read_text()[-3000:]
            assert time.monotonic() < deadline, log.read_text()[-3000:]
            time.sleep(0.2)
        yield
    finally:
        process.terminate()
        process.wait(timeout=60)


def _is_well(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/health", trust_env=False).text == "OK"
    except httpx.TransportError:
        return False


def _logged_in(port: int, password: str) -> httpx.Client:
    address = f"http://127.0.0.1:{port}"
    api = httpx.Client(base_url=address, trust_env=False, timeout=PATIENCE_SECONDS)
    who = {"username": "admin", "password": password, "provider": "db"}
    token = _said(api.post("/api/v1/security/login", json=who))["access_token"]
    api.headers.update({"Authorization": f"Bearer {token}", "Referer": address})
    api.headers["X-CSRFToken"] = _said(api.get("/api/v1/security/csrf_token/"))["result"]
    return api


def _import(api: httpx.Client, database: str, folder: Path) -> None:
    packed = folder / "joinedup.zip"
    write_bundle(database, packed)
    _said(
        api.post(
            "/api/v1/dashboard/import/",
            files={"formData": (packed.name, packed.read_bytes(), "application/zip")},
            data={"passwords": json.dumps({}), "overwrite": "true"},
        )
    )


def _said(answer: httpx.Response) -> Any:
    assert answer.status_code == 200, answer.text[:2000]
    return answer.json()


def _held(superset: Superset, sql: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(superset.release.marts), read_only=True) as connection:
        return connection.execute(f"use marts.marts; {sql}").fetchall()


def _in_ms(day: Any) -> float:
    return float(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp() * 1000)


# --- the charts --------------------------------------------------------------------------------

both = pytest.mark.parametrize("dashboard", ["joinedup", "joinedup-duckdb"])


@both
def test_england_by_month_is_what_the_marts_hold(superset: Superset, dashboard: str) -> None:
    """Given the marts in PostgreSQL, and a release itself
    When the chart of England by month is asked for its rows
    Then it has each month's figure, and the days of the plan add up to the year's.
    """
    shown = superset.chart(dashboard, "by month")
    held = _held(
        superset,
        "select period_start, value from metric_value where metric_id = 'delayed_days' and "
        "area_code = 'E92000001' and boundary = 'as_reported' and period_type = 'month'",
    )
    outturn = {(r["period_start"], r["sum_of_days"]) for r in shown if "Plan" not in r["series"]}
    assert len(held) > 20
    assert outturn == {(_in_ms(start), value) for start, value in held}
    planned = [row["sum_of_days"] for row in shown if "Plan" in row["series"]]
    ((year,),) = _held(
        superset,
        "select planned from bcf_outturn where measure = 'delayed_days' and scenario = 'planned' "
        "and outturn_source = 'open_returns' and plan_version = 'reset'",
    )
    assert len(planned) == 12
    assert sum(planned) == pytest.approx(year)


@both
def test_bodies_are_what_the_marts_hold(superset: Superset, dashboard: str) -> None:
    """Given the same, then the chart by responsible body has each body's days of each month."""
    shown = {
        (row["period_start"], row["responsible_body"], row["sum_of_days"])
        for row in superset.chart(dashboard, "responsible body")
    }
    held = _held(
        superset,
        "select period_start, responsible_body, delayed_days from delayed_days "
        "where area_code = 'E92000001' and split = 'responsible_body'",
    )
    assert len(held) > 60
    assert shown == {(_in_ms(start), body, days) for start, body, days in held}


@both
def test_councils_without_a_rate_are_shown_with_why(superset: Superset, dashboard: str) -> None:
    """Given councils with and without a rate of 2015-16
    When the table of councils is asked for its rows
    Then each is there, with its rate or with none and the status that says why.
    """
    shown = {
        (row["council"], row["rate"], row["value_status"])
        for row in superset.chart(dashboard, "by council")
    }
    held = _held(
        superset,
        "select name, value, value_status from metric_value join area using (area_code) "
        "where metric_id = 'delayed_days_per_100k_adults' and boundary = 'current' "
        "and area_type = 'council' and period_type = 'financial_year' "
        "and period_start = date '2015-04-01'",
    )
    assert shown == set(held)
    assert {value is None for _, value, _ in held} == {True, False}


@both
def test_plan_and_outturn_are_what_the_marts_hold(superset: Superset, dashboard: str) -> None:
    """Given the same, then the table of plan and outturn has the mart's rows and costs."""
    columns = ("measure", "outturn_source", "plan_version", "planned", "outturn", "cost_over_plan")
    shown: Rows = {
        tuple(row[name] for name in columns)
        for row in superset.chart(dashboard, "plan against outturn")
    }
    held = _held(
        superset,
        f"select {', '.join(columns)} from bcf_outturn "  # noqa: S608
        "where scenario = 'planned' and area_code = 'E92000001'",
    )
    assert len(held) > 3
    assert shown == set(held)


# --- what is held in ---------------------------------------------------------------------------


def test_preparing_again_changes_nothing(superset: Superset) -> None:
    """Given a Superset that was prepared twice and then got a bundle for DuckDB
    When its dashboards and databases are listed
    Then each is there once.
    """
    dashboards = _said(superset.api.get("/api/v1/dashboard/"))["result"]
    assert sorted(one["slug"] for one in dashboards) == ["joinedup", "joinedup-duckdb"]
    databases = _said(superset.api.get("/api/v1/database/"))["result"]
    names = sorted(one["database_name"] for one in databases)
    assert names == ["marts", DUCKDB]


def test_a_bundle_for_postgres_can_be_imported_over_what_is_there(
    superset: Superset, tmp_path: Path
) -> None:
    """Given the dashboard that the preparation made
    When a bundle for the same database is imported by the API
    Then it is there once, and still reads.
    """
    _import(superset.api, superset.marts_address, tmp_path)
    assert superset.chart("joinedup", "responsible body")
    test_preparing_again_changes_nothing(superset)


@pytest.mark.parametrize(
    ("database", "sql", "says"),
    [
        (DUCKDB, "SELECT * FROM read_csv('/etc/passwd')", "disabled by configuration"),
        (DUCKDB, "SET enable_external_access = true", "configuration has been locked"),
        (DUCKDB, "DROP TABLE marts.marts.area", "does not allow for DDL/DML"),
        ("marts", "SELECT pg_read_file('/etc/passwd')", "permission denied|not allowed|disallowed"),
    ],
)
def test_who_may_write_sql_reads_the_marts_and_no_more(
    superset: Superset, database: str, sql: str, says: str
) -> None:
    """Given a user with SQL
    When they ask for a file of the machine, for more rights, or to change a mart
    Then it is refused.
    """
    answer = superset.ask(database, sql)
    assert answer.status_code >= 400, answer.text[:500]
    assert re.search(says, answer.text), answer.text[:500]


def test_nobody_is_let_in_without_a_name(superset: Superset) -> None:
    """Given no token, then neither charts nor data are given."""
    address = str(superset.api.base_url)
    with httpx.Client(base_url=address, trust_env=False) as nobody:
        for path in ("/api/v1/chart/1/data/", "/api/v1/database/", "/api/v1/dashboard/"):
            answer = nobody.get(path)
            assert answer.status_code in (401, 403, 404) or not answer.json()["result"], path


def test_a_page_may_ask_nobody_else(superset: Superset) -> None:
    """Given a page of Superset
    When what it allows the browser is read
    Then that is this server, and no host of others: who looks is told to nobody.
    """
    answer = httpx.get(f"{superset.api.base_url}/login/", trust_env=False, follow_redirects=True)
    allowed = re.sub("'nonce-[^']*'", "", answer.headers["Content-Security-Policy"])
    assert "default-src 'self'" in allowed
    assert not re.search(r"\w\.\w|http|\*", allowed), allowed
