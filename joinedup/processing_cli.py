"""The command `joinedup processing`: the record of every return that is held."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer


def add_commands(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    app.command("processing")(processing_command)


def processing_command(
    write: Annotated[
        Path | None, typer.Option(help="Write the page of all definitions to this file.")
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the whole record as JSON.")
    ] = False,
) -> None:
    """Show the record of processing: every return held, its source, purpose and retention.

    Exit code 1: a return says too little to be held.
    """
    from ingestion.definition import load_definitions
    from ingestion.processing import ProcessingError, load_grounds, processing_page
    from joinedup.authoring import settings_or_exit
    from joinedup.hints import say
    from joinedup.processing import processing_record

    definitions = load_definitions()
    try:
        grounds = load_grounds(definitions)
    except ProcessingError as error:
        say(str(error), err=True)
        raise typer.Exit(1) from error
    if write is not None:
        try:
            write.write_text(processing_page(definitions, grounds), encoding="utf-8")
        except OSError as error:
            typer.echo(f"{write} cannot be written: {error.strerror}.", err=True)
            raise typer.Exit(1) from error
        typer.echo(f"{write}: {len(definitions)} returns")
        return
    document = processing_record(settings_or_exit().catalogue, grounds)
    if as_json:
        typer.echo(json.dumps(document, indent=1, ensure_ascii=False))
        return
    for entry in document["returns"]:
        held = entry["held"]
        if held["files"]:
            typer.echo(
                f"{entry['return']:<32}{entry['classification']:<12}{held['files']:>5} files "
                f"{held['bytes'] / 1e6:>9,.1f} MB  {held['first_landed_at'][:10]} to "
                f"{held['last_landed_at'][:10]}  {entry['licence']}"
            )
    others = document["of_no_return"]
    typer.echo(f"of no return: {others['files']} files, {others['bytes'] / 1e6:,.1f} MB")
    typer.echo("purpose, lawful basis, retention and fields: --json, or docs/processing_record.md")
