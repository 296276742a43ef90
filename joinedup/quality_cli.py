"""The commands of `joinedup quality`: what the audit found, the rows, and what people decide."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from joinedup.authoring import settings_or_exit
from joinedup.hints import say

if TYPE_CHECKING:
    from expectations.rows import Rows
    from expectations.show import Told

SHOW = "show"

Because = Annotated[str, typer.Option(help="Why; it stays with the decision.")]
By = Annotated[str | None, typer.Option(help="Who decides; the user of this computer.")]
AsJson = Annotated[bool, typer.Option("--json", help="For programs.")]


class _ShowUnlessNamed(TyperGroup):
    """A group that shows an audit where the first word is none of its commands."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Put `show` before what is not a command."""
        is_command = bool(args) and (args[0] in self.commands or args[0] == "--help")
        return super().parse_args(ctx, args if is_command else [SHOW, *args])


def add_commands(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    quality = typer.Typer(cls=_ShowUnlessNamed, help=__doc__)
    quality.command(SHOW)(show)
    quality.command("held")(list_held)
    quality.command("hold-rows")(hold_rows)
    quality.command("release")(release)
    quality.command("accept-loss")(accept_loss)
    app.add_typer(quality, name="quality")


def show(
    which: Annotated[
        str, typer.Argument(metavar="[RELEASE|RUN|last]", help="Which audit; the last one.")
    ] = "last",
    failed: Annotated[bool, typer.Option(help="Only what stops a release.")] = False,
    suite: Annotated[str | None, typer.Option(help="Only checks of this suite.")] = None,
    return_id: Annotated[
        str | None, typer.Option("--return", help="Only checks of this return.")
    ] = None,
    rows: Annotated[
        str | None, typer.Option(metavar="CHECK", help="The rows that this check finds.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, help="So many rows at most.")] = 50,
    as_json: AsJson = False,
) -> None:
    """Say what the last audit found: the verdict, then each check that did not pass.

    Exit code 0: passed; 2: passed with warnings; 1: not passed, or no such audit.
    """
    from expectations.rows import NoRowsError
    from expectations.show import NoAuditError, Wanted, exit_code, render
    from expectations.show import as_json as audit_as_json
    from joinedup.quality import find_audit, page_of, rows_of_check

    settings = settings_or_exit()
    try:
        found = find_audit(settings, which)
        if rows is not None:
            typer.echo(_rows_text(*rows_of_check(settings, found, rows, limit), as_json=as_json))
            return
        audit = found.read()
        wanted = Wanted(failed, suite, return_id)
        wanted.require_known(audit)
    except (NoAuditError, NoRowsError) as error:
        say(str(error), err=True)
        raise typer.Exit(1) from error
    if as_json:
        typer.echo(audit_as_json(audit, wanted))
    else:
        say(render(audit, wanted, about=which))
        if (page := page_of(found)) is not None:
            typer.echo(f"Page: {page}")
    raise typer.Exit(exit_code(audit))


def _rows_text(told: Told, found: Rows, *, as_json: bool) -> str:
    from expectations.show import example_words, plain

    if as_json:
        document = {"check": told.name, "total": found.total, "rows": list(found.rows)}
        return json.dumps(document, indent=1, ensure_ascii=False, default=str)
    lines = [
        f"{told.name}: {told.expected}",
        f"{found.total:,} rows otherwise, {len(found.rows):,} shown:",
        *(f"  {example_words(row)}" for row in found.rows),
    ]
    return "\n".join(plain(line) for line in lines)


def list_held(as_json: AsJson = False) -> None:
    """List what is held back or accepted: files in quarantine, cells, differences, losses."""
    from expectations.show import plain
    from ingestion.catalogue import Catalogue
    from joinedup.decisions import held

    with Catalogue(settings_or_exit().catalogue) as catalogue:
        found = held(catalogue)
    if as_json:
        typer.echo(json.dumps([vars(one) for one in found], ensure_ascii=False, default=str))
        return
    for one in found:
        since = f" since {one.since:%Y-%m-%d}" if one.since else ""
        of = f": {one.file}" if one.file else ""
        typer.echo(plain(f"{one.id:<14}{one.what}{of} ({one.by}{since})"))
        say(plain(f"{'':<14}{one.why}"))
        say(f"{'':<14}can be released: {one.can_be_released}")
    if not found:
        typer.echo("Nothing is held.")


def hold_rows(
    check: Annotated[str, typer.Argument(help="A check of the audit: suite.check.")],
    because: Because,
    by: By = None,
    of: Annotated[str, typer.Option(help="Which audit; the last one.")] = "last",
) -> None:
    """Hold the cells that a check of a staging model finds: figures become missing, not lost."""
    from expectations.rows import NoRowsError
    from expectations.show import NoAuditError
    from joinedup import decisions
    from joinedup.quality import find_audit, rows_of_check

    settings = settings_or_exit()
    with _deciding("hold-rows", NoAuditError, NoRowsError) as catalogue:
        told, found = rows_of_check(settings, find_audit(settings, of), check)
        if len(found.rows) < found.total:
            raise NoRowsError(
                f"Only {len(found.rows)} of the {found.total:,} rows are left of that audit: run "
                "the load again, and hold the rows of its audit."
            )
        made = decisions.hold_rows(catalogue, found.rows, told.name, because, by)
    for number, cells in made.items():
        typer.echo(f"Decision {number}: {cells:,} cells are held")
    typer.echo("The next run builds without their values and says that they are missing.")


def release(
    held: Annotated[str, typer.Argument(help="What joinedup quality held calls it.")],
    because: Because,
    by: By = None,
) -> None:
    """Release what is held: cells, a file in quarantine, or end what was accepted."""
    from joinedup import decisions

    with _deciding("release-held") as catalogue:
        typer.echo(decisions.release(catalogue, held, because, by))


def accept_loss(
    metric: Annotated[str, typer.Argument(help="The metric whose closed figures are lost.")],
    because: Because,
    by: By = None,
    until: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="Last day it holds; only the next release."),
    ] = None,
) -> None:
    """Accept that figures of closed periods are gone, so that a release can be made."""
    from joinedup import decisions

    day: date | None = until.date() if until else None
    with _deciding("accept-loss") as catalogue:
        number = decisions.accept_loss(catalogue, metric, because, by, day)
    holds = f"until {day}" if day else "for the next release"
    typer.echo(f"Decision {number}: the loss of figures of {metric} is accepted {holds}")


@contextmanager
def _deciding(what: str, *refusals: type[Exception]) -> Iterator[Any]:
    """Hold the writer's lock while a person decides; a refusal is said, with exit code 1."""
    from joinedup.decisions import NotDecidedError
    from joinedup.steps import WriterBusyError, writing

    refused: tuple[type[Exception], ...] = (NotDecidedError, WriterBusyError, *refusals)
    run_id = f"{what}-{datetime.now(UTC):%Y%m%dT%H%M%SZ}"
    try:
        with writing(settings_or_exit(), run_id) as catalogue:
            yield catalogue
    except refused as error:
        say(str(error), err=True)
        raise typer.Exit(1) from error
