"""The refresh: returns land side by side, none waits for another; publishers are on loopback."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import typer
from typer.testing import CliRunner, Result

import joinedup.status
from ingestion.catalogue import Catalogue
from ingestion.definition import load_definitions
from ingestion.landing import landing_in_use
from joinedup import refresh, steps
from joinedup.nightly_cli import add_commands
from joinedup.settings import Settings
from tests.ingestion.publisher import Publisher, page, reply, serving, workbook

RETURNS = ("slow", "down", "well")


@pytest.fixture
def publisher(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Publisher]:
    """A server with a page for each return, of which one answers with an error."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("JOINEDUP_RETURNS", raising=False)
    for name, value in {
        "HOME": str(tmp_path / "home"),
        "WEB_HOSTS": "localhost",
        "WEB_LOOPBACK": "true",
        "WEB_PAUSE_SECONDS": "0",
        "WEB_TOTAL_SECONDS": "5",
    }.items():
        monkeypatch.setenv(f"JOINEDUP_{name}", value)
    some = next(iter(load_definitions().values()))
    with serving() as running:
        for name in RETURNS:
            running.routes[f"/{name}/"] = page(f"/up/{name}.xlsx")
            running.routes[f"/up/{name}.xlsx"] = reply(workbook(name))
        running.routes["/down/"] = reply(b"gone", 404)
        definitions = {
            name: some.model_copy(
                update={
                    "return_id": name,
                    "link": f"{name}*",
                    "landing_page": running.at(f"/{name}/", host="localhost"),
                }
            )
            for name in RETURNS
        }
        monkeypatch.setattr(steps, "load_definitions", lambda: definitions)
        yield running


def held_back(publisher: Publisher, path: str) -> tuple[threading.Event, threading.Event]:
    """Have a page wait; returns what says that it was asked for, and what lets it go."""
    asked, let_go, answer = threading.Event(), threading.Event(), publisher.routes[path]

    def route(handler: Any) -> None:
        asked.set()
        let_go.wait(20)
        answer(handler)

    publisher.routes[path] = route
    return asked, let_go


def landed() -> list[str]:
    """The addresses of what has landed."""
    with Catalogue(Settings().catalogue) as catalogue:
        return sorted(file.file_name.rpartition("/")[2] for file in catalogue.landed())


def test_one_slow_and_one_failing_publisher_do_not_hold_the_third(publisher: Publisher) -> None:
    """Given a publisher that does not answer yet and one that fails
    When three returns are fetched as the scheduler does, each by itself
    Then the third has landed before the slow one answers, which lands in the end.
    """
    asked, let_go = held_back(publisher, "/slow/")
    with ThreadPoolExecutor(1) as scheduler:
        slow = scheduler.submit(refresh.fetch_return, "run", "slow")
        try:
            assert asked.wait(20)
            with pytest.raises(steps.NothingFetchedError, match="down"):
                refresh.fetch_return("run", "down")
            assert refresh.fetch_return("run", "well")["landed"] == 1
            assert landed() == ["well.xlsx"]
            assert not slow.done()
        finally:
            let_go.set()
        assert slow.result() == {"return": "slow", "seen": 1, "landed": 1, "known": 0}
    assert landed() == ["slow.xlsx", "well.xlsx"]


def test_a_return_is_fetched_by_one_at_a_time(publisher: Publisher) -> None:
    """Given a return that is being fetched, when fetched again, then it is said, to be tried later;
    a load may write meanwhile.
    """
    asked, let_go = held_back(publisher, "/slow/")
    with ThreadPoolExecutor(1) as scheduler:
        slow = scheduler.submit(refresh.fetch_return, "run", "slow")
        try:
            assert asked.wait(20)
            with pytest.raises(refresh.ReturnBusyError, match="slow is being fetched"):
                refresh.fetch_return("other run", "slow")
            with steps.writing(Settings(), "load"):
                pass
        finally:
            let_go.set()
        slow.result()


def test_a_second_refresh_lands_nothing(publisher: Publisher) -> None:
    """Given a return that has landed, when fetched again, then it is known and nothing is new."""
    assert publisher.routes
    assert refresh.fetch_return("run", "well")["landed"] == 1
    again = refresh.fetch_return("next run", "well")
    assert (again["landed"], again["known"]) == (0, 1)


@pytest.mark.usefixtures("publisher")
def test_only_what_is_awaited_is_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    """Given a calendar, when the web may be asked, then what it awaits and what has a page is
    chosen; what is asked for is, in any case.
    """
    states = {"late": "late", "due": "due", "on time": "on time", "no page": "late"}
    stood = [
        SimpleNamespace(
            return_id=name,
            is_awaited=state != "on time",
            definition=SimpleNamespace(landing_page="" if name == "no page" else "https://x"),
        )
        for name, state in states.items()
    ]
    monkeypatch.setattr(joinedup.status, "status_of", lambda *_: stood)
    assert refresh.choose_returns("run") == []
    monkeypatch.setenv("JOINEDUP_WEB", "true")
    assert refresh.choose_returns("run") == ["due", "late"]
    assert refresh.choose_returns("run", ["well"]) == ["well"]
    with pytest.raises(steps.NotReleased, match="No such return: other"):
        refresh.choose_returns("run", ["other"])


@pytest.fixture
def command(publisher: Publisher) -> Callable[..., Result]:
    """Run `joinedup refresh` on an application of its own."""
    assert publisher.routes
    app = typer.Typer()
    app.callback()(lambda: None)
    add_commands(app)
    return lambda *arguments: CliRunner().invoke(app, ["refresh", *arguments])


@pytest.mark.parametrize(
    ("asked", "code"),
    [(["well"], 0), (["well", "down"], 2), (["down"], 1), (["other"], 1), ([], 0)],
)
def test_the_command_names_what_failed(
    command: Callable[..., Result], asked: list[str], code: int
) -> None:
    """Given returns, when refreshed by command, then the exit code says whether all, some or none
    were fetched, and what failed is named.
    """
    done = command(*asked)
    assert done.exit_code == code, done.output
    assert ("1 landed" in done.stdout) is ("well" in asked)
    assert all(name in done.stderr for name in asked if name != "well")


def test_fetches_leave_each_others_unfinished_files(tmp_path: Path) -> None:
    """Given a copy that a killed fetch left, and then one of a fetch that goes on
    When a fetch begins, then the first is removed if nobody else fetches, and the second stays.
    """
    (tmp_path / ".part-killed").touch()
    with landing_in_use(tmp_path):
        assert list(tmp_path.iterdir()) == []
        (tmp_path / ".part-going on").touch()
        with landing_in_use(tmp_path):
            assert [path.name for path in tmp_path.iterdir()] == [".part-going on"]
    with landing_in_use(tmp_path):
        assert list(tmp_path.iterdir()) == []
