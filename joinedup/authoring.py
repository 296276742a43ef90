"""The commands for definitions: `joinedup map-diff`, `new-return`, `staging-files`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from pydantic import ValidationError

from joinedup.settings import PROJECT_ROOT, Settings

Project = Annotated[Path, typer.Option(help="Folder of the project whose definitions are meant.")]


def add_commands(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    app.command("map-diff")(map_diff_command)
    app.command("new-return")(new_return_command)
    app.command("staging-files")(staging_files_command)


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


def new_return_command(
    file: Annotated[Path, typer.Argument(help="One example file.", exists=True)],
    return_id: Annotated[str, typer.Option("--id", help="Short name of the return.")],
    title: Annotated[str, typer.Option(help="What it is.")] = "",
    publisher: Annotated[str, typer.Option(help="Who publishes it.")] = "",
    landing_page: Annotated[str, typer.Option(help="The page that links to its files.")] = "",
    every: Annotated[
        str, typer.Option(help="How often: day, week, month, quarter, year or once.")
    ] = "",
    project: Project = PROJECT_ROOT,
) -> None:
    """Draft a definition, its staging model and its suite from one example file.

    Exit code 0: the files are written; 1: nothing was written.
    """
    from ingestion.definition import DefinitionError
    from ingestion.draft import Wanted
    from joinedup.new_return import NewReturnError, new_return

    try:
        wanted = Wanted(return_id, title, publisher, landing_page, every)
        made = new_return(file, wanted, project.resolve())
    except (DefinitionError, NewReturnError) as error:
        typer.echo(f"Nothing was written. {error}", err=True)
        raise typer.Exit(1) from error
    for line in made.lines:
        typer.echo(line)


def staging_files_command(
    returns: Annotated[list[str] | None, typer.Argument(help="Returns; all by default.")] = None,
    project: Project = PROJECT_ROOT,
) -> None:
    """Write staging models and their descriptions anew from the definitions; add missing suites."""
    from ingestion.definition import DefinitionError
    from joinedup.new_return import NewReturnError, staging_files

    try:
        written = staging_files(project.resolve(), returns or [])
    except (DefinitionError, NewReturnError) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error
    for name in written:
        typer.echo(name)
    typer.echo(f"{len(written)} files written.")
