"""A look back as a person runs it: `joinedup run --as-at`, and what stands beside it."""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import pytest

from publishing.mart_tables import open_read_only
from publishing.pointer import Release, as_at_ids, current_release, find_release, release_ids
from tests.dbt_project.rebuilt import Recipe
from tests.joinedup.conftest import (
    Finished,
    assert_equal_but_for_populations,
    joinedup,
    release_ordinarily,
    write_few_returns,
)
from tests.joinedup.re_issues import NAME, RE_ISSUED, write_re_issue

pytestmark = pytest.mark.long

DAY = "2016-10-01"


@dataclass(frozen=True)
class LookedBack:
    """A home into which the re-issue of June 2015 came before its first issue, and its runs."""

    home: Path
    too_early: Finished
    looked_back: Finished
    night: Finished
    again: Finished

    def release(self, release_id: str | None = None) -> Release:
        """Give the current release, or one by its id."""
        releases = self.home / "releases"
        found = find_release(releases, release_id) if release_id else current_release(releases)
        assert found is not None, self.night.text
        return found

    @property
    def as_at(self) -> Release:
        """The look back."""
        (found,) = as_at_ids(self.home / "releases")
        return self.release(found)


@pytest.fixture(scope="session")
def looked_back(tmp_path_factory: pytest.TempPathFactory) -> LookedBack:
    """Land the re-issue, look back too far; land the first issue, look back; run a night; again."""
    base = tmp_path_factory.mktemp("look_back")
    home, returns = base / "home", base / "returns"
    write_few_returns(returns)
    shutil.move(returns / NAME, base / "first issue.xlsx")
    write_re_issue(base / "work", returns / "again" / "June.xlsx")
    too_early = joinedup(home, "run", "--as-at", "2010-01-01", "--returns", str(returns))
    shutil.move(base / "first issue.xlsx", returns / NAME)
    return LookedBack(
        home,
        too_early,
        looked_back=joinedup(home, "run", "--as-at", DAY, "--returns", str(returns)),
        night=joinedup(home, "run", "--returns", str(returns)),
        again=joinedup(home, "run", "--as-at", DAY),
    )


@pytest.fixture(scope="session")
def only_known(
    looked_back: LookedBack, recipe: Recipe, tmp_path_factory: pytest.TempPathFactory
) -> Release:
    """A release of a warehouse that has only the files known then, and does not look back."""
    base = tmp_path_factory.mktemp("only_known")
    returns = base / "returns"
    write_few_returns(returns)
    with open_read_only(looked_back.release().marts) as marts:
        later = marts.execute(
            "select file_name from source_file where known_on > cast(? as date)", [DAY]
        ).fetchall()
    assert len(later) > 3
    for (name,) in later:
        (returns / name).unlink(missing_ok=True)
    return release_ordinarily(returns, base, recipe)


def june(release: Release) -> tuple[float, str]:
    """England's delayed days of June 2015 and when that was published."""
    with open_read_only(release.marts) as marts:
        row = marts.execute(
            "select sum(value), max(published_on)::varchar from metric_value "
            "where metric_id = 'delayed_days' and period_type = 'month' "
            "and period_start = date '2015-06-01' and boundary = 'as_reported' "
            "and area_code <> 'E92000001' and area_code not like 'E12%'"
        ).fetchone()
    assert row is not None
    return row


def test_a_look_back_is_released_and_says_where(looked_back: LookedBack) -> None:
    """Given a day between two issues, when looked back to, then there is a release of that day."""
    assert looked_back.looked_back.code == 0, looked_back.looked_back.text
    release = looked_back.as_at
    assert re.fullmatch(rf"as-at-{DAY}-[0-9a-f]{{8}}", release.id)
    assert release.manifest.as_at == date.fromisoformat(DAY)
    text = looked_back.looked_back.text
    assert f"Release {release.id}" in text
    assert f"joinedup quality {release.id}\n" in text
    assert f"releases/{release.id}" in text
    assert f"As at {DAY}: " in text


def test_f062_the_older_figures_are_given(looked_back: LookedBack) -> None:
    """Given June 2015 issued twice, then the look back has the first, the night the second."""
    then, now = june(looked_back.as_at), june(looked_back.release())
    assert (then[1] <= DAY, now[1]) == (True, str(RE_ISSUED))
    assert then[0] != now[0]


def test_the_marts_equal_those_made_of_what_was_known(
    looked_back: LookedBack, only_known: Release
) -> None:
    """Given a warehouse with the files of then only, then its figures are equal, to a value."""
    assert_equal_but_for_populations(looked_back.as_at, only_known, date.fromisoformat(DAY))
    assert looked_back.release().manifest.tables != only_known.manifest.tables


def test_f063_an_older_issue_that_lands_late_never_wins(looked_back: LookedBack) -> None:
    """Given the re-issue landed first, then it is current, and revisions run from old to new."""
    assert looked_back.night.code == 0, looked_back.night.text
    with open_read_only(looked_back.release().marts) as marts:
        files = marts.execute(
            "select published_on > date '2017-01-01', is_current_vintage from source_file "
            "where return_id = 'delayed_transfers_la' and period_start = date '2015-06-01' "
            "order by 1"
        ).fetchall()
        rows = marts.execute(
            "select order_basis, old_published_on < new_published_on, sum(difference) "
            "from revision where table_id = 'responsible_body' and breakdown = '' "
            "and measure = 'delayed_days' and not is_control_total group by all"
        ).fetchall()
    assert files == [(False, False), (True, True)]
    change = june(looked_back.release())[0] - june(looked_back.as_at)[0]
    assert rows == [("published_on", True, pytest.approx(change))]


def test_a_look_back_is_not_what_readers_see(looked_back: LookedBack) -> None:
    """Given a look back and a night after it, then the pointer has only ever known the night."""
    releases = looked_back.home / "releases"
    assert release_ids(releases) == [looked_back.release().id]
    assert looked_back.release().manifest.previous is None
    assert looked_back.release().manifest.as_at is None


def test_the_same_look_back_again_does_nothing(looked_back: LookedBack) -> None:
    """Given nothing new of that day, when looked back again without a folder, then it is said."""
    again = looked_back.again
    assert again.code == 0, again.text
    assert f"Nothing new: this warehouse as at {DAY} stands already" in again.text
    assert f"releases/{looked_back.as_at.id}" in again.text
    assert "Building" not in again.text


def test_a_day_before_the_first_file_is_said(looked_back: LookedBack) -> None:
    """Given a day before all files, when looked back to, then exit code 1, and why."""
    done = looked_back.too_early
    assert done.code == 1
    assert (
        "No file was known on 2010-01-01: the first of the 65 files here is known from 2012-04-27"
        in (" ".join(done.text.split()))
    )


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ("soon", "'soon' is not a date; write one as 2017-02-08."),
        ("2017-02-30", "'2017-02-30' is not a date"),
        (str(date.today() + timedelta(days=2)), "is in the future"),  # noqa: DTZ011
    ],
)
def test_what_is_no_day_to_look_back_to_is_said(tmp_path: Path, said: str, why: str) -> None:
    """Given no date, or one to come, then exit code 1, a plain sentence, and nothing is written."""
    done = joinedup(tmp_path / "home", "run", "--as-at", said)
    assert done.code == 1
    assert why in done.text
    assert "Traceback" not in done.text
    assert not (tmp_path / "home").exists()


def test_a_look_back_can_be_traced_and_asked(looked_back: LookedBack) -> None:
    """Given the look back, when a figure is traced in it, then it leads to the first issue."""
    asked = ("--release", looked_back.as_at.id, "--json")
    done = joinedup(looked_back.home, "trace", "delayed_days", "E10000003", "2015-06", *asked)
    assert done.code == 0, done.text
    document = json.loads(done.text)
    assert (document["as_at"], document["release_id"]) == (DAY, looked_back.as_at.id)
    assert [file["file_name"] for file in document["files"]] == [NAME]
    used = joinedup(looked_back.home, "uses", Path(NAME).name, *asked)
    figures = {
        (f["metric_id"], f["area_code"], f["period_start"])
        for f in json.loads(used.text)["figures"]
    }
    assert ("delayed_days", "E10000003", "2015-06-01") in figures
    now = joinedup(looked_back.home, "uses", Path(NAME).name)
    assert "No figure of metric_value rests on it: later files have taken its place" in now.text
    unknown = joinedup(looked_back.home, "uses", "July.xls")
    assert unknown.code == 1
    assert "No file of this release is called 'July.xls'" in unknown.text
    nowhere = joinedup(looked_back.home, "trace", "x", "y", "z", "--release", "r")
    assert nowhere.code == 1
    assert looked_back.as_at.id in nowhere.text
