"""Pack the dashboard for one database: a zip that Superset imports, by its pages or its API.

    python deploy/superset/bundle.py var/releases/current/marts.duckdb joinedup.zip
    python deploy/superset/bundle.py postgresql://marts_reader@127.0.0.1:5433/marts joinedup.zip

Superset's own environment has all it needs. A bundle for DuckDB has other identities than one for
PostgreSQL, so that both can be in one Superset.
"""

from __future__ import annotations

import re
import sys
import uuid
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import yaml

DASHBOARD = Path(__file__).parent / "dashboard"
"""The dashboard in the form in which Superset exports one."""

MASK = "XXXXXXXXXX"
"""What Superset takes for a password that is given at the import."""

_WHEN_PACKED = (2026, 1, 1, 0, 0, 0)


def main(arguments: list[str]) -> int:
    """Write the bundle; returns the exit code."""
    if len(arguments) != 2:
        print("bundle.py DATABASE ZIP: a marts.duckdb or a postgresql:// address", file=sys.stderr)  # noqa: T201
        return 2
    database, target = arguments
    try:
        write_bundle(database, Path(target))
    except ValueError as error:
        print(error, file=sys.stderr)  # noqa: T201
        return 1
    return 0


def write_bundle(database: str, target: Path) -> None:
    """Write the dashboard on a database as a zip for Superset's import.

    `database` is the path of a release's `marts.duckdb`, or a `postgresql://` address. A password
    in the address is left out: it is given at the import. Raises ValueError for anything else.
    """
    files = bundle(database)
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in files.items():
            packed.writestr(
                zipfile.ZipInfo(f"joinedup/{name}", _WHEN_PACKED),
                yaml.safe_dump(content, sort_keys=False, allow_unicode=True),
            )


def bundle(database: str) -> dict[str, dict[str, Any]]:
    """Give the dashboard's files on a database, each by its name in the bundle."""
    files = dict(_files())
    if "://" not in database:
        return _on_duckdb(files, Path(database))
    address = urlsplit(database)
    if not re.fullmatch(r"postgres(ql)?(\+psycopg2)?", address.scheme):
        raise ValueError(f"{address.scheme}:// is neither a file of DuckDB nor postgresql://")
    host = address.netloc.rpartition("@")[2]
    user = quote(address.username or "", safe="%")
    login = f"{user}:{MASK}@" if address.password else f"{user}@" if user else ""
    files["databases/marts.yaml"]["sqlalchemy_uri"] = address._replace(
        scheme="postgresql+psycopg2", netloc=f"{login}{host}"
    ).geturl()
    return files


def _files() -> Iterator[tuple[str, dict[str, Any]]]:
    for path in sorted(DASHBOARD.rglob("*.yaml")):
        yield str(path.relative_to(DASHBOARD)), yaml.safe_load(path.read_text(encoding="utf-8"))


def _on_duckdb(files: dict[str, dict[str, Any]], marts: Path) -> dict[str, dict[str, Any]]:
    """Change what a file of DuckDB needs otherwise: address, settings, names of tables."""
    if not marts.is_file():
        raise ValueError(f"{marts} is no file: give marts.duckdb of a release, or postgresql://")
    # A release is pinned, not the pointer: Superset would keep the old file open anyway.
    there = marts.resolve()
    files = {name: _with_own_identity(content) for name, content in files.items()}
    files["databases/marts.yaml"] |= {
        "database_name": "marts of a release (DuckDB)",
        "sqlalchemy_uri": f"duckdb:///{quote(str(there))}",
        "extra": {"engine_params": {"connect_args": {"read_only": True, "config": _CLOSED}}},
    }
    files["dashboards/joinedup.yaml"]["slug"] = "joinedup-duckdb"
    # DuckDB names an opened database after its file, as its schema: it wants both names.
    database = '"{}"'.format(there.stem.replace('"', '""'))
    for name, content in files.items():
        if name.startswith("datasets/"):
            content["sql"] = re.sub(r"\bmarts\.(?=\w)", f"{database}.marts.", content["sql"])
    return files


_CLOSED = {"enable_external_access": "false", "lock_configuration": "true"}
"""Who may write SQL in Superset reads the release then, and no other file of the machine."""


def _with_own_identity(content: Any) -> Any:
    """Replace every identity, the same one by the same."""
    if isinstance(content, dict):
        return {
            key: _other(value) if key.endswith("uuid") else _with_own_identity(value)
            for key, value in content.items()
        }
    return [_with_own_identity(one) for one in content] if isinstance(content, list) else content


def _other(identity: str) -> str:
    return str(uuid.uuid5(uuid.UUID(identity), "duckdb"))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
