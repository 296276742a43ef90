"""The commands for definitions: `joinedup map-diff`, `new-return`, `staging-files`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import typer
from pydantic import ValidationError

from ingestion.untrusted import UntrustedFileError
from joinedup.hints import say
from joinedup.project import AuthoringError, counted, require_project, write_whole
from joinedup.settings import PROJECT_ROOT, Settings

Project = Annotated[Path, typer.Option(help="Folder of the project whose definitions are meant.")]


def add_commands(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    app.command("map-diff")(map_diff_command)
    app.command("new-return")(new_return_command)
    app.command("staging-files")(staging_files_command)


def settings_or_exit() -> Settings:
    """Load the settings; a wrong one is said in plain words."""
    try:
        return Settings()
    except ValidationError as error:
        for problem in error.errors():
            name = "_".join(str(part) for part in problem["loc"]).upper()
            place = f"JOINEDUP_{name}: " if name else ""
            typer.echo(f"{place}{problem['msg'].removeprefix('Value error, ')}", err=True)
        raise typer.Exit(1) from error


def map_diff_command(
    file: Annotated[
        str,
        typer.Argument(
            help="A publisher's file on disk, or a landed one: its name, or its sha256's start."
        ),
    ],
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
    from joinedup.bounded import EXPECTED, run_bounded
    from joinedup.map_diff import Asked, find_file, map_diff
    from joinedup.steps import reading_limits

    if Path(file).is_dir():
        raise typer.BadParameter(f"{file} is a directory: name a file", param_hint="FILE")
    settings = settings_or_exit()
    name = file
    try:
        path, name = find_file(file, settings)
        asked = Asked(path, name, require_project(project), return_id, layout)
        found = run_bounded(reading_limits(settings), map_diff, asked, write=write)
        write_whole(asked.project, found.files)
    except EXPECTED as error:
        say(_naming(name, error), err=True)
        raise typer.Exit(1) from error
    for line in found.lines:
        say(line)
    raise typer.Exit(1 if found.differs else 0)


def _naming(file_name: str, error: Exception) -> str:
    """Say what is wrong, with the name of the file unless it is said already."""
    words = str(error)
    is_own = not isinstance(error, UntrustedFileError) or file_name in words
    return words if is_own else f"{file_name}: {words}"


def new_return_command(
    file: Annotated[
        Path, typer.Argument(help="One example file.", exists=True, dir_okay=False, readable=True)
    ],
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
    from ingestion.draft import Wanted
    from joinedup.bounded import EXPECTED, run_bounded
    from joinedup.new_return import new_return
    from joinedup.steps import reading_limits

    settings = settings_or_exit()
    try:
        folder = require_project(project)
        wanted = Wanted(return_id, " ".join(title.split()), publisher.strip(), landing_page, every)
        made = run_bounded(reading_limits(settings), new_return, file, wanted, folder)
        write_whole(folder, made.files)
    except EXPECTED as error:
        say(f"Nothing was written. {_naming(file.name, error)}", err=True)
        raise typer.Exit(1) from error
    for line in made.lines:
        say(line)
    host = urlsplit(landing_page).hostname
    if host is not None and host not in settings.web_hosts:
        typer.echo(f"A fetch does not contact {host}: it is not among JOINEDUP_WEB_HOSTS.")


def staging_files_command(
    returns: Annotated[list[str] | None, typer.Argument(help="Returns; all by default.")] = None,
    project: Project = PROJECT_ROOT,
) -> None:
    """Write staging models and their descriptions anew from the definitions; add missing suites."""
    from ingestion.definition import DefinitionError
    from joinedup.new_return import staging_files

    try:
        written = staging_files(require_project(project), returns or [])
    except (DefinitionError, AuthoringError) as error:
        say(str(error), err=True)
        raise typer.Exit(1) from error
    for name in written:
        typer.echo(name)
    typer.echo(f"{counted(len(written), 'file')} written.")
