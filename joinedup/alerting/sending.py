"""Sending: all channels side by side, within a time that a load can spare."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

from joinedup.alerting.channels import ACCEPTED, LONGEST_ANSWER, Channel, NotAcceptedError
from joinedup.alerting.secrets import hide
from joinedup.alerting.store import AlertStore, Draft, Message
from joinedup.settings import Settings

FAILURES_IN_A_ROW = 2
"""A channel that failed so often is left alone until the next time."""
_log = logging.getLogger("joinedup.alerting.alerts")


def send_waiting(settings: Settings, channels: Sequence[Channel]) -> None:
    """Send what waits; what a channel does not take goes on waiting, and why is logged."""
    deadline = time.monotonic() + settings.alert_total_seconds

    def send(channel: Channel) -> None:
        try:
            _send_waiting(settings, channel, deadline)
        except Exception as error:  # in a thread of its own, where nobody else would log it
            log_failure(f"Alerts by {channel.name} could not be sent", error)

    for name in _in_parallel(channels, send, settings.alert_total_seconds):
        _log.warning("%s is slow; what it has not taken is sent with the next alert", name)


def send_unkept(
    settings: Settings, channels: Sequence[Channel], drafts: Sequence[Draft]
) -> list[tuple[str, bool, str]]:
    """Send messages that are kept nowhere; return each channel, whether it took them, its answer.

    The answer is the last one, or the first that was a refusal.
    """
    now = datetime.now(UTC)
    messages = [
        Message(0, f"unkept-{now:%Y%m%d%H%M%S%f}-{n}", d, now) for n, d in enumerate(drafts)
    ]
    answers: dict[str, tuple[bool, str]] = {}

    def send(channel: Channel) -> None:
        for message in messages:
            answer = _sent(channel, message)
            answers[channel.name] = answer
            if not answer[0]:
                return

    slow = _in_parallel(channels, send, settings.alert_total_seconds)
    for name in slow:
        answers[name] = (False, f"no answer within {settings.alert_total_seconds:g} s")
    return [(name, *answer) for name, answer in answers.items()]


def log_failure(what: str, error: Exception) -> None:
    """Log what went wrong, without the lines of code: they may show what was being sent."""
    _log.error("%s: %s: %s", what, type(error).__name__, hide(str(error), ()))


def _in_parallel(
    channels: Sequence[Channel], work: Callable[[Channel], None], seconds: float
) -> list[str]:
    """Do some work for each channel side by side; return the channels that were not done in time.

    Their threads end with the process at the latest.
    """
    threads = {
        channel.name: threading.Thread(target=work, args=(channel,), name=channel.name, daemon=True)
        for channel in channels
    }
    deadline = time.monotonic() + seconds
    for thread in threads.values():
        thread.start()
    for thread in threads.values():
        thread.join(max(0.0, deadline - time.monotonic()))
    return [name for name, thread in threads.items() if thread.is_alive()]


def _send_waiting(settings: Settings, channel: Channel, deadline: float) -> None:
    """Send what waits for a channel, the oldest first, until the deadline or failures in a row."""
    failures = 0
    lease = timedelta(seconds=2 * settings.alert_total_seconds)
    with AlertStore(settings.alerts) as store:
        for waiting in store.waiting(datetime.now(UTC), channel.name):
            if failures == FAILURES_IN_A_ROW or time.monotonic() > deadline:
                return
            number = waiting.message.message_id
            if not store.claim(number, channel.name, datetime.now(UTC) + lease):
                continue
            accepted, answer = _sent(channel, waiting.message)
            store.answered(number, channel.name, answer, accepted=accepted)
            failures = 0 if accepted else failures + 1
            if not accepted:
                _log.warning("%s did not take an alert, which waits: %s", channel.name, answer)
            elif answer != ACCEPTED:
                _log.warning("%s took an alert, but not as a whole: %s", channel.name, answer)


def _sent(channel: Channel, message: Message) -> tuple[bool, str]:
    """Send a message; return whether it was taken, and the answer without a secret."""
    try:
        accepted, answer = True, channel.send(message)
    except NotAcceptedError as error:
        accepted, answer = False, str(error)
    except Exception as error:  # whatever a library raises, it is only an alert
        accepted, answer = False, f"{type(error).__name__}: {error}"
    return accepted, " ".join(hide(answer, channel.secrets).split())[:LONGEST_ANSWER]
