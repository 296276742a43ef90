"""What is late, as the command, the page and the alerts tell it."""

from __future__ import annotations

import errno
import json
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

import joinedup.status
from ingestion.calendar import Held
from ingestion.calendar_page import rule_cells
from ingestion.catalogue import SET_ASIDE, Catalogue, Reading
from ingestion.definition import load_definitions
from ingestion.evidence import Evidence
from joinedup import project
from joinedup.settings import PROJECT_ROOT, Settings
from joinedup.status import (
    PAGE,
    as_document,
    held_of,
    late_alerts,
    late_from,
    leave_status_page,
    status_of,
    today_in_london,
)
from joinedup.status_cli import add_commands
from publishing.status_page import HEADS

MONTHLY = "virtual_wards"
"""A return that comes out on the second Thursday of the month after: for September, 8 October."""
DUE, LATE = date(2026, 10, 8), date(2026, 10, 20)
AUGUST = (date(2026, 8, 1), date(2026, 8, 31), date(2026, 9, 10))
SEPTEMBER = (date(2026, 9, 1), date(2026, 9, 30), date(2026, 10, 28))

Read = Callable[..., None]


definitions = cache(load_definitions)
"""They are long, and the same for every test."""


@pytest.fixture(autouse=True)
def _read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the definitions read once for all tests."""
    monkeypatch.setattr(joinedup.status, "load_definitions", definitions)


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """An empty home."""
    monkeypatch.setenv("JOINEDUP_HOME", str(tmp_path / "home"))
    return Settings()


@pytest.fixture
def read(settings: Settings) -> Read:
    """Note a file of a month as landed and read."""

    def note(days: tuple[date, date, date], state: str = "read", mark: str = "f") -> None:
        start, end, published = days
        sha256 = f"{state}{mark}{start}"
        with Catalogue(settings.catalogue) as catalogue:
            catalogue.add_landed(sha256, 10, f"{sha256}.xlsx", "run")
            reading = Reading(
                *(sha256, mark, state, True, MONTHLY, "layout", "month"),
                *(start, end, published),
                is_synthetic=mark == "made up",
            )
            catalogue.set_reading(reading, "run")

    return note


@pytest.fixture
def app() -> typer.Typer:
    """The commands alone."""
    own = typer.Typer()
    add_commands(own)
    return own


def entry(settings: Settings, today: date) -> dict[str, object]:
    """Give how the monthly return stands, as programs see it."""
    listed = as_document(status_of(settings, today), today)["returns"]
    found: dict[str, object] = next(one for one in listed if one["return"] == MONTHLY)
    return found


def test_a_home_without_a_load_misses_nothing(settings: Settings) -> None:
    """Given no catalogue, then no return is late, each is listed, and none is made."""
    found = status_of(settings, LATE)
    assert {one.return_id for one in found} == set(definitions())
    assert {one.state for one in found} == {"never loaded", "ended"}
    assert late_alerts(found) == ()
    assert late_from(found) == {}
    assert not settings.catalogue.exists()


def test_f101_a_file_that_never_comes_is_told_of(settings: Settings, read: Read) -> None:
    """Given August read and September's day past
    When September does not come
    Then on its day nobody is told, later one alert says what and since when, and when it has come,
    late as it is, there is none.
    """
    read(AUGUST)
    assert late_alerts(status_of(settings, DUE)) == ()
    (alert,) = late_alerts(status_of(settings, LATE))
    assert (alert.kind, alert.cause) == ("late", f"late:{MONTHLY}:september-2026")
    assert "12 days" in alert.title
    assert "2026-10-08" in alert.text
    assert definitions()[MONTHLY].landing_page in alert.what_to_do
    read(SEPTEMBER)
    assert late_alerts(status_of(settings, date(2026, 10, 29))) == ()


def test_the_page_of_the_day_is_left(settings: Settings, read: Read) -> None:
    """Given a return that is late, when the page is left, then it names it as late."""
    read(AUGUST)
    leave_status_page(settings, status_of(settings, LATE), LATE)
    text = (settings.home / PAGE).read_text(encoding="utf-8")
    assert "late by 12 days" in text
    assert "September 2026" in text
    assert [path.name for path in (settings.home / PAGE).parent.iterdir()] == [PAGE.name]


@pytest.mark.parametrize("in_the_way", ["a file", "no room"])
def test_a_page_that_cannot_be_left_keeps_nobody_from_being_told(
    settings: Settings,
    read: Read,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
    in_the_way: str,
) -> None:
    """Given a file where the folder should be, or a full disk, then that is logged, not raised."""
    read(AUGUST)
    if in_the_way == "a file":
        (settings.home / PAGE.parent).write_text(in_the_way)
    else:
        monkeypatch.setattr(project, "_write_part", _no_room)
    leave_status_page(settings, status_of(settings, LATE), LATE)
    assert "is not written" in caplog.text


def _no_room(path: Path, _text: str) -> None:
    raise OSError(errno.ENOSPC, "No space left on device", str(path))


def test_made_up_files_are_never_late(settings: Settings, read: Read) -> None:
    """Given a return of made-up files only, then page, alerts and audit agree: it is not late."""
    read(AUGUST, mark="made up")
    found = status_of(settings, LATE)
    assert entry(settings, LATE)["state"] == "made up"
    assert late_alerts(found) == ()
    assert late_from(found) == {}


def test_the_audit_is_told_the_day_that_the_page_goes_by(settings: Settings, read: Read) -> None:
    """Given August read, then the day from which September is late is that of the page."""
    read(AUGUST)
    told = {day: late_from(status_of(settings, day)) for day in (DUE, LATE)}
    assert told[DUE] == told[LATE] == {MONTHLY: date(2026, 10, 16)}
    assert entry(settings, LATE)["late_from"] == "2026-10-16"


def test_a_month_in_quarantine_is_late_although_a_later_one_is_read(
    settings: Settings, read: Read
) -> None:
    """Given August and October read and September in quarantine, then September is late."""
    read(AUGUST)
    read(SEPTEMBER, state="quarantined")
    read((date(2026, 10, 1), date(2026, 10, 31), date(2026, 11, 12)))
    (alert,) = late_alerts(status_of(settings, date(2026, 11, 13)))
    assert alert.cause == f"late:{MONTHLY}:september-2026"


@pytest.mark.usefixtures("settings")
def test_a_gap_is_called_the_first_that_lacks(read: Read, app: typer.Typer) -> None:
    """Given August and October read and not September
    When November's day is ahead
    Then September is called the first that lacks; once it is there, November is just the next.
    """
    read(AUGUST)
    read((date(2026, 10, 1), date(2026, 10, 31), date(2026, 11, 12)))
    asked = ["status", "--on", "2026-11-13"]
    gap = "October 2026  first that lacks: September 2026, on 2026-10-08"
    assert gap in CliRunner().invoke(app, asked).output
    read(SEPTEMBER)
    told = CliRunner().invoke(app, asked).output
    assert "first that lacks" not in told
    assert "November 2026 on 2026-12-10" in told


def test_files_of_which_none_could_be_read_are_counted(settings: Settings, read: Read) -> None:
    """Given a return of which the only file is in quarantine, then that is told beside it."""
    read(AUGUST, state="quarantined")
    found = entry(settings, DUE)
    assert (found["state"], found["files_in_quarantine"]) == ("never loaded", 1)


def test_made_up_files_do_not_stand_for_real_ones(settings: Settings, read: Read) -> None:
    """Given August real and September made up, then September is late."""
    read(AUGUST)
    read(SEPTEMBER, mark="made up")
    assert len(late_alerts(status_of(settings, LATE))) == 1


@pytest.mark.parametrize(("mark", "refused"), [("f", 1), (SET_ASIDE, 0)])
def test_a_refused_file_is_not_held(
    settings: Settings, read: Read, mark: str, refused: int
) -> None:
    """Given September in quarantine, then it is late and the quarantine is told; a file that was
    set aside by a person is not told of.
    """
    read(AUGUST)
    read(SEPTEMBER, state="quarantined", mark=mark)
    found = entry(settings, LATE)
    assert (found["state"], found["files_in_quarantine"]) == ("late", refused)


def test_the_first_file_of_a_period_counts() -> None:
    """Given a month published, landed a day later, and published anew with revisions
    When what is held is asked for
    Then its days are those of the first file, on the clocks of London.
    """
    start, end, published = AUGUST
    first = Reading("a", "f", "read", True, MONTHLY, "l", "month", start, end, published)
    again = Reading("b", "f", "read", True, MONTHLY, "l", "month", start, end, published)
    evidence = {
        "a": Evidence(datetime(2026, 9, 10, 23, 30, tzinfo=UTC)),
        "b": Evidence(datetime(2026, 12, 1, 12, tzinfo=UTC)),
    }
    held = held_of([again, first], evidence)[MONTHLY]
    assert held == Held(end, published, date(2026, 9, 11), published, spans=((start, end),))


def test_days_are_those_of_london() -> None:
    """Given half an hour before midnight UTC in summer, then it is the next day there."""
    assert today_in_london(datetime(2026, 7, 1, 23, 30, tzinfo=UTC)) == date(2026, 7, 2)


def test_the_command_says_it_by_its_exit_code(
    settings: Settings, read: Read, app: typer.Typer
) -> None:
    """Given August read, when asked on the day and later, then exit code 0, and 2 with --late
    naming that return alone.
    """
    read(AUGUST)
    runner = CliRunner()
    due = runner.invoke(app, ["status", "--on", str(DUE)])
    assert (due.exit_code, f"{DUE}: 1 due" in due.output) == (0, True), due.output
    late = runner.invoke(app, ["status", "--on", str(LATE), "--late"])
    assert late.exit_code == 2
    head, names, row, *rest = late.output.splitlines()
    assert head.startswith(f"{LATE}: 1 late, ")
    assert " ".join(names.split()) == " ".join(HEADS)
    assert row.split("  ")[0] == MONTHLY
    assert "late by 12 days  August 2026  September 2026 on 2026-10-08  on its day" in row
    assert rest == []
    assert not (settings.home / PAGE).exists()


def test_the_command_writes_the_page(settings: Settings, read: Read, app: typer.Typer) -> None:
    """Given a home, when asked for today, then the page lies in it, and its place is told."""
    read(AUGUST)
    done = CliRunner().invoke(app, ["status"])
    assert f"Page: {settings.home / PAGE}" in done.output
    page = settings.home / PAGE
    assert "August 2026" in page.read_text(encoding="utf-8")
    way = "../releases/current/quality/index.html"
    assert way not in page.read_text(encoding="utf-8")
    audit = page.parent / way
    audit.parent.mkdir(parents=True)
    audit.touch()
    CliRunner().invoke(app, ["status"])
    assert f'href="{way}"' in page.read_text(encoding="utf-8")


def test_a_page_that_cannot_be_written_hides_nothing(
    settings: Settings, read: Read, app: typer.Typer
) -> None:
    """Given a file where the page's folder should be, then the table is shown all the same."""
    read(AUGUST)
    (settings.home / PAGE.parent).write_text("in the way")
    done = CliRunner().invoke(app, ["status"])
    assert MONTHLY in done.output
    assert "The page is not written" in done.output


def test_programs_get_the_same(settings: Settings, read: Read, app: typer.Typer) -> None:
    """Given a late return, when asked for JSON, then it says what the table says."""
    read(AUGUST)
    done = CliRunner().invoke(app, ["status", "--json", "--late", "--on", str(LATE)])
    assert done.exit_code == 2
    document = json.loads(done.output)
    assert document["day"] == str(LATE)
    (found,) = document["returns"]
    assert found == entry(settings, LATE)
    assert (found["state"], found["days_late"], found["periods_late"]) == ("late", 12, 1)
    assert (found["expected_on"], found["late_from"]) == ("2026-10-08", "2026-10-16")
    assert (found["next_period"], found["publisher_days_late"]) == ("September 2026", 0)


HEAVY = ("airflow", "dbt", "duckdb", "polars", "great_expectations", "pandas")


@pytest.mark.usefixtures("settings")
def test_the_command_imports_nothing_heavy(read: Read) -> None:
    """Given a home, when the command runs in a process of its own, then it is quick: none of what
    takes seconds to import is.
    """
    read(AUGUST)
    code = (
        "import sys, typer\n"
        "from joinedup.status_cli import add_commands\n"
        "app = typer.Typer(); add_commands(app)\n"
        "app(['status'], standalone_mode=False)\n"
        f"print([name for name in {HEAVY!r} if name in sys.modules])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True
    )
    assert MONTHLY in done.stdout
    assert done.stdout.splitlines()[-1] == "[]"


def test_the_calendar_of_the_docs_is_that_of_the_definitions() -> None:
    """Given the definitions, then docs/calendar.md has the rule of each and of no other."""
    page = (PROJECT_ROOT / "docs" / "calendar.md").read_text(encoding="utf-8")
    rows = [line for line in page.splitlines() if line.startswith("| `")]
    rules = [tuple(line.strip("| ").split(" | "))[:6] for line in rows]
    assert rules == [rule_cells(one) for one in definitions().values()], (
        "Make it again: joinedup calendar --write docs/calendar.md"
    )
