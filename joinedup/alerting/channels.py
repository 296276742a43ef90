"""The ways to tell somebody: e-mail, and webhooks (Slack, Teams, plain JSON).

A channel sends one message and gives the other side's answer in plain words, or raises
`NotAcceptedError`. smtplib, apprise and Airflow are imported when a message is sent, not before:
most nights have none. No answer and no error has a secret in it.
"""

from __future__ import annotations

import hashlib
import ipaddress
import logging
import os
import socket
import time
from base64 import b64encode
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol

from joinedup.alerting.secrets import FEWEST_CHARACTERS, hide, host_of, in_address
from joinedup.alerting.store import Message
from joinedup.secret_files import SecretFileError, read_secret
from joinedup.settings import Settings

if TYPE_CHECKING:
    import smtplib
    from email.message import EmailMessage

LONGEST_WEBHOOK_TEXT = 550
"""Characters. Teams takes 1,000 in all, and what to do has to be among them."""
LONGEST_ANSWER = 200
LONGEST_NAME = 10
ACCEPTED = "accepted"
"""The answer of a channel that took a message as a whole; any other says what it left out."""
_TALKATIVE = ("apprise", "urllib3.connectionpool", "requests")
"""Loggers that write whole addresses when they are asked for details."""


class NotAcceptedError(Exception):
    """A channel did not take a message, or is not set up; the text says why."""


class Channel(Protocol):
    """A way to tell somebody."""

    @property
    def name(self) -> str:
        """What the store knows it by: the same for as long as the address is."""

    @property
    def secrets(self) -> tuple[str, ...]:
        """What must be seen nowhere."""

    def send(self, message: Message) -> str:
        """Send a message and return the answer; raises NotAcceptedError."""


# --- e-mail ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class MailChannel:
    """E-mail through the server that the settings name. `seconds` is for each answer of it."""

    to: tuple[str, ...]
    sender: str
    host: str
    port: int
    tls: Literal["starttls", "tls", "none"]
    seconds: float
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    name: str = "mail"

    @property
    def secrets(self) -> tuple[str, ...]:
        """The password, and how the two usual ways to log in write it."""
        if not self.password:
            return ()
        return (
            self.password,
            b64encode(self.password.encode()).decode(),
            b64encode(f"\0{self.user}\0{self.password}".encode()).decode(),
        )

    def send(self, message: Message) -> str:
        """Hand the message to the server; those it refuses of several recipients are named."""
        import smtplib

        try:
            client = self._connected()
            try:
                refused = client.send_message(mail_of(message, self.sender, self.to))
                with suppress(smtplib.SMTPException, OSError):  # it has the message, come what may
                    client.quit()
            finally:
                client.close()
        except smtplib.SMTPException as error:
            raise NotAcceptedError(_smtp_words(error)) from error
        except OSError as error:
            raise NotAcceptedError(f"{self.host}:{self.port}: {_os_words(error)}") from error
        return f"{ACCEPTED}, but not for {', '.join(refused)}" if refused else ACCEPTED

    def _connected(self) -> smtplib.SMTP:
        """Open the line, encrypted unless it is not to be, and log in."""
        import smtplib
        import ssl

        if self.password and self.tls == "none" and not _is_this_machine(self.host):
            raise NotAcceptedError(
                "The password would go over a line that is not encrypted: set "
                "JOINEDUP_ALERT_MAIL_TLS to starttls or tls."
            )
        ours = socket.gethostname()  # the full name may take a name server seconds
        client: smtplib.SMTP
        if self.tls == "tls":
            client = smtplib.SMTP_SSL(
                self.host,
                self.port,
                local_hostname=ours,
                timeout=self.seconds,
                context=ssl.create_default_context(),
            )
        else:
            client = smtplib.SMTP(self.host, self.port, local_hostname=ours, timeout=self.seconds)
        try:
            if self.tls == "starttls":
                client.starttls(context=ssl.create_default_context())
            if self.user and self.password:
                client.login(self.user, self.password)
        except BaseException:
            client.close()
            raise
        return client


@dataclass(frozen=True)
class AirflowMailChannel:
    """E-mail through a connection that Airflow keeps, by the hook of its SMTP provider.

    The hook tries again by itself, and longer than a load should wait: the deadline for all
    channels ends that. `airflow_home` is for where no Airflow is running.
    """

    to: tuple[str, ...]
    sender: str | None
    connection: str
    airflow_home: Path
    name: str = "mail"
    secrets: tuple[str, ...] = ()

    def send(self, message: Message) -> str:
        """Hand the message to the hook, which takes HTML only."""
        import smtplib

        os.environ.setdefault("AIRFLOW_HOME", str(self.airflow_home))
        from airflow.exceptions import AirflowException
        from airflow.providers.smtp.hooks.smtp import SmtpHook

        hook, password = SmtpHook(self.connection), ""
        try:
            with hook:
                password = hook.smtp_password or ""
                hook.send_email_smtp(
                    to=list(self.to),
                    from_email=self.sender,
                    subject=subject_of(message),
                    html_content=f"<pre>{escape(body_of(message))}</pre>",
                    custom_headers={
                        "Message-ID": f"<{message.key}@joinedup>",
                        "Auto-Submitted": "auto-generated",
                    },
                )
        except smtplib.SMTPException as error:
            raise NotAcceptedError(hide(_smtp_words(error), [password])) from error
        except (AirflowException, OSError) as error:
            said = hide(f"connection {self.connection}: {error}", [password])
            raise NotAcceptedError(said) from error
        return ACCEPTED


def mail_of(message: Message, sender: str, to: Iterable[str]) -> EmailMessage:
    """Write a message as an e-mail; sent twice it has the same id, so a reader can tell."""
    from email.message import EmailMessage

    mail = EmailMessage()
    mail["Subject"] = subject_of(message)
    mail["From"] = sender
    mail["To"] = ", ".join(to)
    mail["Date"] = message.made_at
    mail["Message-ID"] = f"<{message.key}@{sender.rpartition('@')[2]}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(body_of(message))
    return mail


def _smtp_words(error: smtplib.SMTPException) -> str:
    import smtplib

    if isinstance(error, smtplib.SMTPAuthenticationError):
        return f"the server does not take the user or the password ({error.smtp_code})"
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return "; ".join(
            f"{to}: {code} {_text(said)}" for to, (code, said) in error.recipients.items()
        )
    if isinstance(error, smtplib.SMTPResponseException):
        return f"{error.smtp_code} {_text(error.smtp_error)}"
    return str(error)


def _text(said: bytes | str) -> str:
    return said.decode("utf-8", "replace") if isinstance(said, bytes) else said


def _os_words(error: OSError) -> str:
    if isinstance(error, TimeoutError):
        return "no answer in time"
    return error.strerror or str(error)


def _is_this_machine(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


# --- webhooks ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class WebhookChannel:
    """An address that apprise knows how to post to. The address is the secret."""

    name: str
    address: str = field(repr=False)
    seconds: float

    @property
    def secrets(self) -> tuple[str, ...]:
        """The address, its user and password, and each part of it that may be a token."""
        return in_address(self.address)

    def send(self, message: Message) -> str:
        """Post the message in the way of the service that the address belongs to."""
        from apprise import Apprise, NotifyFormat

        service = _service(self.address, self.seconds)
        apprise = Apprise(asset=service.asset)
        apprise.add(service)
        began = time.monotonic()
        result = apprise.notify(
            title=subject_of(message),
            body=body_of(message, longest=LONGEST_WEBHOOK_TEXT),
            notify_type=_notify_type(message),
            body_format=NotifyFormat.TEXT,
        )
        if result:
            return ACCEPTED
        if time.monotonic() - began >= self.seconds:
            raise NotAcceptedError(f"no answer within {self.seconds:g} s")
        said = "; ".join(entry.message for entry in result.logs())
        raise NotAcceptedError(said or "refused")


def _service(address: str, seconds: float) -> Any:
    """Make the service for an address; it keeps nothing on disk and follows no redirect.

    What comes after a redirect would learn what only the address should tell.
    """
    from apprise import Apprise, AppriseAsset

    quieten()
    asset = AppriseAsset(
        app_id="joinedup",
        app_desc="joinedup",
        app_url="",
        image_url_mask="",
        image_url_logo="",
        async_mode=False,
        http_redirects=False,
        storage_mode="memory",
    )
    service = Apprise.instantiate(address, asset=asset)
    if service is None:
        raise NotAcceptedError("apprise knows no service with such an address")
    service.socket_connect_timeout = service.socket_read_timeout = seconds
    return service


def _notify_type(message: Message) -> Any:
    from apprise import NotifyType

    if message.draft.what in ("resolved", "test"):
        return NotifyType.SUCCESS if message.draft.what == "resolved" else NotifyType.INFO
    is_warning = message.draft.kind in ("quarantine", "late")
    return NotifyType.WARNING if is_warning else NotifyType.FAILURE


def quieten() -> None:
    """Keep from any log what libraries write about an address when asked for details."""
    for name in _TALKATIVE:
        logging.getLogger(name).addFilter(_not_in_detail)


def _not_in_detail(record: logging.LogRecord) -> bool:
    return record.levelno > logging.DEBUG


# --- what a message says -----------------------------------------------------------------------


def subject_of(message: Message) -> str:
    """Return the message's one line."""
    before = {"raised": "", "again": "Still: ", "resolved": "Resolved: ", "test": "Test: "}
    return f"joinedup: {before[message.draft.what]}{' '.join(message.draft.title.split())}"


def body_of(message: Message, longest: int | None = None) -> str:
    """Return what happened, what to do, and of which run; the first cut after `longest`."""
    text = message.draft.text
    if longest is not None and len(text) > longest:
        text = f"{text[:longest].rstrip()} … (the rest: joinedup alerts)"
    todo = [f"What to do: {message.draft.what_to_do}"] if message.draft.what_to_do else []
    of_run = f"run {message.draft.run_id}, " if message.draft.run_id else ""
    where = f"{of_run}{socket.gethostname()}, {message.made_at:%Y-%m-%d %H:%M} UTC"
    return "\n\n".join([text, *todo, where]) + "\n"


# --- what the settings name --------------------------------------------------------------------


def channels_of(settings: Settings) -> tuple[list[Channel], list[str]]:
    """Return the channels that the settings name, and what is wrong with those settings."""
    channels: list[Channel] = []
    problems: list[str] = []
    for found in (_mail_of_settings, _webhooks_of_settings):
        try:
            channels.extend(found(settings))
        except (NotAcceptedError, SecretFileError) as error:
            problems.append(str(error))
    return channels, problems


def _mail_of_settings(settings: Settings) -> list[Channel]:
    to, sender = settings.alert_mail_to, settings.alert_mail_from
    if not to:
        return []
    if settings.alert_mail_connection:
        home = settings.airflow_home
        return [AirflowMailChannel(to, sender, settings.alert_mail_connection, home)]
    if not settings.alert_mail_host or not sender:
        raise NotAcceptedError(
            "mail: JOINEDUP_ALERT_MAIL_TO needs JOINEDUP_ALERT_MAIL_HOST and "
            "JOINEDUP_ALERT_MAIL_FROM as well, or JOINEDUP_ALERT_MAIL_CONNECTION."
        )
    path = settings.alert_mail_password_file
    if (path is None) != (settings.alert_mail_user is None):
        raise NotAcceptedError(
            "mail: JOINEDUP_ALERT_MAIL_USER and JOINEDUP_ALERT_MAIL_PASSWORD_FILE go together."
        )
    password = None if path is None else read_secret(path)
    if password is not None and len(password) < FEWEST_CHARACTERS:
        raise NotAcceptedError(
            f"mail: the password in {path} has fewer than {FEWEST_CHARACTERS} characters."
        )
    return [
        MailChannel(
            to,
            sender,
            settings.alert_mail_host,
            settings.alert_mail_port,
            settings.alert_mail_tls,
            settings.alert_seconds,
            settings.alert_mail_user,
            password,
        )
    ]


def _webhooks_of_settings(settings: Settings) -> list[Channel]:
    """Return a channel for each address; lines that begin with # are left out."""
    if settings.alert_webhooks_file is None:
        return []
    text = read_secret(settings.alert_webhooks_file, may_be_empty=True)
    lines = [line.strip() for line in text.splitlines()]
    return [
        WebhookChannel(_webhook_name(line), line, settings.alert_seconds)
        for line in dict.fromkeys(lines)
        if line and not line.startswith("#")
    ]


def _webhook_name(address: str) -> str:
    """Name a webhook by its host or service, and by a hash that shows nothing of the address."""
    place = host_of(address) or address.partition("://")[0][:LONGEST_NAME]
    return f"webhook {place} {hashlib.sha256(address.encode()).hexdigest()[:6]}"
