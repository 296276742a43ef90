"""The last look before a release: personal data is found in every place, figures never are."""

from __future__ import annotations

import csv
import json
import os
import shutil
import time
from collections.abc import Mapping
from datetime import date
from pathlib import Path

import duckdb
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dbt_project.docs import KEPT, put_in, write_docs
from ingestion.definition import Definition, load_definition, load_definitions
from ingestion.personal import is_nhs_number
from joinedup.public_scan import scan
from publishing.pointer import Release, current_release
from tests.joinedup.conftest import Load

SHA, OTHER_SHA = "5e" * 32, "0b" * 32
TABLES = {
    "source_file": "source_sha256 VARCHAR, file_name VARCHAR, return_id VARCHAR, reason VARCHAR",
    "lineage": "lineage_id VARCHAR, source_sha256 VARCHAR, source_sheet VARCHAR, raw_text VARCHAR",
    "metric_value": "metric_id VARCHAR, area_code VARCHAR, period_start DATE, value DOUBLE, "
    "parts BIGINT, lineage_id VARCHAR",
    "quality_result": "check_name VARCHAR, return_id VARCHAR, says VARCHAR",
}
ROWS: Mapping[str, list[tuple[object, ...]]] = {
    "source_file": [
        (SHA, "delays/Delays-by-council-1574159472-Web_v2.xls", "delays", None),
        (OTHER_SHA, "delays/LA-Type-B_2016-03.xls", "delays", "The file is not dated."),
    ],
    "lineage": [("0712345678912", SHA, "LA - by Type of Care", "9434765919")],
    "metric_value": [("delayed_days", "E06000015", date(2016, 3, 1), 9434765919.0, 1, "0c0ffee1")],
    "quality_result": [("rows_are_those_read", "delays", "as many rows as the file has")],
}
"""What a release rightly holds, figures and names of files among it that look like numbers."""
NUMBER = "9991234519"
"""A number of the range kept for tests, with the right check digit."""


def release_folder(folder: Path, change: str = "") -> Path:
    """Write what a release holds before it is sealed; `change` is SQL on its marts."""
    (folder / "parquet").mkdir(parents=True)
    (folder / "quality").mkdir()
    with duckdb.connect(str(folder / "marts.duckdb")) as made:
        made.execute("create schema marts; use marts.marts")
        for table, columns in TABLES.items():
            made.execute(f"create table {table} ({columns})")
            places = ", ".join("?" * len(ROWS[table][0]))
            made.executemany(f"insert into {table} values ({places})", list(ROWS[table]))  # noqa: S608
        if change:
            made.execute(change)
    audit = {"outcome": "passed", "checks": [{"check": "key", "unexpected_count": 9434765919}]}
    write_json(folder, audit)
    return folder


def write_json(folder: Path, audit: object) -> None:
    """Write the audit's results beside the marts."""
    (folder / "quality" / "quality.json").write_text(json.dumps(audit), encoding="utf-8")


def find(folder: Path, definitions: Mapping[str, Definition] | None = None) -> list[str]:
    """Scan a folder without reading every definition for it."""
    return scan(folder, definitions=definitions or {})


def test_figures_codes_and_names_of_files_are_nothing(tmp_path: Path) -> None:
    """Given ten digits with a right check digit as figure, text and name, then nothing is found."""
    assert is_nhs_number("9434765919")
    assert find(release_folder(tmp_path / "release")) == []


SAID = {
    "an NHS number": f"NHS number: {NUMBER}",
    "a date of birth": "Date of birth 12/03/1941",
    "a person's name": "Patient name: Edna",
    "a postcode": "Flat 2, 1 High Street, LS1 4AP",
    "an e-mail address": "write to edna@example.org",
    "a telephone number": "07700 900123",
    "a case identifier": "Case ref: AB-12345",
}
OTHERWISE = {
    "an NHS number": "seen twice, 999 123 4519",
    "a date of birth": "{'dob': '1941-03-12'}",
    "a person's name": "rung up by Mrs E. Example",
    "a postcode": "ls1 4ap",
    "an e-mail address": "<Edna.Example@mail.example.com>",
    "a telephone number": "Telephone no: 0113 496 0123",
}
HIDDEN = {
    "an NHS number": f"NHS\u00a0No. {NUMBER[:3]}\u200b{NUMBER[3:]}",
    "a date of birth": "born on 3rd March 1941",
    "a telephone number": "+44 (0) 7700 900123",
}
WRITTEN = [(what, text) for said in (SAID, OTHERWISE, HIDDEN) for what, text in said.items()]
NAMES_OF_FILES = [
    ("an NHS number", f"visits/nhs_no_{NUMBER}.csv"),
    ("a date of birth", "visits/dob-1941-03-12.csv"),
    ("a person's name", "visits/patient_name_Edna_Example.csv"),
    ("a postcode", "visits/LS1_4AP.csv"),
    ("an e-mail address", "visits/edna%40example.org.csv"),
]


def test_f120_f121_what_says_itself_what_it_is_is_found(tmp_path: Path) -> None:
    """Given texts that name a person in each way, then its kind is told, and what it says is not.

    Names of files, which join their words, are among them.
    """
    written = [*WRITTEN, *NAMES_OF_FILES]
    columns = ", ".join(f"said_{at} VARCHAR" for at in range(len(written)))
    folder = release_folder(tmp_path / "release", f"create table visit ({columns})")
    with duckdb.connect(str(folder / "marts.duckdb")) as marts:
        texts = [text for _, text in written]
        places = ", ".join("?" * len(texts))
        marts.execute(f"insert into marts.marts.visit values ({places})", texts)  # noqa: S608
    found = find(folder)
    told = {one.split(", once. ")[0] for one in found}
    assert told == {
        f"{what} in mart visit, column said_{at}" for at, (what, _) in enumerate(written)
    }
    for _, text in written:
        secret = text.split()[-1].strip("'{}<>")
        assert not [one for one in found if secret in one]


def put_everywhere(folder: Path, text: str) -> set[str]:
    """Write a release that says a text wherever one may stand; returns how each place is told."""
    quoted = text.replace("'", "''")
    columns = [
        *(("source_file", column) for column in ("file_name", "reason")),
        *(("lineage", column) for column in ("lineage_id", "source_sheet", "raw_text")),
        *(("metric_value", column) for column in ("metric_id", "area_code", "lineage_id")),
        ("quality_result", "says"),
    ]
    change = [f"update {table} set {column} = '{quoted}'" for table, column in columns]  # noqa: S608
    change += [
        f"comment on table metric_value is '{quoted}'",
        f"comment on column metric_value.value is '{quoted}'",
    ]
    release_folder(folder, ";".join(change))
    examples = [{"area_code": "E06000015"}, {"note": text, text: 1}]
    write_json(folder, {"outcome": "passed", "checks": [{"check": "key", "examples": examples}]})
    quality = folder / "quality"
    shown = text.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")
    pages = {
        "page": f"<p>1 check: <b>{shown}</b></p>",
        "attribute": f'<p title="{shown}">1 check</p>',
        "remark": f"<p>1 check</p><!-- {text} -->",
    }
    (folder / "scorecard").mkdir()
    for name, page in pages.items():
        for place in ("quality", "scorecard"):
            text_of_page = f"<html><p>1 metric</p>{page}</html>"
            (folder / place / f"{name}.html").write_text(text_of_page, encoding="utf-8")
    (quality / "notes.txt").write_text(f"Looked at twice.\n{text}\n", encoding="utf-8")
    with (quality / "checks.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([["check", "says"], ["key", text]])
    pl.DataFrame({"says": ["as it should", text]}).write_parquet(quality / "checks.parquet")
    return {
        *(
            f"mart {table}, column {column}, {'2 times' if table == 'source_file' else 'once'}"
            for table, column in columns
        ),
        "the comments and names of the marts' tables and columns, 2 times",
        "quality/quality.json, its keys, once",
        "quality/quality.json, key note, once",
        *(f"{place}/{name}.html, once" for name in pages for place in ("quality", "scorecard")),
        "quality/notes.txt, once",
        "quality/checks.csv, column 2, once",
        "quality/checks.parquet, column says, once",
    }


@pytest.mark.parametrize("what", SAID)
def test_f120_f121_what_says_itself_what_it_is_is_found_everywhere(
    tmp_path: Path, what: str
) -> None:
    """Given such a text in any place of a release, then each place is told, with how often."""
    places = put_everywhere(tmp_path / "release", SAID[what])
    assert {one.split(". What")[0] for one in find(tmp_path / "release")} == {
        f"{what} in {place}" for place in places
    }


@pytest.mark.parametrize("folder", ["quality", "scorecard"])
def test_f121_a_column_of_a_page_that_says_what_it_holds_is_looked_at(
    tmp_path: Path, folder: str
) -> None:
    """Given a page with a number under a heading that says whose it is, then it is found."""
    release = release_folder(tmp_path / "release")
    (release / folder).mkdir(exist_ok=True)
    rows = f"<tr><th>Council</th><th>NHS number</th></tr><tr><td>Kent</td><td>{NUMBER}</td></tr>"
    (release / folder / "page.html").write_text(f"<p>1 metric</p><table>{rows}</table>")
    found = find(release)
    assert found
    assert all(one.startswith(f"an NHS number in {folder}/page.html") for one in found)


def test_a_thousand_pages_are_looked_at_in_little_time(tmp_path: Path) -> None:
    """Given pages that say the same of councils, with figures of their own
    When they are scanned
    Then it takes a tenth of what a page of the audit takes, and the one with an address is found.
    """
    release = release_folder(tmp_path / "release")
    row = '<tr><th scope="row">Council {}</th><td class="n">{}</td><td>Edna &amp; others</td></tr>'
    for folder, pages in (("quality", 20), ("scorecard", 200)):
        (release / folder).mkdir(exist_ok=True)
        for page in range(pages):
            rows = "".join(row.format(at, 1000 * page + at) for at in range(200))
            said = "edna@example.org" if page == 19 else "nobody"
            text = f"<p>{said}</p><table>{rows}</table>"
            (release / folder / f"page-{page}.html").write_text(text)
    began = time.process_time()
    (of_audit,) = find_below(release, "quality")
    between = time.process_time()
    (of_scorecard,) = find_below(release, "scorecard")
    ended = time.process_time()
    assert "quality/page-19.html" in of_audit
    assert "scorecard/page-19.html" in of_scorecard
    assert ended - between < 3 * (between - began), "ten times the pages"


def find_below(release: Path, folder: str) -> list[str]:
    """Scan a release that has files in this folder only, besides the marts."""
    other = release.with_name(f"only-{folder}")
    other.mkdir()
    shutil.copyfile(release / "marts.duckdb", other / "marts.duckdb")
    shutil.copytree(release / folder, other / folder)
    return find(other)


@pytest.mark.parametrize(
    ("place", "says"),
    [
        ("nowhere", []),
        ("text of a model", ["an e-mail address in docs/index.html, key description, once"]),
        ("key", ["an NHS number in docs/index.html, key nhs_number, once"]),
        ("comment of a column", ["an e-mail address in docs/index.html, key comment, once"]),
    ],
)
def test_the_page_about_tables_is_looked_at_in_what_was_put_into_it(
    tmp_path: Path, place: str, says: list[str]
) -> None:
    """Given that page with something in a text, under a key or in a comment
    When it is scanned
    Then it is found; and a page that is not dbt's own around that is looked at whole.
    """
    release = release_folder(tmp_path / "release")
    node: dict[str, object] = {"schema": "marts", "alias": "lineage", "description": "What led to"}
    if place == "text of a model":
        node["description"] = 'Ask "edna@example.org"\nbefore noon'
    if place == "key":
        node["meta"] = {"nhs_number": NUMBER}
    if place == "comment of a column":
        with duckdb.connect(str(release / "marts.duckdb")) as marts:
            marts.execute("comment on column marts.marts.lineage.raw_text is 'edna@example.org'")
    (tmp_path / KEPT).write_text(json.dumps({"nodes": {"model.lineage": node}, "sources": {}}))
    page = release / "docs" / "index.html"
    write_docs(release / "marts.duckdb", tmp_path, page)
    text = page.read_text(encoding="utf-8")
    assert put_in(text) is not None
    for other in (f"{text}<p>more</p>", text.replace("<body", "<!-- more --><body", 1)):
        assert put_in(other) is None
    found = [one.split(". What")[0] for one in find(release)]
    assert [one for one in found if "docs/" in one] == says


@pytest.mark.parametrize("tables", [None, ["lineage"], []])
def test_the_csv_of_a_mart_is_looked_at_unless_it_was_compared(
    tmp_path: Path, tables: list[str] | None
) -> None:
    """Given a CSV file with an address beside marts without
    When the scan is told with which marts files were compared, or not
    Then it is found unless it was compared with them, which were looked at.
    """
    release = release_folder(tmp_path / "release")
    (release / "csv").mkdir()
    (release / "csv" / "lineage.csv").write_text("lineage_id,raw_text\n1,edna@example.org\n")
    found = scan(release, tables, definitions={})
    assert bool(found) == (tables == [])


def test_f121_the_name_of_a_file_of_the_release_is_looked_at(tmp_path: Path) -> None:
    """Given a file beside the audit's results that is named after a person, then it is found."""
    folder = release_folder(tmp_path / "release")
    (folder / "quality" / f"nhs_no_{NUMBER}.txt").write_text("")
    (found,) = find(folder)
    assert found.startswith("an NHS number in the names of the release's files, once")


TYPED: list[tuple[str, str, str, list[object]]] = [
    ("an NHS number", "nhs_number", "VARCHAR", [NUMBER]),
    ("an NHS number", "patient_nhs_no", "BIGINT", [int(NUMBER)]),
    ("an NHS number", "nhs_number", "DOUBLE", [float(NUMBER)]),
    ("a date of birth", "date_of_birth", "DATE", [date(1941, 3, 12)]),
    ("a date of birth", "dob", "VARCHAR", ["12.03.1941"]),
    ("a person's name", "surname", "VARCHAR", ["Ex"]),
    ("a person's name", "patient_name", "VARCHAR", ["Edna Example"]),
    ("a case identifier", "case_id", "VARCHAR", ["AB12345"]),
    ("a case identifier", "client_number", "BIGINT", [1234567]),
    ("a postcode", "postcode", "VARCHAR", ["LS14AP"]),
    ("an e-mail address", "contact", "VARCHAR", [f"p{n}@nhs.net" for n in range(4)]),
    ("a telephone number", "telephone", "VARCHAR", ["0113 496 0123"]),
    ("a postcode", "place", "VARCHAR", ["LS14AP", "ls14aq", "S12AB", "M12AB"]),
]


def test_f121_what_a_column_of_a_mart_is_called_is_heeded(tmp_path: Path) -> None:
    """Given marts' columns of personal data, then table, column and how many rows are told."""
    folder = release_folder(tmp_path / "release")
    with duckdb.connect(str(folder / "marts.duckdb")) as marts:
        marts.execute("use marts.marts")
        for at, (_, column, kind, values) in enumerate(TYPED):
            marts.execute(f"create table visit_{at} (day DATE, {column} {kind})")
            marts.executemany(
                f"insert into visit_{at} values ('2016-03-01', ?)",  # noqa: S608
                [[value] for value in values],
            )
    found = find(folder)
    times = {1: "once"}
    assert {one.split(". What")[0] for one in found} == {
        f"{what} in mart visit_{at}, column {column}, "
        f"{times.get(len(values), f'{len(values)} times')}"
        for at, (what, column, _, values) in enumerate(TYPED)
    }
    assert all("joinedup set-aside" in one for one in found)
    said = [str(value) for *_, values in TYPED for value in values if len(str(value)) > 2]
    assert not [one for one in found if any(value in one for value in said)]


def test_f121_headings_of_files_are_heeded(tmp_path: Path) -> None:
    """Given an NHS number under a key, a heading of a page or of a CSV file, then each is found."""
    folder = release_folder(tmp_path / "release")
    write_json(folder, {"checks": [{"examples": [{"nhs_number": int(NUMBER)}]}]})
    quality = folder / "quality"
    (quality / "index.html").write_text(
        "<dl><dt>Date of birth</dt><dd>12 March 1941</dd></dl>"
        f"<table><tr><th>row<th>Surname</th></tr><tr><td>{NUMBER}</td><td>Ex</td></tr></table>"
    )
    (quality / "rows.csv").write_text(f"row,NHS No\n1,{NUMBER}\n")
    found = [one.split(". What")[0] for one in find(folder)]
    assert found == [
        "a person's name in quality/index.html, column 2, once",
        "a date of birth in quality/index.html, once",
        "an NHS number in quality/quality.json, key nhs_number, once",
        "an NHS number in quality/rows.csv, column 2, once",
    ]


def test_what_cannot_be_looked_through_is_not_let_through(tmp_path: Path) -> None:
    """Given a picture among the results, or a Parquet file of no mart, then neither is let pass."""
    folder = release_folder(tmp_path / "release")
    (folder / "quality" / "chart.png").write_bytes(b"\x89PNG\r\n\x1a\n\xff\xfe")
    pl.DataFrame({"nhs_number": [NUMBER]}).write_parquet(folder / "parquet" / "visit.parquet")
    found = find(folder)
    assert found[0].startswith("an NHS number in parquet/visit.parquet, column nhs_number, once")
    assert found[1].startswith("quality/chart.png is of a kind that cannot be looked through")
    listed = scan(folder, [*TABLES, "visit"], definitions={})
    assert [one.split(" is of")[0] for one in listed] == ["quality/chart.png"]


def nhs_numbers() -> st.SearchStrategy[str]:
    """Ten digits with the right check digit."""
    return st.integers(100_000_000, 999_999_999).map(_with_check_digit).filter(bool)


def _with_check_digit(nine: int) -> str:
    return next((f"{nine}{digit}" for digit in range(10) if is_nhs_number(f"{nine}{digit}")), "")


FIGURES = st.lists(st.integers(1_000_000_000, 9_999_999_999), min_size=1, max_size=200)


@settings(max_examples=5, deadline=None)
@given(figures=FIGURES, right=st.lists(nhs_numbers(), max_size=7))
def test_f120_random_figures_of_ten_digits_never_trip(
    tmp_path_factory: pytest.TempPathFactory, figures: list[int], right: list[str]
) -> None:
    """Given figures of ten digits, up to seven sure to have the check digit, then none is found.

    They stand as numbers and as texts, in marts, in names of files and in the audit's results.
    """
    many = [*figures, *map(int, right)]
    folder = release_folder(tmp_path_factory.mktemp("figures") / "release")
    with duckdb.connect(str(folder / "marts.duckdb")) as marts:
        marts.execute("use marts.marts")
        marts.execute(
            "insert into lineage select 'x', 'y', 'z', unnest(?)", [[str(one) for one in many]]
        )
        marts.execute("insert into metric_value select 'm', 'a', null, unnest(?), 1, 'x'", [many])
        marts.execute(
            "insert into source_file select 'y', unnest(?), 'delays', null",
            [[f"delays/Web-file-{one}.xls" for one in many]],
        )
    write_json(folder, {"checks": [{"examples": [{"value": one} for one in many]}]})
    assert find(folder) == []


FORMS = ("NHS number {}", "the patient (NHS no. {})", "nhs_number={}", "NHSNumber: {}", "{} {} {}")


@settings(max_examples=5, deadline=None)
@given(number=nhs_numbers(), form=st.sampled_from(FORMS))
def test_f120_an_nhs_number_that_is_said_is_found_in_every_place(
    tmp_path_factory: pytest.TempPathFactory, number: str, form: str
) -> None:
    """Given any right number with its context, in any place, then it is found."""
    parts = (number[:3], number[3:6], number[6:]) if form.startswith("{}") else (number,)
    folder = tmp_path_factory.mktemp("said") / "release"
    places = put_everywhere(folder, form.format(*parts))
    found = {one.split(". What")[0] for one in find(folder) if one.startswith("an NHS number in ")}
    assert found >= {f"an NHS number in {place}" for place in places}


@settings(max_examples=3, deadline=None)
@given(numbers=st.lists(nhs_numbers(), min_size=8, max_size=30, unique=True), kind=st.booleans())
def test_f120_a_list_of_nhs_numbers_needs_no_name(
    tmp_path_factory: pytest.TempPathFactory, numbers: list[str], kind: bool
) -> None:
    """Given eight or more in a column of texts or of numbers, then they are found by themselves."""
    put = (
        "insert into lineage select 'x', 'y', 'z', unnest(?)"
        if kind
        else "insert into metric_value select 'm', 'a', null, unnest(?)::double, 1, 'x'"
    )
    folder = release_folder(tmp_path_factory.mktemp("list") / "release")
    with duckdb.connect(str(folder / "marts.duckdb")) as marts:
        marts.execute("use marts.marts")
        marts.execute("delete from lineage; delete from metric_value")
        marts.execute(put, [numbers])
    (found,) = find(folder)
    assert found.startswith("an NHS number in mart ")
    assert f", {len(numbers)} times. " in found


PLACES_OF_CARE = """
return: places_of_care
title: Places of care, made up
publisher: A publisher
licence: OGL-UK-3.0
landing_page: https://www.example.org/
link: "places*"
cadence: {every: month, published_after_days: 0, first: 2024-04}
recognise: {text: [Place, Post Code]}
records:
  places:
    columns:
      place: {heading: Place, is_required: true}
      postcode: {heading: Post Code, organisations_own: true}
"""


def definition_of(folder: Path, text: str, name: str) -> Mapping[str, Definition]:
    """Load a made-up definition."""
    folder.mkdir(exist_ok=True)
    path = folder / f"{name}.yml"
    path.write_text(text, encoding="utf-8")
    return {name: load_definition(path)}


def test_organisations_own_addresses_pass_where_a_definition_declares_them(tmp_path: Path) -> None:
    """Given a column declared to hold organisations' postcodes, then those pass, and only those.

    Without the definition's own word the declaration itself is refused.
    """
    declared = tmp_path / "public_columns.yml"
    declared.write_text(
        "organisations_own:\n"
        "  - {table: place, column: postcode, holds: [postcode], return: places_of_care, "
        "from: postcode}\n"
    )
    folder = release_folder(
        tmp_path / "release",
        "create table place (name VARCHAR, postcode VARCHAR); "
        "insert into place values ('A home', 'LS1 4AP'), ('Another', 'LS1 4AQ'), ('And', 'x')",
    )
    known = definition_of(tmp_path / "returns", PLACES_OF_CARE, "places_of_care")
    assert scan(folder, definitions=known, declared=declared) == []
    assert len(find(folder, known)) == 1, "nothing is declared in the project's own file"
    silent = PLACES_OF_CARE.replace(", organisations_own: true", "")
    unknown = definition_of(tmp_path / "returns", silent, "places_of_care")
    (found,) = scan(folder, definitions=unknown, declared=declared)
    assert "does not say `organisations_own` of postcode" in found
    with duckdb.connect(str(folder / "marts.duckdb")) as marts:
        marts.execute("update marts.marts.place set postcode = 'NHS no 9991234519'")
    assert scan(folder, definitions=known, declared=declared)[0].startswith("an NHS number in ")


def test_addresses_of_publishers_pass(tmp_path: Path) -> None:
    """Given up to three addresses of publishers, and one that a definition calls its own: fine."""
    said = "statistics@nhs.net, press@example.gov.uk, press@example.org"
    own = PLACES_OF_CARE + "own_contacts: ['*press@example.org']\n"
    known = definition_of(tmp_path / "returns", own, "places_of_care")
    folder = release_folder(tmp_path / "release", f"update source_file set reason = '{said}'")  # noqa: S608
    assert find(folder, known) == []
    assert len(find(folder)) == 1


RESTRICTED = """
return: delays
title: Delays, made up
publisher: A publisher
licence: none
classification: restricted
landing_page: https://www.example.org/
link: "delays*"
cadence: {every: month, published_after_days: 0, first: 2024-04}
recognise: {text: [Delays]}
records:
  delays: {columns: {place: {heading: Place}}}
"""


def test_f130_no_figure_of_a_restricted_return_is_published(tmp_path: Path) -> None:
    """Given a return that is restricted, then a mart with a row of one of its files is refused.

    That it is held, and that it was checked, may be said.
    """
    folder = release_folder(tmp_path / "release")
    restricted = definition_of(tmp_path / "returns", RESTRICTED, "delays")
    (found,) = find(folder, restricted)
    assert found.startswith("1 rows of mart lineage, column source_sha256, are of delays, which ")
    open_ = RESTRICTED.replace("restricted\n", "public\n")
    assert find(folder, definition_of(tmp_path / "returns", open_, "delays")) == []
    with duckdb.connect(str(folder / "marts.duckdb")) as marts:
        marts.execute("use marts.marts; delete from lineage")
    assert find(folder, restricted) == []
    with duckdb.connect(str(folder / "marts.duckdb")) as marts:
        marts.execute("use marts.marts")
        marts.execute("create table metric (metric_id VARCHAR, source_returns VARCHAR)")
        marts.execute("insert into metric values ('m', 'other; delays')")
    (found,) = find(folder, restricted)
    assert "mart metric, column source_returns, are of delays" in found


def test_every_definition_is_public_or_says_so() -> None:
    """Given the definitions, then none that names people is public."""
    for definition in load_definitions().values():
        columns = [c for of in definition.records.values() for c in of.columns.values()]
        assert definition.classification == "public"
        assert not [column for column in columns if column.pseudonym]


def test_the_demonstration_is_clean(demonstration_load: Load) -> None:
    """Given the release of the demonstration, then nothing is found in it."""
    release = current_release(demonstration_load.home / "releases")
    assert release is not None, demonstration_load.finished.text
    assert scan(release.path) == []


@pytest.mark.long
def test_the_publishers_own_files_are_clean(real_release: Release, tmp_path: Path) -> None:
    """Given the release of the publishers' files, then nothing is found, and it takes no time.

    A million texts and half a million figures: seconds of the processor, whoever else is at work.
    """
    # Under another name: one process opens a database in one way only, and others look at this.
    folder = tmp_path / "release"
    shutil.copytree(real_release.path, folder, copy_function=os.link)
    began = time.process_time()
    assert scan(folder) == []
    assert time.process_time() - began < 8
