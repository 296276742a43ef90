"""The publication calendar against the days that the publishers' own files say."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from ingestion.calendar import kept_to
from ingestion.calendar_page import first_published
from ingestion.catalogue import Catalogue
from ingestion.definition import load_definitions
from ingestion.period import month
from joinedup.settings import PROJECT_ROOT, Settings
from joinedup.status import status_of
from joinedup.status_cli import add_commands
from tests.joinedup.conftest import Load

pytestmark = pytest.mark.long

ISSUED_AGAIN = {("ae_england", "2019-04")}
"""A series that was put out again, with the revisions of November 2019, and says that day only."""


def test_the_calendar_keeps_what_it_promises(real_load: Load) -> None:
    """Given the days of first publication that the real files say
    When they are held against the calendar
    Then none came later than it allows, and most rules of a weekday are met to the day.
    """
    with Catalogue(real_load.home / "catalogue.sqlite") as catalogue:
        published = first_published(catalogue.readings().values())
    definitions = load_definitions()
    compared, on_weekday, later = 0, [], set()
    for return_id, days in published.items():
        cadence = definitions[return_id].cadence
        for one in kept_to(cadence, days):
            compared += 1
            if cadence.comes_on is not None:
                on_weekday.append(one.days)
            if one.days > cadence.usual_give:
                later.add((return_id, f"{one.period.end:%Y-%m}"))
    assert later == ISSUED_AGAIN
    assert compared > 100
    assert on_weekday.count(0) / len(on_weekday) > 0.9


def test_the_calendar_of_the_docs_is_what_the_command_gives(
    real_load: Load, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Given the real files, when the page is made, then the one in docs is still right."""
    monkeypatch.setenv("JOINEDUP_HOME", str(real_load.home))
    app = typer.Typer()
    add_commands(app)
    page = tmp_path / "calendar.md"
    done = CliRunner().invoke(app, ["calendar", "--write", str(page)])
    assert done.exit_code == 0, done.output
    committed = PROJECT_ROOT / "docs" / "calendar.md"
    assert page.read_text(encoding="utf-8") == committed.read_text(encoding="utf-8"), (
        "Make it again: joinedup calendar --write docs/calendar.md"
    )


def test_a_real_return_is_late_from_the_day_after_its_week(
    real_load: Load, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Given the real files, of which the newest of a monthly return is of April 2026
    When May's second Thursday of June and a week are past, or not
    Then May is late, or not yet, whatever the age of the figures; months that are not among the
    files, though later ones are, were late all the time.
    """
    monkeypatch.setenv("JOINEDUP_HOME", str(real_load.home))
    late = []
    for day in (date(2026, 6, 10), date(2026, 6, 11), date(2026, 6, 18), date(2026, 6, 19)):
        found = next(one for one in status_of(Settings(), day) if one.return_id == "ae_monthly")
        late.append([one.period for one in found.late])
    gaps = late[0]
    assert month(date(2025, 9, 1)) in gaps
    assert late == [gaps, gaps, gaps, [*gaps, month(date(2026, 5, 1))]]
