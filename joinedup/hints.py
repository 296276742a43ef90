"""Hints: the commands that a text names, as they are to be typed for this warehouse.

Texts name a command plainly (`joinedup runs`), and so do pages and messages, which are read
elsewhere. On the terminal they have the path of the program and the home too, where a person has
to type these.
"""

from __future__ import annotations

import re
import shlex
import sys
from pathlib import Path

import typer

from joinedup.settings import Settings

COMMANDS = (
    *("airflow", "alerts", "backfill", "calendar", "claims", "demo-returns", "down", "fetch"),
    *("files", "housekeeping", "map-diff", "new-return", "open", "processing", "publish-postgres"),
    *("quality", "refresh", "releases", "run", "runs", "server-status", "set-aside"),
    *("staging-files", "status", "survey", "take-back", "trace", "up", "uses"),
)
"""The first words of the command line, by which a hint is told from other prose."""

_PLAIN = re.compile(rf"(?<![\w/.-])joinedup (?=(?:{'|'.join(COMMANDS)})(?![\w-]))")


def say(text: str, *, err: bool = False) -> None:
    """Print a text on the terminal, with the commands in it as they are typed here."""
    typer.echo(as_typed(text, Settings()) if _PLAIN.search(text) else text, err=err)


def as_typed(text: str, settings: Settings) -> str:
    """Return a text with each plain command in it as it is typed for this warehouse."""
    typed = f"{command(settings)} "
    return _PLAIN.sub(lambda _: typed, text)


def command(settings: Settings) -> str:
    """Return the command to type for this warehouse, from the folder one is in."""
    program = Path(sys.argv[0])
    typed = shlex.quote(near(program)) if program.name == "joinedup" else "joinedup"
    if settings.home == Settings.model_fields["home"].default.resolve():
        return typed
    return f"JOINEDUP_HOME={shlex.quote(near(settings.home))} {typed}"


def near(path: Path) -> str:
    """Write a path from the current folder where it lies below it."""
    here = Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)
