"""What is told, when, and only once; what waits; and that a load never suffers for it."""

from __future__ import annotations

import logging
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

import joinedup
from ingestion.catalogue import Catalogue, Reading
from joinedup.alerting import alerts, sending
from joinedup.alerting.alerts import FEW, night_ended, task_failed, tell
from joinedup.alerting.alerts_cli import add_commands
from joinedup.alerting.causes import Alert, of_late
from joinedup.alerting.channels import channels_of
from joinedup.alerting.sending import send_unkept
from joinedup.alerting.store import (
    KEPT_DAYS,
    LISTED_DAYS,
    AlertStore,
    Draft,
    Message,
    Waiting,
)
from joinedup.run_id import step_run_id
from joinedup.settings import Settings
from tests.alert_servers import (
    MAIL_SERVER_LOG,
    PASSWORD,
    MailServer,
    WebhookServer,
    free_port,
    mail_server,
    silent_server,
    webhook_server,
)

FAILURE = Alert("failure", "failure:d:t", "d: t failed", "It broke.", "Look: joinedup runs.", "r1")
QUARANTINE = Alert(
    "quarantine", "quarantine:x", "x: 2 files in quarantine", "a, b", "List them.", parts=("a", "b")
)


@pytest.fixture
def webhooks() -> Iterator[WebhookServer]:
    """A webhook server on this machine."""
    with webhook_server() as server:
        yield server


@pytest.fixture
def mails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[MailServer]:
    """A mail server on this machine, whose certificate is trusted."""
    with mail_server(tmp_path) as server:
        monkeypatch.setenv("SSL_CERT_FILE", str(server.certificate))
        yield server


Configured = Callable[..., Settings]


@pytest.fixture
def configured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Configured:
    """Make settings: a home, webhooks in a file, other settings by name."""
    import_module("apprise")  # now, so that no test times it
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")

    def make(*webhooks: str, **given: Any) -> Settings:
        file = _secret(tmp_path / "webhooks", "\n".join(["# addresses", *webhooks]))
        return Settings(home=tmp_path / "home", alert_webhooks_file=file, alert_seconds=2, **given)

    return make


def _by_mail(server: MailServer, folder: Path, password: str = PASSWORD) -> dict[str, Any]:
    return {
        "alert_mail_to": "team@example.org,duty@example.org",
        "alert_mail_from": "joinedup@example.org",
        "alert_mail_host": "127.0.0.1",
        "alert_mail_port": server.port,
        "alert_mail_user": "joinedup",
        "alert_mail_password_file": _secret(folder / f"password-{len(password)}", password + "\n"),
    }


def _secret(path: Path, text: str) -> Path:
    path.touch(mode=0o600)
    path.write_text(text)
    return path


def _json(server: WebhookServer, path: str) -> str:
    return f"json://127.0.0.1:{server.port}/{path}"


def _titles(server: WebhookServer) -> list[str]:
    return [post.body["title"].removeprefix("joinedup: ") for post in server.posts]


def _waiting(settings: Settings) -> list[Waiting]:
    with AlertStore(settings.alerts) as store:
        return store.waiting(datetime.now(UTC))


def _told(settings: Settings) -> list[Message]:
    with AlertStore(settings.alerts) as store:
        return store.messages(100)


# --- once ---


def test_a_cause_is_told_once_and_when_it_is_gone(
    configured: Configured, webhooks: WebhookServer
) -> None:
    """Given a cause met on three nights and then gone for two, then two messages are sent."""
    settings = configured(_json(webhooks, "ok"))
    for _ in range(3):
        tell(settings, [FAILURE])
    for _ in range(2):
        tell(settings, [], resolved=["failure:d:*"])
    assert _titles(webhooks) == ["d: t failed", "Resolved: d: t failed"]
    message = webhooks.posts[0].body["message"]
    assert "It broke." in message
    assert "What to do: Look: joinedup runs." in message
    assert "run r1" in message
    assert [post.body["type"] for post in webhooks.posts] == ["failure", "success"]


def test_after_it_was_gone_it_is_told_anew(configured: Configured, webhooks: WebhookServer) -> None:
    """Given a cause that comes back, then it is told again."""
    settings = configured(_json(webhooks, "ok"))
    tell(settings, [FAILURE])
    tell(settings, [], resolved=[FAILURE.cause])
    tell(settings, [FAILURE])
    assert _titles(webhooks) == ["d: t failed", "Resolved: d: t failed", "d: t failed"]


def test_what_is_still_there_is_not_resolved(
    configured: Configured, webhooks: WebhookServer
) -> None:
    """Given two late returns of which one came, then only that one is told as gone."""
    settings = configured(_json(webhooks, "ok"))
    today = datetime.now(UTC).date()
    late = [of_late(name, name, ["2026-09"], today, 3, "https://x.example") for name in ("a", "b")]
    tell(settings, late, resolved=["late:*"])
    tell(settings, late[1:], resolved=["late:*"])
    assert _titles(webhooks) == [
        "a: 2026-09 is 3 days late",
        "b: 2026-09 is 3 days late",
        "Resolved: a: 2026-09 is 3 days late",
    ]


def test_a_file_more_is_told_and_one_less_is_not(
    configured: Configured, webhooks: WebhookServer
) -> None:
    """Given a quarantine that shrinks and then gets another file, then only the latter is told."""
    settings = configured(_json(webhooks, "ok"))
    for parts in (("a", "b"), ("a",), ("a", "c")):
        tell(settings, [replace(QUARANTINE, title=" ".join(parts), parts=parts)])
    assert _titles(webhooks) == ["a b", "Still: a c"]
    assert {post.body["type"] for post in webhooks.posts} == {"warning"}


def test_what_stands_long_is_told_again(
    configured: Configured, webhooks: WebhookServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Given a cause that stands for a week, then it is told once more, and not daily."""
    settings = configured(_json(webhooks, "ok"))
    tell(settings, [FAILURE])

    class Later(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> Any:
            return datetime.now(tz) + timedelta(days=settings.alert_again_days)

    monkeypatch.setattr(alerts, "datetime", Later)
    tell(settings, [FAILURE])
    tell(settings, [FAILURE])
    assert _titles(webhooks) == ["d: t failed", "Still: d: t failed"]


def test_many_alerts_of_a_kind_are_one_message(
    configured: Configured, webhooks: WebhookServer
) -> None:
    """Given more late returns at once than a person reads one by one, then one message has all."""
    settings = configured(_json(webhooks, "ok"))
    many = [replace(FAILURE, kind="late", cause=f"late:{n}", title=f"n{n}") for n in range(FEW + 1)]
    tell(settings, [*many, QUARANTINE])
    assert len(webhooks.posts) == 2
    message = webhooks.posts[0].body["message"]
    assert all(f"- n{n}" in message for n in range(FEW + 1))
    assert "joinedup alerts" in message
    tell(settings, many)
    assert len(webhooks.posts) == 2


def test_without_channels_it_is_in_the_log_and_the_list(
    configured: Configured, caplog: pytest.LogCaptureFixture
) -> None:
    """Given no address at all, then an alert is logged with what to do, and kept."""
    settings = configured()
    tell(settings, [FAILURE])
    (record,) = [r for r in caplog.records if r.name == "joinedup.alerting.alerts"]
    assert record.levelno == logging.ERROR
    assert "d: t failed" in record.message
    assert "What to do: Look: joinedup runs." in record.message
    assert [message.draft.title for message in _told(settings)] == ["d: t failed"]
    assert _waiting(settings) == []


def test_what_was_told_long_ago_is_forgotten(configured: Configured) -> None:
    """Given a message told a quarter of a year ago, then it is gone, and its cause stands."""
    settings = configured()
    tell(settings, [FAILURE])
    with AlertStore(settings.alerts) as store:
        store.forget_messages(datetime.now(UTC) + timedelta(days=LISTED_DAYS - 1))
        assert len(store.messages(9)) == 1
        store.forget_messages(datetime.now(UTC) + timedelta(days=LISTED_DAYS + 1))
        assert store.messages(9) == []
        assert [*store.standing()] == [FAILURE.cause]


# --- tasks and nights ---


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """A home that the settings of a task name."""
    monkeypatch.setenv("JOINEDUP_HOME", str(tmp_path / "home"))
    return Settings()


def _fails(which: str | None, number: int, error: Exception) -> None:
    """Have a mapped task fail, as Airflow tells of it."""
    instance = SimpleNamespace(
        dag_id="refresh", task_id="fetch", map_index=number, rendered_map_index=which
    )
    task_failed({"ti": instance, "run_id": "r1", "exception": error})


def _standing(settings: Settings) -> list[str]:
    with AlertStore(settings.alerts) as store:
        return sorted(store.standing())


def test_each_return_of_a_mapped_task_is_told(home: Settings) -> None:
    """Given two returns that break in the same way, then both are told, by name or by number."""
    _fails("return_a", 0, ValueError("A broke"))
    _fails("return_b", 1, ValueError("A broke"))
    _fails(None, 2, ValueError("A broke"))
    assert [message.draft.title for message in _told(home)] == [
        "refresh: fetch of return_a failed",
        "refresh: fetch of return_b failed",
        "refresh: fetch of 2 failed",
    ]


def test_a_task_that_is_not_mapped_has_no_number(home: Settings) -> None:
    """Given a task that is not mapped, then its cause is the task."""
    _fails(None, -1, ValueError("no"))
    assert _standing(home) == ["failure:refresh:fetch"]


def test_another_error_of_the_same_task_is_told(home: Settings) -> None:
    """Given a task that breaks on two nights for two reasons of one type, then both are told."""
    for said in ("the disk is full", "the disk is full", "no such sheet"):
        _fails("a", 0, ValueError(said))
    assert [message.draft.what for message in _told(home)] == ["raised", "again"]


def test_a_flood_of_one_task_is_a_few_messages(home: Settings) -> None:
    """Given a network that is down, so that twenty returns fail one after the other
    Then a few are told one by one, one message says that there are more, and all are listed.
    """
    for number in range(20):
        _fails(f"r{number:02}", number, ValueError("no network"))
    titles = [message.draft.title for message in _told(home)]
    assert len(titles) == FEW + 1
    assert titles[-1] == "refresh: fetch: more of them failed"
    assert len(_standing(home)) == 20


def _night(settings: Settings, **steps: Any) -> None:
    """Note what the steps of night n1 gave, and a file in quarantine where files were read."""
    with Catalogue(settings.catalogue) as catalogue:
        if "read_files" in steps:
            catalogue.add_landed("bad1", 1, "a.xlsx", "n1")
            reading = Reading("bad1", "f", "quarantined", False, "a_return", reason="no heading")
            catalogue.set_reading(reading, "n1")
        for step, result in steps.items():
            catalogue.set_step(step_run_id("n1"), step, result)


READ = {"read": 3, "anything_new": True, "refused": ""}
BROKE = "failure:nightly_load:build_candidate"


@pytest.mark.parametrize(
    ("steps", "standing"),
    [
        ({}, [BROKE]),
        ({"read_files": READ}, [BROKE, "quarantine:a_return"]),
        ({"read_files": READ, "release_marts": {}}, ["quarantine:a_return"]),
        ({"read_files": READ | {"anything_new": False}}, ["quarantine:a_return"]),
        (
            {"read_files": READ | {"anything_new": False, "refused": "damaged"}},
            [BROKE, "quarantine:a_return"],
        ),
        ({"read_files": READ | {"as_at": "2017-02-08"}, "release_marts": {}}, [BROKE]),
    ],
    ids=["not read", "blocked", "released", "nothing new", "refused", "look back"],
)
def test_a_night_tells_of_quarantine_however_it_ends(
    home: Settings, steps: dict[str, Any], standing: list[str]
) -> None:
    """Given a failure that stands and a night that came so far
    When it ends
    Then files set aside are told once they were read, and the failure is gone if it came through.
    """
    tell(home, [replace(FAILURE, cause=BROKE)])
    _night(home, **steps)
    night_ended("n1")
    assert _standing(home) == standing


def test_a_night_that_is_lost_without_a_word_is_told(home: Settings) -> None:
    """Given a night that neither released nor had a task that told why, then that is told once,
    and when a night comes through, it is gone.
    """
    _night(home, read_files=READ)
    night_ended("n1")
    night_ended("n1")
    assert "failure:nightly_load:the run" in _standing(home)
    assert sum("was lost" in message.draft.title for message in _told(home)) == 1
    _night(home, release_marts={})
    night_ended("n1")
    assert _standing(home) == ["quarantine:a_return"]


def test_the_end_of_a_night_never_fails(home: Settings, caplog: pytest.LogCaptureFixture) -> None:
    """Given a catalogue that cannot be read, then it is logged, and nothing is raised."""
    home.catalogue.parent.mkdir(parents=True)
    home.catalogue.write_bytes(b"no database" * 500)
    night_ended("n1")
    assert "could not be told of" in caplog.text


# --- channels that fail (F102) ---


def test_who_was_left_out_of_several_is_told(
    configured: Configured, mails: MailServer, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Given a mail server that refuses one of two people, then the log and the store say whom."""
    mails.mailbox.refused = {"duty@example.org"}
    settings = configured(**_by_mail(mails, tmp_path))
    tell(settings, [FAILURE])
    assert "mail took an alert, but not as a whole" in caplog.text
    with AlertStore(settings.alerts) as store:
        assert store.sent_by(1) == {"mail": "accepted, but not for duty@example.org"}
    listed = CliRunner().invoke(_app(), ["alerts"], env={"JOINEDUP_HOME": str(settings.home)})
    assert "[log, mail (accepted, but not for duty@example.org)]" in listed.output


def test_why_something_stands_is_listed(configured: Configured) -> None:
    """Given a failure that stands, told twice, and an older message of another cause
    When alerts are listed
    Then what it said last is there, with its run and what to do.
    """
    settings = configured()
    tell(settings, [QUARANTINE])
    tell(settings, [replace(FAILURE, run_id="run-1", parts=("a",))])
    tell(settings, [replace(FAILURE, run_id="run-2", text="First.\nSecond.", parts=("b",))])
    listed = CliRunner().invoke(_app(), ["alerts"], env={"JOINEDUP_HOME": str(settings.home)})
    standing = [line.strip() for line in listed.output.partition("Told (UTC)")[0].splitlines()]
    first = standing.index("First.")
    assert standing[first : first + 3] == ["First.", "Second.", "Run: run-2"]
    assert standing[first + 3].startswith("Look: ")
    assert "Run: run-1" not in standing


def _app() -> typer.Typer:
    app = typer.Typer()
    app.callback()(lambda: None)
    add_commands(app)
    return app


def test_what_a_channel_refuses_is_sent_with_the_next(
    configured: Configured, mails: MailServer, webhooks: WebhookServer, tmp_path: Path
) -> None:
    """Given a mail server that is down while the webhook works, when both work, then the mail
    gets what it lacks, and the webhook nothing twice.
    """
    by_mail = _by_mail(mails, tmp_path)
    down = configured(_json(webhooks, "ok"), **by_mail | {"alert_mail_port": free_port()})
    tell(down, [FAILURE])
    assert [(one.channel, one.tries) for one in _waiting(down)] == [("mail", 1)]
    tell(configured(_json(webhooks, "ok"), **by_mail), [QUARANTINE])
    assert _waiting(down) == []
    assert [_subject(text) for text in mails.texts] == [
        "joinedup: d: t failed",
        "joinedup: x: 2 files in quarantine",
    ]
    assert _titles(webhooks) == ["d: t failed", "x: 2 files in quarantine"]


def _subject(mail: str) -> str:
    (line,) = [line for line in mail.splitlines() if line.startswith("Subject: ")]
    return line.removeprefix("Subject: ")


@pytest.mark.parametrize("path", ["error", "gone", "moved"])
def test_a_webhook_that_answers_with_an_error_gets_it_again(
    configured: Configured, webhooks: WebhookServer, path: str
) -> None:
    """Given a webhook that answers 500, 404 or with a redirect, then it waits, with the answer."""
    settings = configured(_json(webhooks, path))
    tell(settings, [FAILURE])
    tell(settings, [])
    (waiting,) = _waiting(settings)
    assert waiting.tries == 2
    assert waiting.answer is not None
    assert f"error={ {'error': 500, 'gone': 404, 'moved': 302}[path] }" in waiting.answer
    assert [post.path for post in webhooks.posts] == [f"/{path}"] * 2


def test_dead_servers_delay_by_seconds_only(
    configured: Configured,
    webhooks: WebhookServer,
    tmp_path: Path,
    mails: MailServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Given a mail server and a webhook that accept a line and are silent, and four messages
    When the time that all may take is over before they answer
    Then telling ends, the good webhook has all, and the others wait.
    """
    waits: list[float] = []

    class Waited(threading.Thread):
        """A thread of a channel: only the good one is waited for in earnest."""

        def join(self, timeout: float | None = None) -> None:
            waits.append(timeout or 0)
            super().join(timeout if self.name == good else 0)

    good = f"webhook 127.0.0.1 {sha256(_json(webhooks, 'ok').encode()).hexdigest()[:6]}"
    monkeypatch.setattr(sending.threading, "Thread", Waited)
    with silent_server() as port:
        settings = configured(
            _json(webhooks, "hang"),
            _json(webhooks, "ok"),
            **_by_mail(mails, tmp_path) | {"alert_mail_port": port},
            alert_total_seconds=100,
        )
        tell(settings, [replace(FAILURE, cause=f"failure:{n}", title=str(n)) for n in range(4)])
        monkeypatch.undo()
        assert len(waits) == 3
        assert all(0 < seconds <= 100 for seconds in waits)
    assert [post.body["title"] for post in webhooks.posts if post.path == "/ok"] == [
        f"joinedup: {n}" for n in range(4)
    ]
    assert {one.channel.split()[0] for one in _waiting(settings)} == {"mail", "webhook"}
    assert len(_waiting(settings)) == 8


def test_a_message_that_is_being_sent_is_not_sent_twice(configured: Configured) -> None:
    """Given two processes that find the same message waiting, then one alone may send it."""
    settings = configured()
    tell(settings, [FAILURE])
    now = datetime.now(UTC)
    with AlertStore(settings.alerts) as first, AlertStore(settings.alerts) as second:
        assert first.claim(1, "mail", now + timedelta(minutes=1))
        assert not second.claim(1, "mail", now + timedelta(minutes=1))
        first.answered(1, "mail", "busy", accepted=False)
        assert second.claim(1, "mail", now + timedelta(minutes=1))
        second.answered(1, "mail", "accepted", accepted=True)
        assert not first.claim(1, "mail", now + timedelta(minutes=1))


def test_old_news_is_not_sent(configured: Configured, webhooks: WebhookServer) -> None:
    """Given a message that waited for a week, then it waits no longer."""
    settings = configured(_json(webhooks, "error"))
    tell(settings, [FAILURE])
    with AlertStore(settings.alerts) as store:
        assert len(store.waiting(datetime.now(UTC))) == 1
        assert store.waiting(datetime.now(UTC) + timedelta(days=KEPT_DAYS)) == []


def test_a_new_channel_gets_no_old_news_and_a_removed_one_is_forgotten(
    configured: Configured, webhooks: WebhookServer
) -> None:
    """Given another address in the place of a broken one, then it gets what is told from then."""
    tell(configured(_json(webhooks, "error")), [FAILURE])
    settings = configured(_json(webhooks, "ok"))
    tell(settings, [QUARANTINE])
    assert [post.path for post in webhooks.posts] == ["/error", "/ok"]
    assert _waiting(settings) == []


@pytest.mark.parametrize(
    "break_it",
    [
        lambda settings: settings.alerts.write_bytes(b"no database" * 500),
        lambda settings: settings.alerts.mkdir(),
        lambda settings: settings.alert_webhooks_file.unlink(),
        lambda settings: settings.alert_webhooks_file.chmod(0o644),
        lambda settings: settings.alert_webhooks_file.write_text("rubbish\n"),
    ],
)
def test_nothing_that_goes_wrong_is_raised(
    configured: Configured, caplog: pytest.LogCaptureFixture, break_it: Callable[[Settings], None]
) -> None:
    """Given a store or a file of addresses that cannot be used, then it is logged, not raised."""
    settings = configured("json://127.0.0.1:1/hook")
    settings.home.mkdir(parents=True)
    break_it(settings)
    tell(settings, [FAILURE])
    said = [r.message for r in caplog.records if r.levelno >= logging.WARNING]
    assert any("Alerts c" in line or "did not take an alert" in line for line in said)


def test_a_full_disk_is_told_of_all_the_same(
    configured: Configured, webhooks: WebhookServer, caplog: pytest.LogCaptureFixture
) -> None:
    """Given a home where nothing can be kept, then an alert is logged and sent, if not kept."""
    settings = configured(_json(webhooks, "ok"))
    settings.alerts.mkdir(parents=True)
    tell(settings, [FAILURE])
    assert _titles(webhooks) == ["d: t failed"]
    assert "Alerts could not be kept" in caplog.text
    assert "What to do: Look: joinedup runs." in caplog.text


# --- secrets (F106) ---


def test_no_secret_is_in_logs_store_or_answers(
    configured: Configured,
    webhooks: WebhookServer,
    mails: MailServer,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    """Given channels that work and that fail, and a failure whose error has the password in it,
    when all is logged in detail, then the password and the addresses' tokens are nowhere.
    """
    caplog.set_level(logging.DEBUG)
    said = f"could not connect with {PASSWORD} at smtp://u:{PASSWORD}@h"
    error = replace(FAILURE, text=said, what_to_do=said, cause=said, parts=(said,))
    webhook = (_json(webhooks, f"ok/{PASSWORD}"), _json(webhooks, f"error/{PASSWORD}"))
    wrong = _by_mail(mails, tmp_path, password=f"{PASSWORD}-wrong")
    draft = Draft("test", "failure", (), "a test", "It broke.", "Nothing.")
    for by_mail in (_by_mail(mails, tmp_path), wrong):
        settings = configured(*webhook, **by_mail)
        tell(settings, [error])
        answers = send_unkept(settings, channels_of(settings)[0], [draft])
        assert {name.split()[0]: ok for name, ok, _ in answers if name == "mail"} == {
            "mail": by_mail is not wrong
        }
        assert not any(PASSWORD in answer for _, _, answer in answers)
    assert len(webhooks.posts) >= 4
    assert "***" in webhooks.posts[0].body["message"]
    assert PASSWORD not in "".join(mails.texts)
    printed = capfd.readouterr()
    logged = [record for record in caplog.records if record.name != MAIL_SERVER_LOG]
    assert {record.name for record in logged} >= {"joinedup.alerting.alerts"}
    assert not [record for record in logged if PASSWORD in record.getMessage()]
    assert PASSWORD not in printed.out + printed.err
    assert PASSWORD not in repr(settings) + repr(_waiting(settings))
    for path in settings.home.rglob("*"):
        assert PASSWORD.encode() not in path.read_bytes(), path
    assert settings.alerts.stat().st_mode & 0o077 == 0


# --- quiet ---


def test_a_quiet_night_imports_nothing_and_writes_nothing(tmp_path: Path) -> None:
    """Given nothing to tell and nothing that stands, then no library of alerts is imported."""
    code = (
        "import sys; from joinedup.alerting.alerts import tell;"
        "from joinedup.settings import Settings;"
        "tell(Settings(), [], resolved=['failure:*']);"
        "print(sorted({'apprise', 'smtplib', 'airflow', 'sqlite3', 'requests',"
        " 'joinedup.steps', 'joinedup.alerting.channels'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={
            "JOINEDUP_HOME": str(tmp_path / "home"),
            "JOINEDUP_ALERT_MAIL_TO": "team@example.org",
            "PYTHONPATH": str(Path(joinedup.__file__).parents[1]),
        },
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "[]"
    assert not (tmp_path / "home").exists()
