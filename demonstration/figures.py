"""Invented figures that add up: a few national totals, shared out to subjects and kinds.

Nothing here is read from a publisher's cell. The data file gives rounded annual totals and a
seasonal shape; areas get a level, a trend and noise of their own from the seed.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Literal, Self

import numpy as np
import yaml
from numpy.typing import NDArray
from pydantic import Field, model_validator

from demonstration.months import Month, days_in, financial_year, month_after, months_between
from demonstration.spec import Revision, Spell, Strict
from demonstration.subjects import Subject

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]


class Measure(Strict):
    """A count: annual totals and season of its own, or a share of another measure."""

    annual: dict[int, float] = Field({}, description="National total by financial year.")
    season: tuple[float, ...] = Field((), description="April to March, 1 is an average month.")
    part_of: str | None = None
    share: float | None = Field(None, gt=0, lt=1)

    @model_validator(mode="after")
    def _whole_or_part(self) -> Self:
        if (self.part_of is None) != (self.share is None) or (self.part_of is None) != bool(
            self.annual
        ):
            raise ValueError("a measure has either `annual` totals or `part_of` and `share`")
        if self.annual and len(self.season) != 12:
            raise ValueError("a season has twelve months, April to March")
        return self


class Mix(Spell):
    """A percentage of the national total, split again along the last dimension."""

    at: dict[str, str]
    share: float = Field(gt=0)
    split: dict[str, float]


class Drift(Strict):
    """How a share of the mix moves: factors by financial year, straight lines between."""

    where: dict[str, str]
    by: dict[int, float] = Field(min_length=1)


class Variety(Strict):
    """How much areas differ: standard deviations of logarithms, and shares of areas."""

    level: float = Field(ge=0)
    trend_a_year: float = Field(ge=0)
    month: float = Field(ge=0)
    mix: float = Field(ge=0)
    improving_share: float = Field(ge=0, le=1)
    improving_a_year: float = Field(ge=0)


class FiguresSpec(Strict):
    """What a set of figures is like: its totals, their source, kinds, and variety."""

    id: str = Field(alias="figures")
    source: str = Field(description="Where the annual totals and shares were read.")
    unit: str
    subjects: str
    first: Month
    last: Month
    shared_by: Literal["calendar_day", "month"]
    clump: float = Field(ge=0, description="Mean size of a batch; 0 spreads figures evenly.")
    noise: float = Field(ge=0, description="Monthly noise of a national total.")
    variety: Variety
    measures: dict[str, Measure]
    dimensions: dict[str, tuple[str, ...]] = Field({})
    mix: tuple[Mix, ...] = ()
    drift: tuple[Drift, ...] = ()

    @model_validator(mode="after")
    def _mix_matches(self) -> Self:
        """Refuse a member or dimension that is not declared."""
        if bool(self.dimensions) != bool(self.mix):
            raise ValueError("`dimensions` and `mix` go together")
        names = list(self.dimensions)
        for mix in self.mix:
            if list(mix.at) != names[:-1] or not set(mix.split) <= set(self.dimensions[names[-1]]):
                raise ValueError(f"mix {mix.at} does not fit the dimensions {names}")
        for part in (*(m.at for m in self.mix), *(d.where for d in self.drift)):
            bad = [k for k, v in part.items() if v not in self.dimensions.get(k, ())]
            if bad:
                raise ValueError(f"unknown member of {', '.join(bad)} in {part}")
        return self


def read_figures(path: Path) -> FiguresSpec:
    """Read and validate one set of figures; ValidationError names what is wrong."""
    return FiguresSpec.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))


def stream_of(*parts: object) -> np.random.Generator:
    """Give a random stream that depends on these parts alone, not on what ran before."""
    digest = hashlib.sha256("|".join(map(str, parts)).encode()).digest()
    return np.random.default_rng(int.from_bytes(digest[:8], "big"))


def _interpolated(by: dict[int, float], month: date) -> float:
    """Read a value by financial year as straight lines between the years' middles."""
    years = sorted(by)
    at = financial_year(month) + ((month.month - 4) % 12 + 0.5) / 12
    return float(np.interp(at, [year + 0.5 for year in years], [by[year] for year in years]))


def national_total(spec: FiguresSpec, measure: Measure, month: date) -> float:
    """Give the expected national figure of a month; a year's months sum to its annual total."""

    def weight(of: date) -> float:
        days = days_in(of) if spec.shared_by == "calendar_day" else 30
        return _interpolated(measure.annual, of) * measure.season[(of.month - 4) % 12] * days

    year = financial_year(month)
    whole = sum(weight(of) for of in months_between(date(year, 4, 1), date(year + 1, 3, 1)))
    total = measure.annual.get(year, measure.annual[max(measure.annual)])
    return total * weight(month) / whole


def _kinds(spec: FiguresSpec) -> tuple[dict[str, str], ...]:
    """List the combinations of members that can occur; one empty kind without dimensions."""
    last = list(spec.dimensions)[-1] if spec.dimensions else ""
    return tuple({**mix.at, last: to} for mix in spec.mix for to in mix.split) or ({},)


def _kind_shares(spec: FiguresSpec, month: date) -> Floats:
    """Give each kind's share of the national total in a month."""
    if not spec.mix:
        return np.ones(1)
    raw = np.array([m.share * s * m.holds(month) for m in spec.mix for s in m.split.values()])
    for drift in spec.drift:
        matches = [drift.where.items() <= kind.items() for kind in _kinds(spec)]
        raw = raw * np.where(matches, _interpolated(drift.by, month), 1.0)
    shares: Floats = raw / raw.sum()
    return shares


@dataclass(frozen=True)
class MonthFigures:
    """Every figure of one month: `counts` has the axes subject, measure, kind."""

    month: date
    subjects: tuple[Subject, ...]
    measures: tuple[str, ...]
    kinds: tuple[dict[str, str], ...]
    counts: Counts
    _sums: dict[object, list[int]] = field(default_factory=dict, compare=False)

    def by_subject(self, measures: tuple[str, ...], where: dict[str, str]) -> list[int]:
        """Sum measures over the kinds that match, for each subject."""
        key = (measures, tuple(sorted(where.items())))
        if key not in self._sums:
            rows = [self.measures.index(name) for name in measures]
            part = self.counts[:, rows][:, :, self._matching(where)]
            self._sums[key] = part.sum(axis=(1, 2)).tolist()
        return self._sums[key]

    def possible(self, where: dict[str, str]) -> bool:
        """Say whether any kind matches; a combination that cannot occur is no true zero."""
        return any(self._matching(where))

    def _matching(self, where: dict[str, str]) -> list[bool]:
        return [where.items() <= kind.items() for kind in self.kinds]


class Figures:
    """A set of invented figures, month by month; the same seed gives the same figures."""

    def __init__(self, spec: FiguresSpec, subjects: tuple[Subject, ...], seed: int) -> None:
        self.spec = spec
        self._subjects = subjects
        self._seed = seed
        self._kinds = _kinds(spec)
        self._months: dict[date, MonthFigures] = {}
        self._noise: dict[str, Floats] = {}
        self._nature: dict[str, tuple[float, float, Floats]] = {}

    def month(self, month: date) -> MonthFigures:
        """Give one month's figures; they do not depend on which other months are asked for."""
        if month not in self._months:
            self._months[month] = self._make(month)
        return self._months[month]

    def revised(self, month: date, revision: Revision) -> MonthFigures:
        """Give a month as re-issued later: some subjects' figures changed a little."""
        first = self.month(month)
        if month <= month_after(self.spec.last, -revision.last_months):
            return first
        stream = stream_of(self._seed, self.spec.id, "revised", month)
        again = stream.random(len(first.subjects)) < revision.subjects_share
        change = stream.uniform(-revision.change, revision.change, first.counts.shape)
        counts = np.rint(first.counts * (1 + change * again[:, None, None])).astype(np.int64)
        return MonthFigures(month, first.subjects, first.measures, first.kinds, counts)

    def _make(self, month: date) -> MonthFigures:
        subjects = tuple(subject for subject in self._subjects if subject.holds(month))
        weights = np.array([self._weight(subject, month) for subject in subjects])
        tilt = np.array([self._nature_of(subject.code)[2] for subject in subjects])
        kinds = _kind_shares(self.spec, month) * tilt
        expected = weights[:, None] / weights.sum() * kinds / kinds.sum(axis=1, keepdims=True)
        stream = stream_of(self._seed, self.spec.id, month)
        made: dict[str, Counts] = {}
        for name, measure in self.spec.measures.items():
            made[name] = self._measure(measure, month, expected, made, stream)
        counts = np.stack(list(made.values()), axis=1)
        return MonthFigures(month, subjects, tuple(made), self._kinds, counts)

    def _measure(
        self,
        measure: Measure,
        month: date,
        expected: Floats,
        made: dict[str, Counts],
        stream: np.random.Generator,
    ) -> Counts:
        """Draw one measure's counts; its axes are subject, kind."""
        if measure.part_of is not None and measure.share is not None:
            odds = measure.share / (1 - measure.share)
            odds_here = odds * np.exp(stream.normal(0, 0.12, expected.shape))
            return stream.binomial(made[measure.part_of], odds_here / (1 + odds_here))
        total = national_total(self.spec, measure, month)
        mean = total * (1 + stream.normal(0, self.spec.noise)) * expected
        if self.spec.clump:
            batches = mean / self.spec.clump
            mean = stream.gamma(np.maximum(batches, 1e-12), self.spec.clump) * (batches > 0)
        return stream.poisson(mean)

    def _nature_of(self, code: str) -> tuple[float, float, Floats]:
        """Give a subject's lasting level, yearly trend (logarithms) and factors by kind."""
        if code not in self._nature:
            variety = self.spec.variety
            stream = stream_of(self._seed, self.spec.id, "nature", code)
            level = stream.normal(0, variety.level)
            improving = stream.random() < variety.improving_share
            trend = stream.normal(0, variety.trend_a_year)
            trend -= variety.improving_a_year if improving else 0.0
            tilt = np.exp(stream.normal(0, variety.mix, len(self._kinds)))
            self._nature[code] = (level, trend, tilt)
        return self._nature[code]

    def _weight(self, subject: Subject, month: date) -> float:
        """Give a subject's weight in a month: population, level, trend, noise with a memory."""
        since = self.spec.first
        index = (month.year - since.year) * 12 + month.month - since.month
        if subject.code not in self._noise:
            length = len(months_between(since, self.spec.last)) + 2
            stream = stream_of(self._seed, self.spec.id, "months", subject.code)
            self._noise[subject.code] = stream.normal(0, self.spec.variety.month, length)
        level, trend, _ = self._nature_of(subject.code)
        wobble = self._noise[subject.code][index : index + 3].sum() / 3**0.5
        return float(subject.weight * np.exp(level + trend * index / 12 + wobble))
