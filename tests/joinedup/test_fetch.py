"""Fetching from the web by command and in the nightly load; the publisher is on loopback."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import ValidationError
from typer.testing import CliRunner, Result

from ingestion.definition import load_definitions
from joinedup import steps
from joinedup.cli import app
from joinedup.settings import PUBLISHERS, Settings
from tests.ingestion.publisher import Publisher, page, reply, serving, workbook

FILE = "/up/Return.xlsx"


@pytest.fixture
def publisher(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Publisher]:
    """A server that two returns are published on, and settings that lead to it."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("JOINEDUP_RETURNS", raising=False)
    monkeypatch.setenv("JOINEDUP_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("JOINEDUP_WEB_HOSTS", "localhost")
    monkeypatch.setenv("JOINEDUP_WEB_LOOPBACK", "true")
    monkeypatch.setenv("JOINEDUP_WEB_PAUSE_SECONDS", "0")
    some = next(iter(load_definitions().values()))
    with serving() as running:
        running.routes |= {"/one/": page(FILE), "/two/": page(), FILE: reply(workbook())}
        definitions = {
            name: some.model_copy(
                update={
                    "return_id": name,
                    "link": "return*",
                    "landing_page": running.at(f"/{name}/", host="localhost"),
                }
            )
            for name in ("one", "two")
        }
        monkeypatch.setattr(steps, "load_definitions", lambda: definitions)
        yield running


def fetch(*arguments: str) -> Result:
    """Run `joinedup fetch`."""
    return CliRunner().invoke(app, ["fetch", *arguments])


def test_fetch_lands_and_names_what_failed(publisher: Publisher, tmp_path: Path) -> None:
    """Given a publisher that is well and one that is not, then exit 2, and the latter is named."""
    done = fetch()
    assert done.exit_code == 2, done.output
    assert "1 found, 1 landed now, 0 known before" in done.output
    assert f"left out {publisher.at('/two/', host='localhost')}: NOT_THE_PAGE" in done.stderr
    assert len(list((tmp_path / "home" / "landing").glob("*/*"))) == 1
    agent = publisher.requests[0][1]["user-agent"]
    assert agent.startswith("joinedup/")


def test_fetch_of_named_returns(publisher: Publisher) -> None:
    """Given the name of one return, when fetched twice, then only it is, and it is known then."""
    assert fetch("one").exit_code == 0
    again = fetch("one")
    assert (again.exit_code, "0 landed now, 1 known before" in again.output) == (0, True)
    assert publisher.asked("/two/") == []


def test_fetch_says_when_bytes_were_replaced(publisher: Publisher) -> None:
    """Given other bytes at a known address, when fetched, then the address is told."""
    fetch("one")
    publisher.routes[FILE] = reply(workbook("two"))
    done = fetch("one")
    assert f"other bytes than before at {publisher.at(FILE, host='localhost')}" in done.output


def test_a_dry_run_lists_and_lands_nothing(publisher: Publisher, tmp_path: Path) -> None:
    """Given a dry run, when done, then the file's address is listed and was not asked for."""
    done = fetch("one", "--dry-run")
    assert done.exit_code == 0
    assert done.output.strip() == publisher.at(FILE, host="localhost")
    assert publisher.asked(FILE) == []
    assert list((tmp_path / "home" / "landing").iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "told"),
    [(["two"], "Nothing could be fetched"), (["three"], "No such return: three. There are: one")],
)
def test_nothing_fetched_is_exit_code_1(
    publisher: Publisher, arguments: list[str], told: str
) -> None:
    """Given a return that fails or is unknown, when fetched, then exit 1 with the reason."""
    assert publisher.routes
    done = fetch(*arguments)
    assert (done.exit_code, told in done.stderr) == (1, True), done.output


def test_the_nightly_step_fetches_from_the_web_when_told(
    publisher: Publisher, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Given no folder, then the step fetches from the web if that is on; a folder comes first."""
    with pytest.raises(steps.NotReleased, match="JOINEDUP_WEB=true"):
        steps.fetch_returns("night")
    assert publisher.requests == []
    monkeypatch.setenv("JOINEDUP_WEB", "true")
    fetched = steps.fetch_returns("night")
    assert (fetched["seen"], fetched["landed"], len(fetched["left_out"])) == (1, 1, 1)
    asked = len(publisher.requests)
    (tmp_path / "folder").mkdir()
    assert steps.fetch_returns("night", str(tmp_path / "folder"))["seen"] == 0
    assert len(publisher.requests) == asked


def test_a_night_without_any_publisher_can_be_tried_again(
    publisher: Publisher, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Given publishers that are all down, then the step fails in a way that is retried."""
    publisher.routes.clear()
    monkeypatch.setenv("JOINEDUP_WEB", "true")
    with pytest.raises(steps.NothingFetchedError, match="REFUSED") as caught:
        steps.fetch_returns("night")
    assert not isinstance(caught.value, steps.NotReleased)


@pytest.mark.parametrize(
    "hosts", ["https://a.test", "a.test:8443", "169.254.169.254", "[::1]", "2130706433", "*.a.test"]
)
def test_allowed_hosts_are_plain_names(monkeypatch: pytest.MonkeyPatch, hosts: str) -> None:
    """Given a scheme, a port, a number or a pattern, when set, then it is refused."""
    monkeypatch.setenv("JOINEDUP_WEB_HOSTS", f"www.publisher.test, {hosts}")
    with pytest.raises(ValidationError, match="not plain host names"):
        Settings(_env_file=None)


def test_allowed_hosts_may_be_written_with_commas_or_spaces(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Given hosts in one line, when set, then each is one, in lower case."""
    monkeypatch.setenv("JOINEDUP_WEB_HOSTS", "WWW.A.test,b.test c.test")
    assert Settings(_env_file=None).web_hosts == {"www.a.test", "b.test", "c.test"}


def test_every_return_is_published_on_an_allowed_host() -> None:
    """Given the definitions, then the default settings let each landing page be visited."""
    for definition in load_definitions().values():
        assert definition.landing_page.split("/")[2] in PUBLISHERS, definition.return_id


def test_the_example_shows_the_defaults(monkeypatch: pytest.MonkeyPatch) -> None:
    """Given .env.example, when read as settings, then they are the defaults."""
    for name in Settings.model_fields:
        monkeypatch.delenv(f"JOINEDUP_{name.upper()}", raising=False)
    example = Path(__file__).resolve().parents[2] / ".env.example"
    assert Settings(_env_file=example) == Settings(_env_file=None)
