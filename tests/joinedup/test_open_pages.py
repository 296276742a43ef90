"""The pages of a release on loopback, asked for from the server that `joinedup open` runs."""

from __future__ import annotations

import http.client
import shutil
import threading
import webbrowser
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

import publishing.release
from joinedup.cli import app
from joinedup.open_pages import Pages, release_to_show
from publishing.pointer import Release, ReleaseError
from publishing.release import release_marts
from publishing.scorecard.facts import ReleaseFacts
from tests.publishing.few_marts import MARTS, write_candidate, write_quality

NOW = datetime(2026, 6, 9, 1, 2, 3, tzinfo=UTC)
FILES = {
    "scorecard/index.html": "<title>scorecard</title>",
    "scorecard/style.css": "p { margin: 0 }",
    "scorecard/scorecard.js": "'use strict'",
    "scorecard/metric/delayed days.csv": "period,value\n",
    "scorecard/metric/index.html": "<title>metric</title>",
    "scorecard/map.svg": "<svg/>",
    "docs/index.html": "<title>tables</title>",
}


@dataclass(frozen=True)
class Answer:
    """What the server said."""

    status: int
    headers: dict[str, str]
    body: bytes


def make(home: Path, night: int = 0, *, with_pages: bool = True) -> Release:
    """Make a release of a few marts, with pages that say which it is."""

    def pages(folder: Path, facts: ReleaseFacts) -> None:
        for name, text in FILES.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text + facts.release_id, encoding="utf-8")

    quality = home / f"quality-{night}"
    return release_marts(
        write_candidate(home / f"candidate-{night}.duckdb", night),
        write_quality(quality),
        home / "releases",
        inputs_fingerprint=f"{night:08x}",
        run_id=f"night-{night}",
        now=NOW + timedelta(days=night),
        pages=pages if with_pages else None,
    )


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A home with one release, and a few marts promised."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(publishing.release, "PROMISED_TABLES", MARTS)
        folder = tmp_path_factory.mktemp("home")
        make(folder)
        yield folder


@pytest.fixture(scope="module")
def server(home: Path) -> Iterator[Pages]:
    """The server of the home's release."""
    with Pages(release_to_show(home / "releases")) as pages:
        thread = threading.Thread(target=pages.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield pages
        pages.shutdown()
        thread.join()


def ask(server: Pages, path: str, method: str = "GET", host: str | None = None) -> Answer:
    """Ask for a path exactly as it is written."""
    connection = http.client.HTTPConnection("127.0.0.1", server.server_port, timeout=10)
    try:
        connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
        if host != "":
            connection.putheader("Host", host or f"127.0.0.1:{server.server_port}")
        connection.endheaders()
        answer = connection.getresponse()
        headers = {name.lower(): value for name, value in answer.getheaders()}
        return Answer(answer.status, headers, answer.read())
    finally:
        connection.close()


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/scorecard/", "text/html; charset=utf-8"),
        ("/scorecard/index.html?q=1#x", "text/html; charset=utf-8"),
        ("/scorecard/style.css", "text/css; charset=utf-8"),
        ("/scorecard/scorecard.js", "text/javascript; charset=utf-8"),
        ("/scorecard/map.svg", "image/svg+xml; charset=utf-8"),
        ("/scorecard/metric/delayed%20days.csv", "text/csv; charset=utf-8"),
        ("/docs/", "text/html; charset=utf-8"),
        ("/csv/metric_value.csv", "text/csv; charset=utf-8"),
        ("/datapackage.json", "application/json; charset=utf-8"),
        ("/dcat.jsonld", "application/ld+json; charset=utf-8"),
        ("/manifest.json", "application/json; charset=utf-8"),
        ("/marts.duckdb", "application/octet-stream"),
    ],
)
def test_files_of_the_release_come_as_what_they_are(server: Pages, path: str, kind: str) -> None:
    """Given a server of a release
    When a page, its style, script or data is asked for, whole or its head
    Then it comes with its type and length, and headers that keep it to itself.
    """
    answer, head = ask(server, path), ask(server, path, "HEAD")
    assert (answer.status, answer.headers["content-type"]) == (200, kind)
    assert int(answer.headers["content-length"]) == len(answer.body) > 0
    assert (head.status, head.body) == (200, b"")
    assert head.headers["content-length"] == answer.headers["content-length"]
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "no-referrer"
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'")
    assert "frame-ancestors 'none'" in policy
    assert ("script-src 'unsafe-inline'" in policy) == path.startswith("/docs/")
    assert ("script-src 'self'" in policy) == path.startswith("/scorecard/")


@pytest.mark.parametrize(
    ("path", "place"), [("/", "/scorecard/index.html"), ("/scorecard/metric", "/scorecard/metric/")]
)
def test_the_way_in_leads_on(server: Pages, path: str, place: str) -> None:
    """Given the address alone, or a folder without its stroke, then it leads to the page."""
    answer = ask(server, path)
    assert (answer.status, answer.headers["location"]) == (302, place)


@pytest.mark.parametrize(
    "path",
    [
        "/csv/",
        "/csv",
        "/parquet/..",
        "/../current",
        "/..%2flog.jsonl",
        "/%2e%2e/log.jsonl",
        "/scorecard/../../log.jsonl",
        "/scorecard/..%2f..%2flog.jsonl",
        "//etc/passwd",
        "/etc/passwd",
        "/quality/quality.json%00.html",
        "/linked.html",
        "/scorecard/added.html",
        "/scorecard/.hidden",
        "http://127.0.0.1/etc/passwd",
        "/%ff",
    ],
)
def test_nothing_else_is_served(server: Pages, path: str) -> None:
    """Given ways out of the folder, folders without a page and files that are not of the release
    When they are asked for
    Then there is no listing and no content, and the headers are there too.
    """
    folder = server.release.path
    (folder / "scorecard" / "added.html").write_text("added")
    (folder / "scorecard" / ".hidden").write_text("added")
    linked = folder / "linked.html"
    linked.unlink(missing_ok=True)
    linked.symlink_to("/etc/passwd")
    answer = ask(server, path)
    assert answer.status == 404
    assert b"root:" not in answer.body
    assert b"added" not in answer.body
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")


def test_a_file_replaced_by_a_link_is_not_served(home: Path) -> None:
    """Given a release of which a file, or a folder, was made a link to elsewhere
    When it is asked for
    Then it is not found.
    """
    copy = home / "copied" / next((home / "releases").glob("2*")).name
    shutil.copytree(home / "releases" / copy.name, copy)
    page = copy / "scorecard" / "index.html"
    page.unlink()
    page.symlink_to("/etc/passwd")
    (copy / "docs").rename(home / "docs-elsewhere")
    (copy / "docs").symlink_to(home / "docs-elsewhere")
    with Pages(release_to_show(home / "copied", copy.name)) as pages:
        assert pages.file("scorecard/index.html") is None
        assert pages.file("docs/index.html") is None
        assert pages.file("scorecard/style.css") == copy / "scorecard" / "style.css"


@pytest.mark.parametrize("host", ["example.org", "127.0.0.1.example.org", "", "localhost@x"])
def test_only_who_asks_for_this_machine_gets_an_answer(server: Pages, host: str) -> None:
    """Given a name of somebody else's that leads here, then nothing is told to it."""
    answer = ask(server, "/scorecard/", host=host)
    assert answer.status == 421
    assert b"scorecard</title>" not in answer.body


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS"])
def test_it_only_reads(server: Pages, method: str) -> None:
    """Given a page, when something other than reading is asked, then it is refused."""
    assert ask(server, "/scorecard/", method).status == 501


def test_it_listens_on_loopback_only(server: Pages) -> None:
    """Given the server, then it has an address of this machine, and a port that was free."""
    assert server.server_address == ("127.0.0.1", server.server_port)
    assert server.server_port > 0


def test_it_stays_with_the_release_that_it_began_with(home: Path, server: Pages) -> None:
    """Given a server, when another release is made, then it goes on showing its own."""
    newer = make(home, 1)
    assert release_to_show(home / "releases").id == newer.id
    assert ask(server, "/scorecard/").body.decode().endswith(server.release.id)
    assert server.release.id != newer.id


def test_the_command_says_where_and_opens_a_browser(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Given a release with pages
    When `joinedup open` is called, with a browser and without, and ended by Ctrl-C
    Then it says release and address, opens that address only if it may, and ends well.
    """
    opened: list[str] = []

    def interrupt(_: Pages) -> None:
        raise KeyboardInterrupt

    monkeypatch.setenv("JOINEDUP_HOME", str(home))
    monkeypatch.setattr(webbrowser, "open", opened.append)
    monkeypatch.setattr(Pages, "serve_forever", interrupt)
    with_browser = CliRunner().invoke(app, ["open"])
    without = CliRunner().invoke(app, ["open", "--no-browser"])
    assert (with_browser.exit_code, without.exit_code) == (0, 0)
    (address,) = opened
    assert address in with_browser.output
    assert release_to_show(home / "releases").id in without.output
    assert "stays this release" in without.output


def test_without_a_release_or_pages_it_says_so(home: Path, tmp_path: Path) -> None:
    """Given no release, one without pages, and an id that is none
    When it is to be shown
    Then each is said, with what to do.
    """
    with pytest.raises(ReleaseError, match=r"no release yet; make one with joinedup run"):
        release_to_show(tmp_path / "releases")
    bare = make(tmp_path, with_pages=False)
    with pytest.raises(ReleaseError, match=rf"{bare.id} has no pages: .*JOINEDUP_SCORECARD"):
        release_to_show(tmp_path / "releases")
    with pytest.raises(ReleaseError, match="no release 'such'"):
        release_to_show(home / "releases", "such")


def test_a_port_in_use_is_said(home: Path, server: Pages, monkeypatch: pytest.MonkeyPatch) -> None:
    """Given a port that somebody listens on, when it is asked for, then another is asked for."""
    monkeypatch.setenv("JOINEDUP_HOME", str(home))
    found: Any = CliRunner().invoke(app, ["open", "--port", str(server.server_port)])
    assert found.exit_code == 1
    assert "Give another --port" in found.output


@pytest.mark.parametrize(
    ("error", "said"), [(ConnectionResetError("gone"), ""), (ValueError("a fault"), "a fault")]
)
def test_a_reader_who_left_is_no_fault(
    server: Pages, capsys: pytest.CaptureFixture[str], error: Exception, said: str
) -> None:
    """Given a browser that ended a connection, then nothing is printed; of a fault all is."""
    try:
        raise error
    except type(error):
        server.handle_error(None, ("127.0.0.1", 1))
    printed = capsys.readouterr().err
    assert said in printed
    assert bool(printed) == bool(said)
