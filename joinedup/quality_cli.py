"""The commands of `joinedup quality`."""

from __future__ import annotations

import typer


def add_commands(app: typer.Typer) -> None:
    """Add the commands to the command line."""
