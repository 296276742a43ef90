"""Each command that an alert, or the page about alerts, names is one that there is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
import typer

from joinedup.alerting.causes import (
    Alert,
    SetAside,
    of_damage,
    of_failure,
    of_late,
    of_lost_night,
    of_more,
    of_quarantine,
)
from joinedup.cli import app
from joinedup.quality_cli import SHOW
from joinedup.refusals import ReleaseBlocked
from joinedup.settings import PROJECT_ROOT

NAMED = re.compile(r"(?<![\w./`])`?joinedup ((?:-{0,2}[a-z][a-z-]*\b ?)+)")
"""A command with the words and options behind it: `joinedup releases verify --fall-back`."""


def alerts() -> Iterator[Alert]:
    """Give an alert of each kind."""
    failure = of_failure("d", "t", "r", ValueError("no"), "a_return")
    yield failure
    yield of_more(failure)
    yield of_lost_night("d", "r")
    yield of_failure("d", "t", "r", ReleaseBlocked("no"))
    yield from of_quarantine([SetAside("0" * 64, "a.xlsx", "a_return", "no heading")])
    yield of_late("a_return", "A return", ["2026-09"], date(2026, 10, 8), 3, "https://x.example")
    yield of_damage(["r1 is lost"])


def commands_in(text: str) -> set[tuple[str, ...]]:
    """Give the commands that a text names, each word by word."""
    return {tuple(found.split()) for found in NAMED.findall(text)}


def unknown(words: tuple[str, ...]) -> str:
    """Say which word of a command there is not; blank where there is each."""
    command: Any = typer.main.get_command(app)
    for number, word in enumerate(words):
        parts = getattr(command, "commands", {})
        if parts and not word.startswith("--"):
            if word not in parts:
                return " ".join(words[: number + 1])
            command = parts[word]
            continue
        command = parts.get(SHOW, command)
        if word.startswith("--") and not any(word in one.opts for one in command.params):
            return " ".join(words[: number + 1])
    return ""


@pytest.mark.parametrize("alert", list(alerts()), ids=lambda alert: alert.title)
def test_an_alert_names_commands_that_there_are(alert: Alert) -> None:
    """Given an alert, then what it tells to do has a command, and each is one of the program."""
    named = commands_in(f"{alert.text} {alert.what_to_do}")
    assert named
    assert not [missing for words in named if (missing := unknown(words))]


def test_the_page_about_alerts_names_commands_that_there_are() -> None:
    """Given docs/alerts.md, then each command in it is one of the program."""
    named = commands_in((PROJECT_ROOT / "docs" / "alerts.md").read_text(encoding="utf-8"))
    assert {("alerts", "--test"), ("quality", "--failed")} <= named
    assert not [missing for words in named if (missing := unknown(words))]


@pytest.mark.parametrize(
    ("words", "missing"),
    [
        (("releases", "verify", "--fall-back"), ""),
        (("releases", "mend"), "releases mend"),
        (("alerts", "--loud"), "alerts --loud"),
        (("rums",), "rums"),
    ],
)
def test_a_command_that_there_is_not_is_found(words: tuple[str, ...], missing: str) -> None:
    """Given a mistyped command, part or option, then it is named."""
    assert unknown(words) == missing
