"""Groups of metrics as readers look for them, from `vocabularies.yml`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path

import yaml

VOCABULARIES = Path(__file__).parent / "vocabularies.yml"


@dataclass(frozen=True)
class Group:
    """A group of metrics on the pages; `metrics` are ids, in which `*` stands for any text."""

    id: str
    title: str
    says: str
    metrics: tuple[str, ...] = ()

    def place_of(self, metric_id: str) -> int | None:
        """Return which of its patterns names a metric first; None where none does."""
        named = (place for place, one in enumerate(self.metrics) if fnmatchcase(metric_id, one))
        return next(named, None)


@cache
def groups() -> tuple[Group, ...]:
    """Return the groups in the order of the pages; the last is for metrics that none names."""
    said = yaml.safe_load(VOCABULARIES.read_text(encoding="utf-8"))
    named = (Group(**one | {"metrics": tuple(one["metrics"])}) for one in said["groups"])
    return (*named, Group(**said["other"]))


@cache
def group_of(metric_id: str) -> Group:
    """Return the group of a metric."""
    return next((one for one in groups() if one.place_of(metric_id) is not None), groups()[-1])


def grouped(metric_ids: Iterable[str]) -> Iterator[tuple[Group, list[str]]]:
    """Give each group that has any of these metrics, with those in the order of the pages."""
    ids = list(metric_ids)
    for group in groups():
        of_it = [one for one in ids if group_of(one) is group]
        if of_it:
            yield group, sorted(of_it, key=lambda one: (group.place_of(one) or 0, one))
