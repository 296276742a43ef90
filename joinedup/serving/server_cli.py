"""The commands of the server: `joinedup up`, `down`, `server-status`, `airflow`."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from joinedup.authoring import settings_or_exit
from joinedup.hints import say

if TYPE_CHECKING:
    from joinedup.serving.server import ServerStatus


def add_commands(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    app.command("up")(up_command)
    app.command("down")(down_command)
    app.command("server-status")(status_command)
    anything = {"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []}
    app.command("airflow", context_settings=anything)(airflow_command)


def up_command(
    database: Annotated[
        Path | None,
        typer.Option(
            help="File with the PostgreSQL address of the metadata; the settings' by default, "
            "SQLite without either."
        ),
    ] = None,
    rotate_keys: Annotated[
        bool,
        typer.Option("--rotate-keys", help="Make all keys anew first; all have to log in again."),
    ] = False,
) -> None:
    """Start Airflow with its pages on this machine, and wait until it is healthy.

    Exit code 0: it is up; 1: it is not, and nothing of it is left.
    """
    from joinedup.secret_files import SecretFileError
    from joinedup.serving.keys import PASSWORD_FILE, USER
    from joinedup.serving.metadata import MetadataError
    from joinedup.serving.server import ServerRefusal, start

    settings = settings_or_exit()
    typer.echo(f"Starting Airflow for {settings.home} (about a minute) ...", err=True)
    try:
        status = start(settings, address_file=database, rotate_keys=rotate_keys)
    except (ServerRefusal, MetadataError, SecretFileError) as error:
        say(f"Airflow was not started. {error}", err=True)
        raise typer.Exit(1) from error
    typer.echo(f"Airflow is up: {status.state.about['url']}")
    typer.echo(f"  home      {settings.home}")
    typer.echo(f"  user      {USER}")
    typer.echo(f"  password  in {settings.server_home / PASSWORD_FILE}")
    typer.echo(f"  metadata  {status.state.about['database']}")
    typer.echo(f"  logs      {settings.server_logs}")
    say("A new DAG is paused until it is switched on there. joinedup down ends all of it.")
    if settings.returns is None and not settings.web:
        typer.echo(
            "No source of returns is set, so the nightly load has nothing to take files from: set "
            "JOINEDUP_RETURNS to a folder, or JOINEDUP_WEB=true, and start it again.",
            err=True,
        )


def down_command() -> None:
    """End Airflow and everything it started, within half a minute.

    Tasks that do not end in 20 seconds are killed; the next start runs them again.
    """
    from joinedup.serving.server import ServerRefusal, is_started, stop

    settings = settings_or_exit()
    try:
        if is_started(settings):
            typer.echo(f"Ending Airflow of {settings.home} (up to half a minute) ...", err=True)
        killed = stop(settings)
    except ServerRefusal as error:
        say(str(error), err=True)
        raise typer.Exit(1) from error
    if killed is None:
        typer.echo(f"No server of {settings.home} is running.")
    else:
        also = f"; {killed} processes were killed" if killed else ""
        typer.echo(f"Airflow of {settings.home} is down{also}.")


def status_command(
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Say whether the server runs and how its parts are.

    Exit code 0: healthy; 2: running, but not all of it is healthy; 1: no server.
    """
    from joinedup.serving.server import ServerRefusal, status_of_server

    settings = settings_or_exit()
    try:
        status = status_of_server(settings)
    except ServerRefusal as error:
        say(str(error), err=True)
        raise typer.Exit(1) from error
    if status is None:
        words = f"No server of {settings.home} is running; joinedup up starts it."
        say("{}" if as_json else words)
        raise typer.Exit(1)
    if as_json:
        typer.echo(json.dumps(_as_json(status), indent=1))
    else:
        say(_words(status, settings.home))
    raise typer.Exit(0 if status.is_healthy else 2)


def airflow_command(context: typer.Context) -> None:
    """Run a command of Airflow's own on the server's metadata: joinedup airflow dags list."""
    from joinedup.secret_files import SecretFileError
    from joinedup.serving.metadata import MetadataError
    from joinedup.serving.server import ServerRefusal, airflow_environment

    try:
        environment = airflow_environment(settings_or_exit())
    except (ServerRefusal, MetadataError, SecretFileError) as error:
        say(str(error), err=True)
        raise typer.Exit(1) from error
    command = [sys.executable, "-m", "airflow", *context.args]
    os.execve(sys.executable, command, environment)  # noqa: S606  (no shell is wanted)


def _as_json(status: ServerStatus) -> dict[str, object]:
    return {
        "healthy": status.is_healthy,
        "processes": list(status.processes),
        "health": status.health,
        **status.state.model_dump(mode="json", include={"about", "components", "started_at"}),
    }


def _words(status: ServerStatus, home: Path) -> str:
    state = status.state
    told = "healthy" if status.is_healthy else "not healthy"
    lines = [
        f"{state.about['url']} is {told}; up since {state.started_at:%Y-%m-%d %H:%M} UTC",
        f"  home           {home}",
        f"  metadata       {state.about['database']}",
    ]
    if state.leader not in status.processes:
        lines.append("  The supervisor was killed; joinedup up starts the server again.")
    for name, one in state.components.items():
        health = status.health.get(
            "metadatabase" if name == "api-server" else name.replace("-", "_"), "does not answer"
        )
        again = f", started {one.starts} times" if one.starts > 1 else ""
        process = f"process {one.pid}" if one.pid else "ended"
        lines.append(f"  {name:<13}  {health}; {process}{again}")
    return "\n".join(lines)
