from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from ingestion.definition import (
    DEFINITIONS,
    DefinitionError,
    UndecidedError,
    load_definition,
    load_definitions,
    undecided_definitions,
)


def changed(tmp_path: Path, **changes: object) -> Path:
    """Write the council definition with some keys changed."""
    raw = yaml.safe_load((DEFINITIONS / "delayed_transfers_la.yml").read_text())
    path = tmp_path / "delayed_transfers_la.yml"
    path.write_text(yaml.safe_dump(raw | changes))
    return path


def test_every_definition_of_the_project_is_valid() -> None:
    """Given the definitions shipped, when loaded, then each is keyed by its file's name."""
    definitions = load_definitions()
    assert sorted(definitions) == sorted(path.stem for path in DEFINITIONS.glob("*.yml"))


def test_an_unknown_key_is_refused(tmp_path: Path) -> None:
    """Given a misspelt key, when loaded, then the file and the key are named."""
    with pytest.raises(DefinitionError, match=r"(?s)delayed_transfers_la\.yml.*markerz"):
        load_definition(changed(tmp_path, markerz={"-": "zero"}))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"measures": {"other": {"unit": "days"}}}, "measure 'delayed_days' is not declared"),
        ({"dimensions": {}}, "'care_type: acute' is not declared"),
        ({"row_headings": {}}, "no row headings 'sha'"),
        ({"column_headings": {}}, "no column headings 'care_type'"),
        ({"checks": [{"check": "parts_add_up", "tables": ["x"]}]}, "no such table 'x'"),
        ({"tables": {"care_type": {"subject": {"kind": "council"}}}}, "no such table"),
    ],
)
def test_a_name_that_points_nowhere_is_refused(
    tmp_path: Path, changes: dict[str, object], message: str
) -> None:
    """Given a definition with a dangling name, when loaded, then the name is in the error."""
    with pytest.raises(DefinitionError, match=message):
        load_definition(changed(tmp_path, **changes))


def test_the_fingerprint_follows_the_meaning_and_not_the_comments(tmp_path: Path) -> None:
    """Given the same keys in another order and one changed key, then only the latter counts."""
    original = load_definition(DEFINITIONS / "delayed_transfers_la.yml")
    assert load_definition(changed(tmp_path)).fingerprint() == original.fingerprint()
    other = load_definition(changed(tmp_path, markers={"-": "missing"}))
    assert other.fingerprint() != original.fingerprint()


def test_two_answers_never_stand_for_one_number(tmp_path: Path) -> None:
    """Given `No - In Progress` counted as `No`. When loaded. Then it is refused; `yes` is `Yes`."""
    answers = {"Yes": 2, "yes": 2, "No - In Progress": 1, "No": 0}
    raw = yaml.safe_load((DEFINITIONS / "delayed_transfers_la.yml").read_text())["measures"]
    apart = raw | {"met": {"unit": "stage", "answers": answers}}
    assert load_definition(changed(tmp_path, measures=apart)).measures["met"].answers == answers
    alike = raw | {"met": {"unit": "stage", "answers": answers | {"No - In Progress": 0}}}
    with pytest.raises(DefinitionError, match="stands for 0, as another does"):
        load_definition(changed(tmp_path, measures=alike))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("return: x\nreturn: y\n", "x.yml: line 2: 'return' is given twice."),
        ("a: {b: 1, c: [{d: 1, d: 2}]}\n", "x.yml: line 1: 'd' is given twice."),
        ("a: [", "x.yml: line 2: did not"),
        ("a: *b\n", "found undefined alias"),
        ("a: 2011-13-41\n", "not valid YAML: month must be"),
        ("- a\n", "x.yml: Input should be"),
        ("cadence: {every: never}\n", "\n  cadence.every: Input should be 'day'"),
        ("licence: OGL\n", "\n  title: this key is missing"),
        ("markerz: {}\n", "\n  markerz: there is no such key"),
    ],
)
def test_what_is_wrong_is_said_by_line_and_key(tmp_path: Path, text: str, said: str) -> None:
    """Given a definition that is not valid, then file, place and reason are said in plain words."""
    path = tmp_path / "x.yml"
    path.write_text(text, "utf-8")
    with pytest.raises(DefinitionError) as error:
        load_definition(path)
    assert said in str(error.value)
    assert "pydantic" not in str(error.value)


def test_a_key_may_override_a_merged_one(tmp_path: Path) -> None:
    """Given a key that a merge brings and the mapping gives too, then it is no repetition."""
    raw = (DEFINITIONS / "delayed_transfers_la.yml").read_text("utf-8")
    path = tmp_path / "delayed_transfers_la.yml"
    path.write_text(
        raw.replace("markers:", "markers: {<<: {'~': zero, '-': missing}, '-': zero}\n#", 1),
        "utf-8",
    )
    assert load_definition(path).markers == {"~": "zero", "-": "zero"}


def test_an_undecided_definition_is_left_out_by_name(tmp_path: Path) -> None:
    """Given `TODO` for values, then the definition is left out, and read only as a draft."""
    path = changed(tmp_path, licence="TODO", markers={"-": "TODO"}, landing_page="TODO")
    with pytest.raises(UndecidedError) as error:
        load_definition(path)
    assert all(place in str(error.value) for place in ("licence", "markers.-", "landing_page"))
    assert load_definitions(tmp_path) == {}
    assert list(undecided_definitions(tmp_path)) == ["delayed_transfers_la"]
    draft = load_definitions(tmp_path, drafts=True)["delayed_transfers_la"]
    assert draft.markers == {"-": "missing"}
