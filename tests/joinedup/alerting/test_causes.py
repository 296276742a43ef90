"""What becomes an alert, and what it says."""

from __future__ import annotations

from datetime import date

import pytest

from joinedup.alerting.causes import (
    SHOWN,
    SetAside,
    of_damage,
    of_failure,
    of_late,
    of_quarantine,
)
from joinedup.refusals import NotReleased, ReleaseBlocked


class AirflowFailException(Exception):  # noqa: N818  (Airflow's name, by which it is known)
    """Stands in for Airflow's own, which wraps what a step raised."""


def _wrapped(error: Exception) -> Exception:
    wrapper = AirflowFailException(str(error))
    wrapper.__cause__ = error
    return wrapper


def _file(number: int, return_id: str | None = "made_up") -> SetAside:
    return SetAside(f"{number:064x}", f"file {number:02}.xlsx", return_id, "no such heading", "S1")


@pytest.mark.parametrize("wrap", [lambda error: error, _wrapped])
def test_a_refused_audit_is_blocked_and_no_failure(wrap: object) -> None:
    """Given an audit's refusal, wrapped or not, then the alert says blocked, and why."""
    error = ReleaseBlocked(
        "The data failed the audit; nothing was released:\n  - a is unique (m): x"
    )
    alert = of_failure("nightly_load", "audit_candidate", "r1", wrap(error))  # type: ignore[operator]
    assert (alert.kind, alert.cause) == ("blocked", "blocked:nightly_load:audit_candidate")
    assert "a is unique" in alert.text
    assert "joinedup quality --failed" in alert.what_to_do
    assert alert.parts == ("a is unique (m)",)


def test_more_rows_of_a_failed_check_are_the_same_cause() -> None:
    """Given one check that fails on two nights with other counts, then its part is the same."""
    nights = [
        of_failure("d", "audit_x", None, ReleaseBlocked(f"No:\n  - a is unique (m): {n} rows"))
        for n in (3, 4)
    ]
    assert nights[0].parts == nights[1].parts == ("a is unique (m)",)


@pytest.mark.parametrize("task_id", ["fetch_returns", "release_notes"])
def test_a_refusal_to_begin_is_a_failure(task_id: str) -> None:
    """Given a refusal of a task that has no warehouse to release, whatever it is called
    Then it is a failure.
    """
    alert = of_failure("nightly_load", task_id, "r1", NotReleased("No folder was given."))
    assert (alert.kind, alert.cause) == ("failure", f"failure:nightly_load:{task_id}")
    assert "No folder was given." in alert.text


def test_instances_of_a_mapped_task_are_causes_of_their_own() -> None:
    """Given two returns that fail in one task, then causes and titles tell them apart."""
    a, b = (of_failure("refresh", "fetch", "r1", ValueError("no"), which) for which in ("a", "b"))
    assert (a.cause, b.cause) == ("failure:refresh:fetch:a", "failure:refresh:fetch:b")
    assert a.title == "refresh: fetch of a failed"


def test_an_error_is_known_again_by_what_it_says_without_its_numbers() -> None:
    """Given three errors of one type, two of them but for numbers the same, then it is two."""
    errors = [ValueError(said) for said in ("run 7 is busy", "run 12 is busy", "the disk is full")]
    parts = [of_failure("d", "t", None, error).parts for error in errors]
    assert parts[0] == parts[1] != parts[2]


def test_a_lost_process_is_told_without_an_error() -> None:
    """Given a task whose process was killed, so that there is no error, then that is said."""
    alert = of_failure("nightly_load", "build_candidate", "r1", None)
    assert alert.kind == "failure"
    assert "killed" in alert.text


def test_many_files_of_one_return_are_one_alert() -> None:
    """Given thirty files of one return and one of another, then there are two alerts."""
    alerts = of_quarantine([*(_file(n) for n in range(30)), _file(99, "another")], "r1")
    assert [alert.cause for alert in alerts] == ["quarantine:another", "quarantine:made_up"]
    many = alerts[1]
    assert many.title == "made_up: 30 files in quarantine"
    assert "file 00.xlsx" in many.text
    assert many.text.count("\n- ") == SHOWN + 1
    assert "and 20 more" in many.text
    assert len(many.parts) == 30
    assert "joinedup files --quarantined" in many.what_to_do


def test_a_file_of_which_not_even_the_return_is_known_is_told() -> None:
    """Given a damaged file, of which nothing is known, then the title says so."""
    (alert,) = of_quarantine([_file(1, None)])
    assert (alert.cause, alert.title) == (
        "quarantine:unknown",
        "of no known return: 1 file in quarantine",
    )


def test_no_file_is_no_alert() -> None:
    """Given nothing in quarantine, then nothing is told."""
    assert of_quarantine([]) == ()


def test_a_late_return_is_told_by_its_period() -> None:
    """Given a return a day late, then cause, title and text name the period and the days."""
    alert = of_late(
        "made_up", "A return", ["Q1 2026-27"], date(2026, 9, 10), 1, "https://x.example/"
    )
    assert alert.cause == "late:made_up:q1-2026-27"
    assert alert.title == "A return: Q1 2026-27 is 1 day late"
    assert "2026-09-10" in alert.text
    assert "https://x.example/" in alert.what_to_do
    assert "joinedup fetch made_up" in alert.what_to_do


def test_another_late_period_is_a_reason_to_tell_anew() -> None:
    """Given two periods that are late, then the first is the cause, and both are its parts."""
    names = ["May 2026", "August 2026"]
    alert = of_late("made_up", "A return", names, date(2026, 6, 11), 90, "https://x.example/")
    assert (alert.cause, alert.parts) == ("late:made_up:may-2026", tuple(names))
    assert "August 2026" in alert.text


def test_damage_names_each_problem() -> None:
    """Given two problems with releases, then one alert has both, and how to go back."""
    alert = of_damage(["r1: marts.duckdb differs", "r2 is lost"])
    assert alert.cause == "damaged:releases"
    assert "r2 is lost" in alert.text
    assert "verify --fall-back" in alert.what_to_do
