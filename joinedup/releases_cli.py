"""The commands of `joinedup releases`: list, verify, go back, let go; and what changed between."""

from __future__ import annotations

import getpass
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from joinedup.authoring import settings_or_exit
from joinedup.hints import say
from joinedup.releases_diff import diff_command

if TYPE_CHECKING:
    from publishing.keeping import Moved, Standing

releases_app = typer.Typer(no_args_is_help=True, help="What was released: look, go back, let go.")

Because = Annotated[str, typer.Option(help="Why; it stays in the log.")]
By = Annotated[str | None, typer.Option(help="Who; the user of this session by default.")]


def add_commands(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    releases_app.command("diff")(diff_command)
    app.add_typer(releases_app, name="releases")


@releases_app.command("list")
def list_command(
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """List every release: when made, how many figures, which is current, what is amiss.

    Files are looked at by name and size; `verify` reads them.
    """
    from publishing.keeping import standing_releases

    with _said():
        found = standing_releases(_releases())
    if as_json:
        typer.echo(json.dumps([_as_json(one) for one in found], indent=1))
        return
    if not found:
        say("There is no release yet; make one with joinedup run.")
    for one in found:
        made = f"{one.made_at:%Y-%m-%d %H:%M} UTC" if one.made_at else "?"
        figures = "?" if one.figures is None else f"{one.figures:,}"
        typer.echo(f"{one.id:<28}  made {made}  {figures:>9} figures  {_words(one)}".rstrip())
        if one.withdrawal is not None:
            say(f"  {one.withdrawal}")
        for problem in one.problems[:3]:
            typer.echo(f"  {problem}")


@releases_app.command("verify")
def verify_command(
    release_ids: Annotated[list[str] | None, typer.Argument(help="The current one.")] = None,
    every: Annotated[bool, typer.Option("--all", help="Each release that there is.")] = False,
    fall_back: Annotated[
        bool, typer.Option(help="Where the current one is damaged, go back to the last whole one.")
    ] = False,
    by: By = None,
) -> None:
    """Read each byte and row of releases, and hold them against their manifests.

    Exit code 0: all are whole; 1: something differs or is lost, and is named.
    """
    from publishing.keeping import fall_back as go_back
    from publishing.keeping import problems_of, standing_releases
    from publishing.pointer import ReleaseError

    releases = _releases()
    with _said():
        standing = standing_releases(releases)
        named = [one.id for one in standing if every or one.is_current]
        lost = [one for one in _current_or_none(releases) if one not in named]
        wanted = release_ids or [*named, *lost]
        if not standing and not wanted:
            raise ReleaseError("There is no release yet; make one with joinedup run.")
        has_pointer = bool(release_ids or _current_or_none(releases))
        if not has_pointer:
            typer.echo(f"{releases / 'current'} is lost: readers see nothing.")
        amiss = {one: problems_of(releases, one) for one in wanted}
        for release_id, problems in amiss.items():
            typer.echo(f"{release_id}  {'DAMAGED' if problems else 'whole'}")
            for problem in problems:
                typer.echo(f"  {problem}")
        if fall_back:
            moved = go_back(releases, by=by or _user())
            typer.echo(_moved(moved, releases) if moved else "The current release is whole.")
    raise typer.Exit(0 if has_pointer and not any(amiss.values()) else 1)


@releases_app.command("rollback")
def rollback_command(
    because: Because,
    release_id: Annotated[
        str | None, typer.Argument(help="The newest whole one before the current, by default.")
    ] = None,
    by: By = None,
) -> None:
    """Send readers back to an earlier release, now; what came after it is withdrawn.

    No night releases what came in with them again until one of those files is set aside or read
    otherwise (if none came in: until the code changes), or `restore` takes that back. Until then
    nothing is released. No release may be in the making at that moment.
    """
    from publishing.keeping import roll_back
    from publishing.release_log import withdrawals

    releases = _releases()
    with _said():
        moved = roll_back(releases, release_id, because=because, by=by or _user())
    typer.echo(_moved(moved, releases))
    withdrawn = withdrawals(releases).get(moved.left)
    mend = f" {withdrawn.ways_back()}" if withdrawn else ""
    say(f"{moved.left} is withdrawn.{mend}")


@releases_app.command("restore")
def restore_command(
    release_id: Annotated[str, typer.Argument(help="A release that was withdrawn.")],
    because: Because,
    stay: Annotated[
        bool, typer.Option("--stay", help="Leave readers where they are until the next load.")
    ] = False,
    by: By = None,
) -> None:
    """Take a rollback back: what was withdrawn may be released again, and is current at once.

    Where a newer release stands, that stays current. With --stay it is only allowed again: for
    what was mended in a model, so that readers get the next load and not the old figures.
    """
    from publishing.keeping import restore

    releases = _releases()
    with _said():
        moved = restore(releases, release_id, because=because, by=by or _user(), stay=stay)
    typer.echo(_moved(moved, releases) if moved else f"{release_id} may be released again.")


@releases_app.command("prune")
def prune_command(
    keep: Annotated[int, typer.Option(help="How many of the newest stay.")] = 14,
    older_than: Annotated[
        int | None, typer.Option(help="Only those made more than so many days ago.")
    ] = None,
    looks_back: Annotated[bool, typer.Option(help="Looks back (as-at-…) too.")] = False,
    dry_run: Annotated[bool, typer.Option(help="Only say which would go.")] = False,
    by: By = None,
) -> None:
    """Remove old releases. The current one and what a rollback needs stay in any case."""
    from joinedup.steps import WriterBusyError, writing
    from publishing.keeping import prune

    releases = _releases()
    with _said(WriterBusyError), writing(settings_or_exit(), "prune"):
        removed = prune(
            releases,
            keep=keep,
            older_than=older_than,
            looks_back=looks_back,
            dry_run=dry_run,
            by=by or _user(),
        )
    for one in removed:
        typer.echo(
            f"{'Would remove' if dry_run else 'Removed'} {one.id} ({one.size / 1e6:,.0f} MB)"
        )
    if not removed:
        typer.echo("Nothing to remove.")


def _releases() -> Path:
    return settings_or_exit().releases


@contextmanager
def _said(*others: type[Exception]) -> Iterator[None]:
    """Say what went wrong in plain words, and end with exit code 1."""
    from publishing.pointer import ReleaseError

    expected: tuple[type[Exception], ...] = (ReleaseError, OSError, *others)
    try:
        yield
    except expected as error:
        say(str(error), err=True)
        raise typer.Exit(1) from error


def _current_or_none(releases: Path) -> list[str]:
    from publishing.pointer import pointer_target

    target = pointer_target(releases)
    return [] if target is None else [target]


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"user {os.getuid()}"


def _moved(moved: Moved, releases: Path) -> str:
    return f"{releases / 'current'} now leads to {moved.to}; before to {moved.left}."


def _words(one: Standing) -> str:
    words = {
        "current": one.is_current,
        "looks back": one.looks_back,
        "DAMAGED": bool(one.problems),
        "withdrawn": one.withdrawal is not None,
    }
    return ", ".join(word for word, holds in words.items() if holds)


def _as_json(one: Standing) -> dict[str, object]:
    withdrawal = one.withdrawal
    return asdict(one) | {
        "made_at": one.made_at.isoformat() if one.made_at else None,
        "withdrawal": None if withdrawal is None else withdrawal.model_dump(mode="json"),
    }
