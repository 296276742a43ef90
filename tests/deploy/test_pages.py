"""The pages of the current release, asked for from a real nginx with the configuration as it is."""

from __future__ import annotations

import http.client
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.deploy.compose_file import DEPLOY, Here
from tests.servers import free_port

NOBODY = 65534


SCORECARD = {
    "scorecard/index.html": "<title>scorecard</title>",
    "scorecard/style.css": "p { margin: 0 }",
    "scorecard/scorecard.js": "'use strict'",
    "scorecard/metric/delayed_days.csv": "period,value\n",
    "docs/index.html": "<title>tables</title>",
    "csv/area.csv": "area_code\n",
    "dcat.jsonld": "{}",
}
"""What only the second release has: the first was made without pages."""


@dataclass(frozen=True)
class Answer:
    """What nginx said."""

    status: int
    headers: dict[str, str]
    body: str


@dataclass(frozen=True)
class Pages:
    """A running nginx, and the folder of releases that it serves."""

    port: int
    releases: Path

    def ask(self, path: str, method: str = "GET") -> Answer:
        """Ask for a path exactly as it is written."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.putrequest(method, path, skip_accept_encoding=True)
            connection.endheaders()
            answer = connection.getresponse()
            headers = {name.lower(): value for name, value in answer.getheaders()}
            return Answer(answer.status, headers, answer.read().decode("utf-8", "replace"))
        finally:
            connection.close()


@pytest.fixture(scope="module")
def pages() -> Iterator[Pages]:
    """Start the service `pages` on two small releases; as nobody, where the tests run as root."""
    if shutil.which("nginx") is None:
        pytest.skip("needs nginx: on Debian the package of that name")
    folder = Path(tempfile.mkdtemp(prefix="pages-"))  # pytest's own are closed to nobody
    try:
        folder.chmod(0o755)
        scratch = folder / "scratch"
        scratch.mkdir()
        scratch.chmod(0o777)
        _write_releases(folder / "releases")
        port = free_port()
        here = Here(
            {
                "/tmp/": f"{scratch}/",  # noqa: S108
                "/srv/releases": str(folder / "releases"),
                "/srv/status": str(folder / "status"),
                "/srv;": f"{folder};",
                "listen 8080": f"listen 127.0.0.1:{port}",
                "/etc/nginx/joinedup.conf": str(folder / "nginx.conf"),
                "127.0.0.1:8080": f"127.0.0.1:{port}",
            }
        )
        text = (DEPLOY / "nginx/nginx.conf").read_text(encoding="utf-8")
        (folder / "nginx.conf").write_text(here.said(text))
        with _running(here, folder):
            yield Pages(port, folder / "releases")
    finally:
        shutil.rmtree(folder)


@contextmanager
def _running(here: Here, folder: Path) -> Iterator[None]:
    """Run nginx until the block is left."""
    log_file, is_root = folder / "nginx.log", os.geteuid() == 0
    with log_file.open("wb") as log:
        process = subprocess.Popen(
            here.command("pages"),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            user=NOBODY if is_root else None,
            group=NOBODY if is_root else None,
            extra_groups=[] if is_root else None,
        )
    try:
        deadline = time.monotonic() + 30
        while subprocess.run(here.health("pages"), check=False).returncode != 0:
            assert process.poll() is None, log_file.read_text()
            assert time.monotonic() < deadline, log_file.read_text()
            time.sleep(0.05)
        yield
    finally:
        process.terminate()
        process.wait(20)


def _write_releases(releases: Path) -> None:
    for release_id in ("first", "second"):
        folder = releases / release_id
        (folder / "quality").mkdir(parents=True)
        (folder / "parquet").mkdir()
        (folder / "quality/index.html").write_text(f"<title>{release_id} £</title>")
        (folder / "quality/checks.csv").write_text("check\n")
        (folder / "quality/.hidden").write_text("hidden")
        (folder / "parquet/area.parquet").write_bytes(b"PAR1")
        (folder / "parquet/out.csv").symlink_to("/etc/passwd")
        (folder / "manifest.json").write_text("{}")
        (folder / "other.txt").write_text("not for readers")
    for name, text in SCORECARD.items():
        path = releases / "second" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    (releases.parent / "status").mkdir()
    (releases.parent / "status/index.html").write_text("<title>late</title>")
    (releases.parent / "status/out.html").symlink_to("/etc/passwd")
    (releases / "log.jsonl").write_text("{}")
    (releases / "current").symlink_to("first")


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/quality/", "text/html; charset=utf-8"),
        ("/quality/index.html", "text/html; charset=utf-8"),
        ("/quality/checks.csv", "text/csv; charset=utf-8"),
        ("/parquet/area.parquet", "application/octet-stream"),
        ("/status/", "text/html; charset=utf-8"),
        ("/manifest.json", "application/json; charset=utf-8"),
    ],
)
def test_what_a_release_has_for_readers_is_there(pages: Pages, path: str, kind: str) -> None:
    """Given a current release
    When a page or a download of it is asked for
    Then it comes, as what it is, with the headers that keep a page to itself.
    """
    answer = pages.ask(path)
    assert (answer.status, answer.headers["content-type"]) == (200, kind)
    _assert_guarded(answer)


def _assert_guarded(answer: Answer) -> None:
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'")
    assert "frame-ancestors 'none'" in policy
    assert "script" not in policy
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["x-frame-options"] == "DENY"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["server"] == "nginx"


@pytest.fixture
def of_second(pages: Pages) -> Iterator[Pages]:
    """The same, with the second release current."""
    _move(pages, "second")
    yield pages
    _move(pages, "first")


def _move(pages: Pages, release_id: str) -> None:
    (pages.releases / ".next").symlink_to(release_id)
    (pages.releases / ".next").replace(pages.releases / "current")


@pytest.mark.parametrize(
    ("path", "kind", "scripts"),
    [
        ("/scorecard/", "text/html; charset=utf-8", "'self'"),
        ("/scorecard/style.css", "text/css; charset=utf-8", "'self'"),
        ("/scorecard/scorecard.js", "text/javascript; charset=utf-8", "'self'"),
        ("/scorecard/metric/delayed_days.csv", "text/csv; charset=utf-8", "'self'"),
        ("/docs/", "text/html; charset=utf-8", "'unsafe-inline'"),
        ("/csv/area.csv", "text/csv; charset=utf-8", None),
        ("/dcat.jsonld", "application/ld+json; charset=utf-8", None),
    ],
)
def test_pages_come_with_what_they_may_load(
    of_second: Pages, path: str, kind: str, scripts: str | None
) -> None:
    """Given a release with a scorecard and a page of its tables
    When a file of either is asked for
    Then it comes as what it is; only pages with a script may run one, from where it lies.
    """
    answer = of_second.ask(path)
    assert (answer.status, answer.headers["content-type"]) == (200, kind)
    policy = dict(
        one.strip().split(" ", 1) for one in answer.headers["content-security-policy"].split(";")
    )
    assert policy["default-src"] == policy["frame-ancestors"] == "'none'"
    assert policy.get("script-src") == scripts
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_the_way_in_leads_to_the_scorecard_where_there_is_one(of_second: Pages) -> None:
    """Given a release with pages, when the address alone is asked for, then it leads to them."""
    answer = of_second.ask("/")
    assert (answer.status, answer.headers["location"]) == (302, "/scorecard/")


@pytest.mark.parametrize(
    "path",
    [
        "/parquet/",
        "/parquet",
        "/other.txt",
        "/log.jsonl",
        "/../log.jsonl",
        "/..%2flog.jsonl",
        "/quality/../other.txt",
        "/quality/%2e%2e/%2e%2e/log.jsonl",
        "/quality/../../first/manifest.json",
        "/quality/.hidden",
        "/.lock",
        "/parquet/out.csv",
        "/status/out.html",
        "/status/../scratch/",
        "/quality/no-such.html",
        "/first/quality/",
        "//etc/passwd",
    ],
)
def test_nothing_else_is(pages: Pages, path: str) -> None:
    """Given files that are not for readers, folders without a page, links and ways out
    When they are asked for
    Then there is no listing and no content, and the headers are there too.
    """
    answer = pages.ask(path)
    assert answer.status in (400, 404), answer
    assert "Index of" not in answer.body
    assert "root:" not in answer.body
    if answer.status == 404:
        _assert_guarded(answer)


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "TRACE"])
def test_it_only_reads(pages: Pages, method: str) -> None:
    """Given a page
    When something other than reading is asked
    Then it is refused.
    """
    assert pages.ask("/quality/", method).status == 405


def test_the_way_in_leads_to_the_pages(pages: Pages) -> None:
    """Given the address alone
    When it is asked for
    Then it leads on, on whatever port it was asked.
    """
    answer = pages.ask("/")
    assert (answer.status, answer.headers["location"]) == (302, "/quality/")


def test_a_new_release_is_seen_at_once(pages: Pages) -> None:
    """Given a running nginx
    When the pointer moves to another release, and back
    Then the next question is answered from it, without a restart.
    """
    for release_id in ("second", "first"):
        _move(pages, release_id)
        assert pages.ask("/quality/").body == f"<title>{release_id} £</title>"
