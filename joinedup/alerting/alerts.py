"""Tell people what needs them: by the log, by e-mail and by webhooks.

One message for each cause, however often it is met, until it is gone, which is told once too. What
a channel does not take is kept and sent again with the next. Nothing here ever fails a load.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import TYPE_CHECKING, Any

from joinedup.alerting.causes import (
    Alert,
    Kind,
    SetAside,
    of_failure,
    of_lost_night,
    of_lost_run,
    of_more,
    of_quarantine,
)
from joinedup.run_id import step_run_id
from joinedup.settings import Settings

if TYPE_CHECKING:
    from joinedup.alerting.channels import Channel
    from joinedup.alerting.store import AlertStore, Draft, Standing, What

__all__ = ["Alert", "Kind", "night_ended", "run_lost", "run_succeeded", "task_failed", "tell"]

FEW = 5
"""As many alerts of a kind at once are told one by one; more of them in one message."""
KIND_WORDS: Mapping[Kind, str] = {
    "failure": "a task failed",
    "blocked": "a release was refused",
    "quarantine": "files are in quarantine",
    "late": "a return is late",
    "damaged": "a release is damaged",
}
_log = logging.getLogger(__name__)


def tell(settings: Settings, alerts: Sequence[Alert], *, resolved: Sequence[str] = ()) -> None:
    """Tell of alerts not told yet, and of causes that are gone; send again what waits.

    `resolved` are causes, or all that begin alike with `*` at the end; what is in `alerts` is
    not gone. Never raises: what goes wrong is logged. Where nothing can be kept, on a full disk
    for example, the alerts are told all the same, if more than once.
    """
    try:
        if alerts or settings.alerts.exists():
            _tell(settings, alerts, resolved)
    except Exception as error:  # an alert that fails must not fail what it is about
        _log_failure("Alerts could not be kept", error)
        _tell_unkept(settings, alerts)


def task_failed(context: Mapping[str, Any]) -> None:
    """Tell of a task that failed for good; Airflow calls it (on_failure_callback)."""
    try:
        instance = context["ti"]
        error = context.get("exception")
        if not isinstance(error, BaseException):
            error = RuntimeError(error) if error else None
        run_id = context.get("run_id")
        which = _which(instance)
        tell(Settings(), [of_failure(instance.dag_id, instance.task_id, run_id, error, which)])
    except Exception as problem:
        _log_failure("A failed task could not be told of", problem)


def _which(instance: Any) -> str | None:
    """Tell the instances of a mapped task apart: by what the DAG calls them, else by number."""
    number = getattr(instance, "map_index", None)
    if number is None or number < 0:
        return None
    return getattr(instance, "rendered_map_index", None) or str(number)


def run_lost(context: Mapping[str, Any]) -> None:
    """Tell of a run that ended though no task failed; Airflow calls it (on_failure_callback)."""
    try:
        run_id, reason = str(context["run_id"]), str(context.get("reason"))
        tell(Settings(), [of_lost_run(context["dag"].dag_id, run_id, reason)])
    except Exception as problem:
        _log_failure("A run that was ended could not be told of", problem)


def run_succeeded(context: Mapping[str, Any]) -> None:
    """Tell of failures of a DAG that are gone, in its last task or as its on_success_callback.

    A look back says nothing of tonight, so after one only what waits is sent.
    """
    try:
        settings = Settings()
        read = _steps_of(settings, str(context["run_id"])).get("read_files", {})
        tell(settings, [], resolved=[] if read.get("as_at") else _failures(context["dag"].dag_id))
    except Exception as problem:
        _log_failure("A finished run could not be told of", problem)


def night_ended(run_id: str, dag_id: str = "nightly_load") -> None:
    """Tell what a night leaves: quarantine, failures that are gone, one that no task told of.

    For a last task, which runs however the night ended: it has the home and a way out, and what
    the scheduler calls may have neither. Never raises. A look back says nothing of tonight, so
    after one only what waits is sent.
    """
    try:
        settings = Settings()
        steps = _steps_of(settings, run_id)
        read = steps.get("read_files")
        if read and read.get("as_at"):
            tell(settings, [])
            return
        alerts = [*of_quarantine(_set_aside(settings), run_id)] if read else []
        gone = ["quarantine:*"] if read else []
        if _came_to_an_end(steps):
            gone += _failures(dag_id)
        elif not _is_told_of(settings, dag_id):
            alerts.append(of_lost_night(dag_id, run_id))
        tell(settings, alerts, resolved=gone)
    except Exception as problem:
        _log_failure("A finished night could not be told of", problem)


def _failures(dag_id: str) -> list[str]:
    return [f"failure:{dag_id}:*", f"blocked:{dag_id}:*"]


def _came_to_an_end(steps: Mapping[str, Mapping[str, Any]]) -> bool:
    """Tell of a run whether it released, or had nothing to release."""
    read = steps.get("read_files", {})
    nothing_new = bool(read) and not read["anything_new"] and not read["refused"]
    return nothing_new or "release_marts" in steps


def _is_told_of(settings: Settings, dag_id: str) -> bool:
    from joinedup.alerting.store import AlertStore

    if not settings.alerts.exists():
        return False
    with AlertStore(settings.alerts) as store:
        return any(
            _names(pattern, cause) for cause in store.standing() for pattern in _failures(dag_id)
        )


# --- what is told ------------------------------------------------------------------------------


def _tell(settings: Settings, alerts: Sequence[Alert], resolved: Sequence[str]) -> None:
    from joinedup.alerting.channels import channels_of
    from joinedup.alerting.sending import send_waiting
    from joinedup.alerting.store import AlertStore

    channels, problems = channels_of(settings)
    for problem in problems:
        _log.error("Alerts cannot be sent: %s", problem)
    secrets = _secrets(settings, channels)
    _mask(secrets)
    safe = [_without(alert, secrets) for alert in alerts]
    now = datetime.now(UTC)
    names = [channel.name for channel in channels]
    with AlertStore(settings.alerts) as store:
        with store.transaction():
            store.set_channels(names, now)
            if not problems:
                store.forget_channels(names)
            store.forget_messages(now)
            drafts = _kept(store, safe, resolved, now, timedelta(days=settings.alert_again_days))
        waits = bool(store.waiting(now))
    for draft in drafts:
        _log_draft(draft)
    if waits and channels:
        send_waiting(settings, channels)


def _tell_unkept(settings: Settings, alerts: Sequence[Alert]) -> None:
    from joinedup.alerting.channels import channels_of
    from joinedup.alerting.sending import send_unkept

    try:
        channels, _ = channels_of(settings)
        secrets = _secrets(settings, channels)
        drafts = list(_drafts("raised", [_without(alert, secrets) for alert in alerts]))
        for draft in drafts:
            _log_draft(draft)
        for name, accepted, answer in send_unkept(settings, channels, drafts):
            if not accepted:
                _log.warning("%s did not take an alert: %s", name, answer)
    except Exception as error:
        _log_failure("Alerts could not be told", error)


def _kept(
    store: AlertStore,
    alerts: Sequence[Alert],
    resolved: Sequence[str],
    now: datetime,
    patience: timedelta,
) -> list[Draft]:
    """Keep what is new and what is gone, with the messages that say so."""
    standing = store.standing()
    new = [alert for alert in alerts if alert.cause not in standing]
    again = [
        alert
        for alert in alerts
        if (known := standing.get(alert.cause)) is not None
        and (set(alert.parts) - known.parts or now - known.told_at >= patience)
    ]
    present = {alert.cause for alert in alerts}
    gone = [
        known
        for cause, known in standing.items()
        if cause not in present and any(_names(pattern, cause) for pattern in resolved)
    ]
    for alert in (*new, *again):
        store.stand(alert, alert.parts, now)
    store.resolve(known.cause for known in gone)
    drafts = [
        *_drafts("raised", list(_few(new, standing, now))),
        *_drafts("again", again),
        *_drafts("resolved", [_gone(known) for known in gone]),
    ]
    store.add(drafts, now)
    return drafts


def _few(new: Sequence[Alert], standing: Mapping[str, Standing], now: datetime) -> Iterator[Alert]:
    """Yield what is told one by one: of a mapped task no more than a few a day, and that it is so.

    All are kept, for the list of alerts to show.
    """
    for alert in new:
        siblings = sum(
            known.cause.startswith(alert.family) and now - known.told_at < timedelta(days=1)
            for known in standing.values()
        )
        if not alert.family or siblings < FEW:
            yield alert
        elif siblings == FEW:
            yield of_more(alert)


def _names(pattern: str, cause: str) -> bool:
    beginning = pattern.removesuffix("*")
    return cause == pattern if beginning == pattern else cause.startswith(beginning)


def _gone(known: Standing) -> Alert:
    text = f"Told of on {known.told_at:%Y-%m-%d %H:%M} UTC; the cause is gone."
    return Alert(known.kind, known.cause, known.title, text, "")


def _drafts(what: What, alerts: Sequence[Alert]) -> Iterator[Draft]:
    """Make a message of each alert, or one of all of a kind where there are many."""
    from joinedup.alerting.store import Draft

    for kind, of_kind in groupby(sorted(alerts, key=_kind_and_cause), lambda alert: alert.kind):
        told = list(of_kind)
        if len(told) > FEW:
            yield _digest(what, kind, told)
            continue
        for one in told:
            yield Draft(what, kind, (one.cause,), one.title, one.text, one.what_to_do, one.run_id)


def _kind_and_cause(alert: Alert) -> tuple[str, str]:
    return alert.kind, alert.cause


def _digest(what: What, kind: Kind, alerts: Sequence[Alert]) -> Draft:
    from joinedup.alerting.store import Draft

    return Draft(
        what,
        kind,
        tuple(alert.cause for alert in alerts),
        f"{len(alerts)} alerts of one kind: {KIND_WORDS[kind]}",
        "\n".join(f"- {alert.title}" for alert in alerts),
        "" if what == "resolved" else "Each, with what to do, shows: joinedup alerts",
        alerts[0].run_id,
    )


def _log_draft(draft: Draft) -> None:
    """Say it in the log, the channel that every warehouse has."""
    if draft.what == "resolved":
        _log.info("Resolved: %s", draft.title)
        return
    level = logging.WARNING if draft.kind in ("quarantine", "late") else logging.ERROR
    _log.log(level, "%s\n%s\nWhat to do: %s", draft.title, draft.text, draft.what_to_do)


def _without(alert: Alert, secrets: Sequence[str]) -> Alert:
    """Return an alert without secrets: the error of a task may hold one."""
    from joinedup.alerting.secrets import hide

    return replace(
        alert,
        cause=hide(alert.cause, secrets),
        title=hide(alert.title, secrets),
        text=hide(alert.text, secrets),
        what_to_do=hide(alert.what_to_do, secrets),
        parts=tuple(hide(part, secrets) for part in alert.parts),
    )


def _secrets(settings: Settings, channels: Sequence[Channel]) -> list[str]:
    from joinedup.alerting.secrets import secrets_of

    return [*secrets_of(settings), *(secret for one in channels for secret in one.secrets)]


def _mask(secrets: Sequence[str]) -> None:
    """Have Airflow, where it runs, keep the secrets out of what it writes."""
    if "airflow.sdk" in sys.modules:
        from airflow.sdk.log import mask_secret

        for secret in secrets:
            mask_secret(secret)


def _log_failure(what: str, error: Exception) -> None:
    from joinedup.alerting.sending import log_failure

    log_failure(what, error)


# --- what a run did ----------------------------------------------------------------------------


def _steps_of(settings: Settings, run_id: str) -> dict[str, dict[str, Any]]:
    """Return what the steps of a run gave, by step."""
    from ingestion.catalogue import Catalogue

    if not settings.catalogue.exists():
        return {}
    with Catalogue(settings.catalogue) as catalogue:
        return catalogue.steps(step_run_id(run_id))


def _set_aside(settings: Settings) -> list[SetAside]:
    """Return the files in quarantine that ask for something.

    Those that a person set aside do not, nor those that other bytes of the same name replaced.
    """
    from ingestion.catalogue import SET_ASIDE, Catalogue

    with Catalogue(settings.catalogue) as catalogue:
        landed, names, readings = catalogue.landed(), catalogue.names(), catalogue.readings()
    latest = {name: file.sha256 for file in landed for name in names.get(file.sha256, [])}
    found = []
    for file in landed:
        reading = readings.get(file.sha256)
        if reading is None or reading.state != "quarantined" or reading.fingerprint == SET_ASIDE:
            continue
        if any(latest[name] == file.sha256 for name in names.get(file.sha256, [])):
            found.append(
                SetAside(
                    file.sha256,
                    file.file_name,
                    reading.return_id,
                    reading.reason or "no reason is known",
                    reading.sheet,
                    reading.cell,
                )
            )
    return found
