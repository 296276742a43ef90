"""Commands in what is printed: they can be typed as they stand, for the home that is meant."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest
import typer

from joinedup.cli import app
from joinedup.hints import COMMANDS, as_typed, command, say
from joinedup.settings import Settings

HINT = "See joinedup quality a-run --rows x, or: joinedup releases restore 1 --because ..."


@pytest.fixture
def at_hand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a project in which one is, and the program of its environment."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", [".venv/bin/joinedup", "run"])
    monkeypatch.delenv("JOINEDUP_HOME", raising=False)
    return tmp_path


def test_each_command_of_the_program_is_known() -> None:
    """Given the command line, then a hint with any of its commands is told from prose."""
    everything: Any = typer.main.get_command(app)
    assert sorted(COMMANDS) == sorted(everything.commands)


def test_a_hint_has_the_path_of_the_program(at_hand: Path) -> None:
    """Given the ordinary home, then each command has the program's path and no home."""
    assert at_hand.is_dir()
    assert as_typed(HINT, Settings()) == HINT.replace("joinedup", ".venv/bin/joinedup")


@pytest.mark.parametrize(
    ("home", "typed"),
    [
        ("other", "JOINEDUP_HOME=other .venv/bin/joinedup"),
        ("my home", "JOINEDUP_HOME='my home' .venv/bin/joinedup"),
        (r"a\1b", r"JOINEDUP_HOME='a\1b' .venv/bin/joinedup"),
    ],
)
def test_a_hint_has_the_home_where_it_is_another(at_hand: Path, home: str, typed: str) -> None:
    """Given another home, then each command names it, as a shell takes it."""
    settings = Settings(home=at_hand / home)
    assert command(settings) == typed
    assert as_typed(HINT, settings) == HINT.replace("joinedup", typed)


@pytest.mark.parametrize(
    "prose",
    [
        "Made by joinedup on a day.",
        "joinedup running elsewhere",
        "/opt/joinedup run",
        ".venv/bin/joinedup quality",
        "JOINEDUP_HOME=x",
    ],
)
def test_what_is_no_plain_command_stays(at_hand: Path, prose: str) -> None:
    """Given prose, or a command with its path, then nothing of it is changed."""
    assert as_typed(prose, Settings(home=at_hand / "other")) == prose


def test_what_is_said_goes_by_the_settings(
    at_hand: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Given a home in the environment, when something is said, then its commands are of it."""
    monkeypatch.setenv("JOINEDUP_HOME", str(at_hand / "other"))
    say("Make one with joinedup run.", err=True)
    said = capsys.readouterr()
    assert (said.out, said.err) == (
        "",
        "Make one with JOINEDUP_HOME=other .venv/bin/joinedup run.\n",
    )
