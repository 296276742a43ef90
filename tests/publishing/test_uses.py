"""Uses: from a file to the figures that rest on it, the way back of a trace."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import duckdb
import pytest

from publishing.mart_tables import open_read_only
from publishing.pointer import Release
from publishing.release import release_marts
from publishing.trace import cells, trace, trace_as_json
from publishing.uses import UnknownFileError, render_uses, uses, uses_as_json
from tests.publishing.conftest import COUNCIL, FILE_SHA
from tests.publishing.few_marts import write_quality

OTHER_SHA = "0123456789" + FILE_SHA[10:]

SPOIL = f"""
    INSERT INTO marts.source_file BY NAME SELECT '{OTHER_SHA}' AS source_sha256,
      'folder/May.xls' AS file_name, 'read' AS state, 'a_return' AS return_id,
      false AS is_synthetic, true AS is_current_vintage, 'https://publisher.example/May.xls' AS url,
      'https://publisher.example/' AS landing_page, TIMESTAMP '2026-11-22 01:02:03' AS fetched_at;
    INSERT INTO marts.source_file BY NAME SELECT 'aaaaaaaa' AS source_sha256,
      'old/June.xls' AS file_name, 'read' AS state, false AS is_current_vintage;
    UPDATE marts.lineage SET source_sha256 = '{OTHER_SHA}' WHERE lineage_id = 'month-5';
    UPDATE marts.claim SET lineage_id = 'claim' WHERE claim_id = 'C008';
    UPDATE marts.delayed_days SET lineage_id = 'month-5';
    INSERT INTO marts.lineage BY NAME SELECT 'claim' AS lineage_id, 1 AS part,
      'figure' AS part_kind, 'quarter' AS child_lineage_id, 'change' AS operation;
    INSERT INTO marts.revision VALUES ('a_return', '{FILE_SHA}', '{OTHER_SHA}');
"""  # noqa: S608


@pytest.fixture(scope="module")
def two_files(
    built: Callable[[float, bool], Path], tmp_path_factory: pytest.TempPathFactory, now: datetime
) -> Release:
    """A release in which May was read from a file of its own, fetched from the web."""
    folder = tmp_path_factory.mktemp("two")
    candidate = folder / "candidate.duckdb"
    candidate.write_bytes(built(0, False).read_bytes())
    with duckdb.connect(str(candidate)) as connection:
        connection.execute(SPOIL)
    write_quality(folder / "quality")
    return release_marts(
        candidate,
        folder / "quality",
        folder / "releases",
        inputs_fingerprint="00c0ffee",
        run_id="run",
        now=now,
    )


def test_a_file_leads_to_all_that_rests_on_it(two_files: Release) -> None:
    """Given May's own file
    When its uses are asked for
    Then May, the quarter that sums it, the claim, the details and the revision are there, no more.
    """
    found = uses(two_files, "May.xls")

    keys = {(f.metric_id, f.area_code, f.period_type, f.value) for f in found.figures}
    assert keys == {
        ("delayed_days", COUNCIL, "month", 1005.0),
        ("delayed_days", COUNCIL, "quarter", 3015.0),
    }
    assert (found.claims, found.delayed_days, found.revisions) == (("C008",), 1, 1)
    assert [(g.period_type, g.figures, g.areas) for g in found.groups] == [
        ("month", 1, 1),
        ("quarter", 1, 1),
    ]


def test_trace_and_uses_are_each_others_way_back(two_files: Release) -> None:
    """Given every figure and every file of a release
    When both ways are gone
    Then a trace names a file exactly where the file's uses name the figure.
    """
    with open_read_only(two_files.marts) as marts:
        figures = marts.execute(
            "SELECT metric_id, area_code, period_type, period_start FROM metric_value"
        ).fetchall()
        files = [
            sha for (sha,) in marts.execute("SELECT source_sha256 FROM source_file").fetchall()
        ]
    assert len(figures) == 9
    up = {
        (sha, (f.metric_id, f.area_code, f.period_type, f.period_start))
        for sha in files
        for f in uses(two_files, sha).figures
    }
    typed = {"month": "{:%Y-%m}", "quarter": "Q1 2015-16"}
    down = set()
    for figure in figures:
        metric, area, period_type, start = figure
        period = typed.get(period_type, f"{start.year}/{start.year + 1}").format(start)
        parts = trace(two_files, metric, area, period).parts
        down |= {(cell.source_sha256, figure) for cell in cells(parts)}
    assert up == down
    assert {sha for sha, _ in up} == {FILE_SHA, OTHER_SHA}


def test_a_sha256_or_its_beginning_is_a_name_too(two_files: Release) -> None:
    """Given a file
    When it is asked for by folder and name, by sha256 or by its first eight digits
    Then it is the same file.
    """
    for said in ("folder/May.xls", "may.XLS", OTHER_SHA, OTHER_SHA[:8].upper()):
        assert uses(two_files, said).file.source_sha256 == OTHER_SHA


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ("June.xls", "means 2 files"),
        ("0123", "at least 8"),
        ("Mai.xls", "nearest: folder/May.xls"),
        ("ffffffffff", "none like it"),
        ("", "none like it"),
    ],
)
def test_what_means_no_one_file_is_said(two_files: Release, said: str, why: str) -> None:
    """Given a name of two files, of none, or too few digits
    When its uses are asked for
    Then the error says what there is.
    """
    with pytest.raises(UnknownFileError, match=why):
        uses(two_files, said)


def test_two_files_of_one_name_are_told_apart_by_sha256(two_files: Release) -> None:
    """Given a name of two files
    When its uses are asked for
    Then the error lists the digits to give for each.
    """
    with pytest.raises(UnknownFileError) as error:
        uses(two_files, "June.xls")
    assert FILE_SHA[:12] in str(error.value)
    assert "aaaaaaaa  old/June.xls" in str(error.value)


def test_uses_read_as_plain_text(two_files: Release) -> None:
    """Given a file
    When its uses are rendered
    Then counts, address and, if asked for, each figure are there in words.
    """
    found = uses(two_files, "May.xls")

    text = render_uses(found)
    assert "2 figures of metric_value rest on it:" in text
    assert "delayed_days, month: 1 figures of 1 areas, May 2015" in text
    assert "https://publisher.example/May.xls" in text
    assert "delayed_days E10000003" not in text
    assert "delayed_days E10000003 2015-05: 1,005 days" in render_uses(found, every_figure=True)


def test_a_file_that_nothing_rests_on_says_why(two_files: Release) -> None:
    """Given a file that later ones have replaced
    When its uses are asked for
    Then there are none, and the reason is said.
    """
    text = render_uses(uses(two_files, "old/June.xls"))
    assert "No figure of metric_value rests on it: later files have taken its place." in text


def test_uses_as_json_say_the_same(two_files: Release) -> None:
    """Given a file
    When its uses are given as JSON
    Then the documented keys are there, dates and times as ISO says.
    """
    document = json.loads(uses_as_json(uses(two_files, "May.xls")))
    assert set(document) == {
        *("format", "release_id", "as_at", "is_synthetic", "file", "groups", "figures"),
        *("delayed_days", "claims", "revisions"),
    }
    assert document["file"]["fetched_at"] == "2026-11-22T01:02:03"
    assert document["figures"][0]["period_start"] == "2015-05-01"
    assert set(document["figures"][0]) == {
        *("metric_id", "area_code", "boundary", "period_type", "period_start", "period_end"),
        *("value", "unit", "value_status"),
    }


def test_a_trace_as_json_has_its_files_and_addresses(two_files: Release) -> None:
    """Given a quarter read from two files, one of them fetched from the web
    When its trace is given as JSON
    Then each part says its kind, and each file is listed once with its address and cells.
    """
    document = json.loads(trace_as_json(trace(two_files, "delayed_days", COUNCIL, "Q1 2015-16")))
    assert document["format"] == 1
    assert set(document) == {
        *("format", "release_id", "as_at", "is_synthetic", "metric_id", "title", "definition"),
        *("caveats", "area_code", "area_name", "boundary", "period_type", "period_start"),
        *("period_end", "period_name", "value", "unit", "value_status", "maturity"),
        *("published_on", "note", "parts", "files", "segment", "numerator", "denominator"),
        *("denominator_id", "population", "apportioned_share", "parts_needed", "parts_missing"),
    }
    assert [part["kind"] for part in document["parts"]] == ["figure"] * 3
    assert document["parts"][0]["parts"][0]["kind"] == "cell"
    files = {file["file_name"]: file for file in document["files"]}
    assert {name: file["cells"] for name, file in files.items()} == {
        "folder/May.xls": 1,
        "folder/June.xls": 2,
    }
    assert files["folder/May.xls"]["url"] == "https://publisher.example/May.xls"
    assert files["folder/May.xls"]["landing_page"] == "https://publisher.example/"
    assert files["folder/June.xls"]["url"] is None


def test_a_release_from_before_the_addresses_is_read(
    candidate: Path, quality: Path, now: datetime
) -> None:
    """Given a release whose files have no addresses
    When a figure is traced and a file's uses are asked for
    Then both are answered, without an address.
    """
    with duckdb.connect(str(candidate)) as connection:
        for column in ("url", "landing_page", "fetched_at"):
            connection.execute(f"ALTER TABLE marts.source_file DROP {column}")
    release = release_marts(
        candidate,
        quality,
        candidate.parent / "releases",
        inputs_fingerprint="00c0ffee",
        run_id="run",
        now=now,
    )
    (cell,) = cells(trace(release, "delayed_days", COUNCIL, "2015-06").parts)
    assert cell.url is None
    assert uses(release, FILE_SHA).file.url is None
