"""The last look before a release: nothing on the public path says who somebody is.

Files with personal data are refused when they are read (`ingestion.personal`). This looks once
more at what is about to be published, whatever way it came: every column of every mart, comments,
names of files, and every file of the folder. Here too context decides: one of eleven ten-digit
numbers has the check digit of an NHS number, so a figure alone is never one. What was found is
never repeated: table, column and how many rows.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from html import unescape
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from typing import Literal
from urllib.parse import unquote

import duckdb
import polars as pl
import yaml
from pydantic import BaseModel, ConfigDict, Field

from dbt_project.docs import put_in
from ingestion.definition import Definition, load_definitions
from ingestion.patterns import fits
from ingestion.personal import (
    AREAS,
    E_MAIL,
    FEWEST_CONTACTS,
    FEWEST_NUMBERS,
    KINDS,
    MOST_OF_A_COLUMN,
    NHS_NUMBER,
    OFFICIAL,
    POSTCODE,
    POSTCODE_UNSPACED,
    WHO,
    is_nhs_number,
)
from ingestion.wording import as_text, normalise, visible
from joinedup.settings import PROJECT_ROOT
from publishing.mart_tables import lock_down

PUBLIC_COLUMNS = PROJECT_ROOT / "publishing" / "public_columns.yml"
MARTS = "marts.duckdb"
DOCS = "docs/index.html"
"""The page about tables and models: dbt's own, with JSON of ours in it."""
PAGES = "scorecard/"
"""Where the many pages lie, which the marts were put into by templates."""
REGISTERS = ("source_file", "quality_result")
"""Marts that say which returns are held and what was checked, and no figure of them."""
SHORTEST = 5
LONGEST_LABEL = 60
LONGEST = 2_000
"""Of a longer text, pieces of this length are looked at, each with some of the one before."""

NHS, BORN, NAME, CASE = (
    "an NHS number",
    "a date of birth",
    "a person's name",
    "a case identifier",
)
E_MAIL_ADDRESS, POST_CODE, PHONE = "an e-mail address", "a postcode", "a telephone number"
ALLOWABLE = {"e_mail": E_MAIL_ADDRESS, "postcode": POST_CODE, "telephone": PHONE}

_EDGE = r"(?:^|[^0-9A-Za-z])"
_END = r"(?:$|[^0-9A-Za-z])"
_GATE = (
    rf"@|%40|[^\x00-\x7f]|{_EDGE}[0-9]{{3}}[ _-]?[0-9]{{3}}[ _-]?[0-9]{{4}}{_END}"
    rf"|{_EDGE}(?i:[A-Z]{{1,2}}[0-9][A-Z0-9]?[ _-]?[0-9][A-Z]{{2}}){_END}"
    rf"|{_EDGE}(?:\+44|0)[ ()0-9_-]{{9}}"
    r"|(?i:nhs.{0,3}(?:no|num|id)|birth|dob|d\.o\.b|\bborn|name|\bm(?:r|rs|s|iss|x)\b|phone|\btel"
    rf"|mobile|{WHO}.{{0,8}}(?:id|ref|no|num)|hospital|insurance|mosaic|nino)"
)
"""What a text has that is worth a second look; of a million texts of a release, some thousands."""

_GATE_HERE = re.compile(_GATE)
_FEW = 100
"""So many texts are asked before polars has begun."""

_DAY = (
    r"(?:\d{4}[-/. ]\d{1,2}[-/. ]\d{1,2}"
    r"|\d{1,2}(?:st|nd|rd|th)?[-/. ](?:\d{1,2}|[A-Za-z]{3,9})[-/. ]\d{2,4}|\d{8})"
)
_SAYS = r"['\"]?(?: is| was)?\s*[:=|,>-]*\s*['\"]?"
"""What stands between a label and what it labels, in words, keys or cells."""
_WRITTEN = (
    (
        BORN,
        re.compile(
            rf"\b(?:dates? of birth|birth ?dates?|d\.?o\.?b\.?|born(?: on)?)\b{_SAYS}{_DAY}\b", re.I
        ),
    ),
    (
        NAME,
        re.compile(
            rf"(?i:\b(?:{WHO}(?:'s|s')?(?: full)? names?|surnames?|forenames?"
            r"|(?:full|first|last|given|family|middle|christian|maiden|contact) names?)\b)"
            rf"{_SAYS}(?!(?i:surname|forename|first|last|given|family|full|and|or|of|number)\b)"
            r"[A-Z][a-z'\u2019]+\b"
        ),
    ),
    (NAME, re.compile(r"\b(?:Mr|Mrs|Ms|Miss|Mx)\.? (?:[A-Z]\.? ?){0,3}[A-Z][a-z'\u2019]+")),
    (
        CASE,
        re.compile(
            rf"\b(?:{WHO}(?:'s)?(?: unique)?|hospital|national insurance|ni|mosaic|liquid ?logic"
            r"|social care) (?:id|identifier|ref|reference|no|num|number)\b"
            r"['\"]?\s*[:=|#]+\s*['\"]?"
            r"(?=[A-Z0-9/-]*\d{2})[A-Z0-9/-]{4,}",
            re.I,
        ),
    ),
    (
        PHONE,
        re.compile(
            r"(?<![\w.+])(?:\+44[ ]?(?:\(0\)[ ]?)?|0)7\d{3}[ -]?\d{3}[ -]?\d{3}(?!\w|\.\d)"
            r"|\b(?:tele)?phone(?: (?:no|number))?\b[.:=| ]*\+?(?:[ ()-]?\d){10,13}(?!\d)"
            r"|\b(?:tel|mobile|mob)(?: (?:no|number))?\b[.:=| ]*\+?(?:[ ()-]?\d){10,13}(?!\d)",
            re.I,
        ),
    ),
)
"""What says itself what it is, wherever it stands."""
_LABELLED_NUMBER = re.compile(
    rf"\bnhs ?(?:no|num|numbers?|id)\b[^0-9]{{0,12}}({NHS_NUMBER.pattern})(?!\d)", re.I
)
_SPACED_NUMBER = re.compile(r"(?<![\d.,])(?<!\d[ -])[1-9]\d\d([ -])\d{3}\1\d{4}(?![ -]?\d)(?!\.\d)")
"""Three, three and four digits: as NHS numbers are written, and no figure is."""
_LONE_NUMBER = re.compile(r"(?<!\w)(?<!\d\.)\d{10}(?!\w|\.\d)")
_PHONE_HEADING = re.compile(r"(?:.*[ _])?(?:tele?(?:phone)?|phone|mobile)\b.*")
_PHONE_VALUE = re.compile(r"\+?(?:[ ()-]?\d){10,13}")


class OrganisationsOwn(BaseModel):
    """A column of a mart that holds organisations' own addresses, and where they come from."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    table: str
    column: str
    holds: list[Literal["e_mail", "postcode", "telephone"]] = Field(min_length=1)
    return_id: str = Field(alias="return")
    record_column: str = Field(alias="from")


class PublicColumns(BaseModel):
    """What `public_columns.yml` declares."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    organisations_own: list[OrganisationsOwn]


@dataclass(frozen=True)
class _Column:
    """Values that stand together under a name: of a mart, or of a file of the folder."""

    place: str
    names: tuple[str, ...]
    texts: list[str]
    others: list[object]
    rows_with: Callable[[Iterable[object]], int]
    allowed: frozenset[str] = frozenset()


def scan(
    folder: Path,
    tables: Iterable[str] | None = None,
    *,
    definitions: Mapping[str, Definition] | None = None,
    declared: Path = PUBLIC_COLUMNS,
    memory: str = "700MB",
) -> list[str]:
    """Say what keeps a release's folder from being published; an empty list is a clean one.

    `folder` holds `marts.duckdb` and the files beside it; `tables` are the marts whose Parquet and
    CSV files are known to hold the same as the database, all of them unless it says otherwise. Of a
    return that its definition calls restricted, no figure may be in any mart either. `memory` is
    DuckDB's limit.
    """
    known = load_definitions() if definitions is None else definitions
    public = PublicColumns.model_validate(yaml.safe_load(declared.read_text(encoding="utf-8")))
    found = list(_undeclared(public, known))
    own_contacts = [one for definition in known.values() for one in definition.own_contacts]
    restricted = [r for r, of in known.items() if of.classification == "restricted"]
    # Nothing is spilled: the folder is about to be sealed.
    with duckdb.connect(
        str(folder / MARTS), True, {"memory_limit": memory, "temp_directory": ""}
    ) as marts:
        lock_down(marts)
        held = _tables(marts)
        for table, columns in held.items():
            for column in _columns_of(marts, table, columns, public):
                found += _look(column, own_contacts)
        found += _look(_comments(marts), own_contacts)
        found += _of_restricted(marts, held, restricted)
    compared = {table.name for table in held} if tables is None else set(tables)
    for name, inside in _files(folder, compared):
        if inside is None:
            found.append(
                f"{name} is of a kind that cannot be looked through: leave it out of the release."
            )
        for column in inside or []:
            found += _look(column, own_contacts)
    return found


def _undeclared(public: PublicColumns, known: Mapping[str, Definition]) -> Iterator[str]:
    """Say which allowance no definition stands behind."""
    for one in public.organisations_own:
        of = known.get(one.return_id)
        layouts = of.records.values() if of else []
        columns = [layout.columns.get(one.record_column) for layout in layouts]
        if not any(column is not None and column.organisations_own for column in columns):
            yield (
                f"public_columns.yml lets {one.table}.{one.column} hold addresses, but the "
                f"definition of {one.return_id} does not say `organisations_own` of "
                f"{one.record_column}: say it there, or take the line out."
            )


# ---------------------------------------------------------------------------------------- marts


@dataclass(frozen=True)
class _Table:
    """A table of the database under its full name, quoted, and the name that is told."""

    full_name: str
    name: str


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _tables(marts: duckdb.DuckDBPyConnection) -> dict[_Table, dict[str, str]]:
    """Return the columns of every table and view, with their types."""
    found: dict[_Table, dict[str, str]] = {}
    for database, schema, table, column, kind in marts.execute(
        "select database_name, schema_name, table_name, column_name, data_type "
        "from duckdb_columns() where not internal order by all"
    ).fetchall():
        full_name = ".".join(map(_quoted, (database, schema, table)))
        found.setdefault(_Table(full_name, table), {})[column] = kind
    return found


_WHOLE = ("BIGINT", "HUGEINT", "UBIGINT", "UINTEGER", "DOUBLE", "FLOAT", "DECIMAL")
_NO_TEXT = (*_WHOLE, "BOOLEAN", "TINYINT", "SMALLINT", "INTEGER", "UTINYINT", "USMALLINT", "TIME")
_DAYS = ("DATE", "TIMESTAMP")


def _columns_of(
    marts: duckdb.DuckDBPyConnection,
    table: _Table,
    columns: dict[str, str],
    public: PublicColumns,
) -> Iterator[_Column]:
    """Yield the columns that have something in them, or in their name, worth a second look."""
    long_numbers = _long_numbers(marts, table, columns)
    for column, kind in columns.items():
        names = (column, f"{table.name} {column}")
        texts: list[str] = []
        others: list[object] = long_numbers.get(column, [])
        announced = any(_announced(name) for name in names)
        if _is(kind, (*_NO_TEXT, *_DAYS)):
            others = _distinct(marts, table, column) if announced else others
        else:
            texts = _texts(marts, table, column, whole=announced)
        if texts or others:
            allowed = {
                ALLOWABLE[held]
                for one in public.organisations_own
                if (one.table, one.column) == (table.name, column)
                for held in one.holds
            }
            yield _Column(
                f"mart {table.name}, column {column}",
                names,
                texts,
                others,
                _row_counter(marts, table, column),
                frozenset(allowed),
            )


def _long_numbers(
    marts: duckdb.DuckDBPyConnection, table: _Table, columns: dict[str, str]
) -> dict[str, list[object]]:
    """Return the whole numbers of ten digits in each column of numbers."""
    numeric = [column for column, kind in columns.items() if _is(kind, _WHOLE)]
    if not numeric:
        return {}
    counts = ", ".join(f"count(*) filter ({_is_long(column)})" for column in numeric)
    row = marts.execute(f"select {counts} from {table.full_name}").fetchone()  # noqa: S608 - names of our own
    assert row is not None  # noqa: S101 - an aggregate has a row
    return {
        column: [
            float(value)
            for (value,) in marts.execute(
                f"select distinct {_quoted(column)} from {table.full_name} "  # noqa: S608 - names of our own
                f"where {_is_long(column)}"
            ).fetchall()
        ]
        for column, count in zip(numeric, row, strict=True)
        if count
    }


def _is(kind: str, kinds: tuple[str, ...]) -> bool:
    """Tell whether a type is one of these; a list of them is looked at as text."""
    return kind.startswith(kinds) and not kind.endswith("]")


def _is_long(column: str) -> str:
    return f"{_quoted(column)} >= 1e9 and {_quoted(column)} < 1e10"


def _distinct(marts: duckdb.DuckDBPyConnection, table: _Table, column: str) -> list[object]:
    return [
        value
        for (value,) in marts.execute(
            f"select distinct {_quoted(column)} from {table.full_name} "  # noqa: S608 - names of our own
            f"where {_quoted(column)} is not null"
        ).fetchall()
    ]


def _texts(
    marts: duckdb.DuckDBPyConnection, table: _Table, column: str, *, whole: bool
) -> list[str]:
    """Return the distinct texts of a column, all or those worth a second look."""
    text = f"cast({_quoted(column)} as varchar)"
    shortest = 1 if whole else SHORTEST
    found = marts.execute(
        f"select distinct {text} as text from {table.full_name} "  # noqa: S608 - names of our own
        f"where length({text}) >= {shortest}"
    ).fetchnumpy()
    texts = [str(one) for one in found["text"].tolist()]
    return texts if whole else _suspicious(texts)


def _suspicious(texts: list[str]) -> list[str]:
    if len(texts) < _FEW:
        return [text for text in texts if _GATE_HERE.search(text)]
    asked = pl.Series(texts, dtype=pl.String)
    return asked.filter(asked.str.contains(_GATE)).to_list()


def _row_counter(
    marts: duckdb.DuckDBPyConnection, table: _Table, column: str
) -> Callable[[Iterable[object]], int]:
    def count(values: Iterable[object]) -> int:
        wanted = list(values)
        kind = "double" if all(isinstance(one, float) for one in wanted) else "varchar"
        row = marts.execute(
            f"select count(*) from {table.full_name} "  # noqa: S608 - names of our own
            f"where cast({_quoted(column)} as {kind}) in (select cast(unnest(?) as {kind}))",
            [wanted if kind == "double" else [str(one) for one in wanted]],
        ).fetchone()
        return row[0] if row else 0

    return count


def _comments(marts: duckdb.DuckDBPyConnection) -> _Column:
    """Return the comments of tables and columns, and their names."""
    texts = [
        text
        for row in marts.execute(
            "select comment, table_name from duckdb_tables() union all "
            "select comment, column_name from duckdb_columns() where not internal union all "
            "select comment, view_name from duckdb_views() where not internal"
        ).fetchall()
        for text in row
        if text
    ]
    return _listed("the comments and names of the marts' tables and columns", (), texts)


def _of_restricted(
    marts: duckdb.DuckDBPyConnection,
    tables: Mapping[_Table, Mapping[str, str]],
    restricted: list[str],
) -> Iterator[str]:
    """Say which marts have a row of a restricted return, or of a file of one."""
    registers = [table for table in tables if table.name == "source_file"]
    if not restricted or not registers:
        return
    files = {
        sha: return_id
        for register in registers
        for sha, return_id in marts.execute(
            f"select source_sha256, return_id from {register.full_name} "  # noqa: S608 - names of our own
            "where return_id in (select unnest(?))",
            [restricted],
        ).fetchall()
    }
    names = files | {return_id: return_id for return_id in restricted}
    for table, columns in tables.items():
        if table.name in REGISTERS:
            continue
        for column, kind in columns.items():
            if _is(kind, (*_NO_TEXT, *_DAYS)):
                continue
            text = f"cast({_quoted(column)} as varchar)"
            for value, rows in marts.execute(
                f"select part, count(*) from (select unnest(string_split_regex({text}, '[;,] *')) "  # noqa: S608 - names of our own
                f"as part from {table.full_name}) where part in (select unnest(?)) "
                "group by all order by all",
                [list(names)],
            ).fetchall():
                yield (
                    f"{rows:,} rows of mart {table.name}, column {column}, are of "
                    f"{names[value]}, which its definition calls restricted: take it out of the "
                    "models that make this mart."
                )


# ---------------------------------------------------------------------------- files of the folder


def _files(folder: Path, tables: set[str]) -> Iterator[tuple[str, list[_Column] | None]]:
    """Yield each file of the folder with what stands in it, None for one that cannot be read.

    The marts themselves are looked at above; their Parquet and CSV files were compared with them.
    """
    same = {f"parquet/{table}.parquet" for table in tables} | {
        f"csv/{table}.csv" for table in tables
    }
    names = []
    clean: set[str] = set()
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        name = path.relative_to(folder).as_posix()
        names.append(name)
        if name != MARTS and name not in same:
            try:
                yield name, list(_columns_of_file(path, name, clean))
            except (UnicodeDecodeError, pl.exceptions.PolarsError, csv.Error):
                yield name, None
    yield "names", [_listed("the names of the release's files", (), names)]


def _columns_of_file(path: Path, name: str, clean: set[str]) -> Iterator[_Column]:
    """Yield what stands in a file; `clean` are texts of pages before it, not worth another look."""
    if path.suffix == ".parquet":
        frame = pl.read_parquet(path)
        for column in frame.columns:
            yield _listed(f"{name}, column {column}", (column,), frame[column].to_list())
        return
    text = path.read_text(encoding="utf-8")
    is_one_of_many = name.startswith(PAGES)
    if path.suffix in (".json", ".jsonl"):
        yield from _columns_of_json(text, name)
    elif path.suffix == ".csv":
        rows = list(csv.reader(io.StringIO(text)))
        if is_one_of_many and not _has_label(rows[0] if rows else ()):
            yield _not_clean({cell for row in rows for cell in row}, name, clean)
        else:
            yield from _columns_of_rows(rows, name)
    elif is_one_of_many and path.suffix == ".html" and not _has_label(parts := _parts(text)):
        yield _not_clean(parts, name, clean)
    elif name == DOCS and (own := put_in(text)) is not None:
        policy, *documents = own
        yield _listed(name, (), list(_parts(policy)))
        for document in documents:
            yield from _columns_of_json(document, name)
    elif path.suffix in (".html", ".svg", ".xml"):
        yield from _columns_of_page(text, name)
    else:
        yield _listed(name, (), text.splitlines())


def _columns_of_page(text: str, name: str) -> Iterator[_Column]:
    """Yield the tables of a page, and all its texts."""
    page = _Page()
    page.feed(text)
    page.close()
    for rows in page.tables:
        yield from _columns_of_rows(rows, name)
    # A label and what follows it, as in a list of terms.
    pairs = [
        f"{label}: {text}"
        for label, text in pairwise(page.texts)
        if _announced(label) and not re.search(r"\d", label)
    ]
    yield _listed(name, (), [*page.texts, *pairs])


_PART = re.compile(r"<[^<>]*>|[^<>]+")
_ATTRIBUTE = re.compile(r"""=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""")


def _parts(text: str) -> set[str]:
    """Return the different texts and attributes of a page, in a tenth of a parser's time.

    Its templates escape what they are given, so no text has a bracket of its own; one that had
    would be cut there, and looked at all the same.
    """
    found: set[str] = set()
    for part in set(_PART.findall(text)):
        if part.startswith("<") and not part.startswith("<!"):
            found.update("".join(values) for values in _ATTRIBUTE.findall(part))
        else:
            found.add(part)
    plain = (unescape(part) if "&" in part else part for part in found)
    return {" ".join(part.split()) for part in plain if len(part) >= SHORTEST}


def _not_clean(texts: set[str], name: str, clean: set[str]) -> _Column:
    """Return the texts that are worth a second look; the others are `clean` from now on."""
    fresh = {text for text in texts - clean if len(text) >= SHORTEST}
    suspicious = set(_suspicious(list(fresh)))
    clean |= fresh - suspicious
    return _listed(name, (), suspicious)


def _has_label(parts: Iterable[str]) -> bool:
    """Tell whether a page has a text that announces what stands beside or below it."""
    return any(len(part) <= LONGEST_LABEL and _is_label(part) for part in parts)


@lru_cache(maxsize=100_000)
def _is_label(text: str) -> bool:
    return not any(map(str.isdigit, text)) and bool(_announced(text))


def _columns_of_json(text: str, name: str) -> Iterator[_Column]:
    """Yield the values under each key, wherever in the document the key stands."""
    under: dict[str, list[object]] = {}
    documents = text.splitlines() if name.endswith(".jsonl") else [text]
    try:
        for document in documents:
            _note_values(json.loads(document), "", under)
    except ValueError:
        yield _listed(name, (), text.splitlines())
        return
    yield _listed(f"{name}, its keys", (), list(under))
    for key, values in under.items():
        yield _listed(f"{name}, key {key}" if key else name, (key,), values)


def _note_values(node: object, key: str, under: dict[str, list[object]]) -> None:
    if isinstance(node, dict):
        for inner, value in node.items():
            _note_values(value, str(inner), under)
    elif isinstance(node, list):
        for value in node:
            _note_values(value, key, under)
    elif node is not None and not isinstance(node, bool):
        under.setdefault(key, []).append(node)


def _columns_of_rows(rows: list[list[str]], name: str) -> Iterator[_Column]:
    """Yield the columns of a table that begins with its headings."""
    for at in range(max(map(len, rows), default=0)):
        cells = [row[at] for row in rows if len(row) > at]
        heading = cells[0] if cells else ""
        yield _listed(f"{name}, column {at + 1}", (heading,), cells)


class _Page(HTMLParser):
    """The texts of a page with its attributes and comments, and its tables."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.texts: list[str] = []
        self.tables: list[list[list[str]]] = []
        self._in_cell = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.texts += [value for _, value in attrs if value and len(value) >= SHORTEST]
        self._in_cell = tag in ("td", "th") or (self._in_cell and tag not in ("tr", "table"))
        if tag == "table":
            self.tables.append([])
        elif tag == "tr" and self.tables:
            self.tables[-1].append([])
        elif tag in ("td", "th") and self.tables and self.tables[-1]:
            self.tables[-1][-1].append("")

    def handle_endtag(self, tag: str) -> None:
        self._in_cell = self._in_cell and tag not in ("td", "th", "tr", "table")

    def handle_data(self, data: str) -> None:
        text = " ".join(data.split())
        if text:
            self.texts.append(text)
            if self._in_cell and self.tables and self.tables[-1] and self.tables[-1][-1]:
                self.tables[-1][-1][-1] = f"{self.tables[-1][-1][-1]} {text}".strip()

    def handle_comment(self, data: str) -> None:
        self.handle_data(data)


def _listed(place: str, names: tuple[str, ...], values: Iterable[object]) -> _Column:
    """Return values as a column, of which each counts as often as it stands there."""
    kept = [value for value in values if value not in ("", None)]
    texts = sorted({value for value in kept if isinstance(value, str)})
    if not any(_announced(name) for name in names):
        texts = _suspicious(texts)
    others = [value for value in kept if not isinstance(value, str)]

    def rows_with(found: Iterable[object]) -> int:
        wanted = set(found)
        return sum(value in wanted for value in kept)

    return _Column(place, names, texts, others, rows_with)


# ------------------------------------------------------------------------------------- the look


def _look(column: _Column, own_contacts: list[str]) -> Iterator[str]:
    """Say what a column holds that nobody may publish; never what it is."""
    found: dict[str, set[object]] = {}
    texts = [t for t in column.texts if not any(fits(t, wording) for wording in own_contacts)]
    for what, value in (*_announced_values(column), *_lists(column, texts)):
        found.setdefault(what, set()).add(value)
    for text in texts:
        for what in _written(text):
            found.setdefault(what, set()).add(text)
    for what in sorted(found.keys() - column.allowed):
        yield _in_words(what, column, column.rows_with(found[what]))


def _in_words(what: str, column: _Column, rows: int) -> str:
    times = "once" if rows == 1 else f"{rows:,} times"
    own = (
        " If it is an organisation's own, declare its column in publishing/public_columns.yml."
        if what in ALLOWABLE.values()
        else ""
    )
    return (
        f"{what} in {column.place}, {times}. What it says is not repeated: look at it in the "
        "candidate, set aside the file that brought it (`joinedup set-aside`), tell its sender, "
        f"and build again.{own}"
    )


def _kinds() -> Iterator[tuple[str, re.Pattern[str], Callable[[object], bool]]]:
    for kind in KINDS:
        yield kind.what, kind.heading, kind.is_one
    yield PHONE, _PHONE_HEADING, _is_phone


def _is_phone(cell: object) -> bool:
    return _PHONE_VALUE.fullmatch(visible(as_text(cell))) is not None


def _announced(name: str) -> list[tuple[str, Callable[[object], bool]]]:
    """Return the kinds of personal data that a column's name announces."""
    said = normalise(re.sub(r"(?<=[a-z])(?=[A-Z])|_", " ", name)).rstrip(": ")
    return [(what, is_one) for what, heading, is_one in _kinds() if heading.fullmatch(said)]


def _announced_values(column: _Column) -> Iterator[tuple[str, object]]:
    """Yield what stands under a name that says what it is."""
    for name in column.names:
        for what, is_one in _announced(name):
            for value in (*column.texts, *column.others):
                said = normalise(as_text(value))
                if said != normalise(name) and is_one(_unwrapped(value)):
                    yield what, value


def _unwrapped(value: object) -> object:
    """Return a whole number as a reader of sheets has it, and a day as a day."""
    if isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    return value if isinstance(value, (str, float, date)) else str(value)


def _lists(column: _Column, texts: list[str]) -> Iterator[tuple[str, object]]:
    """Yield a whole column of numbers that check, or of addresses: it needs no name."""
    numbers: dict[str, object] = {
        number: text for text in texts for number in _LONE_NUMBER.findall(_opened(text))
    }
    numbers |= {as_text(one): one for one in column.others if _is_ten_digits(as_text(one))}
    right = {number: holder for number, holder in numbers.items() if is_nhs_number(number)}
    if len(right) >= FEWEST_NUMBERS and len(right) >= MOST_OF_A_COLUMN * len(numbers):
        yield from ((NHS, holder) for holder in right.values())
    addresses = [text for text in texts if E_MAIL.search(text)]
    if len({a for text in addresses for a in E_MAIL.findall(text)}) >= FEWEST_CONTACTS:
        yield from ((E_MAIL_ADDRESS, text) for text in addresses)
    codes = [text for text in texts if POSTCODE_UNSPACED.fullmatch(visible(text))]
    if len(codes) >= FEWEST_CONTACTS and len(codes) >= MOST_OF_A_COLUMN * len(texts):
        yield from ((POST_CODE, text) for text in codes)


def _is_ten_digits(text: str) -> bool:
    return len(text) == 10 and text.isdecimal()


@lru_cache(maxsize=20_000)
def _written(text: str) -> frozenset[str]:
    """Return the kinds of personal data that a text names itself."""
    return frozenset(_named_in(text))


def _named_in(text: str) -> Iterator[str]:
    for piece in _pieces(visible(text)):
        opened = _opened(piece)
        if any(is_nhs_number(one[1]) for one in _LABELLED_NUMBER.finditer(opened)) or any(
            is_nhs_number(one[0]) for one in _SPACED_NUMBER.finditer(piece)
        ):
            yield NHS
        if any(OFFICIAL.search(address) is None for address in E_MAIL.findall(unquote(piece))):
            yield E_MAIL_ADDRESS
        if POSTCODE.search(opened) or _LOWER_POSTCODE.fullmatch(piece):
            yield POST_CODE
        for what, pattern in _WRITTEN:
            if pattern.search(piece) or (opened != piece and pattern.search(opened)):
                yield what


_LOWER_POSTCODE = re.compile(rf"(?:{AREAS})[0-9][A-Z0-9]? [0-9][ABD-HJLNP-UW-Z]{{2}}", re.I)


def _opened(text: str) -> str:
    """Return a text with its words apart, as names of files and addresses of pages join them."""
    if " " in text and "_" not in text:
        return text
    return re.sub(r"[_+]|(?<=[A-Za-z])[-.](?=\w)|(?<=\w)[-.](?=[A-Za-z])", " ", unquote(text))


def _pieces(text: str) -> Iterator[str]:
    """Yield a text in pieces that overlap, so that no look at it takes long."""
    for start in range(0, max(len(text), 1), LONGEST):
        yield text[max(0, start - 100) : start + LONGEST]
