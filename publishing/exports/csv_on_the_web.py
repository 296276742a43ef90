"""`csv-metadata.json`: the CSV files as CSV on the Web (W3C, tabular-metadata)."""

from __future__ import annotations

from typing import Any

from publishing.exports.released import ABOUT, Mart, Released, csv_name
from publishing.mart_tables import Column

NAME = "csv-metadata.json"
_TYPES = (
    ("BOOLEAN", "boolean"),
    ("TIMESTAMP", "dateTime"),
    ("DATE", "date"),
    ("DOUBLE", "double"),
    ("FLOAT", "float"),
    ("DECIMAL", "decimal"),
    ("VARCHAR", "string"),
)


def csv_on_the_web(released: Released) -> dict[str, Any]:
    """Give the group of tables, each with its columns, key and links."""
    return {
        "@context": ["http://www.w3.org/ns/csvw", {"@language": "en"}],
        "@type": "TableGroup",
        "dc:title": released.title,
        "dc:description": ABOUT,
        "dc:identifier": released.facts.release_id,
        "dialect": {
            "encoding": "utf-8",
            "header": True,
            "delimiter": ",",
            "quoteChar": '"',
            "doubleQuote": True,
            "lineTerminators": ["\r\n"],
        },
        "tables": [_table(mart, released) for mart in released.marts],
    }


def _table(mart: Mart, released: Released) -> dict[str, Any]:
    links = [
        {
            "columnReference": [column],
            "reference": {"resource": f"csv/{to}.csv", "columnReference": [key]},
        }
        for column, to, key in mart.links(released.marts)
    ]
    return {
        "@type": "Table",
        "url": csv_name(mart),
        "dc:title": mart.name,
        "dc:description": mart.table.comment or mart.name,
        "tableSchema": {
            "@type": "Schema",
            "columns": [_column(mart, column) for column in mart.table.columns],
            **({"primaryKey": list(mart.key)} if mart.key else {}),
            **({"foreignKeys": links} if links else {}),
        },
    }


def _column(mart: Mart, column: Column) -> dict[str, Any]:
    return {
        "@type": "Column",
        "name": column.name,
        "titles": column.name,
        "datatype": next(
            (name for kind, name in _TYPES if column.type.startswith(kind)), "integer"
        ),
        "required": column.name in mart.key,
        "null": "",
        **({"dc:description": column.comment} if column.comment else {}),
    }
