"""The functions that Airflow calls, in a run of a tiny DAG; and mail through Airflow's own hook."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from joinedup.alerting import alerts, channels
from joinedup.alerting.channels import AirflowMailChannel, NotAcceptedError
from joinedup.alerting.store import AlertStore
from joinedup.embedded_airflow import EmbeddedRun, run_dag
from joinedup.settings import Settings
from tests.alert_servers import (
    MAIL_SERVER_LOG,
    PASSWORD,
    MailServer,
    WebhookServer,
    a_message,
    mail_server,
    silent_server,
    webhook_server,
)

pytestmark = pytest.mark.long

TINY = '''
"""A DAG that does what its run is told to."""
from airflow.sdk import Param, dag, get_current_context, task
from airflow.sdk.exceptions import AirflowFailException
from joinedup.alerting.alerts import night_ended, run_succeeded, task_failed
from joinedup.refusals import ReleaseBlocked


@dag(
    schedule=None,
    params={"does": Param("nothing")},
    on_success_callback=run_succeeded,
    default_args={"on_failure_callback": task_failed},
)
def tiny():
    @task
    def audit_it():
        context = get_current_context()
        if context["params"]["does"] == "break":
            raise ValueError("the disk is full")
        if context["params"]["does"] == "refuse":
            try:
                raise ReleaseBlocked("The data failed the audit:\\n  - all is well (mart): not")
            except ReleaseBlocked as refusal:
                raise AirflowFailException(str(refusal)) from refusal
        if context["params"]["does"].startswith("quarantine"):
            quarantine(context["run_id"], context["params"]["does"].split()[1:])

    @task
    def tell():
        context = get_current_context()
        if context["params"]["does"].startswith("quarantine"):
            night_ended(context["run_id"], "tiny")

    audit_it() >> tell().as_teardown()


def quarantine(run_id, names):
    from ingestion.catalogue import Catalogue, Reading
    from joinedup.run_id import step_run_id
    from joinedup.settings import Settings

    with Catalogue(Settings().catalogue) as catalogue:
        for name in [name for name in names if "=" in name]:
            path, sha256 = name.split("=")
            catalogue.add_landed(sha256, 1, path, run_id)
            state = "read" if sha256.startswith("good") else "quarantined"
            reading = Reading(sha256, "f", state, False, "a_return", reason="no such heading")
            catalogue.set_reading(reading, run_id)
        read = {"read": 1, "anything_new": "broken" in names, "refused": ""}
        catalogue.set_step(step_run_id(run_id), "read_files", read)
    if "broken" in names:
        raise ValueError("the build broke")


tiny()
'''

Run = Callable[[str], EmbeddedRun]


@pytest.fixture
def webhooks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[WebhookServer]:
    """A webhook server that the settings name, with the password in its address."""
    monkeypatch.setenv("JOINEDUP_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with webhook_server() as server:
        file = _secret(tmp_path / "webhooks", f"json://127.0.0.1:{server.port}/ok/{PASSWORD}")
        monkeypatch.setenv("JOINEDUP_ALERT_WEBHOOKS_FILE", str(file))
        yield server


def _secret(path: Path, text: str) -> Path:
    path.touch(mode=0o600)
    path.write_text(text)
    return path


@pytest.fixture
def run(airflow_home: Path, tmp_path: Path) -> Run:
    """Run the tiny DAG in this process, as `joinedup run` runs the nightly one."""
    dags = tmp_path / "dags"
    dags.mkdir()
    (dags / "tiny.py").write_text(TINY)

    def run_it(does: str) -> EmbeddedRun:
        return run_dag(
            "tiny",
            conf={"does": does},
            airflow_home=airflow_home,
            dags_folder=dags,
            log_file=tmp_path / "run.log",
            settings_env={},
        )

    return run_it


def _titles(server: WebhookServer) -> list[str]:
    return [post.body["title"].removeprefix("joinedup: ") for post in server.posts]


def test_a_failure_is_told_once_and_its_end_too(
    run: Run, webhooks: WebhookServer, tmp_path: Path, airflow_home: Path
) -> None:
    """Given a task that fails on two nights and then does not, then it is told once, and its end
    once; no log of either says what the webhook's address is.
    """
    assert run("break").state == "failed"
    assert run("break").state == "failed"
    assert run("nothing").state == "success"
    assert run("nothing").state == "success"
    assert _titles(webhooks) == ["tiny: audit_it failed", "Resolved: tiny: audit_it failed"]
    message = webhooks.posts[0].body["message"]
    assert "ValueError: the disk is full" in message
    assert "joinedup runs" in message
    log = (tmp_path / "run.log").read_text()
    assert "tiny: audit_it failed" in log
    assert PASSWORD not in log
    for path in [*airflow_home.rglob("*"), *(tmp_path / "home").rglob("*")]:
        assert path.is_dir() or PASSWORD.encode() not in path.read_bytes(), path


def test_a_refusal_is_told_as_a_blocked_release(run: Run, webhooks: WebhookServer) -> None:
    """Given an audit that refuses, wrapped as the nightly load does, then it is told as blocked."""
    assert run("refuse").state == "failed"
    assert _titles(webhooks) == ["tiny: nothing was released"]
    assert "all is well (mart): not" in webhooks.posts[0].body["message"]
    assert run("nothing").state == "success"
    assert _titles(webhooks)[1:] == ["Resolved: tiny: nothing was released"]


def test_quarantine_is_told_by_return_until_good_copies_come(
    run: Run, webhooks: WebhookServer
) -> None:
    """Given two files in quarantine and a night that fails after it read them, then one message
    names both; when good bytes have come under their names, that is told.
    """
    assert run("quarantine a.xlsx=bad1 b.xlsx=bad2 broken").state == "failed"
    assert "tiny: audit_it failed" in webhooks.posts.pop(0).body["title"]
    assert run("quarantine").state == "success"
    assert _titles(webhooks) == [
        "a_return: 2 files in quarantine",
        "Resolved: tiny: audit_it failed",
    ]
    message = webhooks.posts[0].body["message"]
    assert "a.xlsx" in message
    assert "b.xlsx" in message
    assert run("quarantine a.xlsx=good1 b.xlsx=good2").state == "success"
    assert _titles(webhooks)[2:] == ["Resolved: a_return: 2 files in quarantine"]


@pytest.mark.usefixtures("webhooks")
@pytest.mark.parametrize(("does", "state"), [("break", "failed"), ("nothing", "success")])
def test_a_channel_that_raises_changes_nothing(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, does: str, state: str
) -> None:
    """Given alerts that break altogether, then each task and run ends as it would without them."""

    def broken(*_: object) -> Any:
        raise RuntimeError("no alert can be sent")

    with monkeypatch.context() as patch:
        patch.setattr(channels, "channels_of", broken)
        patch.setattr(alerts, "_steps_of", broken)
        finished = run(does)
    assert finished.state == state
    assert finished.tasks == {"audit_it": state, "tell": "success"}
    assert [failure.message for failure in finished.failures] == ["the disk is full"] * (
        state == "failed"
    )
    assert "RuntimeError: no alert can be sent" in (tmp_path / "run.log").read_text()


def test_a_dead_mail_server_delays_a_run_by_its_deadline_only(
    run: Run, webhooks: WebhookServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Given a mail server that is silent for longer than all may take
    Then the run ends as it would and without its answer, the webhook has the message, and the mail
    waits.
    """
    with silent_server() as port:
        for name, value in {
            "MAIL_TO": "team@example.org",
            "MAIL_FROM": "joinedup@example.org",
            "MAIL_HOST": "127.0.0.1",
            "MAIL_PORT": str(port),
            "SECONDS": "20",
            "TOTAL_SECONDS": "3",
        }.items():
            monkeypatch.setenv(f"JOINEDUP_ALERT_{name}", value)
        finished = run("break")
    assert finished.state == "failed"
    assert "mail is slow" in (tmp_path / "run.log").read_text()
    assert _titles(webhooks) == ["tiny: audit_it failed"]
    with AlertStore(Settings().alerts) as store:
        assert [one.channel for one in store.waiting(datetime.now(UTC))] == ["mail"]


@pytest.fixture
def mails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[MailServer]:
    """A mail server on this machine, whose certificate is trusted."""
    with mail_server(tmp_path) as server:
        monkeypatch.setenv("SSL_CERT_FILE", str(server.certificate))
        yield server


CONNECTION = "AIRFLOW_CONN_MAIL_OF_THE_TEAM"


def _connection(server: MailServer, password: str = PASSWORD) -> str:
    extra = {"disable_ssl": True, "timeout": 2, "retry_limit": 0}
    values = {"conn_type": "smtp", "host": "127.0.0.1", "port": server.port, "extra": extra}
    return json.dumps(values | {"login": "joinedup", "password": password})


@pytest.mark.usefixtures("webhooks")
def test_a_run_tells_through_the_connection_that_airflow_keeps(
    run: Run, mails: MailServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Given the name of an SMTP connection of Airflow, then a failure and its end are mailed by
    its provider's hook, and the password is in no log.
    """
    monkeypatch.setenv(CONNECTION, _connection(mails))
    monkeypatch.setenv("JOINEDUP_ALERT_MAIL_TO", "team@example.org")
    monkeypatch.setenv("JOINEDUP_ALERT_MAIL_FROM", "joinedup@example.org")
    monkeypatch.setenv("JOINEDUP_ALERT_MAIL_CONNECTION", "mail_of_the_team")
    assert run("break").state == "failed"
    assert run("nothing").state == "success"
    first, second = mails.texts
    assert "Subject: joinedup: tiny: audit_it failed" in first
    assert "Subject: joinedup: Resolved: tiny: audit_it failed" in second
    assert PASSWORD not in _without_the_server(tmp_path / "run.log")


def _without_the_server(log: Path) -> str:
    """Return a log without what the mail server of the test wrote into it."""
    return "\n".join(line for line in log.read_text().splitlines() if MAIL_SERVER_LOG not in line)


def test_a_mail_goes_through_an_airflow_connection(
    mails: MailServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Given an SMTP connection that Airflow knows, then its provider's hook sends the message;
    a wrong password is told without it.
    """
    channel = AirflowMailChannel(
        ("team@example.org",), "joinedup@example.org", "mail_of_the_team", tmp_path / "airflow"
    )
    monkeypatch.setenv("AIRFLOW_HOME", str(tmp_path / "airflow"))
    monkeypatch.setenv(CONNECTION, _connection(mails))
    assert channel.send(a_message("1 < 2")) == "accepted"
    (text,) = mails.texts
    assert "joinedup: a task failed" in text
    monkeypatch.setenv(CONNECTION, _connection(mails, f"{PASSWORD}-wrong"))
    with pytest.raises(NotAcceptedError, match="does not take the user or the password") as error:
        channel.send(a_message())
    assert PASSWORD not in str(error.value)
