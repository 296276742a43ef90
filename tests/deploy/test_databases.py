"""The databases and roles that the container of PostgreSQL makes, in a real PostgreSQL."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import psycopg2  # type: ignore[import-untyped]
import pytest

from tests.deploy.compose_file import DEPLOY, services
from tests.servers import Server, postgres_server

ROLES = {
    "airflow": "metadata_password",
    "superset": "superset_database_password",
    "marts_writer": "marts_writer_password",
    "marts_reader": "marts_reader_password",
}


@dataclass(frozen=True)
class Databases:
    """A PostgreSQL in which the script has run, and the folder of secrets that it used."""

    port: int
    secrets: Path

    def do(self, role: str, database: str, *statements: str) -> None:
        """Run statements as a role with the password of its secret."""
        password = (self.secrets / ROLES[role]).read_text()
        address = f"postgresql://{role}@127.0.0.1:{self.port}/{database}"
        with closing(psycopg2.connect(address, password=password)) as connection:
            connection.autocommit = True
            for statement in statements:
                connection.cursor().execute(statement)


def make_databases(server: Server, secrets: Path) -> None:
    """Make the secrets, and run the script as the image's entry point does."""
    subprocess.run(
        [DEPLOY / "make-secrets", secrets], check=True, stdout=subprocess.DEVNULL, timeout=60
    )
    subprocess.run(
        ["psql", "--no-psqlrc", "--quiet", "--file", DEPLOY / "postgres/databases.sql", server.url],
        env={"PATH": os.environ["PATH"], "SECRETS_FOLDER": str(secrets)},
        check=True,
        timeout=60,
    )


@pytest.fixture(scope="module")
def databases(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Databases]:
    """One PostgreSQL for all tests here."""
    folder = tmp_path_factory.mktemp("databases")
    with postgres_server(folder) as server:
        make_databases(server, folder / "secrets")
        yield Databases(server.port, folder / "secrets")


@pytest.mark.parametrize("role", ["airflow", "superset", "marts_writer"])
def test_every_role_has_its_database_and_no_other(databases: Databases, role: str) -> None:
    """Given the roles
    When each connects to each database
    Then it gets into its own, may make tables there, and into no other.
    """
    own = "marts" if role == "marts_writer" else role
    databases.do(role, own, "CREATE SCHEMA of_mine", "CREATE TABLE of_mine.t (a int)")
    for other in {"airflow", "superset", "marts", "postgres", "template1"} - {own}:
        with pytest.raises(psycopg2.OperationalError, match="permission denied for database"):
            databases.do(role, other, "SELECT 1")


def test_the_role_of_bi_tools_only_reads(databases: Databases) -> None:
    """Given the role that BI tools have
    When it makes, changes or asks for what it was not given
    Then PostgreSQL refuses, even when it first takes itself out of its read-only transactions.
    """
    databases.do(
        "marts_writer",
        "marts",
        "CREATE SCHEMA marts",
        "CREATE TABLE marts.area (area_code text)",
        "CREATE TABLE public.private (a int)",
        "GRANT USAGE ON SCHEMA marts TO marts_reader",
        "GRANT SELECT ON ALL TABLES IN SCHEMA marts TO marts_reader",
    )
    databases.do("marts_reader", "marts", "SELECT * FROM area")
    with pytest.raises(psycopg2.errors.ReadOnlySqlTransaction):
        databases.do("marts_reader", "marts", "CREATE TEMP TABLE t (a int)")
    free = "SET default_transaction_read_only = off"
    for statement in (
        "INSERT INTO area VALUES ('x')",
        "CREATE TABLE public.mine (a int)",
        "CREATE SCHEMA mine",
        "SELECT * FROM public.private",
        "SELECT pg_read_file('/etc/passwd')",
        "COPY area TO PROGRAM 'true'",
    ):
        with pytest.raises(psycopg2.errors.InsufficientPrivilege):
            databases.do("marts_reader", "marts", free, statement)
    for other in ("airflow", "superset", "postgres"):
        with pytest.raises(psycopg2.OperationalError, match="permission denied for database"):
            databases.do("marts_reader", other, "SELECT 1")


def test_a_wrong_password_does_not_get_in(
    databases: Databases, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Given the password of another role
    When a role comes with it
    Then it is refused: the passwords are asked for.
    """
    monkeypatch.setitem(ROLES, "marts_reader", "marts_writer_password")
    with pytest.raises(psycopg2.OperationalError, match="password authentication failed"):
        databases.do("marts_reader", "marts", "SELECT 1")


def test_the_service_runs_this_script_with_its_secrets() -> None:
    """Given the service of PostgreSQL
    When its secrets and its image are read
    Then it has each secret that the script reads, and the script is in its image.
    """
    service = services()["postgres"]
    assert set(ROLES.values()) <= set(service["secrets"])
    text = (DEPLOY / "postgres/Dockerfile").read_text(encoding="utf-8")
    assert "databases.sql /docker-entrypoint-initdb.d/" in text
    assert service["environment"]["POSTGRES_INITDB_ARGS"] == "--auth=scram-sha-256"
