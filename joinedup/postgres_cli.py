"""The command `joinedup publish-postgres`: the marts, copied into PostgreSQL."""

from __future__ import annotations

from typing import Annotated

import typer

from joinedup.authoring import settings_or_exit
from joinedup.hints import say


def add_commands(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command("publish-postgres")(publish_command)


def publish_command(
    release_id: Annotated[
        str | None, typer.Argument(help="A release's id; the current one by default.")
    ] = None,
    again: Annotated[
        bool, typer.Option("--again", help="Copy it even if it is there already.")
    ] = False,
) -> None:
    """Copy all marts of a release into PostgreSQL, in place of those of the release before.

    JOINEDUP_MARTS_DATABASE names the database. Who reads it sees the old marts or the new ones.
    Exit code 0: the release is there; 1: nothing was copied, and the old copy stands.
    """
    from joinedup.postgres_marts import publish
    from joinedup.progress import shown
    from publishing.pointer import ReleaseError
    from publishing.postgres_copy import PostgresCopyError

    settings = settings_or_exit()
    try:
        with shown("Copying the marts") as report:
            copied = publish(settings, release_id, again=again, report=report)
    except (PostgresCopyError, ReleaseError) as error:
        say(str(error), err=True)
        raise typer.Exit(1) from error
    what = f"{copied.tables} marts, {copied.rows:,} rows"
    if copied.is_new:
        typer.echo(f"{copied.release_id} copied: {what}, {copied.seconds:.0f} s")
    else:
        typer.echo(f"{copied.release_id} is there already: {what}")
