"""The guides to a return and a metric: their commands run as they stand, and print what is said."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path

import pytest

from joinedup.settings import PROJECT_ROOT

GUIDE = PROJECT_ROOT / "docs" / "new_return.md"
METRIC_GUIDE = PROJECT_ROOT / "docs" / "new_metric.md"
KEPT_OUT = shutil.ignore_patterns(".venv*", ".git", "var", "__pycache__", ".*_cache", ".hypothesis")
LOAD = "Load it"
"""The section whose commands take minutes."""


@dataclass
class Command:
    """A command of the guide, and the lines that it is said to print; `...` is any number."""

    section: str
    text: str
    printed: list[str] = field(default_factory=list)


def commands(guide: Path = GUIDE) -> Iterator[Command]:
    """Yield the commands of a guide's console blocks, in order."""
    section = ""
    for title, block in re.findall(
        r"^## [\d. ]*([^\n]+)$|^```console\n(.*?)^```$", guide.read_text("utf-8"), re.M | re.S
    ):
        section = title or section
        yield from _of_block(section, block.splitlines())


def _of_block(section: str, lines: list[str]) -> Iterator[Command]:
    command: Command | None = None
    is_open = False
    for line in lines:
        if is_open:
            assert command is not None
            command.text += f"\n{line}"
            is_open = line != "EOF"
        elif line.startswith("$ "):
            if command is not None:
                yield command
            command = Command(section, line.removeprefix("$ "))
            is_open = command.text.endswith("<<'EOF'")
        elif command is not None:
            command.printed.append(line)
    if command is not None:
        yield command


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of the project, with an environment that is this one and code that is the copy's."""
    copy = tmp_path / "project"
    shutil.copytree(PROJECT_ROOT, copy, ignore=KEPT_OUT)
    programs = copy / ".venv" / "bin"
    programs.mkdir(parents=True)
    for name, code in (
        ("python", '"$@"'),
        ("joinedup", "-c 'from joinedup.cli import app; app()' \"$@\""),
    ):
        program = programs / name
        program.write_text(f'#!/bin/sh\nPYTHONPATH="{copy}" exec "{sys.executable}" {code}\n')
        program.chmod(0o755)
    return copy


def run(project: Path, wanted: list[Command]) -> None:
    """Run commands one after the other; each has to end well unless `echo $?` follows it."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("JOINEDUP_")}
    code = 0
    for number, command in enumerate(wanted):
        text = command.text.replace("$?", str(code))
        done = subprocess.run(
            ["bash", "-c", text],
            cwd=project,
            env=environment | {"COLUMNS": "200"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=900,
            check=False,
        )
        code = done.returncode
        follows = wanted[number + 1].text if number + 1 < len(wanted) else ""
        assert code == 0 or follows == "echo $?", f"{text}\n{done.stdout}"
        _compare(command, done.stdout)


def _compare(command: Command, printed: str) -> None:
    """Hold what was printed to what the guide says, a line of `...` standing for any lines."""
    wanted = re.sub(r"[\[\]*?]", "?", "\n".join([*command.printed, ""]))
    pattern = re.sub(r"^\.\.\.\n", "*", wanted, flags=re.M)
    assert fnmatchcase(printed, pattern), f"{command.text}\n{printed}"


def test_the_guide_has_commands_with_what_they_print() -> None:
    """Given the guide, then its blocks are commands, and the finished definition is among them."""
    found = list(commands())
    assert len(found) > 12
    assert sum("<<'EOF'" in one.text for one in found) == 1
    assert any(one.printed for one in found)
    assert {one.section for one in found if "joinedup run" in one.text} == {LOAD}


@pytest.mark.long
def test_the_guide_works_as_it_stands_and_ends_in_a_release(project: Path) -> None:
    """Given a copy of the project, when the guide is followed up to the load, then it holds.

    Followed to its end, the return is loaded, audited and released, and taken out again.
    """
    *followed, taken_out = commands()
    at = [one.section for one in followed].index(LOAD)
    run(project, followed[:at])
    made = [path for path in project.rglob("*home_care_waits*") if path.suffix != ".xlsx"]
    assert sorted(path.suffix for path in made) == [".sql", ".yml", ".yml", ".yml"]
    run(project, followed[at:])
    assert (project / "var" / "guide" / "home" / "releases" / "current").exists()
    run(project, [taken_out])
    assert not list(project.rglob("*home_care_waits*"))


@pytest.mark.long
def test_the_guide_to_a_metric_works_as_it_stands_and_ends_in_a_release(project: Path) -> None:
    """Given a copy of the project, when the guide is followed, then two rows make two metrics.

    Its tests of figures run elsewhere, over the project's own contracts.
    """
    contracts = project / "dbt_project" / "seeds" / "metric_contracts.csv"
    before = contracts.read_text("utf-8")
    found = [one for one in commands(METRIC_GUIDE) if "pytest" not in one.text]
    written = next(n for n, one in enumerate(found) if "<<'EOF'" in one.text)
    at = next(n for n, one in enumerate(found) if one.text.startswith("sed -i"))
    run(project, found[: written + 1])
    assert contracts.read_text("utf-8").count("\n") == before.count("\n") + 2
    run(project, found[written + 1 : at])
    run(project, found[at:])
    assert contracts.read_text("utf-8") == before
