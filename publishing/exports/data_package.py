"""`datapackage.json`: the release as a Data Package, version 2 (https://datapackage.org/standard/)."""

from __future__ import annotations

from typing import Any

from publishing.exports.released import (
    ABOUT,
    STATED_LICENCES,
    Mart,
    Released,
    Source,
    csv_name,
    parquet_name,
)
from publishing.manifest import FileEntry
from publishing.mart_tables import Column

NAME = "datapackage.json"
PROFILES = "https://datapackage.org/profiles/2.0"
_TYPES = (
    ("BOOLEAN", "boolean"),
    ("TIMESTAMP", "datetime"),
    ("DATE", "date"),
    ("DOUBLE", "number"),
    ("FLOAT", "number"),
    ("DECIMAL", "number"),
    ("VARCHAR", "string"),
)


def data_package(released: Released) -> dict[str, Any]:
    """Give the package: each mart as CSV and as Parquet, with its schema, and the database."""
    facts = released.facts
    licences = _licences_of_all(released)
    return {
        "$schema": f"{PROFILES}/datapackage.json",
        "name": "joinedup",
        "id": facts.release_id,
        "title": released.title,
        "description": ABOUT,
        "version": facts.release_id,
        "created": f"{facts.made_at:%Y-%m-%dT%H:%M:%SZ}",
        "keywords": ["health", "social care", "integration", "England"],
        **({"licenses": licences} if licences else {}),
        **({"sources": [_source(one) for one in released.sources]} if released.sources else {}),
        "resources": [
            *(_as_csv(mart, released) for mart in released.marts),
            *(_as_parquet(mart, released) for mart in released.marts),
            {
                "name": "marts",
                "title": "All marts as one DuckDB database (storage version 1.0)",
                "path": "marts.duckdb",
                "format": "duckdb",
                "mediatype": "application/vnd.duckdb",
                **_weight(released.database),
            },
        ],
    }


def field_type(column: Column) -> str:
    """Give the field type of a column: `integer` for every whole number."""
    return next((known for kind, known in _TYPES if column.type.startswith(kind)), "integer")


def _as_csv(mart: Mart, released: Released) -> dict[str, Any]:
    return {
        "name": mart.name,
        "type": "table",
        "title": mart.name,
        "description": mart.table.comment or mart.name,
        "path": csv_name(mart),
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        **_weight(mart.csv),
        "rows": mart.rows,
        "dialect": {
            "$schema": f"{PROFILES}/tabledialect.json",
            "header": True,
            "delimiter": ",",
            "lineTerminator": "\r\n",
            "quoteChar": '"',
            "doubleQuote": True,
        },
        "schema": _schema(mart, released),
    }


def _as_parquet(mart: Mart, released: Released) -> dict[str, Any]:
    return {
        "name": f"{mart.name}-parquet",
        "title": f"{mart.name} (Parquet)",
        "description": mart.table.comment or mart.name,
        "path": parquet_name(mart),
        "format": "parquet",
        "mediatype": "application/vnd.apache.parquet",
        **_weight(mart.parquet),
        "rows": mart.rows,
        "schema": _schema(mart, released),
    }


def _schema(mart: Mart, released: Released) -> dict[str, Any]:
    links = [
        {"fields": [column], "reference": {"resource": _other(mart, to), "fields": [key]}}
        for column, to, key in mart.links(released.marts)
    ]
    return {
        "$schema": f"{PROFILES}/tableschema.json",
        "fields": [_field(mart, column) for column in mart.table.columns],
        "missingValues": [""],
        **({"primaryKey": list(mart.key)} if mart.key else {}),
        **({"foreignKeys": links} if links else {}),
    }


def _other(mart: Mart, to: str) -> str:
    """Name the resource that a link leads to: the empty name is the resource itself."""
    return "" if to == mart.name else to


def _field(mart: Mart, column: Column) -> dict[str, Any]:
    is_required = column.name in mart.key or (column.is_not_null and column.type != "VARCHAR")
    return {
        "name": column.name,
        "type": field_type(column),
        **({"description": column.comment} if column.comment else {}),
        **({"constraints": {"required": True}} if is_required else {}),
    }


def _weight(entry: FileEntry) -> dict[str, Any]:
    return {"bytes": entry.bytes, "hash": f"sha256:{entry.sha256}"}


def _source(source: Source) -> dict[str, Any]:
    licence = _licence(source.licence)
    return {
        "title": f"{source.publisher}: {source.title}",
        "path": source.landing_page,
        "return": source.return_id,
        "publisher": source.publisher,
        "licence": source.licence,
        **({"licenses": [licence]} if licence else {}),
    }


def _licence(stated: str) -> dict[str, str] | None:
    if stated not in STATED_LICENCES:
        return None
    title, path = STATED_LICENCES[stated]
    return {"name": stated, "path": path, "title": title}


def _licences_of_all(released: Released) -> list[dict[str, str]]:
    """Give the licences of the whole, which has one only where every source states one."""
    found = {source.licence: _licence(source.licence) for source in released.sources}
    stated = [licence for licence in found.values() if licence is not None]
    return stated if len(stated) == len(found) else []
