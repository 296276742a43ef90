"""The command `joinedup publish-postgres`: the marts, copied into PostgreSQL."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from joinedup.authoring import settings_or_exit

if TYPE_CHECKING:
    from joinedup.settings import Settings
    from publishing.postgres_copy import Copied, Report, Target


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
    from joinedup.progress import shown
    from publishing.pointer import ReleaseError
    from publishing.postgres_copy import PostgresCopyError

    settings = settings_or_exit()
    try:
        with shown("Copying the marts") as report:
            copied = publish(settings, release_id, again=again, report=report)
    except (PostgresCopyError, ReleaseError) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error
    what = f"{copied.tables} marts, {copied.rows:,} rows"
    if copied.is_new:
        typer.echo(f"{copied.release_id} copied: {what}, {copied.seconds:.0f} s")
    else:
        typer.echo(f"{copied.release_id} is there already: {what}")


def publish(
    settings: Settings,
    release_id: str | None = None,
    *,
    again: bool = False,
    report: Report | None = None,
) -> Copied:
    """Copy a release, the current one by default, into the database of the settings.

    Raises PostgresCopyError, and ReleaseError where there is no such release.
    """
    from publishing.pointer import ReleaseError, current_release, find_release
    from publishing.postgres_copy import copy_release

    target = _target(settings)
    releases = settings.releases
    found = find_release(releases, release_id) if release_id else current_release(releases)
    if found is None:
        raise ReleaseError("There is no release yet; make one with joinedup run.")
    return copy_release(
        found,
        target,
        now=datetime.now(UTC),
        again=again,
        memory=settings.duckdb_memory,
        report=report,
    )


def _target(settings: Settings) -> Target:
    from publishing.postgres_copy import PostgresCopyError, Target

    if settings.marts_database is None:
        raise PostgresCopyError(
            "Nothing was copied: JOINEDUP_MARTS_DATABASE does not name a database."
        )
    file, password = settings.marts_password_file, None
    if file is not None:
        try:
            password = file.read_text(encoding="utf-8").strip()
        except OSError as error:
            raise PostgresCopyError(f"Nothing was copied: {error}") from error
    return Target(
        address=settings.marts_database.get_secret_value(),
        password=password,
        reader=settings.marts_reader,
    )
