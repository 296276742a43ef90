"""A back-fill of twelve months: built apart, withheld for a gap, swapped whole or not at all."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import duckdb
import polars as pl
import pytest
from typer.testing import CliRunner

import ingestion.read
import joinedup.public_scan
import publishing.release
from ingestion.catalogue import Catalogue
from ingestion.definition import Definition, load_definitions
from ingestion.lake import INDEX
from ingestion.landing import landed_path
from ingestion.observations import SCHEMA
from ingestion.period import month
from joinedup import backfill, steps
from joinedup.backfill_ledger import untold
from joinedup.run_id import step_run_id
from joinedup.settings import Settings
from publishing.pointer import ReleaseRefusedError, load_release, release_ids
from tests.ingestion import small_returns
from tests.ingestion.small_returns import delayed_transfers, monthly_activity, write
from tests.joinedup.conftest import ROOT
from tests.joinedup.test_decisions import read_here
from tests.publishing.few_marts import QUICKEST, write_candidate, write_quality

RETURN = "delayed_transfers_la"
FIRST, LAST = "2011-05", "2012-04"
FAILING = "LA-Type-B_2011-09.xlsx"
"""The fifth of the twelve months."""

MAKERS = {RETURN: delayed_transfers, "monthly_activity_commissioner": monthly_activity}


@pytest.fixture(scope="module")
def definitions() -> dict[str, Definition]:
    """The two returns that there are here."""
    return {name: load_definitions()[name] for name in MAKERS}


@pytest.fixture(scope="module")
def months(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the twelve months, and another return's file."""
    folder = tmp_path_factory.mktemp("months")
    day = date(2011, 5, 1)
    with pytest.MonkeyPatch.context() as patch:
        for number in range(12):
            name, out = f"{day:%B %Y}", month(day).end + timedelta(days=20)
            patch.setitem(small_returns.PUBLISHED, name, f"24th {out:%B %Y}")
            book = delayed_transfers(name, factor=number + 1)
            write(book, folder / f"LA-Type-B_{day:%Y-%m}.xlsx")
            day = month(day).end + timedelta(days=1)
    write(monthly_activity(), folder / "other.xlsx")
    return folder


@pytest.fixture(scope="module")
def two_months(months: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the first two of them."""
    folder = tmp_path_factory.mktemp("two_months")
    for name in ("LA-Type-B_2011-05.xlsx", "LA-Type-B_2011-06.xlsx"):
        shutil.copy(months / name, folder)
    return folder


@pytest.fixture(scope="module")
def with_a_failure(months: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same, but the fifth month's file was cut short."""
    folder = tmp_path_factory.mktemp("failing") / "months"
    shutil.copytree(months, folder)
    (folder / FAILING).write_bytes((months / FAILING).read_bytes()[:3000])
    return folder


@pytest.fixture(scope="module")
def first_month(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with April 2011, which was loaded before."""
    folder = tmp_path_factory.mktemp("before")
    write(delayed_transfers(), folder / "LA-Type-B_2011-04.xlsx")
    return folder


@pytest.fixture(autouse=True)
def _quickly(monkeypatch: pytest.MonkeyPatch, definitions: dict[str, Definition]) -> None:
    monkeypatch.setattr(ingestion.read, "_read_all", read_here)
    monkeypatch.setattr(steps, "load_definitions", lambda: definitions)
    monkeypatch.setattr(steps, "undecided_definitions", dict)
    monkeypatch.setattr(steps, "load_register", lambda _: None)  # it has more than two councils


@pytest.fixture
def released(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What each release was made with; nothing is really released."""
    made: list[dict[str, Any]] = []

    def release(*_: object, **given: Any) -> SimpleNamespace:
        made.append(given)
        return SimpleNamespace(id=f"release {len(made)}", path=Path("somewhere"))

    monkeypatch.setattr(publishing.release, "release_marts", release)
    return made


def load(home: Path, *folders: Path, patch: pytest.MonkeyPatch) -> Settings:
    """Land and read folders in their order into a home, which the settings then lead to."""
    patch.setenv("JOINEDUP_HOME", str(home))
    for number, folder in enumerate(folders):
        steps.fetch_returns(f"load {number}", returns=str(folder))
        steps.read_files(f"load {number}")
    return Settings()


@pytest.fixture
def home(tmp_path: Path, first_month: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """A home into which April 2011 was loaded."""
    return load(tmp_path / "home", first_month, patch=monkeypatch)


def state(settings: Settings) -> tuple[Any, ...]:
    """Everything that a load would go by, and every file of landing and lake."""
    with Catalogue(settings.catalogue) as catalogue:
        known = (catalogue.landed(), catalogue.readings(), catalogue.names())
    files = sorted(path for root in (settings.landing, settings.lake) for path in root.rglob("*"))
    index = pl.read_parquet(settings.lake / INDEX).rows()
    return (*known, index, [path for path in files if path.is_file()])


def content(settings: Settings) -> list[tuple[Any, ...]]:
    """Every figure that is read, with the file it came from, and how each file was read."""
    index = pl.read_parquet(settings.lake / INDEX).filter(pl.col("state") == "read")
    paths = index.sort("source_sha256")["lake_path"]
    figures = pl.concat([pl.read_parquet(settings.lake / path).cast(SCHEMA) for path in paths])
    about = index.drop("landed_seq").sort("source_sha256")
    return [*figures.rows(), *about.rows()]


def states(settings: Settings, run_id: str) -> dict[str, str]:
    """How each period stands in the ledger."""
    return {line.period: line.state for line in backfill.ledger_lines(settings, run_id)}


def read(run_id: str, folder: Path, last: str = LAST, **more: Any) -> steps.Result:
    """Read the months apart."""
    return backfill.read_apart(run_id, RETURN, FIRST, last, returns=str(folder), **more)


def read_two(run_id: str, folder: Path) -> steps.Result:
    """Read the first two months apart."""
    return read(run_id, folder, "2011-06")


def swap(settings: Settings, run_id: str) -> None:
    """Swap and release after an audit, which leaves a folder of results."""
    steps.quality_path(settings, run_id).mkdir(parents=True, exist_ok=True)
    backfill.swap_and_release(run_id)


@pytest.fixture
def few_promised(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a release be really made of a few marts, which are no demonstration's."""
    monkeypatch.setattr(publishing.release, "PROMISED_TABLES", QUICKEST)
    monkeypatch.setattr(joinedup.public_scan, "scan", lambda *_, **__: [])


def put_candidate(settings: Settings, run_id: str) -> None:
    """Give a run a candidate that passed its audit."""
    shutil.rmtree(steps.quality_path(settings, run_id), ignore_errors=True)
    write_candidate(steps.candidate_path(settings, run_id), marts=QUICKEST)
    write_quality(steps.quality_path(settings, run_id))


def swap_really(settings: Settings, run_id: str) -> steps.Result:
    """Swap and release with the real release."""
    put_candidate(settings, run_id)
    return backfill.swap_and_release(run_id)


def manifest_of(settings: Settings, release_id: str | None) -> Any:
    """What the manifest of a release says of the returns."""
    assert release_id is not None
    return load_release(settings.releases, release_id).manifest.returns


def test_f099_a_gap_withholds_everything(home: Settings, with_a_failure: Path) -> None:
    """Given twelve months of which the fifth is cut short
    When they are back-filled
    Then the ledger shows the gap with its reason, and nothing of the warehouse changed.
    """
    before = state(home)
    with pytest.raises(steps.NotReleased, match=r"2011-09: quarantined.*damaged or cut short"):
        read("withheld", with_a_failure)
    assert state(home) == before
    assert list(home.backfills.iterdir()) == []
    found = states(home, "withheld")
    assert len(found) == 12
    assert [period for period, is_read in found.items() if is_read != "read"] == ["2011-09"]
    (gap,) = [line for line in backfill.ledger_lines(home, "withheld") if line.state != "read"]
    assert gap.files == (FAILING,)
    assert "damaged or cut short" in gap.reason


def test_f099_an_allowed_gap_is_seen_and_filled_later(
    home: Settings,
    with_a_failure: Path,
    months: Path,
    first_month: Path,
    released: list[dict[str, Any]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Given twelve months of which the fifth fails, and then a good copy of it
    When they are back-filled with gaps allowed, and the fifth after them
    Then the first release names the gap, the second none, and the lake holds what it would if all
    had come in their order.
    """
    told = read("gap", with_a_failure, allow_gaps=True)
    assert (told["read"], told["gaps"], told["left_out"]) == (11, ["2011-09"], 1)
    swap(home, "gap")
    (gap,) = released[0]["returns"]["backfill"]["gaps"]
    assert (gap["period"], gap["state"], gap["files"]) == ("2011-09", "quarantined", [FAILING])
    assert backfill.released_id(home, "gap") == "release 1"

    filled = backfill.read_apart("fill", RETURN, "2011-09", "2011-09", returns=str(months))
    assert (filled["read"], filled["gaps"], filled["left_out"]) == (1, [], 1)
    swap(home, "fill")
    assert released[1]["returns"]["backfill"]["gaps"] == []
    assert not steps.read_files("next night")["newly_read"]

    in_order = tmp_path / "only the months"
    shutil.copytree(months, in_order, ignore=shutil.ignore_patterns("other.xlsx"))
    ordered = load(tmp_path / "ordered", first_month, in_order, patch=monkeypatch)
    dated = pl.read_parquet(home.lake / INDEX).filter(pl.col("state") == "read")
    assert dated.height == 13
    assert content(home) == content(ordered)


def test_what_is_released_is_what_the_next_night_sees(
    home: Settings, two_months: Path, released: list[dict[str, Any]]
) -> None:
    """Given a back-fill that was released, when a night reads, then its inputs are the release's.

    So the night finds nothing new.
    """
    read_two("all", two_months)
    swap(home, "all")
    night = steps.read_files("night")
    assert night["inputs_fingerprint"] == released[0]["inputs_fingerprint"]
    assert list(home.backfills.iterdir()) == []


def test_only_the_range_is_taken(home: Settings, months: Path) -> None:
    """Given a folder of a year and another return, when two months are back-filled, then only
    these are read, and the others are left out.
    """
    told = backfill.read_apart("two", RETURN, "2011-06", "2011-07", returns=str(months))
    assert (told["periods"], told["read"], told["left_out"]) == (2, 2, 11)
    apart = pl.read_parquet(home.backfills.glob("*").__next__() / "lake" / INDEX)
    assert sorted(apart["period_start"]) == [date(2011, 4, 1), date(2011, 6, 1), date(2011, 7, 1)]


def test_without_a_folder_what_has_landed_is_read_anew(home: Settings) -> None:
    """Given a month that was read, when back-filled, then it is read and nothing is new; a month
    that never came is missing.
    """
    told = backfill.read_apart("again", RETURN, "2011-04", "2011-04")
    assert (told["read"], told["anything_new"]) == (1, True), "nothing was ever released here"
    with pytest.raises(steps.NotReleased, match="2011-05: missing"):
        backfill.read_apart("more", RETURN, "2011-04", "2011-05")
    assert states(home, "more") == {"2011-04": "read", "2011-05": "missing"}


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (("ascof_of_old", "2011-04", "2011-04"), "No such return"),
        ((RETURN, "2011-05", "2011-04"), "no range of months"),
        ((RETURN, "2031-05", "2031-06"), "no period from"),
        ((RETURN, None, None), "Say which return"),
    ],
)
def test_a_range_that_is_none_is_refused(asked: tuple[Any, Any, Any], said: str) -> None:
    """Given a wrong return or range, when back-filled, then it is said, and not tried again."""
    with pytest.raises(steps.NotReleased, match=said):
        backfill.read_apart("wrong", *asked)


def test_a_back_fill_that_was_overtaken_changes_nothing(
    home: Settings, two_months: Path, released: list[dict[str, Any]], tmp_path: Path
) -> None:
    """Given a load that read a file since the back-fill began, when swapped, then it is refused."""
    read_two("slow", two_months)
    (tmp_path / "new").mkdir()
    write(monthly_activity(), tmp_path / "new" / "other.xlsx")
    steps.fetch_returns("night", returns=str(tmp_path / "new"))
    steps.read_files("night")
    before = state(home)
    with pytest.raises(steps.NotReleased, match="Run the back-fill again"):
        swap(home, "slow")
    assert (state(home), released) == (before, [])


def test_a_refused_release_takes_the_swap_back(
    home: Settings, months: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Given a release that is refused, when swapped, then the lake is as before, to a file."""

    def refuse(*_: object, **__: object) -> None:
        raise ReleaseRefusedError("figures would be lost")

    monkeypatch.setattr(publishing.release, "release_marts", refuse)
    before = state(home)
    read("refused", months, "2011-06")
    with pytest.raises(steps.NotReleased, match="figures would be lost"):
        swap(home, "refused")
    assert state(home) == before


@pytest.mark.parametrize("dies_in", ["read_landed", "write_index"])
def test_a_retry_of_the_reading_begins_anew(
    home: Settings, two_months: Path, dies_in: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Given a reading that broke off, when tried again, then it is as if it had not been."""
    before = state(home)

    def die(*_: object, **__: object) -> None:
        raise OSError("no space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(steps if dies_in == "read_landed" else ingestion.read, dies_in, die)
        with pytest.raises(OSError, match="no space"):
            read_two("retried", two_months)
    assert state(home) == before
    assert read_two("retried", two_months)["read"] == 2


KILLS = [
    ("read_apart", "ingestion.read", "write_index"),
    ("read_apart", "joinedup.backfill", "ledger_of"),
    ("swap_and_release", "ingestion.catalogue", "Catalogue.take_over"),
]


@pytest.mark.long
@pytest.mark.usefixtures("few_promised")
def test_killed_before_the_swap_the_lake_is_as_it_was(home: Settings, two_months: Path) -> None:
    """Given a back-fill whose process is killed at each point before the swap in turn
    Then all that a load goes by is as it was, and a try more completes it.
    """
    before = state(home)
    for step, module, function in KILLS:
        if step == "swap_and_release":
            read_two("killed", two_months)
        assert _killed(home, module, function, step, two_months) == -signal.SIGKILL, function
        assert state(home)[:-1] == before[:-1], function
    swap_really(home, "killed")
    assert manifest_of(home, backfill.released_id(home, "killed"))["backfill"]["read"] == 2


LATE_KILLS = [
    ("joinedup.backfill", "write_index"),
    ("publishing.release", "release_marts"),
    ("publishing.release", "move_pointer"),
    ("joinedup.steps", "_keep"),
    ("ingestion.catalogue", "Catalogue.take_over_steps"),
    ("shutil", "half of rmtree"),
]
"""After the swap; the last three with the release in the hands of readers."""


@pytest.mark.long
@pytest.mark.parametrize(("module", "function"), LATE_KILLS)
@pytest.mark.usefixtures("few_promised")
def test_killed_after_the_swap_a_try_more_ends_it(
    home: Settings, two_months: Path, module: str, function: str
) -> None:
    """Given a back-fill that is killed after its swap, when tried again, then there is one release
    of it, which tells of it, and the next night has nothing to add.
    """
    read_two("killed", two_months)
    put_candidate(home, "killed")
    assert _killed(home, module, function, "swap_and_release", two_months) == -signal.SIGKILL
    done = backfill.swap_and_release("killed")
    assert release_ids(home.releases) == [done["release_id"]]
    assert done["path"] == str(home.releases.resolve() / done["release_id"])
    assert backfill.released_id(home, "killed") == done["release_id"]
    assert manifest_of(home, done["release_id"])["backfill"]["read"] == 2
    assert not home.backfills.exists() or list(home.backfills.iterdir()) == []
    assert len(pl.read_parquet(home.lake / INDEX)) == 3
    assert not steps.read_files("night")["anything_new"]
    with Catalogue(home.catalogue) as catalogue:
        assert untold(catalogue) == {}


@pytest.mark.long
@pytest.mark.usefixtures("few_promised")
def test_a_first_back_fill_killed_in_the_swap_takes_its_files_over(
    two_months: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Given a home in which nothing was ever read, and a back-fill killed before the catalogue is
    written, when tried again, then the catalogue knows what the release is made from.
    """
    home = load(tmp_path / "fresh", patch=monkeypatch)
    read_two("killed", two_months)
    put_candidate(home, "killed")
    where = ("ingestion.catalogue", "Catalogue.take_over", "swap_and_release")
    assert _killed(home, *where, two_months) == -signal.SIGKILL
    backfill.swap_and_release("killed")
    with Catalogue(home.catalogue) as catalogue:
        assert len(catalogue.landed()) == len(catalogue.readings()) == 2
    assert not steps.read_files("night")["anything_new"]


@pytest.mark.usefixtures("few_promised")
def test_tried_again_after_its_release_it_gives_that(home: Settings, two_months: Path) -> None:
    """Given a back-fill that was released, when its last step is tried again, then it gives the
    same release, and another run of that name begins anew.
    """
    read_two("twice", two_months)
    first = swap_really(home, "twice")
    assert backfill.swap_and_release("twice") == first
    with duckdb.connect(str(Path(first["path"]) / "marts.duckdb"), read_only=True) as marts:
        ran = marts.execute(
            "select step, outcome from marts.marts.run where run_id = ?", [step_run_id("twice")]
        ).fetchall()
    assert sorted(ran) == [("read_apart", "ok"), ("read_files", "ok")], "what goes on has no row"
    assert not read_two("twice", two_months)["anything_new"]
    assert backfill.released_id(home, "twice") is None


def test_what_is_left_out_leaves_nothing(
    home: Settings, months: Path, released: list[dict[str, Any]]
) -> None:
    """Given a folder of a year and another return, when two months of it are back-filled
    Then landing and lake hold no byte of the others.
    """
    before = state(home)[-1]
    read("two", months, "2011-06")
    swap(home, "two")
    new = sorted(set(state(home)[-1]) - set(before))
    with Catalogue(home.catalogue) as catalogue:
        assert len(catalogue.landed()) == 3
        of_catalogue = [
            *(landed_path(home.landing, file.sha256) for file in catalogue.landed()),
            *(home.lake / str(one.lake_path) for one in catalogue.readings().values()),
        ]
    assert new == sorted(set(of_catalogue) - set(before))
    assert len(new) == 4
    assert len(released) == 1


def die(*_: object, **__: object) -> None:
    """Break off."""
    raise OSError("no space left on device")


@pytest.mark.usefixtures("few_promised")
def test_a_release_that_breaks_takes_the_swap_back_too(
    home: Settings, months: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Given a disk that is full at the release, then the lake is as it was, to a file; when there
    is room again, then a try more releases.
    """
    before = state(home)
    read("full", months, "2011-06")
    with monkeypatch.context() as patch:
        patch.setattr(publishing.release, "release_marts", die)
        with pytest.raises(OSError, match="no space"):
            swap(home, "full")
    assert state(home) == before
    done = swap_really(home, "full")
    assert manifest_of(home, done["release_id"])["backfill"]["read"] == 2


def ended_after_the_swap(home: Settings, run_id: str, patch: pytest.MonkeyPatch) -> None:
    """Leave a back-fill as one whose process ended after the swap."""
    with patch.context() as ended:
        ended.setattr(publishing.release, "release_marts", die)
        ended.setattr(backfill, "_take_back", lambda *_: None)
        with pytest.raises(OSError, match="no space"):
            swap(home, run_id)


def test_one_that_ended_after_its_swap_is_told_by_the_next_release(
    home: Settings,
    with_a_failure: Path,
    released: list[dict[str, Any]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Given a back-fill with a gap that ended for good after its swap
    When a night releases, then its manifest tells of the gap, and the next one's does no more.
    """
    read("ended", with_a_failure, allow_gaps=True)
    ended_after_the_swap(home, "ended", monkeypatch)
    for night in ("first", "second"):
        assert steps.read_files(night)["anything_new"]
        steps.release_marts(night)
    (told,) = released[0]["returns"]["earlier_backfills"]
    assert [gap["period"] for gap in told["gaps"]] == ["2011-09"]
    assert "earlier_backfills" not in released[1]["returns"]


def test_one_that_was_overtaken_after_its_swap_is_taken_back(
    home: Settings, two_months: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Given a back-fill that was killed after its swap, and a night that read a file and a person
    who set one aside since, when tried again, then only what the others did is left.
    """
    read_two("overtaken", two_months)
    ended_after_the_swap(home, "overtaken", monkeypatch)
    (tmp_path / "new").mkdir()
    write(monthly_activity(), tmp_path / "new" / "other.xlsx")
    steps.fetch_returns("night", returns=str(tmp_path / "new"))
    with Catalogue(home.catalogue) as catalogue:
        (aside,) = (one for one in catalogue.landed() if one.file_name.endswith("05.xlsx"))
    steps.set_file_aside(aside.sha256, "has names in it")
    steps.read_files("night")
    with pytest.raises(steps.NotReleased, match="Nothing of it was kept"):
        swap(home, "overtaken")
    index = pl.read_parquet(home.lake / INDEX).sort("landed_seq")
    assert index.select("state", "return_id").rows() == [
        ("read", RETURN),
        ("quarantined", RETURN),
        ("read", "monthly_activity_commissioner"),
    ]


def test_a_waiting_file_keeps_its_place(
    home: Settings,
    two_months: Path,
    months: Path,
    released: list[dict[str, Any]],
    tmp_path: Path,
) -> None:
    """Given a month that landed and waits, when it is back-filled with an earlier one, then the
    night sees what was released.
    """
    (tmp_path / "waits").mkdir()
    shutil.copy(months / "LA-Type-B_2011-06.xlsx", tmp_path / "waits")
    steps.fetch_returns("refresh", returns=str(tmp_path / "waits"))
    read_two("both", two_months)
    swap(home, "both")
    night = steps.read_files("night")
    assert night["inputs_fingerprint"] == released[0]["inputs_fingerprint"]


def test_each_step_of_its_own_is_an_attempt(
    home: Settings, two_months: Path, released: list[dict[str, Any]]
) -> None:
    """Given a back-fill, then the run log has each of its steps, once, and what it is made of."""
    read_two("noted", two_months)
    swap(home, "noted")
    with Catalogue(home.catalogue) as catalogue:
        noted = [(one.step, one.attempt, one.outcome) for one in catalogue.attempts()]
    steps_here = ["read_apart", "read_files", "swap_and_release", "release_marts"]
    assert noted[-4:] == [(step, 1, "ok") for step in steps_here]
    assert len(released) == 1


def _killed(home: Settings, module: str, function: str, step: str, folder: Path) -> int:
    arguments = [module, function, "killed", step, RETURN, FIRST, "2011-06", str(folder)]
    return subprocess.run(
        [sys.executable, "-m", "tests.joinedup.killed_backfill", *arguments],
        env={**os.environ, "JOINEDUP_HOME": str(home.home)},
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        timeout=300,
        check=False,
    ).returncode


def test_a_ledger_of_fifty_years_fits_the_scheduler(
    home: Settings, definitions: dict[str, Definition], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Given six hundred months that were not read, then what a task returns stays small."""
    cadence = definitions[RETURN].cadence.model_copy(update={"first": "1970-01", "last": None})
    old = definitions[RETURN].model_copy(update={"cadence": cadence})
    monkeypatch.setattr(steps, "load_definitions", lambda: {**definitions, RETURN: old})
    told = backfill.read_apart("long", RETURN, "1970-01", "2019-12", allow_gaps=True)
    assert told["periods"] == 600
    assert len(json.dumps(told)) < 1000
    assert len(states(home, "long")) == 600


@pytest.mark.usefixtures("home")
def test_the_command_says_that_a_release_was_withdrawn(monkeypatch: pytest.MonkeyPatch) -> None:
    """Given a back-fill that would bring a withdrawn release back, then the command names it."""
    import joinedup.embedded_airflow as embedded

    monkeypatch.setattr(steps, "_withdrawn", lambda *_: "20260609T010203Z-00c0ffee")

    def run_dag(*_: Any, conf: Any, **__: Any) -> embedded.EmbeddedRun:
        assert not backfill.read_apart("by hand", **conf)["anything_new"]
        return embedded.EmbeddedRun("by hand", "success", {}, {}, ())

    monkeypatch.setattr(embedded, "run_dag", run_dag)
    done = _command(RETURN, "2011-04", "2011-04")
    assert done.exit_code == 0, done.output
    assert "20260609T010203Z-00c0ffee, which was withdrawn" in done.output
    assert "Nothing new" not in done.output


def _command(*arguments: str) -> Any:
    """Run `joinedup backfill` on an application of its own."""
    import typer

    from joinedup.nightly_cli import add_commands

    app = typer.Typer()
    add_commands(app)
    return CliRunner().invoke(app, ["backfill", *arguments])


def test_the_command_says_what_was_not_read(
    home: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Given a month that never came, when back-filled by command, then the ledger is printed, and
    the exit code is 1.
    """
    import joinedup.embedded_airflow as embedded

    def run_dag(dag_id: str, *, conf: Any, **_: Any) -> embedded.EmbeddedRun:
        assert dag_id == "backfill"
        try:
            backfill.read_apart("by hand", **conf)
        except steps.NotReleased as error:
            failure = embedded.TaskFailure("read_apart", "NotReleased", str(error), error)
            return embedded.EmbeddedRun("by hand", "failed", {}, {}, (failure,))
        raise AssertionError

    monkeypatch.setattr(embedded, "run_dag", run_dag)
    done = _command(RETURN, "2011-04", "2011-05")
    assert done.exit_code == 1, done.output
    assert "2011-04     read         LA-Type-B_2011-04.xlsx" in done.output
    assert "2011-05     missing      No file of it was found." in done.output
    assert "nothing was changed or released" in done.stderr
    assert home.catalogue.exists()
