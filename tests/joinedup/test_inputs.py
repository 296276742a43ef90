from __future__ import annotations

from datetime import date
from pathlib import Path

import polars as pl
import pytest

from joinedup.inputs import code_fingerprint, inputs_fingerprint, lake_fingerprint


def index(folder: Path, rows: list[tuple[str, str, str]]) -> Path:
    """Write a lake index of sha256, state and fingerprint, in the order of landing."""
    schema = ["source_sha256", "state", "definition_fingerprint"]
    frame = pl.DataFrame(rows, schema=schema, orient="row").with_row_index("landed_seq")
    frame.write_parquet(folder / "index.parquet")
    return folder / "index.parquet"


@pytest.mark.parametrize(
    ("rows", "is_other"),
    [
        ([("aa", "read", "1"), ("cc", "unrecognised", "1")], False),
        ([("aa", "read", "2")], True),
        ([("aa", "quarantined", "1")], True),
        ([("aa", "read", "1"), ("bb", "read", "1")], True),
    ],
)
def test_what_makes_a_night_new(
    tmp_path: Path, rows: list[tuple[str, str, str]], is_other: bool
) -> None:
    """Given a file more, or one read otherwise, then it is new; a stranger counts for nothing."""
    before = lake_fingerprint(index(tmp_path, [("aa", "read", "1")]))
    assert (lake_fingerprint(index(tmp_path, rows)) != before) is is_other


def test_a_look_back_counts_only_what_was_known(tmp_path: Path) -> None:
    """Given a file published later, then the day before is as it was, and the next day is not."""
    days = [date(2015, 4, 1), date(2015, 5, 1)]
    for number, known in ((1, days[:1]), (2, days)):
        frame = pl.DataFrame(
            {
                "source_sha256": [str(day) for day in known],
                "state": "read",
                "definition_fingerprint": "1",
                "landed_seq": range(len(known)),
                "known_on": known,
            }
        )
        frame.write_parquet(tmp_path / f"{number}.parquet")
    one, two = tmp_path / "1.parquet", tmp_path / "2.parquet"
    april = date(2015, 4, 30)
    assert lake_fingerprint(one, april) == lake_fingerprint(two, april)
    assert lake_fingerprint(one, days[1]) != lake_fingerprint(two, days[1])
    assert lake_fingerprint(one, april) != lake_fingerprint(one, date(2015, 4, 29))
    assert lake_fingerprint(one, april) != lake_fingerprint(one)


def test_a_changed_model_makes_a_night_new(tmp_path: Path) -> None:
    """Given a model changed, then the inputs are others; what dbt writes is not one."""
    model = tmp_path / "dbt_project" / "models" / "x.sql"
    written = tmp_path / "dbt_project" / "target" / "x.sql"
    for path in (model, written):
        path.parent.mkdir(parents=True)
        path.write_text("select 1")
    before = inputs_fingerprint("lake", tmp_path)
    written.write_text("select 2")
    assert inputs_fingerprint("lake", tmp_path) == before
    model.write_text("select 2")
    assert inputs_fingerprint("lake", tmp_path) != before


def test_a_decision_makes_a_night_new(tmp_path: Path) -> None:
    """Given a person's decision, then the inputs are others; without one they are as ever."""
    before = inputs_fingerprint("lake", tmp_path)
    assert inputs_fingerprint("lake", tmp_path, decisions=[]) == before
    one = inputs_fingerprint("lake", tmp_path, decisions=["accept_loss", "beds"])
    assert one not in (before, inputs_fingerprint("lake", tmp_path, decisions=["accept_lossbeds"]))


@pytest.mark.parametrize(
    ("path", "is_other"),
    [
        ("dbt_project/models/x.sql", True),
        ("ingestion/returns/x.yml", True),
        ("expectations/suites/x.yml", False),
        ("publishing/page.py", False),
        ("dbt_project/target/x.sql", False),
    ],
)
def test_only_what_makes_figures_is_other_code(tmp_path: Path, path: str, is_other: bool) -> None:
    """Given a changed file, then it may explain a changed figure if figures are made by it."""
    before = code_fingerprint(tmp_path)
    changed = tmp_path / path
    changed.parent.mkdir(parents=True)
    changed.write_text("other")
    assert (code_fingerprint(tmp_path) != before) is is_other
