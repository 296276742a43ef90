"""Invent figures that hold every check of a definition: parts, totals, rows, parents, days.

Each check becomes equations in which one figure is made of others. A figure that no equation
makes is drawn; the others follow. Only tables that have to give the same totals are worked
backwards: the total is taken over and shared out among its parts.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from math import ceil
from random import Random

from demonstration.bodies import Body
from ingestion.definition import Definition
from ingestion.file_checks import (
    Check,
    ChildrenAddUp,
    Difference,
    NotAhead,
    PartsAddUp,
    PerCalendarDay,
    Quotient,
    RowsAddUp,
    SameRows,
    TablesAddUp,
)
from ingestion.layouts import Measure
from ingestion.period import Period

Members = tuple[tuple[str, str], ...]
"""Sorted pairs of dimension and member."""

RATIO_UNITS = ("percent", "proportion", "per_", "ratio", "index", "rate", "score", "rank")
"""Beginnings of units that do not add up over bodies."""

UP_TO_ONE = ("proportion", "score")
"""Beginnings of units drawn up to 1 where nothing else bounds them: some scores end there."""

DECIMALS = 9
"""More than any publisher means, and few enough for a spreadsheet to keep each of them."""


@dataclass
class Figure:
    """One figure: where it stands, what it is about, and (once invented) its value.

    `markers` are those of its column alone; `may_be_bare` tells that a blank counts even in a
    row without any figure. `text` is what stands in its place where that is not simply the number.
    """

    table_id: str
    sheet: str
    row: int
    column: int
    body: Body
    is_control: bool
    period: Period
    measure: str
    members: Members
    markers: dict[str, str] = field(default_factory=dict)
    may_be_bare: bool = False
    value: float | None = None
    text: str | None = None
    status: str = "reported"

    @property
    def about(self) -> tuple[str, str, Period, str]:
        """What the figure is about, without its table and its breakdown."""
        code = "" if self.is_control else self.body.code
        return self.body.kind, code, self.period, self.measure


@dataclass(frozen=True)
class Equation:
    """`total` is `sign`s times the figures at `parts`, divided by `days`; by place in the list."""

    total: int
    parts: tuple[int, ...]
    days: int = 1
    is_sum: bool = True


@dataclass
class Sums:
    """The equations that make figures, the figures in any of them, and values settled so far.

    `again` are other sums of figures that are made already: their parts have to be settled.
    `drawn` counts the figures of each measure that nothing makes. `quotients` follow from others,
    with what they are multiplied by; `at_least` is what a divisor has to reach.
    """

    made_by: dict[int, Equation] = field(default_factory=dict)
    in_use: set[int] = field(default_factory=set)
    again: list[Equation] = field(default_factory=list)
    values: dict[int, float] = field(default_factory=dict)
    drawn: Counter[str] = field(default_factory=Counter)
    quotients: dict[int, tuple[Equation, float]] = field(default_factory=dict)
    at_least: dict[int, int] = field(default_factory=dict)


def invent(definition: Definition, figures: Sequence[Figure], sums: Sums, rng: Random) -> None:
    """Give every figure a value that holds the equations; what is settled already is kept."""
    _take_zeros(definition, figures, sums, rng)
    for check in definition.checks:
        if isinstance(check, SameRows):
            _share_totals(definition, figures, sums, check, rng)
    for equation in sums.again:
        _settle_again(definition, figures, sums, equation, rng)
    for place, figure in enumerate(figures):
        figure.value = as_kept(_value(definition, figures, sums, place, rng))


def equations(definition: Definition, figures: Sequence[Figure]) -> Sums:
    """Return the equations that the checks make; of several for a figure one is used, all hold."""
    sums = Sums()
    order = (PerCalendarDay, Difference, PartsAddUp, TablesAddUp, ChildrenAddUp, RowsAddUp)
    checks = sorted(
        (check for check in definition.checks if isinstance(check, order)),
        key=lambda check: order.index(type(check)),
    )
    found = [e for check in checks for e in equations_of(check, figures)]
    for equation in [*found, *_unchecked_totals(definition, figures)]:
        first = sums.made_by.setdefault(equation.total, equation)
        if not {*first.parts} & {*equation.parts}:
            sums.again.append(equation)
        sums.in_use.update((equation.total, *equation.parts))
    for check in (one for one in definition.checks if isinstance(one, Quotient)):
        for equation in _quotients(check, figures):
            sums.quotients[equation.total] = equation, check.times
            sums.at_least[equation.parts[1]] = equation.parts[0]
    return sums


def equations_of(check: Check, figures: Sequence[Figure]) -> Iterator[Equation]:
    """Yield what a check says of figures; tables that have to agree make no equation."""
    match check:
        case PartsAddUp():
            yield from _parts(check, figures)
        case RowsAddUp():
            yield from _rows(check.tables, check.measures, check.of_kind, figures)
        case PerCalendarDay():
            yield from _per_day(check, figures)
        case ChildrenAddUp():
            yield from _children(check, figures)
        case TablesAddUp():
            yield from _tables(check, figures)
        case Difference():
            yield from _differences(check, figures)
        case Quotient():
            yield from _quotients(check, figures)
        case SameRows() | NotAhead():
            return


def _in(check: PartsAddUp | PerCalendarDay | Difference | Quotient, figure: Figure) -> bool:
    measures = check.measures if isinstance(check, PartsAddUp) else []
    return figure.table_id in check.tables and _is_of(measures, figure)


def _is_of(measures: Collection[str], figure: Figure) -> bool:
    return not measures or figure.measure in measures


def _parts(check: PartsAddUp, figures: Sequence[Figure]) -> Iterator[Equation]:
    """Pair each total with the figures that differ from it only in having a part's member."""
    totals: dict[object, list[int]] = defaultdict(list)
    parts: dict[object, list[int]] = defaultdict(list)
    for place, figure in enumerate(figures):
        if not _in(check, figure):
            continue
        others, member = _without(figure.members, check.dimension)
        line = figure.row if check.dimension is None else None
        key: object = (figure.table_id, figure.sheet, line, figure.about, others)
        (totals if member in (None, check.total) else parts)[key].append(place)
    for key, places in totals.items():
        for place in places:
            if parts[key]:
                yield Equation(place, tuple(parts[key]))


def _without(members: Members, dimension: str | None) -> tuple[Members, str | None]:
    """Split off the member of one dimension; without one, any member makes it a part."""
    if dimension is None:
        return (), "any" if members else None
    found = dict(members).get(dimension)
    return tuple(pair for pair in members if pair[0] != dimension), found


def _rows(
    tables: Iterable[str], measures: Iterable[str], kind: str | None, figures: Sequence[Figure]
) -> Iterator[Equation]:
    tables, measures = set(tables), set(measures)
    totals: dict[object, int] = {}
    rows: dict[object, list[int]] = defaultdict(list)
    for place, figure in enumerate(figures):
        if figure.table_id not in tables or not _is_of(measures, figure):
            continue
        key: object = (figure.table_id, figure.period, figure.measure, figure.members)
        if figure.is_control:
            totals[key] = place
        elif kind is None or figure.body.kind == kind:
            rows[key].append(place)
    for key, place in totals.items():
        if rows[key]:
            yield Equation(place, tuple(rows[key]))


def _unchecked_totals(definition: Definition, figures: Sequence[Figure]) -> Iterator[Equation]:
    """A control total is the total even where no check says so, if its unit adds up."""
    adding = [name for name, measure in definition.measures.items() if not is_ratio(measure)]
    for table_id in {figure.table_id: None for figure in figures}:
        kinds = [f.body.kind for f in figures if f.table_id == table_id and not f.is_control]
        if kinds and adding:
            yield from _rows([table_id], adding, kinds[0], figures)


def _per_day(check: PerCalendarDay, figures: Sequence[Figure]) -> Iterator[Equation]:
    wholes = {
        (f.table_id, f.sheet, f.row, f.period, f.members): place
        for place, f in enumerate(figures)
        if f.measure == check.of
    }
    for place, figure in enumerate(figures):
        key = (figure.table_id, figure.sheet, figure.row, figure.period, figure.members)
        if _in(check, figure) and figure.measure == check.measure and key in wholes:
            days = (figure.period.end - figure.period.start).days + 1
            yield Equation(place, (wholes[key],), days, is_sum=False)


def _quotients(check: Quotient, figures: Sequence[Figure]) -> Iterator[Equation]:
    found = _by_measure(check, figures)
    for places in found:
        if {check.measure, check.of, check.by} <= places.keys():
            parts = places[check.of], places[check.by]
            yield Equation(places[check.measure], parts, is_sum=False)


def _by_measure(
    check: Difference | Quotient, figures: Sequence[Figure]
) -> Iterable[dict[str, int]]:
    """Return the places of figures that differ in nothing but their measure."""
    found: dict[object, dict[str, int]] = defaultdict(dict)
    for place, figure in enumerate(figures):
        if _in(check, figure):
            key = (figure.table_id, figure.sheet, figure.about[:3], figure.members)
            found[key][figure.measure] = place
    return found.values()


def _differences(check: Difference, figures: Sequence[Figure]) -> Iterator[Equation]:
    """`measure = of - less` is kept by making `of` their sum, so that none is below nought."""
    for places in _by_measure(check, figures):
        if {check.measure, check.of, check.less} <= places.keys():
            yield Equation(places[check.of], (places[check.measure], places[check.less]))


def _children(check: ChildrenAddUp, figures: Sequence[Figure]) -> Iterator[Equation]:
    children: dict[object, list[int]] = defaultdict(list)
    for place, figure in enumerate(figures):
        if figure.table_id == check.children and not figure.is_control:
            parent = figure.body.parent_code if check.by == "code" else figure.body.parent_name
            own = figure.body.code if check.by == "code" else figure.body.name
            key = (parent or own, figure.period, figure.measure, figure.members)
            children[key].append(place)
    for place, figure in enumerate(figures):
        if figure.table_id == check.parents and not figure.is_control:
            name = figure.body.code if check.by == "code" else figure.body.name
            key = (name, figure.period, figure.measure, figure.members)
            yield Equation(place, tuple(children.get(key, [])))


def _tables(check: TablesAddUp, figures: Sequence[Figure]) -> Iterator[Equation]:
    parts: dict[object, list[int]] = defaultdict(list)
    for place, figure in enumerate(figures):
        if figure.table_id in check.parts and _is_of(check.measures, figure):
            parts[figure.about, _rest(figure, check)].append(place)
    for place, figure in enumerate(figures):
        own = parts.get((figure.about, _rest(figure, check)), [])
        if figure.table_id == check.total and len(own) == len(check.parts):
            yield Equation(place, tuple(own))


def _rest(figure: Figure, check: TablesAddUp) -> Members:
    return tuple(pair for pair in figure.members if pair[0] != check.dimension)


def _share_totals(
    definition: Definition,
    figures: Sequence[Figure],
    sums: Sums,
    check: SameRows,
    rng: Random,
) -> None:
    """Give every other table the totals of the first, shared out among their parts."""
    first, *others = check.tables
    wanted = {
        figure.about: place
        for place, figure in enumerate(figures)
        if figure.table_id == first and not figure.members
    }
    for place, figure in enumerate(figures):
        if figure.table_id in others and not figure.members and figure.about in wanted:
            total = _value(definition, figures, sums, wanted[figure.about], rng)
            _settle(sums, place, total, rng)


def _settle(sums: Sums, place: int, total: float, rng: Random) -> None:
    """Make a figure a given total by settling the figures that it is the sum of."""
    equation = sums.made_by.get(place)
    if equation is None:
        sums.values[place] = total
        return
    if not equation.is_sum or place in sums.values:
        return
    shares = _shares(total, len(equation.parts), rng)
    for part, share in zip(equation.parts, shares, strict=True):
        _settle(sums, part, share, rng)


def _settle_again(
    definition: Definition, figures: Sequence[Figure], sums: Sums, equation: Equation, rng: Random
) -> None:
    """Share a total out among other parts than those it is made of, if nothing makes these.

    Parts that are made of others follow from what those are.
    """
    total = _value(definition, figures, sums, equation.total, rng)
    open_parts = [part for part in equation.parts if part not in sums.values]
    if not open_parts or any(part in sums.made_by for part in equation.parts):
        return
    settled = sum(sums.values[part] for part in equation.parts if part in sums.values)
    for part, share in zip(open_parts, _shares(total - settled, len(open_parts), rng), strict=True):
        sums.values[part] = share


def _shares(total: float, count: int, rng: Random) -> list[float]:
    """Cut a total into parts, whole ones but for what it has itself beyond a whole number."""
    whole = int(total)
    cuts = sorted((rng.randint(0, abs(whole)) for _ in range(count - 1)), key=abs)
    cuts = [cut if whole >= 0 else -cut for cut in cuts]
    shares = [float(b - a) for a, b in zip([0, *cuts], [*cuts, whole], strict=True)]
    shares[-1] += total - whole
    return shares


def _value(
    definition: Definition, figures: Sequence[Figure], sums: Sums, place: int, rng: Random
) -> float:
    if place not in sums.values:
        equation = sums.made_by.get(place)
        if place in sums.quotients:
            sums.values[place] = _divided(definition, figures, sums, place, rng)
        elif equation is None:
            name = figures[place].measure
            measure = definition.measures[name]
            sums.drawn[name] += 1
            if measure.answers:
                answers = list(measure.answers.values())
                sums.values[place] = answers[sums.drawn[name] % len(answers)]
            else:
                sums.values[place] = _drawn(measure, rng, adds_up=place in sums.in_use)
            if place in sums.at_least:
                least = _value(definition, figures, sums, sums.at_least[place], rng)
                sums.values[place] += least + 1
        else:
            parts = [_value(definition, figures, sums, part, rng) for part in equation.parts]
            sums.values[place] = sum(parts) / equation.days
    return sums.values[place]


def _divided(
    definition: Definition, figures: Sequence[Figure], sums: Sums, place: int, rng: Random
) -> float:
    equation, times = sums.quotients[place]
    of, by = (_value(definition, figures, sums, part, rng) for part in equation.parts)
    return times * of / by if by else 0.0


def as_kept(value: float) -> float:
    """Round to what a spreadsheet keeps, so that what is written is what is read."""
    return round(value, DECIMALS)


def is_ratio(measure: Measure) -> bool:
    """Tell whether figures of a measure do not add up over bodies."""
    return measure.unit.startswith(RATIO_UNITS)


def _drawn(measure: Measure, rng: Random, *, adds_up: bool) -> float:
    """Draw a figure that the measure allows: a ratio, a count or an amount."""
    least = measure.minimum if measure.minimum is not None else 0.0
    most = measure.maximum
    if measure.is_whole:
        return float(rng.randint(ceil(least), int(most) if most is not None else int(least) + 900))
    if most is not None or measure.unit.startswith(UP_TO_ONE):
        return round(least + ((1.0 if most is None else most) - least) * rng.random(), 3)
    if is_ratio(measure):
        return least + rng.randint(0, 1000) / 10
    amount = float(rng.randint(0, 9000))
    if measure.minimum is None and rng.random() < 0.1:
        return -amount
    return least + amount + (0 if rng.random() < 0.7 or adds_up else rng.randint(1, 99) / 100)


def _take_zeros(definition: Definition, figures: Sequence[Figure], sums: Sums, rng: Random) -> None:
    """Make a few figures nought where a marker says nought, so that it can be shown."""
    free: dict[str, list[int]] = defaultdict(list)
    for place, figure in enumerate(figures):
        if place not in sums.made_by:
            free[figure.measure].append(place)
    for name, places in free.items():
        measure = definition.measures[name]
        meanings = {**definition.markers, **measure.markers}.values()
        if "zero" in meanings and not (measure.minimum or 0) > 0 and not measure.answers:
            for place in rng.sample(places, min(2, len(places))):
                sums.values[place] = 0.0
