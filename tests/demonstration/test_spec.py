from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import ValidationError

from demonstration.figures import FiguresSpec, read_figures
from demonstration.generate import DATA, HERE, check_fit
from demonstration.spec import ReturnSpec, cell_position, read_return, worded
from demonstration.subjects import read_subjects

RETURNS = sorted((HERE / "returns").glob("*.yml"))


def raw(path: Path) -> dict[str, Any]:
    """A data file as it stands, to be spoilt."""
    loaded: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return loaded


@pytest.mark.parametrize("path", RETURNS, ids=lambda path: path.stem)
def test_unknown_keys_are_refused_at_every_level(path: Path) -> None:
    """Given a return with one key too many. When validated. Then it is named and refused."""
    for place in ("", "files", "sheet", "column"):
        data = raw(path)
        target = {
            "": data,
            "files": data["files"],
            "sheet": data["sheets"][0],
            "column": data["sheets"][0]["table"]["columns"][0],
        }[place]
        target["colour"] = "blue"
        with pytest.raises(ValidationError, match="colour"):
            ReturnSpec.model_validate(data)


@pytest.mark.parametrize(
    "path", sorted((DATA / "figures").glob("*.yml")), ids=lambda path: path.stem
)
def test_unknown_keys_of_figures_are_refused(path: Path) -> None:
    """Given figures with one key too many. When validated. Then refused."""
    with pytest.raises(ValidationError, match="colour"):
        FiguresSpec.model_validate({**raw(path), "colour": "blue"})


@pytest.mark.parametrize("path", RETURNS, ids=lambda path: path.stem)
def test_a_file_name_must_say_synthetic(path: Path) -> None:
    """Given a file name without the word. When validated. Then refused."""
    data = raw(path)
    data["files"]["name"] = "LA-Type-B.xlsx"
    with pytest.raises(ValidationError, match="SYNTHETIC"):
        ReturnSpec.model_validate(data)


def test_a_label_set_that_is_missing_is_named() -> None:
    """Given a column for each member of an undefined set. When validated. Then it is named."""
    data = raw(HERE / "returns" / "delayed_transfers_la.yml")
    del data["labels"]["body"]
    with pytest.raises(ValidationError, match="unknown label sets: body"):
        ReturnSpec.model_validate(data)


def test_a_measure_without_figures_is_named() -> None:
    """Given a return that shows what its figures lack. When checked. Then ValueError names it."""
    spec = read_return(HERE / "returns" / "delayed_transfers_la.yml")
    other = read_figures(DATA / "figures" / "hospital_activity.yml")
    with pytest.raises(ValueError, match="no figures for the measures delayed_days"):
        check_fit(spec, other)


def test_a_mix_of_an_unknown_member_is_refused() -> None:
    """Given a mix that names a member nobody declared. When validated. Then refused."""
    data = raw(DATA / "figures" / "delayed_days.yml")
    data["mix"][0]["at"]["reason"] = "z"
    with pytest.raises(ValidationError, match="unknown member of reason"):
        FiguresSpec.model_validate(data)


def test_wordings_follow_each_other() -> None:
    """Given a heading reworded in January 2018. When read by month. Then each has its own."""
    spec = read_return(HERE / "returns" / "delayed_transfers_la.yml")
    reason = spec.labels["reason"]["i"]
    assert "–" in str(worded(reason, date(2017, 12, 1)))
    assert str(worded(reason, date(2018, 1, 1))).endswith("covered by Care Act")
    assert worded(spec.labels["reason"]["o"], date(2017, 3, 1)) is None


def test_cells_have_positions() -> None:
    """Given a reference. When placed. Then row and column count from nought."""
    assert cell_position("B1") == (0, 1)
    assert cell_position("AA14") == (13, 26)


@pytest.mark.parametrize(
    "path", sorted((DATA / "subjects").glob("*.csv")), ids=lambda path: path.stem
)
def test_a_code_stands_once_in_each_month(path: Path) -> None:
    """Given a subject list. When any month is taken. Then no code is there twice."""
    subjects = read_subjects(path)
    for year in range(2012, 2020):
        codes = [subject.code for subject in subjects if subject.holds(date(year, 4, 1))]
        assert len(codes) == len(set(codes)) > 100


def test_a_weight_of_nothing_is_refused(tmp_path: Path) -> None:
    """Given a subject without weight. When the list is read. Then ValueError."""
    path = tmp_path / "subjects.csv"
    path.write_text("code,name,weight,first,last\n1,One,0,,\n", encoding="utf-8")
    with pytest.raises(ValueError, match="above zero"):
        read_subjects(path)
