"""F115: a library with a known weakness stops the gate, and nothing else is taken for a pass."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from pydantic import ValidationError

from supply_chain.advisories import (
    Accepted,
    LookedUp,
    Weakness,
    gate,
    is_within_reach,
    load_accepted,
    problems,
)
from supply_chain.locks import LOCKS, ROOT, libraries

TODAY = date(2026, 11, 22)
BAD = "pyyaml"
HASH = "0" * 64
ADVISORY = {
    "id": "GHSA-6757-jp84-gxfx",
    "aliases": ["CVE-2020-1747"],
    "summary": "Arbitrary code by full_load.",
    "affected": [
        {
            "package": {"name": BAD, "ecosystem": "PyPI"},
            "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "5.3.1"}]}],
        }
    ],
}


class _Osv(BaseHTTPRequestHandler):
    """An advisory service that knows one weakness, of PyYAML before 5.3.1."""

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        is_bad = asked["package"]["name"] == BAD and asked["version"] == "5.3"
        answer = json.dumps({"vulns": [ADVISORY]} if is_bad else {}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def _served(handler: type[BaseHTTPRequestHandler]) -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/v1/query"
        finally:
            server.shutdown()


@pytest.fixture(scope="module")
def osv() -> Iterator[str]:
    """Address of the advisory service on this machine."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NO_PROXY", "127.0.0.1")
        with _served(_Osv) as url:
            yield url


def _lock(folder: Path, *pins: str) -> Path:
    folder.mkdir(exist_ok=True)
    path = folder / "requirements.lock"
    path.write_text("".join(f"{pin} \\\n    --hash=sha256:{HASH}\n" for pin in pins))
    return path


def _found(*weaknesses: Weakness) -> list[LookedUp]:
    return [LookedUp(name=BAD, version="5.3", vulns=list(weaknesses))]


def _accepted(until: date) -> Accepted:
    reason = "No file is ever loaded by full_load here."
    return Accepted(id="CVE-2020-1747", library=BAD, until=until, reason=reason, owner="data-team")


WEAKNESS = Weakness(id="GHSA-6757-jp84-gxfx", aliases=["CVE-2020-1747"], fix_versions=["5.3.1"])


def test_f115_a_pin_that_is_known_to_be_bad_trips_the_gate(osv: str, tmp_path: Path) -> None:
    """Given a lock with PyYAML 5.3, and a service that knows its weakness
    When the gate looks it up
    Then it fails, and names the library, the weakness and what mends it.
    """
    lock = _lock(tmp_path, "pyyaml==5.3", "idna==3.10")
    code, said = gate([lock], osv, [], is_required=False, today=TODAY)
    assert code == 1
    assert "pyyaml 5.3: CVE-2020-1747, GHSA-6757-jp84-gxfx (mended in 5.3.1)" in said


def test_f115_the_mended_version_passes(osv: str, tmp_path: Path) -> None:
    """Given the same lock with the version that mends it
    When the gate looks it up
    Then it passes, and says how many it looked up.
    """
    lock = _lock(tmp_path, "pyyaml==5.3.1", "idna==3.10")
    again = _lock(tmp_path / "another", "idna==3.10")
    assert gate([lock, again], osv, [], is_required=False, today=TODAY) == (
        0,
        "No known weakness in 2 locked libraries.",
    )


def test_f115_what_is_out_of_reach_is_said_aloud(tmp_path: Path) -> None:
    """Given no service at the address, or something else than one
    When the gate looks there
    Then it says how many were not looked up, and fails only where an answer is required.
    """

    class Notice(_Osv):
        def do_POST(self) -> None:
            self.send_error(404, "Not served here")

    lock = _lock(tmp_path, "pyyaml==5.3")
    with _served(Notice) as notice:
        for url in (notice, "http://127.0.0.1:1/v1/query", "file:///etc/hostname"):
            assert not is_within_reach(url)
            for is_required in (False, True):
                code, said = gate([lock], url, [], is_required=is_required, today=TODAY)
                assert code == int(is_required)
                assert "NOT LOOKED UP: 1 locked libraries" in said


def test_f115_a_service_that_goes_out_of_reach_is_said_aloud(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Given a service that answers the first question and refuses all that follow
    When the gate looks up a lock
    Then it says that nothing was looked up, and fails only where an answer is required.
    """
    asked: list[str] = []

    class Limited(_Osv):
        def do_POST(self) -> None:
            asked.append(self.path)
            if len(asked) == 1:
                super().do_POST()
            else:
                self.send_error(429, "Asked too often")

    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    lock = _lock(tmp_path, "idna==3.10")
    for is_required in (False, True):
        asked.clear()
        with _served(Limited) as url:
            code, said = gate([lock], url, [], is_required=is_required, today=TODAY)
        assert code == int(is_required)
        assert "NOT LOOKED UP: 1 locked libraries" in said
        assert len(asked) > 2


def test_f115_a_service_that_hangs_ends_the_look_up(osv: str, tmp_path: Path) -> None:
    """Given a look-up that takes longer than it may, of a service that does answer
    When the gate looks up a lock
    Then it ends, and fails: that the service is there is known.
    """
    lock = _lock(tmp_path, "idna==3.10")
    code, said = gate([lock], osv, [], is_required=False, today=TODAY, seconds=0.01)
    assert (code, said) == (1, "pip-audit had no answer within 0 seconds")


def test_f115_a_library_without_an_answer_is_no_pass() -> None:
    """Given an answer that skips a library, with which pip-audit ends well
    When it is judged
    Then it stops the gate.
    """
    skipped = LookedUp(name="pip", skip_reason="Dependency not found")
    assert list(problems([skipped], [], TODAY)) == ["pip: was not looked up (Dependency not found)"]


def test_f115_a_weakness_is_accepted_until_its_day() -> None:
    """Given a weakness that is accepted until a day
    When that day is over, or the weakness is gone
    Then the gate stops again.
    """
    assert not list(problems(_found(WEAKNESS), [_accepted(TODAY)], TODAY))
    (late,) = problems(_found(WEAKNESS), [_accepted(date(2026, 11, 21))], TODAY)
    assert "accepted until 2026-11-21 only (data-team)" in late
    (gone,) = problems(_found(), [_accepted(TODAY)], TODAY)
    assert "no longer found: take it out" in gone


def test_f115_an_acceptance_has_a_day_a_reason_and_an_owner(tmp_path: Path) -> None:
    """Given the list of what is accepted, and one whose entry has no last day
    When they are loaded
    Then the list is valid, and the entry is refused.
    """
    assert isinstance(load_accepted(), list)
    path = tmp_path / "accepted.yml"
    path.write_text("- {id: CVE-1, library: a, reason: Because it does no harm., owner: me}\n")
    with pytest.raises(ValidationError, match="until"):
        load_accepted(path)


def test_f115_every_lock_is_looked_up() -> None:
    """Given the lock files of the checkout
    When they are held against those that are looked up
    Then none is missing, and each has libraries.
    """
    kept = [*ROOT.glob("*.lock"), *(ROOT / "deploy").rglob("*.lock")]
    assert set(LOCKS) == set(kept)
    assert all(len(libraries(lock)) > 0 for lock in LOCKS)
