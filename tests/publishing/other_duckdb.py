"""Run by test_other_readers.py with another version of DuckDB: say what a release holds.

Usage: other_duckdb.py RELEASE VERSION. Nothing of this project is imported. One JSON line: for each
mart the rows and a sum of hashes, each value as text, by database, Parquet and CSV.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import duckdb

UNESCAPED = "regexp_replace(\"{0}\", '^''(''*[-=+@\\t\\r\\n])', '\\1')"
"""A cell without the apostrophe that a spreadsheet needs, as docs/marts.md says."""


def main(release: Path, version: str) -> None:
    """Read every mart in its three forms."""
    if duckdb.__version__ != version:
        raise SystemExit(f"this is DuckDB {duckdb.__version__}, not {version}")
    package = json.loads((release / "datapackage.json").read_text(encoding="utf-8"))
    schemas = {one["name"]: one["schema"] for one in package["resources"] if one.get("type")}
    found = {}
    with duckdb.connect() as connection:
        connection.execute(f"ATTACH '{release}/marts.duckdb' AS released (READ_ONLY)")
        connection.execute("SET preserve_insertion_order = false")
        for name, schema in schemas.items():
            columns = [field["name"] for field in schema["fields"]]
            forms = {
                "database": (f'released.marts."{name}"', '"{0}"'),
                "Parquet": (f"read_parquet('{release}/parquet/{name}.parquet')", '"{0}"'),
                "CSV": (as_text(release / "csv" / f"{name}.csv", columns), UNESCAPED),
            }
            found[name] = {
                form: held(connection, source, columns, cell)
                for form, (source, cell) in forms.items()
            }
    sys.stdout.write(json.dumps(found) + "\n")


def as_text(path: Path, columns: list[str]) -> str:
    """Read a CSV file by its heading alone, each cell as text."""
    types = ", ".join(f"'{column}': 'VARCHAR'" for column in columns)
    return (
        f"read_csv('{path}', columns = {{{types}}}, header = true, auto_detect = false, "
        "delim = ',', quote = '\"', escape = '\"', nullstr = '')"
    )


def held(
    connection: duckdb.DuckDBPyConnection, source: str, columns: list[str], cell: str
) -> list[object]:
    """Count rows and add up what they say; no value and an empty text are one here, as in CSV.

    A cell of text and one of a number are both compared as text, times without their `T`.
    """
    cells = ", '|', ".join(
        f"coalesce(replace({cell.format(column)}::VARCHAR, 'T', ' '), '')" for column in columns
    )
    row = connection.execute(
        f"SELECT count(*), sum(('0x' || md5(concat({cells}))[1:15])::BIGINT::HUGEINT)::VARCHAR "  # noqa: S608
        f"FROM {source}"
    ).fetchone()
    return list(row or ())


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
