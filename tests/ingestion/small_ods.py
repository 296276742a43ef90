"""Small .ods workbooks, written as the parser looks for them."""

from __future__ import annotations

from pathlib import Path

from tests.ingestion.small_zips import pack

NAMES = " ".join(
    f'xmlns:{prefix}="urn:oasis:names:tc:opendocument:xmlns:{prefix}:1.0"'
    for prefix in ("table", "office", "text")
)
CALC = 'xmlns:calcext="urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0"'
BLANK = "<table:table-cell/>"


def write_ods(path: Path, *sheets: str, before: str = "", manifest: str = "") -> Path:
    """Write a workbook of these sheets; `before` stands behind the XML declaration."""
    tables = "".join(
        f'<table:table table:name="Sheet {number}">{rows}</table:table>'
        for number, rows in enumerate(sheets, 1)
    )
    content = (
        f'<?xml version="1.0"?>{before}<office:document-content {NAMES} {CALC}><office:body>'
        f"<office:spreadsheet>{tables}</office:spreadsheet></office:body>"
        "</office:document-content>"
    )
    members = [
        ("mimetype", b"application/vnd.oasis.opendocument.spreadsheet"),
        ("META-INF/manifest.xml", f"<manifest>{manifest}</manifest>".encode()),
        ("content.xml", content.encode()),
    ]
    return pack(path, members)


def row(*cells: str, repeated: int = 1) -> str:
    """Return a row."""
    repeats = f' table:number-rows-repeated="{repeated}"' if repeated != 1 else ""
    return f"<table:table-row{repeats}>{''.join(cells)}</table:table-row>"


def blank(repeated: int) -> str:
    """Return so many cells that only have a format."""
    return f'<table:table-cell table:number-columns-repeated="{repeated}" table:style-name="a"/>'


def cell(value: float, *, repeated: int = 1) -> str:
    """Return a number."""
    repeats = f' table:number-columns-repeated="{repeated}"' if repeated != 1 else ""
    kind = f'office:value-type="float" office:value="{value}"'
    return f"<table:table-cell {kind}{repeats}><text:p>{value}</text:p></table:table-cell>"


def odd(attributes: str, shown: str = "") -> str:
    """Return a cell with these attributes, which shows a text."""
    text = f"<text:p>{shown}</text:p>" if shown else ""
    return f"<table:table-cell {attributes}>{text}</table:table-cell>"
