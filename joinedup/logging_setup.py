"""Structured logs: one JSON object a line, each with the run, the step and the attempt.

Only what a caller names goes into a line: ids, counts and states, never a file's text, a figure
or a setting. What a library says goes elsewhere.
"""

from __future__ import annotations

import json
import logging
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from pathlib import Path

LOGGER = "joinedup.steps"
"""The name of the standard logger. Its lines reach the scheduler's own logs as well."""

_said_of: ContextVar[Mapping[str, object] | None] = ContextVar("said_of", default=None)
"""What this thread's lines are about."""


class JsonLine(logging.Formatter):
    """Writes a record as a JSON object: when, how grave, what happened, and to what."""

    def __init__(self, about: Mapping[str, object]) -> None:
        """Take what is said in every line."""
        super().__init__()
        self._about = dict(about)

    def format(self, record: logging.LogRecord) -> str:
        """Give the line; of values that JSON does not know, their text."""
        line = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            **self._about,
            **getattr(record, "told", {"event": record.getMessage()}),
        }
        return json.dumps(line, ensure_ascii=False, default=str)


def say(event: str, level: int = logging.INFO, /, **facts: object) -> None:
    """Log what happened, in constant words, with the facts of it; those that are None are left out.

    Inside `json_lines` it is a line of that file. Other logs have the same in one text.
    """
    known = {name: fact for name, fact in facts.items() if fact is not None}
    text = " ".join([event, *(f"{name}={fact}" for name, fact in known.items())])
    logging.getLogger(LOGGER).log(level, "%s", text, extra={"told": {"event": event, **known}})


@contextmanager
def json_lines(path: Path, **about: object) -> Iterator[None]:
    """Append what is said meanwhile to a file, each line with `about`.

    What other threads say is not taken for it. Where the file cannot be written, a warning says so
    and the work goes on.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handler = logging.FileHandler(path, encoding="utf-8")
    except OSError as error:
        warnings.warn(f"no structured log is kept: {error}", stacklevel=3)
        yield
        return
    handler.setFormatter(JsonLine(about))
    handler.addFilter(lambda _: _said_of.get() is about)
    logger = logging.getLogger(LOGGER)
    logger.setLevel(logging.INFO)
    logger.addHandler(handler)
    token = _said_of.set(about)
    try:
        yield
    finally:
        _said_of.reset(token)
        logger.removeHandler(handler)
        handler.close()
