"""The parsed project is kept for as long as it is the same project."""

from __future__ import annotations

from pathlib import Path

import pytest
from dbt.contracts.graph.manifest import Manifest

from dbt_project.parsed import parsed_project


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


def test_nothing_is_kept_unless_asked(project: Path) -> None:
    """Given no folder, then the project is parsed each time."""
    parse = Parser()
    for _ in range(2):
        parsed_project(project, None, "night", parse)
    assert parse.times == 2
