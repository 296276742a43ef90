from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from ingestion.definition import DEFINITIONS, DefinitionError, load_definition, load_definitions


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
