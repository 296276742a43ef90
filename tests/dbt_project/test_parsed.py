"""The parsed project is kept for as long as it is the same project."""

from __future__ import annotations

import hashlib
from pathlib import Path
from types import SimpleNamespace

import pytest
from dbt.contracts.graph.manifest import Manifest

from dbt_project.parsed import _move, parsed_project


class Parser:
    """Stands for dbt, and counts how often it parses."""

    def __init__(self) -> None:
        self.times = 0

    def __call__(self) -> Manifest:
        """Parse: a manifest that says which time this was."""
        self.times += 1
        manifest = Manifest()
        manifest.metadata.project_name = f"time {self.times}"
        return manifest


def node(name: str) -> SimpleNamespace:
    """Something that was parsed for a database."""
    return SimpleNamespace(database="first", relation_name=name and f'"first"."marts"."{name}"')


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project of one model, with something that dbt wrote."""
    folder = tmp_path / "project"
    for name in ("models/one.sql", "target/compiled.sql"):
        (folder / name).parent.mkdir(parents=True)
        (folder / name).write_text("select 1")
    return folder


def test_the_same_project_is_parsed_once(project: Path, tmp_path: Path) -> None:
    """Given a project as it was, and other files that dbt wrote, then it is not parsed again."""
    parse = Parser()
    for _ in range(3):
        found = parsed_project(project, tmp_path / "kept", "night", parse)
        (project / "target" / "compiled.sql").write_text("select 2")
    assert (parse.times, found.metadata.project_name) == (1, "time 1")


@pytest.mark.parametrize("name", ["models/one.sql", "seeds/new.csv", "models/schema.yml"])
def test_a_changed_project_is_parsed_again(name: str, project: Path, tmp_path: Path) -> None:
    """Given a changed or a new file, then the project is parsed anew and the old form dropped."""
    parse = Parser()
    parsed_project(project, tmp_path / "kept", "night", parse)
    (project / name).parent.mkdir(exist_ok=True)
    (project / name).write_text("a: 1")
    found = parsed_project(project, tmp_path / "kept", "night", parse)
    assert found.metadata.project_name == "time 2"
    assert len(list((tmp_path / "kept").iterdir())) == 1


@pytest.mark.parametrize("content", [b"", b"garbled", b"\x80"])
def test_what_was_kept_and_cannot_be_read_is_parsed_again(
    content: bytes, project: Path, tmp_path: Path
) -> None:
    """Given a kept form that is cut short or no such thing, then the project is parsed anew."""
    parse = Parser()
    parsed_project(project, tmp_path / "kept", "night", parse)
    (kept,) = (tmp_path / "kept").iterdir()
    kept.write_bytes(content)
    for _ in range(2):
        assert (
            parsed_project(project, tmp_path / "kept", "night", parse).metadata.project_name
            == "time 2"
        )


def test_every_relation_moves_to_the_database_that_is_built_now() -> None:
    """Given what was parsed for one database, then all of it lies in another; or it is an error."""
    model, a_test, source = node("metric"), node(""), node("file")
    of_metric = SimpleNamespace(schema_name="marts", alias="metric")
    semantic = {"contracts": SimpleNamespace(node_relation=of_metric)}
    manifest = SimpleNamespace(
        nodes={"m": model, "t": a_test}, sources={"s": source}, semantic_models=semantic
    )
    _move(manifest, "night-2")
    assert of_metric.relation_name == model.relation_name
    assert of_metric.database == "night-2"
    assert [one.database for one in (model, a_test, source)] == ["night-2"] * 3
    assert model.relation_name == '"night-2"."marts"."metric"'
    assert source.relation_name == '"night-2"."marts"."file"'
    source.database = "elsewhere"
    with pytest.raises(ValueError, match="is not in elsewhere"):
        _move(manifest, "night-3")


def test_what_has_its_digest_and_is_no_project_is_parsed_again(
    project: Path, tmp_path: Path
) -> None:
    """Given a kept form that this dbt cannot read, then the project is parsed, and kept anew."""
    parse = Parser()
    parsed_project(project, tmp_path / "kept", "night", parse)
    (kept,) = (tmp_path / "kept").iterdir()
    packed = b"\x93\x01\x02\x03"
    kept.write_bytes(hashlib.sha256(packed).digest() + packed)
    for _ in range(2):
        found = parsed_project(project, tmp_path / "kept", "night", parse)
        assert found.metadata.project_name == "time 2"


def test_a_folder_that_cannot_be_written_keeps_nothing(project: Path, tmp_path: Path) -> None:
    """Given a file where the folder should be, then the project is parsed, each time."""
    parse = Parser()
    (tmp_path / "kept").write_text("a file")
    for _ in range(2):
        parsed_project(project, tmp_path / "kept", "night", parse)
    assert parse.times == 2


def test_what_others_keep_in_the_folder_stays(project: Path, tmp_path: Path) -> None:
    """Given a file of another name in the folder, then it is left alone."""
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept" / "ours.parsed").write_text("not yours")
    parsed_project(project, tmp_path / "kept", "night", Parser())
    assert (tmp_path / "kept" / "ours.parsed").exists()


def test_nothing_is_kept_unless_asked(project: Path) -> None:
    """Given no folder, then the project is parsed each time."""
    parse = Parser()
    for _ in range(2):
        parsed_project(project, None, "night", parse)
    assert parse.times == 2
