"""The command `joinedup alerts`: what stands, what was told, what waits; and a test of it all."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from joinedup.authoring import settings_or_exit
from joinedup.hints import say

if TYPE_CHECKING:
    from joinedup.alerting.store import AlertStore
    from joinedup.settings import Settings


def add_commands(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command("alerts")(alerts_command)


def alerts_command(
    test: Annotated[
        bool, typer.Option("--test", help="Send a test message by each channel that is set.")
    ] = False,
    last: Annotated[int, typer.Option(help="How many of the messages told to show.")] = 20,
) -> None:
    """List what stands, what was told and what waits to be told.

    Exit code 0; 1 when a test message was not taken, or no channel is set to take one.
    """
    settings = settings_or_exit()
    if test:
        raise typer.Exit(_test(settings))
    if not settings.alerts.exists():
        typer.echo("Nothing was ever told.")
        return
    from joinedup.alerting.store import AlertStore

    with AlertStore(settings.alerts) as store:
        _list_standing(store)
        _list_told(store, last)
        _list_waiting(store)


def _test(settings: Settings) -> int:
    """Try every channel, print what each answered, and return the exit code."""
    from joinedup.alerting.channels import channels_of
    from joinedup.alerting.sending import send_unkept
    from joinedup.alerting.store import Draft

    channels, problems = channels_of(settings)
    todo = "Nothing: where this arrives, alerts do."
    draft = Draft("test", "failure", (), "can this be read?", "Somebody tries the alerts.", todo)
    answers = send_unkept(settings, channels, [draft])
    answers += [("settings", False, problem) for problem in problems]
    for name, accepted, answer in answers:
        typer.echo(f"{name}: {answer if accepted else f'NOT taken: {answer}'}")
    if not answers:
        typer.echo("No channel is set, so alerts go to the log only (docs/alerts.md).")
    return 0 if answers and all(accepted for _, accepted, _ in answers) else 1


def _list_standing(store: AlertStore) -> None:
    standing = store.standing().values()
    typer.echo("Standing:" if standing else "Nothing stands.")
    for one in standing:
        typer.echo(f"  {one.raised_at:%Y-%m-%d %H:%M}  {one.kind:<10}  {one.title}")
        told = store.last_told(one.cause)
        for line in told.text.splitlines() if told else ():
            say(f"      {line}")
        if told and told.run_id:
            say(f"      Run: {told.run_id}")
        say(f"      {one.what_to_do}")


def _list_told(store: AlertStore, last: int) -> None:
    from joinedup.alerting.channels import ACCEPTED

    messages = store.messages(last)
    typer.echo("Told (UTC):" if messages else "Nothing was ever told.")
    for message in messages:
        sent = store.sent_by(message.message_id).items()
        by = ", ".join(
            ["log", *(name if said == ACCEPTED else f"{name} ({said})" for name, said in sent)]
        )
        draft = message.draft
        typer.echo(f"  {message.made_at:%Y-%m-%d %H:%M}  {draft.what:<8}  {draft.title}  [{by}]")


def _list_waiting(store: AlertStore) -> None:
    waiting = store.waiting(datetime.now(UTC))
    typer.echo("Waiting:" if waiting else "Nothing waits.")
    for one in waiting:
        tried = f"tried {one.tries}x" if one.tries else "not tried yet"
        said = f", last answer: {one.answer}" if one.answer else ""
        typer.echo(f"  for {one.channel}: {one.message.draft.title} ({tried}{said})")
