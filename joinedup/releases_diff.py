"""The command `joinedup releases diff`: what one release gives otherwise than another."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated

import typer

from joinedup.authoring import settings_or_exit
from joinedup.hints import say

if TYPE_CHECKING:
    from datetime import datetime

    from joinedup.settings import Settings
    from publishing.change_summary import Changes
    from publishing.changes import Decided
    from publishing.pointer import Release

LISTED = 40


def diff_command(
    old: Annotated[str, typer.Argument(help="A release's id, see joinedup releases list.")],
    new: Annotated[str, typer.Argument(help="The release to compare it with.")],
    metric: Annotated[str | None, typer.Option(help="Only this metric.")] = None,
    area: Annotated[str | None, typer.Option(help="Only this area, by its code.")] = None,
    limit: Annotated[
        int, typer.Option(min=0, help="How many changes to list, or to give as JSON.")
    ] = LISTED,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
    page: Annotated[Path | None, typer.Option(help="Write it as a page to this file.")] = None,
) -> None:
    """Print what differs between two releases, by metric, then figure by figure, largest first.

    Nothing is told of a figure that the later of the two withholds. Exit code 0: compared; 1: one
    of the releases is not there, or damaged.
    """
    from publishing.change_summary import as_json as plain
    from publishing.change_summary import render_changes
    from publishing.changes_page import LISTED as LISTED_ON_PAGE
    from publishing.changes_page import render_page
    from publishing.pointer import ReleaseError, find_release

    settings = settings_or_exit()
    try:
        sides = [find_release(settings.releases, name) for name in (old, new)]
        most = limit if page is None else max(limit, LISTED_ON_PAGE)
        found = diff(settings, *sides, limit=most, metric_id=metric, area_code=area)
        if page is not None:
            page.write_text(render_page(found), encoding="utf-8")
            found = replace(found, rows=found.rows[:limit])
    except (ReleaseError, OSError) as error:
        say(str(error), err=True)
        raise typer.Exit(1) from error
    if as_json:
        typer.echo(json.dumps(plain(found), indent=1, allow_nan=False))
        return
    for line in render_changes(found):
        typer.echo(line)
    if page is not None:
        typer.echo(f"Page: {page}")


def diff(
    settings: Settings,
    old: Release,
    new: Release,
    *,
    limit: int = LISTED,
    metric_id: str | None = None,
    area_code: str | None = None,
) -> Changes:
    """Compare two releases; raises ReleaseError when one is not as it was released.

    The later one decides what is withheld, whichever is named first.
    """
    import duckdb

    from publishing.change_summary import Changes, read_changes, source_of
    from publishing.changes import (
        accepted_metrics,
        can_be_compared,
        code_of,
        compare,
        is_other_code,
        side_of_release,
    )
    from publishing.mart_tables import lock_down
    from publishing.pointer import ReleaseError

    for release in (old, new):
        if not can_be_compared(release):
            raise ReleaseError(f"{release.id} is damaged: see joinedup releases verify.")
    first, second = sorted((old, new), key=lambda release: release.manifest.made_at)
    made_at = second.manifest.made_at
    decisions = decided(settings, made_at)
    accepted = accepted_metrics(decisions, today=made_at.date(), last=first)
    with (
        TemporaryDirectory(prefix="diff-", dir=settings.home) as spill,
        duckdb.connect(
            config={"memory_limit": settings.duckdb_memory, "temp_directory": spill}
        ) as connection,
    ):
        lock_down(connection, first.path, second.path, Path(spill))
        compare(
            connection,
            side_of_release(first),
            side_of_release(second),
            code_changed=is_other_code(first, code_of(second)),
            decisions=decisions,
            accepted=list(accepted),
        )
        asked = {"metric": metric_id, "area": area_code}
        source = source_of("changed", [first, second])
        found = read_changes(
            connection,
            source.only("metric_id", metric_id).only("area_code", area_code),
            limit,
            Changes(
                is_synthetic=first.manifest.is_synthetic or second.manifest.is_synthetic,
                old=first.id,
                new=second.id,
                asked={name: value for name, value in asked.items() if value is not None},
            ),
        )
    return found if first is old else found.mirrored()


def decided(settings: Settings, by: datetime) -> list[Decided]:
    """Give what people had decided by then, and what stood; nothing where there is none yet."""
    from ingestion.catalogue import Catalogue
    from joinedup.decisions import decided_of

    if not settings.catalogue.exists():
        return []
    with Catalogue(settings.catalogue) as catalogue:
        return decided_of([one for one in catalogue.decisions() if one.decided_at <= by])
