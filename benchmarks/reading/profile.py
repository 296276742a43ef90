"""Where the time of our reader goes: a clock around each step, less the steps inside it."""

from __future__ import annotations

import importlib
import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial, wraps
from pathlib import Path
from typing import Any

from benchmarks.reading.readers import joinedup

STEPS: Mapping[str, Sequence[str]] = {
    "cells, from the XML": ("ingestion.container:_plain_parts",),
    "shared texts, by the parser": (
        "ingestion.workbook:_parsed",
        "ingestion.workbook:_WorkbookSheet.load",
    ),
    "checks before reading": ("ingestion.workbook:inspect",),
    "numbers apart from all else": ("ingestion.plain_book:PlainGrid.split",),
    "personal data": ("ingestion.reader:refuse_personal",),
    "return, layout and headings": (
        "ingestion.reader:recognise",
        "ingestion.reader:_choose_layout",
    ),
    "period and dates": ("ingestion.reader:read_period", "ingestion.reader:read_publication"),
    "rows and the texts of figures": ("ingestion.reader:read_tables",),
    "numbers, markers, impossible values": ("ingestion.reader:read_figures",),
    "control totals": ("ingestion.reader:check_arithmetic",),
    "observations": ("ingestion.reader:observations",),
    "writing Parquet": ("ingestion.lake:write_parquet",),
    "sha256 of the file": ("ingestion.landing:sha256_of",),
}
"""Each step and the functions it is made of, as they are called."""
REST = "the rest"


@dataclass
class Clock:
    """CPU seconds of each step; what a step calls that is a step itself is not its own."""

    seconds: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    inside: list[float] = field(default_factory=lambda: [0.0])

    def around(self, step: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """Return a function that does the same and is timed."""

        @wraps(function)
        def timed(*args: Any, **kwargs: Any) -> Any:
            self.inside.append(0.0)
            started = time.process_time()
            try:
                return function(*args, **kwargs)
            finally:
                took = time.process_time() - started
                self.seconds[step] += took - self.inside.pop()
                self.inside[-1] += took

        return timed


def profile(paths: Sequence[Path], out: Path) -> dict[str, float]:
    """Return the CPU seconds of each step of reading workbooks one after another."""
    clock = Clock()
    for step, functions in STEPS.items():
        for function in functions:
            _wrap(function, partial(clock.around, step))
    started = time.process_time()
    joinedup(paths, out)
    took = time.process_time() - started
    return dict(clock.seconds) | {REST: took - sum(clock.seconds.values())}


def _wrap(place: str, around: Callable[[Callable[..., Any]], Callable[..., Any]]) -> None:
    module, _, path = place.partition(":")
    owner: Any = importlib.import_module(module)
    *owners, name = path.split(".")
    for one in owners:
        owner = getattr(owner, one)
    setattr(owner, name, around(getattr(owner, name)))
