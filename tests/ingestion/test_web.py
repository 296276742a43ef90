"""Fetching from a publisher's server that misbehaves; all on loopback."""

from __future__ import annotations

import gzip
import json
import os
import socket
import sqlite3
import ssl
import tracemalloc
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from ingestion import catalogue as catalogue_module
from ingestion.catalogue import SCHEMA_VERSION, Catalogue, WebVisit
from ingestion.definition import Definition, DefinitionError, load_definition, load_definitions
from ingestion.kinds import check_file
from ingestion.landing import landed_path
from ingestion.outside import WebLimits, check_address, public_addresses
from ingestion.web import WebFailure, WebFetched, fetch_web, find_wanted
from ingestion.web_error import Fault, WebError
from tests.ingestion.publisher import (
    Publisher,
    Route,
    Watch,
    cut,
    dripping,
    in_turn,
    page,
    redirect,
    reply,
    resumable,
    serving,
    silent_for_ever,
    workbook,
)

ROOT = Path(__file__).resolve().parents[2]
LIMITS = WebLimits(
    hosts=frozenset({"127.0.0.1", "publisher.test", "other.test", "api.test"}),
    content_api_hosts=frozenset({"api.test"}),
    user_agent="joinedup/0 (test)",
    max_file_bytes=200_000,
    connect_seconds=2,
    read_seconds=2,
    total_seconds=60,
    attempts=3,
    pause_seconds=0,
    allow_loopback=True,
)
BOOK = workbook()
FILE = "/up/2024/05/Return-May.xlsx"


@cache
def any_definition() -> Definition:
    """Return a definition, to be changed to look elsewhere."""
    return next(iter(load_definitions().values()))


class Home:
    """The folders of one home, and a fetch into them."""

    def __init__(self, path: Path, publisher: Publisher) -> None:
        self.landing, self.catalogue_path = path / "landing", path / "catalogue.sqlite"
        self.publisher, self.watch = publisher, Watch()
        self.any = any_definition()

    def definition(self, landing_page: str, link: str = "return*") -> Definition:
        """Return a definition that looks for its files on this page."""
        return self.any.model_copy(update={"landing_page": landing_page, "link": link})

    def fetch(self, *definitions: Definition, **limits: Any) -> WebFetched:
        """Fetch these returns; by default the one whose page is `/page/`."""
        found = definitions or (self.definition(self.publisher.at("/page/")),)
        with Catalogue(self.catalogue_path) as catalogue:
            return fetch_web(
                {str(number): one for number, one in enumerate(found)},
                self.landing,
                catalogue,
                run_id="run",
                limits=replace(LIMITS, **limits),
                outside=self.watch.outside,
            )

    def failure(self, **limits: Any) -> WebFailure:
        """Fetch, and return the one failure; nothing may have been landed or left behind."""
        fetched = self.fetch(**limits)
        assert (fetched.landed, fetched.known, self.bytes()) == (0, 0, [])
        (failure,) = fetched.failures
        assert failure.page == self.publisher.at("/page/")
        assert failure.mend
        return failure

    def bytes(self) -> list[bytes]:
        """Return all that lies in landing, unfinished files too."""
        return [path.read_bytes() for path in sorted(self.landing.rglob("*")) if path.is_file()]

    def visits(self, path: str = FILE) -> list[WebVisit]:
        """Return the visits to a path."""
        with Catalogue(self.catalogue_path) as catalogue:
            return catalogue.visits(self.publisher.at(path))


@pytest.fixture
def publisher() -> Iterator[Publisher]:
    """A server with a page that links to one workbook."""
    with serving() as running:
        running.routes |= {"/page/": page(FILE), FILE: reply(BOOK)}
        yield running


@pytest.fixture
def home(tmp_path: Path, publisher: Publisher) -> Home:
    """An empty home beside the server."""
    return Home(tmp_path / "home", publisher)


# --- a fetch that goes well ---


def test_a_linked_file_is_landed_with_its_visit(home: Home) -> None:
    """Given a page and its file, when fetched, then bytes, address, headers, time are kept."""
    route = reply(BOOK, ETag='"v1"', Last_Modified="Mon, 03 Jun 2024 08:30:00 GMT", X_Other="no")
    home.publisher.routes[FILE] = route
    assert home.fetch() == WebFetched(seen=1, landed=1)
    assert home.bytes() == [BOOK]
    (visit,) = home.visits()
    assert visit.landing_page == home.publisher.at("/page/")
    assert visit.final_address == visit.address == home.publisher.at(FILE)
    assert (visit.status, visit.etag, visit.error) == (200, '"v1"', None)
    assert visit.last_modified == "Mon, 03 Jun 2024 08:30:00 GMT"
    assert visit.headers["content-length"] == str(len(BOOK))
    assert "x-other" not in visit.headers
    assert visit.visited_at is not None
    assert datetime.now(UTC) - visit.visited_at < timedelta(minutes=1)
    assert visit.sha256 is not None
    assert landed_path(home.landing, visit.sha256).read_bytes() == BOOK
    with Catalogue(home.catalogue_path) as catalogue:
        assert [file.file_name for file in catalogue.landed()] == [home.publisher.at(FILE)]


def test_a_quiet_visit_asks_conditionally_and_lands_nothing(home: Home) -> None:
    """Given a server that knows the ETag, when visited again, then its 304 lands nothing."""
    home.publisher.routes[FILE] = in_turn(
        reply(BOOK, ETag='"v1"', Last_Modified="Mon, 03 Jun 2024 08:30:00 GMT"), reply(b"", 304)
    )
    home.fetch()
    assert home.fetch() == WebFetched(seen=1, known=1)
    first, second = home.publisher.asked(FILE)
    assert "if-none-match" not in first
    assert second["if-none-match"] == '"v1"'
    assert second["if-modified-since"] == "Mon, 03 Jun 2024 08:30:00 GMT"
    before, after = home.visits()
    assert (after.status, after.sha256, after.etag) == (304, before.sha256, '"v1"')
    home.fetch()
    assert home.publisher.asked(FILE)[2]["if-none-match"] == '"v1"'


def test_the_same_bytes_without_an_etag_land_nothing(home: Home) -> None:
    """Given a server without validators, when visited again, then the bytes are known."""
    home.fetch()
    assert home.fetch() == WebFetched(seen=1, known=1)
    assert home.bytes() == [BOOK]


@pytest.mark.parametrize("why", ["landing was lost", "a month has passed"])
def test_bytes_come_whole_again(home: Home, why: str) -> None:
    """Given lost bytes, or old ones, when visited again, then the request is unconditional."""
    home.publisher.routes[FILE] = reply(BOOK, ETag='"v1"')
    home.fetch()
    if why == "landing was lost":
        for path in home.landing.rglob("*"):
            if path.is_file():
                path.unlink()
    else:
        old = (datetime.now(UTC) - timedelta(days=31)).isoformat(timespec="seconds")
        with sqlite3.connect(home.catalogue_path) as connection:
            connection.execute("update web_visit set visited_at = ?", (old,))
    assert home.fetch().known == 1
    assert "if-none-match" not in home.publisher.asked(FILE)[1]
    assert home.bytes() == [BOOK]


def test_a_304_that_was_not_asked_for_is_a_failure(home: Home) -> None:
    """Given a 304 to a first visit, when fetched, then it is not taken for success."""
    home.publisher.routes[FILE] = reply(b"", 304)
    assert home.failure().fault == Fault.REFUSED


def test_pages_below_and_several_returns_of_one_page(home: Home) -> None:
    """
    Given a page with a page for each year, and two returns that want its files,
    when fetched, then each page and each file is asked for once.
    """
    other = "/up/2024/06/Other-June.xlsx"
    home.publisher.routes |= {
        "/page/": page("2024-25/", "/elsewhere/"),
        "/page/2024-25/": page(FILE, other),
        other: reply(workbook("two")),
    }
    at = home.publisher.at("/page/")
    two = [home.definition(at), home.definition(at, "*may*"), home.definition(at, "other-*")]
    assert home.fetch(*two) == WebFetched(seen=2, landed=2)
    asked = [path for path, _ in home.publisher.requests]
    assert asked == ["/page/", "/page/2024-25/", FILE, other]


def test_the_content_api_leads_to_the_attachments(home: Home) -> None:
    """Given a page of the content API's host, when fetched, then its attachments are."""
    body = {"details": {"attachments": [{"url": home.publisher.at(FILE)}]}}
    home.publisher.routes["/api/content/stats/x"] = reply(json.dumps(body).encode())
    definition = home.definition(home.publisher.at("/stats/x", host="api.test"))
    assert home.fetch(definition) == WebFetched(seen=1, landed=1)


def test_what_would_be_fetched_can_be_asked_for(home: Home) -> None:
    """Given a page, when only asked what is wanted, then no file is requested."""
    definition = home.definition(home.publisher.at("/page/"))
    with Catalogue(home.catalogue_path) as catalogue:
        wanted, failures = find_wanted(
            {"a": definition},
            home.landing,
            catalogue,
            run_id="dry",
            limits=LIMITS,
            outside=home.watch.outside,
        )
    assert [one.address for one in wanted] == [home.publisher.at(FILE)]
    assert failures == []
    assert home.publisher.asked(FILE) == []


def test_requests_name_the_program_and_keep_their_distance(home: Home) -> None:
    """Given a pause of 5 seconds, when three requests go to a host, then two pauses are made."""
    other = "/up/2024/06/Return-June.csv"
    home.publisher.routes |= {"/page/": page(FILE, other), other: reply(b"a,b\n1,2\n")}
    assert home.fetch(pause_seconds=5).landed == 2
    assert [round(seconds) for seconds in home.watch.slept] == [5, 5]
    assert {headers["user-agent"] for _, headers in home.publisher.requests} == {
        "joinedup/0 (test)"
    }


def test_hosts_do_not_wait_for_each_other(home: Home) -> None:
    """Given a page on one host and its file on another, when fetched, then there is no pause."""
    home.publisher.routes["/page/"] = page(home.publisher.at(FILE, host="other.test"))
    assert home.fetch(pause_seconds=5).landed == 1
    assert home.watch.slept == []


# --- F001 to F014 ---


@pytest.mark.parametrize("seconds", [0.3])
def test_f001_a_silent_server_is_tried_again_and_then_named(home: Home, seconds: float) -> None:
    """Given a server that never answers, when fetched, then back-off grows and others go on."""
    other = "/up/2024/06/Return-June.xlsx"
    home.publisher.routes |= {
        "/page/": page(FILE, other),
        FILE: silent_for_ever(home.publisher),
        other: reply(BOOK),
    }
    fetched = home.fetch(read_seconds=seconds)
    (failure,) = fetched.failures
    assert (failure.fault, failure.address) == (Fault.NO_ANSWER, home.publisher.at(FILE))
    assert fetched.landed == 1
    assert len(home.publisher.asked(FILE)) == 3
    first, second = home.watch.slept
    assert 1 <= first <= 2 <= second <= 3
    (visit,) = home.visits()
    assert visit.error is not None
    assert visit.sha256 is None


def test_f001_a_refused_connection_is_tried_again(home: Home) -> None:
    """Given a port where nobody listens, when fetched, then it is tried again and named."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        nobody = f"http://127.0.0.1:{free.getsockname()[1]}{FILE}"
    home.publisher.routes["/page/"] = page(nobody)
    assert home.failure().fault == Fault.NO_ANSWER
    assert len(home.watch.slept) == 2


@pytest.mark.parametrize("where", ["headers", "body"])
def test_f002_a_drip_ends_at_the_deadline(home: Home, where: str) -> None:
    """Given a byte every 50 ms, when fetched, then it ends at the deadline, nothing left."""
    head = b"HTTP/1.1 200 OK\r\nX-Slow: "
    if where == "body":
        head = b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n"
    home.publisher.routes[FILE] = dripping(home.publisher, head)
    began = home.watch.now()
    assert home.failure(total_seconds=0.5).fault == Fault.TOO_SLOW
    assert home.watch.now() - began < 3
    assert home.watch.slept == []


NOTICE = b"<!DOCTYPE html><html><body>Down for maintenance</body></html>"
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


@pytest.mark.parametrize(
    ("name", "body", "media_type", "told"),
    [
        ("Return.xlsx", NOTICE, "text/html", "what came is a web page"),
        ("Return.xls", NOTICE, "application/vnd.ms-excel", "what came is a web page"),
        ("Return.csv", b"\n\n  " + NOTICE, "text/csv", "what came is a web page"),
        ("Return.csv", b"Please log in\n", "text/html; charset=utf-8", "what came is a web page"),
        ("Return.csv", BOOK, "text/csv", "what came is a zip archive"),
        ("Return.csv", b"a\x00b\n", "text/csv", "what came is something else"),
        ("Return.xlsx", b"", "application/zip", "what came is an empty file"),
        ("Return.xlsx", OLE * 200, "application/zip", "what came is an old Excel file"),
        ("Return.xls", BOOK, "application/zip", "what came is a zip archive"),
        ("Return.xlsx", workbook(member="a.txt"), "application/zip", "another zip archive"),
        ("Return.ods", BOOK, "application/zip", "another zip archive"),
        ("Return.pdf", b"%PDF-1.7", "application/pdf", "does not say what kind"),
        ("Return.xlsx", b"Not today", "text/plain", "what came is text, beginning 'Not today'"),
    ],
)
def test_f003_what_is_not_the_claimed_kind_is_not_landed(
    home: Home, name: str, body: bytes, media_type: str, told: str
) -> None:
    """Given other bytes than the link claims, with a 200, when fetched, then none is landed."""
    home.publisher.routes |= {
        "/page/": page(f"/up/{name}"),
        f"/up/{name}": reply(body, Content_Type=media_type),
    }
    failure = home.failure()
    assert failure.fault == Fault.NOT_THE_KIND
    assert told in failure.reason
    assert len(home.publisher.asked(f"/up/{name}")) == 1
    (visit,) = home.visits(f"/up/{name}")
    assert told in (visit.error or "")


def test_f004_a_body_shorter_than_its_length_is_fetched_again(home: Home) -> None:
    """Given 300 bytes of a body, then the whole, when fetched, then only the whole is landed."""
    home.publisher.routes[FILE] = in_turn(cut(BOOK, 300, length=True), reply(BOOK))
    assert home.fetch().landed == 1
    assert home.bytes() == [BOOK]
    home.publisher.routes["/page/"] = page("/up/Return-2.xlsx")
    home.publisher.routes["/up/Return-2.xlsx"] = cut(BOOK, 300, length=True)
    (failure,) = home.fetch().failures
    assert failure.fault == Fault.CUT_SHORT
    assert home.bytes() == [BOOK]


@pytest.mark.parametrize("sent", [300, len(BOOK) - 1, len(BOOK) // 2])
def test_f005_a_short_zip_without_a_length_is_refused(home: Home, sent: int) -> None:
    """Given a workbook that ends early without a word, when fetched, then it is not landed."""
    home.publisher.routes[FILE] = cut(BOOK, sent, length=False)
    assert home.failure().fault == Fault.CUT_SHORT


def test_f005_a_short_csv_without_a_length_is_refused(home: Home) -> None:
    """Given a CSV that ends in a line, when no length was told, then it is not landed."""
    home.publisher.routes["/page/"] = page("/up/Return.csv")
    home.publisher.routes["/up/Return.csv"] = cut(b"a,b\n1,2\n3,", 10, length=False)
    assert home.failure().fault == Fault.CUT_SHORT


def test_f005_a_csv_without_a_last_line_end_is_landed_if_its_length_holds(home: Home) -> None:
    """Given the same CSV with a true length, when fetched, then it is what the publisher has."""
    home.publisher.routes["/page/"] = page("/up/Return.csv")
    home.publisher.routes["/up/Return.csv"] = reply(b"a,b\n1,2\n3,")
    assert home.fetch().landed == 1


def test_f005_a_short_page_is_refused(home: Home) -> None:
    """Given a page that ends early, when fetched, then its missing links are not passed over."""
    text = f'<html><body><a href="{FILE}">May</a><a href="/up/Return-Ju'.encode()
    home.publisher.routes["/page/"] = cut(text, len(text), length=False)
    assert home.failure().fault == Fault.CUT_SHORT


def test_f005_damage_inside_a_zip_is_found(home: Home) -> None:
    """Given a workbook with a changed byte in the middle, when fetched, then it is not landed."""
    at = BOOK.index(bytes(range(256))) + 700
    home.publisher.routes[FILE] = reply(BOOK[:at] + b"\xff\xff" + BOOK[at + 2 :])
    failure = home.failure()
    assert (failure.fault, "noise.bin" in failure.reason) == (Fault.CUT_SHORT, True)


def test_f005_real_workbooks_are_whole_and_their_beginnings_are_not(
    real_returns: Path, tmp_path: Path
) -> None:
    """Given publishers' files, when checked, then each passes, and no beginning of it does."""
    books = sorted(real_returns.rglob("*.xls*"))[::12] + sorted(real_returns.rglob("*.ods"))
    assert len(books) > 10
    part = tmp_path / "part"
    for book in books:
        kind, data = book.suffix.lower(), book.read_bytes()
        told: Any = {"media_type": "", "length_told": False, "max_bytes": 10**8}
        check_file(book, kind, book.name, **told)
        for keep in (len(data) - 1, len(data) - 600, len(data) // 2, 1500):
            part.write_bytes(data[:keep])
            with pytest.raises(WebError):
                check_file(part, kind, book.name, **told)


def test_f006_a_redirect_to_another_host_is_refused_before_it_is_sent(home: Home) -> None:
    """Given a redirect to a log-in elsewhere, when fetched, then nothing is sent there."""
    with serving() as elsewhere:
        elsewhere.routes["/login"] = reply(BOOK)
        home.publisher.routes[FILE] = redirect(elsewhere.at("/login", host="login.test"))
        failure = home.failure()
        assert elsewhere.requests == []
    assert failure.fault == Fault.REDIRECTED_OFF_HOST
    assert "login.test" in failure.reason


def test_f006_a_redirect_to_a_login_page_of_the_same_host_is_not_landed(home: Home) -> None:
    """Given a redirect to a log-in page that answers 200, when fetched, then its kind tells."""
    home.publisher.routes |= {FILE: redirect("/login"), "/login": reply(NOTICE)}
    assert home.failure().fault == Fault.NOT_THE_KIND


def test_a_redirect_to_an_allowed_host_is_followed_and_kept(home: Home) -> None:
    """Given a move to another allowed host, when fetched, then the final address is kept."""
    moved = home.publisher.at("/moved", host="other.test")
    home.publisher.routes |= {FILE: redirect(moved), "/moved": reply(BOOK, ETag='"m"')}
    assert home.fetch().landed == 1
    assert home.visits()[0].final_address == moved
    home.fetch()
    assert "if-none-match" not in home.publisher.asked(FILE)[1]
    assert home.publisher.asked("/moved")[1]["if-none-match"] == '"m"'


def test_f007_a_redirect_loop_ends_after_five(home: Home) -> None:
    """Given a redirect to itself, when fetched, then six requests are made and no retry."""
    home.publisher.routes[FILE] = redirect(FILE)
    assert home.failure().fault == Fault.TOO_MANY_REDIRECTS
    assert len(home.publisher.asked(FILE)) == 6
    assert home.watch.slept == []


@pytest.mark.parametrize(
    "target",
    [
        "http://127.0.0.2/secret",
        "https://169.254.169.254/latest/meta-data",
        "https://[::1]/secret",
        "file:///etc/passwd",
        "gopher://publisher.test/",
        "https://publisher.test@10.0.0.1/",
        "https://user:word@publisher.test/",
        "http://[bad",
    ],
)
def test_f008_a_redirect_inside_is_refused(home: Home, target: str) -> None:
    """Given a redirect to an internal or unsafe address, when fetched, then it is refused."""
    home.publisher.routes[FILE] = redirect(target)
    assert home.failure().fault == Fault.REDIRECTED_OFF_HOST


@pytest.mark.parametrize(
    "ip", ["10.0.0.1", "169.254.169.254", "::ffff:192.168.0.1", "fe80::1%eth0"]
)
def test_f008_an_allowed_name_that_leads_inside_is_refused(home: Home, ip: str) -> None:
    """Given an allowed host whose name means an internal address, then nothing is sent there."""
    home.watch = Watch(lambda host: [ip] if host == "other.test" else ["127.0.0.1"])
    home.publisher.routes[FILE] = redirect("https://other.test/secret")
    failure = home.failure()
    assert failure.fault == Fault.INTERNAL_ADDRESS
    assert ip in failure.reason


def test_f008_a_name_that_changes_its_meaning_is_refused(home: Home) -> None:
    """Given a name that is harmless when looked at and internal when used, then it is refused."""
    answers = iter([["127.0.0.1"]] * 4 + [["192.168.0.1"]] * 9)
    home.watch = Watch(lambda host: next(answers) if host == "other.test" else ["127.0.0.1"])
    home.publisher.routes["/page/"] = page(home.publisher.at(FILE, host="other.test"))
    home.publisher.routes[FILE] = cut(BOOK, 300, length=True)
    assert home.failure(attempts=9).fault == Fault.INTERNAL_ADDRESS


INSIDE = [
    *["127.0.0.1", "0.0.0.0", "10.1.2.3", "172.16.0.1", "192.168.1.1"],  # noqa: S104 - nothing listens there
    *["169.254.169.254", "100.64.0.1", "224.0.0.1", "255.255.255.255"],
    *["::1", "::", "fe80::1", "fc00::1", "ff02::1"],
    *["::ffff:10.0.0.1", "64:ff9b::a00:1", "2002:7f00:1::"],
]


@pytest.mark.parametrize("ip", INSIDE)
def test_f008_no_internal_address_is_connected_to_by_default(ip: str) -> None:
    """Given a name with a public and an internal address, when resolved, then it is refused."""
    strict = replace(LIMITS, allow_loopback=False)
    outside = Watch(lambda _: ["192.0.66.2", ip]).outside
    with pytest.raises(WebError) as caught:
        public_addresses("publisher.test", strict, outside)
    assert caught.value.fault is Fault.INTERNAL_ADDRESS
    public = ["192.0.66.2", "2a04:4e42::644"]
    assert public_addresses("publisher.test", strict, Watch(lambda _: public).outside) == public


@pytest.mark.parametrize(
    "address",
    [
        "http://publisher.test/a.csv",
        "https://publisher.test:8443/a.csv",
        "https://user@publisher.test/a.csv",
        "https://stranger.test/a.csv",
        "https://publisher.test.stranger.test/a.csv",
        "ftp://publisher.test/a.csv",
        "https://publisher.test:port/a.csv",
        "",
    ],
)
def test_f110_only_https_to_allowed_hosts(address: str) -> None:
    """Given the defaults, when an address is another scheme, port or host, then it is refused."""
    strict = replace(LIMITS, allow_loopback=False)
    with pytest.raises(WebError) as caught:
        check_address(address, strict, Watch().outside)
    assert caught.value.fault is Fault.NOT_ALLOWED
    assert check_address("https://publisher.test/a.csv", strict, Watch().outside)


def test_f110_loopback_is_off_by_default(home: Home) -> None:
    """Given the default, when the page is on this machine, then it is not even asked for."""
    assert home.failure(allow_loopback=False).fault == Fault.NOT_ALLOWED
    assert home.publisher.requests == []


@pytest.mark.parametrize("address", ["file:///etc/passwd", "gopher://x", "http://169.254.169.254"])
def test_f110_a_definition_with_an_unsafe_page_is_refused(tmp_path: Path, address: str) -> None:
    """Given a definition whose page is no https address, when loaded, then it is refused."""
    source = next((ROOT / "ingestion" / "returns").glob("*.yml"))
    lines = source.read_text(encoding="utf-8").splitlines()
    changed = [
        f"landing_page: {address}" if line.startswith("landing_page:") else line for line in lines
    ]
    (tmp_path / source.name).write_text("\n".join(changed), encoding="utf-8")
    with pytest.raises(DefinitionError, match="landing_page"):
        load_definition(tmp_path / source.name)


def certificate(folder: Path, name: str, *, expired: bool = False) -> tuple[ssl.SSLContext, Path]:
    """Return a server's side of a certificate that it signed itself, and the certificate."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    ends = datetime.now(UTC) + timedelta(days=-1 if expired else 1)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(ends - timedelta(days=9))
        .not_valid_after(ends)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    public, private = folder / "certificate.pem", folder / "key.pem"
    public.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(public, private)
    return context, public


@pytest.mark.parametrize(
    ("name", "expired", "trusted", "told"),
    [
        ("publisher.test", False, False, "self-signed"),
        ("other.test", False, True, "Hostname mismatch"),
        ("publisher.test", True, True, "expired"),
        ("publisher.test", False, True, None),
    ],
)
def test_f009_certificates_are_checked(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    expired: bool,
    trusted: bool,
    told: str | None,
) -> None:
    """
    Given a certificate that is self-signed, of another host or expired, when fetched,
    then it fails at once and names it; with the same one trusted and right, it goes well.
    """
    context, public = certificate(tmp_path, name, expired=expired)
    if trusted:
        monkeypatch.setenv("SSL_CERT_FILE", os.fspath(public))
    with serving(context) as publisher:
        publisher.routes |= {"/page/": page(FILE), FILE: reply(BOOK)}
        home = Home(tmp_path / "home", publisher)
        fetched = home.fetch(home.definition(publisher.at("/page/", host="publisher.test")))
        if told is None:
            assert fetched == WebFetched(seen=1, landed=1)
            return
        (failure,) = fetched.failures
        assert failure.fault == Fault.NOT_TRUSTED
        assert told in failure.reason
        assert (publisher.requests, home.watch.slept) == ([], [])


def test_f009_certificates_are_checked_everywhere() -> None:
    """Given the repository's code, then nothing in it switches certificate checks off."""
    off = ["verify=" + "False", "CERT" + "_NONE", "check_hostname = " + "False"]
    folders = [f for f in ROOT.iterdir() if f.is_dir() and f.name[0] != "." and f.name != "var"]
    paths = [path for folder in folders for path in folder.rglob("*.py")]
    assert len(paths) > 50
    for path in paths:
        text = path.read_text(encoding="utf-8")
        assert not [words for words in off if words in text], path


def test_f010_a_renamed_file_is_a_failure_with_candidates(home: Home) -> None:
    """Given a page with a renamed file, when fetched, then the failure names what is there."""
    home.publisher.routes["/page/"] = page("/up/2024/06/Retrun-May.xlsx")
    failure = home.failure()
    assert failure.fault == Fault.NO_LINK
    assert "'return*'" in failure.reason
    assert "Retrun-May.xlsx" in failure.reason
    assert "`link`" in failure.mend


@pytest.mark.parametrize(
    "route",
    [reply(b"Back soon"), reply(b"{}"), reply(b""), reply(b"<html>Hi</html>"), reply(b"x", 404)],
)
def test_f010_a_page_that_is_not_what_it_was_is_a_failure(home: Home, route: Route) -> None:
    """Given a page that is a notice, empty or gone, when fetched, then the failure says so."""
    home.publisher.routes["/page/"] = route
    assert home.failure().fault in {Fault.NOT_THE_PAGE, Fault.REFUSED}


def test_f010_a_new_address_of_a_known_file_is_found(home: Home) -> None:
    """Given a re-issue under a new address, when fetched again, then it is landed beside it."""
    home.fetch()
    new = "/up/2024/06/Return-May-Revised-x7.xlsx"
    home.publisher.routes |= {"/page/": page(new), new: reply(workbook("revised"))}
    assert home.fetch() == WebFetched(seen=1, landed=1)
    assert len(home.bytes()) == 2


@pytest.mark.parametrize("status", [429, 503])
def test_f011_a_server_that_asks_for_patience_gets_it(home: Home, status: int) -> None:
    """Given Retry-After of 7 seconds, when fetched, then exactly that wait is kept."""
    home.publisher.routes[FILE] = in_turn(reply(b"", status, Retry_After="7"), reply(BOOK))
    assert home.fetch().landed == 1
    assert home.watch.slept == [7.0]


def test_f011_retry_after_may_be_a_date(home: Home) -> None:
    """Given Retry-After as a date 30 seconds ahead, when fetched, then about that is waited."""
    at = datetime.now(UTC) + timedelta(seconds=30)
    told = f"{at:%a, %d %b %Y %H:%M:%S} GMT"
    home.publisher.routes[FILE] = in_turn(reply(b"", 429, Retry_After=told), reply(BOOK))
    assert home.fetch().landed == 1
    assert 20 < home.watch.slept[0] <= 30


def test_f011_too_long_a_wait_is_left_for_the_next_run(home: Home) -> None:
    """Given Retry-After over the cap, when fetched, then it is named and not waited for."""
    home.publisher.routes[FILE] = reply(b"", 429, Retry_After="3600")
    failure = home.failure(total_seconds=9999)
    assert failure.fault == Fault.THROTTLED
    assert "asks to wait 3600 seconds" in failure.reason
    assert home.watch.slept == []


@pytest.mark.parametrize(("status", "times"), [(500, 3), (502, 3), (400, 1), (403, 1), (404, 1)])
def test_f011_servers_faults_are_tried_again_and_ours_are_not(
    home: Home, status: int, times: int
) -> None:
    """Given a status, when fetched, then 5xx is tried three times and 4xx once."""
    home.publisher.routes[FILE] = reply(b"no", status)
    assert str(status) in home.failure().reason
    assert len(home.publisher.asked(FILE)) == times
    assert home.visits()[0].status == status


def test_f012_a_gzip_bomb_is_stopped_at_the_cap(home: Home) -> None:
    """Given 50 MB of zeros in 50 KB, when fetched, then neither disk nor memory holds them."""
    bomb = gzip.compress(bytes(50 * 1024 * 1024))
    assert len(bomb) < LIMITS.max_file_bytes
    home.publisher.routes[FILE] = reply(bomb, Content_Encoding="gzip")
    tracemalloc.start()
    try:
        failure = home.failure()
        _, peak_bytes = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak_bytes < 10 * 1024 * 1024
    assert failure.fault == Fault.TOO_LARGE
    assert "JOINEDUP_MAX_FILE_MB" in failure.mend


@pytest.mark.parametrize("told", [True, False])
def test_f012_a_large_body_is_stopped_at_the_cap(home: Home, told: bool) -> None:
    """Given more bytes than allowed, with and without a length, then the fetch ends."""
    body = bytes(LIMITS.max_file_bytes + 1)
    home.publisher.routes[FILE] = cut(body, len(body), length=told)
    assert home.failure().fault == Fault.TOO_LARGE


def test_f012_a_zip_bomb_is_not_landed(home: Home) -> None:
    """Given a small workbook that would unpack to 8 MB, when fetched, then it is refused."""
    home.publisher.routes[FILE] = reply(workbook("0" * 16_000))
    assert home.fetch(max_file_bytes=1_000_000).landed == 1
    home.publisher.routes |= {
        "/page/": page("/Return-2.xlsx"),
        "/Return-2.xlsx": home.publisher.routes[FILE],
    }
    (failure,) = home.fetch().failures
    assert failure.fault == Fault.TOO_LARGE
    assert "unpack" in failure.reason


def test_an_encoded_body_is_decoded_and_checked(home: Home) -> None:
    """Given a gzip body whole, cut and with an unknown encoding, then only the whole one lands."""
    csv = b"a,b\n" + b"1,2\n" * 50_000
    packed = gzip.compress(csv)
    home.publisher.routes["/page/"] = page("/Return-1.csv", "/Return-2.csv", "/Return-3.csv")
    home.publisher.routes |= {
        "/Return-1.csv": reply(packed, Content_Encoding="gzip"),
        "/Return-2.csv": cut(packed, len(packed) - 9, length=False, Content_Encoding="gzip"),
        "/Return-3.csv": reply(csv, Content_Encoding="br"),
    }
    fetched = home.fetch(max_file_bytes=300_000)
    assert home.bytes() == [csv]
    assert [failure.fault for failure in fetched.failures] == [Fault.CUT_SHORT, Fault.REFUSED]


@pytest.mark.parametrize("etag", ['"same"', ""])
def test_f013_other_bytes_at_the_same_address_are_a_new_file(home: Home, etag: str) -> None:
    """Given one address and new bytes under the same or no ETag, then both stay, and it is told."""
    second = workbook("two")
    home.publisher.routes[FILE] = in_turn(reply(BOOK, ETag=etag), reply(second, ETag=etag))
    assert home.fetch().replaced == []
    fetched = home.fetch()
    assert (fetched.landed, fetched.replaced) == (1, [home.publisher.at(FILE)])
    assert sorted(home.bytes()) == sorted([BOOK, second])
    before, after = home.visits()
    assert before.sha256 != after.sha256


def test_f014_an_unknown_host_does_not_stop_the_others(home: Home) -> None:
    """Given a publisher whose name does not resolve, when fetched, then the other is fetched."""

    def resolve(host: str) -> list[str]:
        if host == "other.test":
            raise socket.gaierror(-2, "Name or service not known")
        return ["127.0.0.1"]

    home.watch = Watch(resolve)
    lost = home.definition("https://other.test/page/")
    fetched = home.fetch(lost, home.definition(home.publisher.at("/page/")))
    (failure,) = fetched.failures
    assert (failure.fault, failure.page) == (Fault.NO_ANSWER, "https://other.test/page/")
    assert "unknown" in failure.reason
    assert len(home.watch.slept) == 2
    assert fetched.landed == 1


def test_f014_a_proxy_that_is_down_is_named(home: Home) -> None:
    """Given a proxy where nobody listens, when fetched, then the failure says to look at it."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        nobody = f"http://127.0.0.1:{free.getsockname()[1]}"
    failure = home.failure(proxy=nobody)
    assert failure.fault == Fault.NO_ANSWER
    assert "proxy" in failure.mend
    assert home.publisher.requests == []


def test_f107_names_from_outside_never_name_a_file(home: Home) -> None:
    """Given names that lead out of landing, when fetched, then bytes lie under their hash."""
    trap = "/up/..%2F..%2Fdags%2FReturn-evil.xlsx"
    home.publisher.routes |= {
        "/page/": page(trap),
        trap: reply(BOOK, Content_Disposition='attachment; filename="../../dags/evil.py"'),
    }
    definition = home.definition(home.publisher.at("/page/"), "*Return-*")
    assert home.fetch(definition).landed == 1
    files = [
        p for p in home.landing.parent.rglob("*") if p.is_file() and p.parent != home.landing.parent
    ]
    assert [path.name for path in files] == [home.visits(trap)[0].sha256]


# --- resumption, servers that are down, time that is over ---


def test_a_broken_download_goes_on_where_it_broke_off(home: Home) -> None:
    """Given a server that can resume, when the line breaks, then only the rest is asked for."""
    broken = cut(BOOK, 500, length=True, ETag='"v1"', Accept_Ranges="bytes")
    home.publisher.routes[FILE] = in_turn(broken, resumable(BOOK, '"v1"'))
    assert home.fetch().landed == 1
    assert home.bytes() == [BOOK]
    second = home.publisher.asked(FILE)[1]
    assert (second["range"], second["if-range"]) == ("bytes=500-", '"v1"')


def test_a_file_that_changed_meanwhile_comes_whole(home: Home) -> None:
    """Given another file after the break, when resumed, then the two are not mixed."""
    new = workbook("two")
    broken = cut(BOOK, 500, length=True, ETag='"v1"', Accept_Ranges="bytes")
    home.publisher.routes[FILE] = in_turn(broken, resumable(new, '"v2"'))
    home.fetch()
    assert home.bytes() == [new]


@pytest.mark.parametrize("etag", ['W/"weak"', ""])
def test_without_a_strong_validator_nothing_is_resumed(home: Home, etag: str) -> None:
    """Given a weak ETag or none, when the line breaks, then the whole is asked for again."""
    broken = cut(BOOK, 500, length=True, Accept_Ranges="bytes", ETag=etag)
    home.publisher.routes[FILE] = in_turn(broken, reply(BOOK))
    home.fetch()
    assert "range" not in home.publisher.asked(FILE)[1]
    assert home.bytes() == [BOOK]


@pytest.mark.parametrize("told", ["bytes 400-999/1000", "bytes 7", "", "items 500-999/1000"])
def test_a_part_that_was_not_asked_for_is_not_added(home: Home, told: str) -> None:
    """Given a 206 of another part, then 416, when resumed, then it begins again from nothing."""
    broken = cut(BOOK, 500, length=True, ETag='"v1"', Accept_Ranges="bytes")
    wrong = reply(BOOK[400:], 206, Content_Range=told)
    home.publisher.routes[FILE] = in_turn(broken, wrong, broken, reply(b"", 416), reply(BOOK))
    assert home.fetch(attempts=5).landed == 1
    assert home.bytes() == [BOOK]
    ranges = [headers.get("range") for headers in home.publisher.asked(FILE)]
    assert ranges == [None, "bytes=500-", None, "bytes=500-", None]


def test_a_server_that_is_down_is_left_in_peace(home: Home) -> None:
    """Given a server that fails three files in a row, then the rest waits for the next run."""
    paths = [f"/up/Return-{number}.xlsx" for number in range(5)]
    home.publisher.routes["/page/"] = page(*paths)
    home.publisher.routes |= {path: reply(b"", 500) for path in paths}
    fetched = home.fetch(attempts=1)
    faults = [failure.fault for failure in fetched.failures]
    assert faults == [Fault.SERVER_ERROR] * 3 + [Fault.LEFT_FOR_NEXT_RUN] * 2
    assert len(home.publisher.requests) == 1 + 3


def test_a_server_that_fails_now_and_then_is_not_left(home: Home) -> None:
    """Given two failures before each success, when fetched, then every file is tried."""
    paths = [f"/up/Return-{number}.csv" for number in range(9)]
    home.publisher.routes["/page/"] = page(*paths)
    for number, path in enumerate(paths):
        well = reply(f"{path}\n".encode())
        home.publisher.routes[path] = well if number % 3 == 2 else reply(b"", 500)
    fetched = home.fetch(attempts=1)
    assert fetched.landed == 3
    assert [failure.fault for failure in fetched.failures] == [Fault.SERVER_ERROR] * 6


def test_a_run_that_ends_at_its_limit_is_continued(home: Home) -> None:
    """Given time for one file a run, when run three times, then each gets another one."""
    paths = [f"/up/Return-{number}.csv" for number in range(3)]
    home.publisher.routes["/page/"] = page(*paths)
    home.publisher.routes |= {path: reply(f"{path}\n1\n".encode()) for path in paths}
    for number in (1, 2, 3):
        fetched = home.fetch(pause_seconds=100, run_seconds=50, total_seconds=500)
        assert fetched.landed == 1
        left = [failure.address for failure in fetched.failures]
        assert len(left) == 2
        assert {failure.fault for failure in fetched.failures} == {Fault.LEFT_FOR_NEXT_RUN}
        assert len(home.bytes()) == number


def test_what_a_killed_fetch_left_is_swept(home: Home) -> None:
    """Given an unfinished download of a killed run, when fetched, then it is gone."""
    home.landing.mkdir(parents=True)
    (home.landing / ".part-killed").write_bytes(b"half")
    home.fetch()
    assert home.bytes() == [BOOK]


# --- the catalogue's schema ---


def schema(path: Path) -> set[tuple[str, str]]:
    """Return the tables and indexes of a catalogue."""
    with sqlite3.connect(path) as connection:
        rows = connection.execute("select name, sql from sqlite_master where sql is not null")
        return set(rows)


def test_a_catalogue_of_version_1_is_migrated_in_place(tmp_path: Path) -> None:
    """Given a catalogue of the first schema with a file in it, when opened, then it is as new."""
    old, new = tmp_path / "old.sqlite", tmp_path / "new.sqlite"
    with sqlite3.connect(old) as connection:
        connection.executescript(catalogue_module.FIRST_SCHEMA)
        connection.execute("insert into landed_file values (7, 'abc', 3, '2026-01-01T00:00:00')")
        connection.execute("insert into sighting values ('abc', 'a.xls', 'r', '2026-01-01')")
        connection.execute("pragma user_version = 1")
    for _ in range(2):
        with Catalogue(old) as catalogue:
            assert [(f.landed_seq, f.file_name) for f in catalogue.landed()] == [(7, "a.xls")]
            catalogue.add_visit(WebVisit("https://p.test/", "https://p.test/a", sha256="abc"), "r")
    with Catalogue(new):
        pass
    assert schema(old) == schema(new)
    with sqlite3.connect(old) as connection:
        assert connection.execute("pragma user_version").fetchone() == (SCHEMA_VERSION,)
        assert connection.execute("select count(*) from web_visit").fetchone() == (2,)


def test_a_migration_that_is_killed_leaves_version_1(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Given a migration that breaks half-way, when it ends, then the catalogue is as it was."""
    path = tmp_path / "catalogue.sqlite"
    with sqlite3.connect(path) as connection:
        connection.executescript(catalogue_module.FIRST_SCHEMA)
        connection.execute("pragma user_version = 1")
    before = schema(path)
    broken = (catalogue_module.FIRST_SCHEMA, f"{catalogue_module.WEB_VISIT}; create nonsense")
    monkeypatch.setattr(catalogue_module, "MIGRATIONS", broken)
    with pytest.raises(sqlite3.OperationalError):
        Catalogue(path)
    assert schema(path) == before
    monkeypatch.undo()
    with Catalogue(path) as catalogue:
        assert catalogue.fetched_addresses() == set()
