"""E-mail and webhooks against real servers on this machine, and what the settings may say."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import typer
from pydantic import ValidationError
from typer.testing import CliRunner

from joinedup.alerting.alerts import Alert, tell
from joinedup.alerting.alerts_cli import add_commands
from joinedup.alerting.channels import (
    MailChannel,
    NotAcceptedError,
    WebhookChannel,
    channels_of,
)
from joinedup.alerting.secrets import hide
from joinedup.settings import Settings
from tests.alert_servers import (
    PASSWORD,
    MailServer,
    a_message,
    free_port,
    mail_server,
    make_certificate,
    silent_server,
    webhook_server,
)

SLACK = "https://hooks.slack.com/services/T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7"
TEAMS = (
    "https://prod-1.westeurope.logic.azure.com:443/workflows/643e69f83c8944438d68119179a10a64/"
    "triggers/manual/paths/invoke?api-version=2016-06-01&sp=%2Ftriggers%2Fmanual%2Frun&sv=1.0&"
    "sig=KODuebWbDGYFr0z0eu-6Rj8aUKz7108W3wrNJZxFE5A"
)


@pytest.fixture
def mails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[MailServer]:
    """A mail server on this machine, whose certificate is trusted."""
    with mail_server(tmp_path) as server:
        monkeypatch.setenv("SSL_CERT_FILE", str(server.certificate))
        yield server


def _channel(server: MailServer, **given: Any) -> MailChannel:
    usual = MailChannel(
        ("team@example.org", "duty@example.org"),
        "joinedup@example.org",
        "127.0.0.1",
        server.port,
        "starttls",
        2.0,
        "joinedup",
        PASSWORD,
    )
    return replace(usual, **given)


# --- e-mail ---


def test_a_mail_arrives_through_an_encrypted_line_and_a_log_in(mails: MailServer) -> None:
    """Given a server that wants both, when a message is sent, then each recipient gets it whole."""
    assert _channel(mails).send(a_message()) == "accepted"
    (mail,) = mails.mailbox.mails
    assert mail.rcpt_tos == ["team@example.org", "duty@example.org"]
    (text,) = mails.texts
    assert "Subject: joinedup: a task failed" in text
    assert "Message-ID: <00c0ffee@example.org>" in text
    assert "What to do: Look: joinedup runs." in text.replace("=\r\n", "")
    assert "run r1" in text
    assert "2026-06-09 04:31 UTC" in text


@pytest.mark.parametrize(
    ("given", "answer"),
    [
        ({"password": "another one"}, "does not take the user or the password"),
        ({"port": free_port()}, "refused"),
        ({"to": ("nobody@example.org",)}, "nobody@example.org: 550 nobody of that name"),
        ({"tls": "tls"}, "SSL|wrong version|record layer"),
        ({"tls": "none", "host": "mail.example.org"}, "not encrypted"),
    ],
)
def test_what_the_mail_server_says_is_told(
    mails: MailServer, given: dict[str, Any], answer: str
) -> None:
    """Given a wrong password, a closed port, a recipient nobody knows, another kind of line or a
    password in the clear, then nothing is sent, and the reason is told without the password.
    """
    mails.mailbox.refused = {"nobody@example.org"}
    with pytest.raises(NotAcceptedError, match=answer) as error:
        _channel(mails, **given).send(a_message())
    assert PASSWORD not in str(error.value)
    assert mails.mailbox.mails == []


def test_one_recipient_of_two_is_enough_and_the_other_is_named(mails: MailServer) -> None:
    """Given a server that refuses one of two recipients, then the mail went, and who lacks it."""
    mails.mailbox.refused = {"duty@example.org"}
    assert _channel(mails).send(a_message()) == "accepted, but not for duty@example.org"


def test_a_certificate_of_somebody_else_is_refused(
    mails: MailServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Given a server whose certificate is not trusted, then neither password nor mail is sent."""
    (tmp_path / "other").mkdir()
    other, _ = make_certificate(tmp_path / "other", "127.0.0.1")
    monkeypatch.setenv("SSL_CERT_FILE", str(other))
    with pytest.raises(NotAcceptedError, match=r"(?i)certificate.verify"):
        _channel(mails).send(a_message())
    assert mails.mailbox.mails == []


def test_a_mail_server_that_says_nothing_is_left(mails: MailServer) -> None:
    """Given a server that accepts the line and is silent, then it is given up after its time."""
    with silent_server() as port, pytest.raises(NotAcceptedError, match=r"timed out|no answer"):
        _channel(mails, port=port, seconds=0.2).send(a_message())


# --- webhooks ---


@pytest.fixture
def posted(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, dict[str, Any]]]:
    """Take what apprise posts to services that cannot be reached from a test."""
    import requests

    found: list[tuple[str, dict[str, Any]]] = []

    def post(*asked: Any, **given: Any) -> requests.Response:
        url = next(one for one in asked if str(one).startswith("http"))
        found.append((url, json.loads(given["data"])))
        answer = requests.Response()
        answer.status_code, answer._content = 200, b"ok"
        return answer

    monkeypatch.setattr(requests, "request", lambda *a, **k: post(*a, **k))
    monkeypatch.setattr(requests, "post", lambda *a, **k: post(*a, **k))
    return found


def test_slack_gets_a_payload_that_slack_reads(posted: list[tuple[str, dict[str, Any]]]) -> None:
    """Given the address that Slack gives, then title, text and what to do are posted there.

    Slack itself cannot be asked from here: what apprise hands to the network is looked at.
    """
    assert WebhookChannel("slack", SLACK, 2).send(a_message()) == "accepted"
    ((address, payload),) = posted
    assert address == SLACK
    (attachment,) = payload["attachments"]
    told = json.dumps(attachment, ensure_ascii=False)
    assert "joinedup: a task failed" in told
    assert "It broke" in told
    assert "What to do: Look: joinedup runs." in told


def test_teams_gets_a_card_with_what_to_do_in_it(
    posted: list[tuple[str, dict[str, Any]]],
) -> None:
    """Given the address that Teams gives and a text longer than Teams takes, then an adaptive
    card is posted there, cut before what to do and not after.
    """
    assert WebhookChannel("teams", TEAMS, 2).send(a_message("long " * 500)) == "accepted"
    ((address, payload),) = posted
    assert address.startswith("https://prod-1.westeurope.logic.azure.com")
    (attachment,) = payload["attachments"]
    assert attachment["contentType"] == "application/vnd.microsoft.card.adaptive"
    blocks = attachment["content"]["body"]
    texts = [block["text"].replace("\\", "") for block in blocks if "text" in block]
    assert any("joinedup: a task failed" in text for text in texts)
    assert any("What to do: Look: joinedup runs." in text for text in texts)
    assert max(len(text) for text in texts) <= 1000


@pytest.mark.parametrize("address", [SLACK, TEAMS, f"slack://{SLACK.split('services/')[1]}"])
def test_an_address_is_shown_nowhere(tmp_path: Path, address: str) -> None:
    """Given an address that is a secret, then neither a name, a text nor an error shows a token."""
    file = _secret(tmp_path / "webhooks", address)
    (channel,), problems = channels_of(Settings(home=tmp_path, alert_webhooks_file=file))
    assert problems == []
    tokens = ["T1JJ3T3L2", "TIiajkdnlazkcOXrIdevi7", "643e69f83c8944438d68119179a10a64", "KODueb"]
    shown = [
        channel.name,
        repr(channel),
        hide(f"at {address}: no; {address[20:]}", channel.secrets),
    ]
    for text in shown:
        assert not [token for token in tokens if token.lower() in text.lower()], text


def test_a_webhook_that_is_silent_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    """Given a server that never answers, then it is given up after its time, and that is said."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with webhook_server() as server:
        address = f"json://127.0.0.1:{server.port}/hang"
        with pytest.raises(NotAcceptedError, match=r"no answer within 0\.2 s"):
            WebhookChannel("w", address, 0.2).send(a_message())


def test_an_address_that_nobody_knows_is_refused() -> None:
    """Given an address of no service, then it is said, without the address."""
    with pytest.raises(NotAcceptedError, match="no service") as error:
        WebhookChannel("w", "https://example.org/token-1234567", 1).send(a_message())
    assert "token" not in str(error.value)


# --- settings ---


def _secret(path: Path, text: str) -> Path:
    path.touch(mode=0o600)
    path.write_text(text)
    return path


MAIL = {"alert_mail_to": "a@example.org", "alert_mail_from": "b@example.org"}


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({"alert_mail_to": "a@example.org"}, "needs JOINEDUP_ALERT_MAIL_HOST"),
        (MAIL | {"alert_mail_host": "h", "alert_mail_user": "u"}, "go together"),
        (
            MAIL
            | {
                "alert_mail_host": "h",
                "alert_mail_user": "u",
                "alert_mail_password_file": "short",
            },
            "fewer than 6 characters",
        ),
        ({"alert_webhooks_file": "nowhere"}, "cannot be read"),
    ],
)
def test_settings_that_cannot_be_are_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, given: dict[str, Any], problem: str
) -> None:
    """Given half a configuration, then it names what is missing, and no alert is lost for it."""
    monkeypatch.chdir(tmp_path)
    _secret(tmp_path / "short", "12345")
    channels, problems = channels_of(Settings(home=tmp_path, **given))
    assert channels == []
    assert len(problems) == 1
    assert problem in problems[0]


def test_no_address_no_channel(tmp_path: Path) -> None:
    """Given no settings for alerts, then there is no channel and nothing wrong."""
    assert channels_of(Settings(home=tmp_path)) == ([], [])


@pytest.mark.parametrize("address", ["Team <a@example.org>", "a@example.org\nBcc: b@x", "nobody"])
def test_what_is_no_plain_address_is_refused(tmp_path: Path, address: str) -> None:
    """Given an address with a name, a second header or no @, then the settings refuse it."""
    with pytest.raises(ValidationError):
        Settings(home=tmp_path, alert_mail_to=(address,))


# --- the command ---


@pytest.fixture
def command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Run `joinedup alerts` in a home of its own."""
    monkeypatch.setenv("JOINEDUP_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    app = typer.Typer()
    app.callback()(lambda: None)
    add_commands(app)

    def run(*arguments: str) -> tuple[int, str]:
        done = CliRunner().invoke(app, ["alerts", *arguments])
        return done.exit_code, done.output

    return run


def test_the_command_says_what_stands_what_was_told_and_what_waits(
    command: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Given an alert that one webhook took and one did not, then all of that is listed."""
    assert command() == (0, "Nothing was ever told.\n")
    with webhook_server() as server:
        addresses = [f"json://127.0.0.1:{server.port}/{path}" for path in ("ok", "error")]
        file = _secret(tmp_path / "webhooks", "\n".join(addresses))
        monkeypatch.setenv("JOINEDUP_ALERT_WEBHOOKS_FILE", str(file))
        alert = Alert("failure", "failure:d:t", "d: t failed", "It broke.", "Look there.")
        tell(Settings(), [alert])
    code, printed = command()
    assert code == 0
    assert "d: t failed" in printed
    assert "Look there." in printed
    assert "[log, webhook 127.0.0.1 " in printed
    assert "(tried 1x, last answer: Failed to send JSON POST notification" in printed


def test_the_test_says_what_each_channel_answered(
    command: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Given a webhook that takes a test message, one that does not and half a mail server, then
    each answer is printed, the exit code is 1, and nothing of it is kept to be told.
    """
    assert command("--test")[0] == 1
    with webhook_server() as server:
        addresses = [f"json://127.0.0.1:{server.port}/{path}" for path in ("ok", "error")]
        file = _secret(tmp_path / "webhooks", addresses[0])
        monkeypatch.setenv("JOINEDUP_ALERT_WEBHOOKS_FILE", str(file))
        code, printed = command("--test")
        assert code == 0, printed
        assert "accepted" in printed
        file.write_text("\n".join(addresses))
        monkeypatch.setenv("JOINEDUP_ALERT_MAIL_TO", "a@example.org")
        code, printed = command("--test")
    assert code == 1
    assert printed.count("accepted") == 1
    assert "NOT taken: Failed to send JSON POST notification" in printed
    assert "settings: NOT taken: mail: JOINEDUP_ALERT_MAIL_TO needs" in printed
    assert [post.body["type"] for post in server.posts] == ["info"] * 3
    assert command() == (0, "Nothing was ever told.\n")
