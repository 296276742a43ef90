"""The command for definitions: `joinedup map-diff`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from pydantic import ValidationError

from joinedup.settings import PROJECT_ROOT, Settings

Project = Annotated[Path, typer.Option(help="Folder of the project whose definitions are meant.")]


def add_commands(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command("map-diff")(map_diff_command)


def map_diff_command(
    file: Annotated[Path, typer.Argument(help="A publisher's file, landed or not.", exists=True)],
    return_id: Annotated[
        str | None, typer.Option("--return", help="Compare with this return.")
    ] = None,
    layout: Annotated[str | None, typer.Option(help="Compare with this layout of it.")] = None,
    write: Annotated[
        bool, typer.Option(help="Write the lines that are clear into the definition.")
    ] = False,
    project: Project = PROJECT_ROOT,
) -> None:
    """Show what a file has that its definition lacks, the other way round, and the YAML to mend it.

    Exit code 0: nothing differs; 1: something does, or there is nothing to compare with.
    """
    from ingestion.definition import DefinitionError
    from ingestion.untrusted import UntrustedFileError
    from joinedup.map_diff import Asked, MapDiffError, map_diff, published_name

    try:
        name = published_name(file, lambda: Settings().catalogue)
        asked = Asked(file, name, project.resolve(), return_id, layout)
        lines, differs = map_diff(asked, write=write)
    except (DefinitionError, MapDiffError, UntrustedFileError, ValidationError) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error
    for line in lines:
        typer.echo(line)
    raise typer.Exit(1 if differs else 0)
