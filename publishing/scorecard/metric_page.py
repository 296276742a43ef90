"""The page of one metric: England's trend, its areas, what was planned, and how it is measured."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from publishing.scorecard import metric_words as said_of
from publishing.scorecard import words
from publishing.scorecard.cells import chart_cells
from publishing.scorecard.charts.hexmap import MapValue, hexmap, layout
from publishing.scorecard.charts.ranking import Ranked, Ranking, ranking
from publishing.scorecard.charts.trend import PlanStep, Trend, TrendPoint, how_to_read, trend
from publishing.scorecard.links import Links
from publishing.scorecard.metric_figures import (
    FINEST_FIRST,
    YEARS,
    AreaFigure,
    Changed,
    Compared,
    Figure,
    Metric,
    Planned,
    changes,
    compared,
    count_of_changes,
    england_figures,
    finest,
    plans,
    year_before,
)
from publishing.scorecard.page import Cell, CellValue, Chart, Column, Page, Table
from publishing.scorecard.site import Site

ROOT = "../"
MOST_ROWS = 200
"""A longer table of areas is a CSV only."""
MOST_CHANGES = 15


@dataclass(frozen=True)
class Around:
    """What the pages of all metrics share: links, returns, councils, what holds of each.

    `returns` are titles by id, `revisions` how many of a return's figures another edition changed;
    `councils` have a page, `councils_now` are valid today; `variations` England's last.
    """

    links: Links
    metrics: Mapping[str, Metric]
    returns: Mapping[str, str]
    councils: frozenset[str]
    councils_now: frozenset[str]
    variations: Mapping[str, str]
    revisions: Mapping[str, int]


@dataclass(frozen=True)
class Pictured:
    """A map, whose figures stand in the table of another chart."""

    title: str
    svg: Markup


def page_of(site: Site, metric: Metric, around: Around) -> Page:
    """Make the page of a metric, and write its CSVs."""
    path = f"metric/{metric.metric_id}.html"
    by_length = england_figures(site, metric) if metric.is_computed else {}
    shortest = finest(by_length)
    beside = compared(site, metric, by_length) if metric.is_computed else []
    planned = plans(site, metric)
    finding = said_of.latest_in_words(metric, by_length[shortest]) if shortest else None
    changed = count_of_changes(site, metric) if site.facts.previous else 0
    body = site.render(
        "metric.html",
        path,
        metric=metric,
        links=around.links,
        finding=finding,
        availability=said_of.AVAILABILITY.get(metric.availability, "No figures"),
        trends=list(_trends(site, metric, by_length, planned, around)),
        years=_years(site, metric, by_length),
        plans=_plans(metric, planned, around.links),
        map=_map(metric, beside, around) if metric.is_comparable else None,
        rankings=[] if not metric.is_comparable else _rankings(site, metric, beside, around),
        counts=[] if metric.is_comparable else list(_counts(site, metric, beside, around)),
        rates=_rates(metric, around.metrics),
        changed=changed,
        changes=_changes(metric, changes(site, metric, MOST_CHANGES)) if changed else None,
        revised=[
            *_revised(by_length.get(shortest or "", [])),
            *_revised_returns(metric, around),
        ],
        method=list(_method(metric)),
        caveats=[around.links.told(one, ROOT) for one in said_of.sentences(metric.caveats)],
        returns=list(_returns(metric, around)),
        related=_related(metric, around.metrics),
    )
    return Page(
        path=path,
        title=metric.title,
        description=metric.definition,
        section="metrics",
        body=body,
        crumbs=(("England", "index.html"), ("Metrics", "metrics.html")),
    )


def _trends(
    site: Site,
    metric: Metric,
    by_length: Mapping[str, list[Figure]],
    planned: Sequence[Planned],
    around: Around,
) -> Iterator[Chart]:
    """Give England's trend at its finest, and that of the periods that a plan is of."""
    shortest = finest(by_length)
    if shortest is None:
        return
    lengths = [shortest, *(plan.period_type for plan in planned if plan.level is not None)]
    for length in dict.fromkeys(lengths):
        figures = by_length.get(length, [])
        if said_of.last_known(figures):
            steps = [one for one in planned if one.period_type == length]
            yield _trend(site, metric, figures, steps, around)


def _trend(
    site: Site,
    metric: Metric,
    figures: Sequence[Figure],
    planned: Sequence[Planned],
    around: Around,
) -> Chart:
    length = figures[0].period_type
    chart_id = f"trend-{length.replace('_', '-')}"
    shown = Trend("England", metric.unit, length, [_point(one) for one in figures], _steps(planned))
    titles = [said_of.plan_title(metric, figures, one) for one in planned]
    title = next((one for one in titles if one), said_of.trend_title(metric, figures))
    described = said_of.trend_described(metric, figures, words.unit_name(metric.unit))
    base = f"data/metric/{metric.metric_id}-{chart_id}"
    labels = {one.lineage_id: said_of.period_of(one) for one in reversed(figures) if one.lineage_id}
    cells = chart_cells(site, f"{base}-cells.csv", labels)
    notes = [how_to_read(shown)]
    if length == "month":
        notes.append(said_of.VARIATIONS.get(around.variations.get(metric.metric_id, ""), ""))
    return cells.on(
        Chart(
            id=chart_id,
            title=title,
            description=described,
            svg=trend(shown, chart_id=f"{chart_id}-svg", title=title, description=described),
            table=_trend_table(site, metric, figures, f"{base}.csv"),
            note=" ".join(one for one in notes if one) or None,
        )
    )


def _point(figure: Figure) -> TrendPoint:
    return TrendPoint(
        start=figure.period_start,
        value=figure.value,
        status=figure.value_status,
        segment=figure.segment,
        is_provisional=figure.maturity == "provisional",
        lower=figure.lower,
        upper=figure.upper,
        lower_limit=figure.lower_limit,
        upper_limit=figure.upper_limit,
    )


def _steps(planned: Sequence[Planned]) -> tuple[PlanStep, ...]:
    """Draw the plans whose level is known, the first of a period; a year's stands at its point."""
    known = [one for one in planned if one.level is not None]
    first = {one.period_start: one for one in reversed(known)}
    return tuple(
        PlanStep(
            one.period_start,
            one.period_start if one.period_type in YEARS else one.period_end,
            one.level,
            f"Plan {words.period_name(one.period_type, one.period_start)}",
        )
        for one in sorted(first.values(), key=lambda one: one.period_start)
        if one.level is not None
    )


_CSV = (
    "period",
    "period_start",
    "period_end",
    "value",
    "value_status",
    "lower",
    "upper",
    "lower_limit",
    "upper_limit",
    "maturity",
    "segment",
    "published_on",
)


def _trend_table(site: Site, metric: Metric, figures: Sequence[Figure], csv: str) -> Table:
    has_interval = any(one.lower is not None for one in figures)
    has_limits = any(one.lower_limit is not None for one in figures)
    columns = [Column("period", "Period"), Column("value", _heading(metric), is_number=True)]
    columns += [Column("interval", "95% interval", is_number=True)] if has_interval else []
    columns += [Column("limits", "Expected by chance", is_number=True)] if has_limits else []
    columns.append(Column("maturity", "State"))
    rows = []
    for one in reversed(figures):
        row = [_period_cell(one), _value_cell(one.value, one.value_status, metric)]
        row += [_span_cell(one.lower, one.upper, metric)] if has_interval else []
        row += [_span_cell(one.lower_limit, one.upper_limit, metric)] if has_limits else []
        rows.append([*row, Cell((one.maturity or "") if one.value is not None else "")])
    _write_england(site, figures, csv)
    caption = f"{metric.title}, England, {words.unit_name(metric.unit)}"
    return Table(f"{_slug(figures[0].period_type)}-table", caption, tuple(columns), rows, csv)


def _write_england(site: Site, figures: Sequence[Figure], csv: str) -> None:
    site.write_csv(csv, _CSV, ([_raw(one, name) for name in _CSV] for one in figures))


def _raw(figure: Figure, name: str) -> CellValue:
    found = said_of.period_of(figure) if name == "period" else getattr(figure, name)
    return found if found is None or isinstance(found, str | int | float) else str(found)


def _years(site: Site, metric: Metric, by_length: Mapping[str, list[Figure]]) -> Table | None:
    """Give the years of a metric that its trend shows by months or quarters."""
    years = next(
        (by_length[one] for one in YEARS if said_of.last_known(by_length.get(one, ()))), None
    )
    if years is None or finest(by_length) == years[0].period_type:
        return None
    columns = (
        Column("period", "Year"),
        Column("value", _heading(metric), is_number=True),
        Column("change", "On the year before", is_number=True),
    )
    rows = [
        [
            _period_cell(one),
            _value_cell(one.value, one.value_status, metric),
            _change_cell(metric, one, year_before(years, one)),
        ]
        for one in reversed(years)
    ]
    csv = f"data/metric/{metric.metric_id}-years.csv"
    _write_england(site, years, csv)
    return Table("years-table", f"{metric.title}, England, by year", columns, rows, csv)


def _change_cell(metric: Metric, figure: Figure, before: Figure | None) -> Cell:
    if figure.value is None or before is None or before.value is None:
        return Cell("")
    change = figure.value - before.value
    return Cell(words.changed_by(change, before.value, metric.unit), sort=change)


def _plans(metric: Metric, planned: Sequence[Planned], links: Links) -> Table | None:
    if not planned:
        return None
    columns = (
        Column("period", "Year"),
        Column("plan", "Plan"),
        Column("value", "Planned", is_number=True),
        Column("level", "That is", is_number=True),
        Column("source", "Source", is_prose=True),
    )
    rows = [
        [
            Cell(_kept_together(words.period_name(one.period_type, one.period_start))),
            Cell(one.plan_version.capitalize()),
            Cell(_planned(one), raw=one.value),
            Cell(_level_in_words(metric, one), raw=one.level),
            Cell(links.told(one.source, ROOT)),
        ]
        for one in planned
    ]
    return Table("plans-table", "Published plans of England", columns, rows)


def _level_in_words(metric: Metric, plan: Planned) -> str:
    """Say what a planned change comes to; a planned level says it already."""
    if plan.basis == "level" or plan.level is None:
        return ""
    return words.short_value(plan.level, metric.unit)


def _planned(plan: Planned) -> str:
    if plan.basis == "level":
        return words.value_in_words(plan.value, plan.unit)
    said = words.signed(plan.value, 2 if plan.unit == "%" else 0)
    return f"{said}{'%' if plan.unit == '%' else f' {plan.unit}'} on the year before"


def _rankings(
    site: Site, metric: Metric, beside: Sequence[Compared], around: Around
) -> list[Chart]:
    order = list(said_of.AREA_NAMES)
    shown = [one for one in beside if len(one.areas) <= MOST_ROWS]
    shown.sort(key=lambda one: order.index(one.area_type) if one.area_type in order else 99)
    return [_ranking(site, metric, one, around) for one in shown]


def _ranking(site: Site, metric: Metric, shown: Compared, around: Around) -> Chart:
    chart_id = f"ranking-{_slug(shown.area_type)}"
    title = said_of.ranking_title(metric, shown)
    described = said_of.ranking_described(metric, shown)
    areas = [
        Ranked(said_of.readable_name(one.name), one.value, one.value_status, one.lower, one.upper)
        for one in shown.areas
    ]
    base = f"data/metric/{metric.metric_id}-{chart_id}"
    labels = {one.lineage_id: one.name for one in shown.areas if one.lineage_id}
    cells = chart_cells(site, f"{base}-cells.csv", labels, shown=20)
    notes = []
    if any(one.lower is not None for one in shown.areas):
        notes.append(
            "Lines through the dots are 95% intervals: areas whose lines overlap may not differ."
        )
    if metric.boundary == "current" and shown.area_type == "council":
        notes.append("On today's boundaries.")
    return cells.on(
        Chart(
            id=chart_id,
            title=title,
            description=described,
            svg=ranking(
                Ranking(areas, metric.unit, shown.england),
                chart_id=f"{chart_id}-svg",
                title=title,
                description=described,
            ),
            table=_area_table(site, metric, shown, f"{base}.csv", around),
            note=" ".join([described, *notes]),
        )
    )


_AREA_CSV = (
    "area_code", "name", "value", "value_status", "lower", "upper", "peer_median"
)  # fmt: skip


def _area_table(site: Site, metric: Metric, shown: Compared, csv: str, around: Around) -> Table:
    has_interval = any(one.lower is not None for one in shown.areas)
    has_peers = any(one.peer_median is not None for one in shown.areas)
    has_england = shown.england is not None and metric.is_comparable
    single = said_of.AREA_NAMES.get(shown.area_type, (shown.area_type, ""))[0]
    columns = [
        Column("name", f"{single[:1].upper()}{single[1:]}"),
        Column("value", _heading(metric), is_number=True),
    ]
    columns += [Column("interval", "95% interval", is_number=True)] if has_interval else []
    columns += [Column("england", "Above England", is_number=True)] if has_england else []
    columns += [Column("peers", "Median of its peers", is_number=True)] if has_peers else []
    rows = [
        list(_area_row(one, metric, shown, around, (has_interval, has_england, has_peers)))
        for one in shown.areas
    ]
    period = words.period_name(shown.period_type, shown.period_start)
    site.write_csv(
        csv,
        [*_AREA_CSV, "england_value", "period"],
        (
            [*(getattr(one, name) for name in _AREA_CSV), shown.england, period]
            for one in shown.areas
        ),
    )
    caption = f"{metric.title}, {said_of.areas_named(shown.area_type)}, {period}"
    return Table(
        f"{_slug(shown.area_type)}-table",
        caption,
        tuple(columns),
        rows,
        csv,
        row_ids=[_row_id(one, shown) for one in shown.areas],
    )


def _row_id(area: AreaFigure, shown: Compared) -> str | None:
    """Name the row of a council, to which the page of its place among its peers leads."""
    if shown.area_type != "council":
        return None
    is_former = area.page_code != area.area_code
    if is_former and any(one.area_code == area.page_code for one in shown.areas):
        return None
    return f"in-{area.page_code}"


def _area_row(
    area: AreaFigure, metric: Metric, shown: Compared, around: Around, has: tuple[bool, bool, bool]
) -> Iterator[Cell]:
    has_interval, has_england, has_peers = has
    has_page = area.page_code in around.councils
    href = f"{ROOT}council/{area.page_code}.html" if has_page else None
    yield Cell(said_of.readable_name(area.name), href=href)
    yield _value_cell(area.value, area.value_status, metric)
    if has_interval:
        yield _span_cell(area.lower, area.upper, metric)
    if has_england:
        yield _beside_cell(area.value, shown.england, metric)
    if has_peers:
        median = area.peer_median
        text = "" if median is None else words.shown(median, "reported", metric.unit)
        yield Cell(text, sort=median)


def _beside_cell(value: float | None, england: float | None, metric: Metric) -> Cell:
    if value is None or england is None:
        return Cell("")
    times = words.pounds(metric.unit)
    difference = value - england
    if times is None:
        return Cell(words.signed(difference, words.decimals_for(metric.unit)), sort=difference)
    sign = "+" if difference > 0 else ""
    return Cell(f"{sign}{words.money(difference * times)}", sort=difference)


def _map(metric: Metric, beside: Sequence[Compared], around: Around) -> Pictured | None:
    """Draw the councils of the ranking as hexagons."""
    shown = next((one for one in beside if one.area_type == "council"), None)
    if shown is None:
        return None
    period = words.period_name(shown.period_type, shown.period_start)
    title = f"Where it was high and low: councils in {period}"
    picture = hexmap(
        _on_map(shown, around.councils_now),
        chart_id="map-svg",
        title=title,
        description=said_of.ranking_described(metric, shown),
        unit=metric.unit,
    )
    return Pictured(title, picture)


def _on_map(shown: Compared, councils_now: frozenset[str]) -> dict[str, MapValue]:
    """Return what each hexagon shows: a council of today that no file names has no figure.

    A former council with a figure keeps the hexagon that its successor has now.
    """
    values = {one.area_code: MapValue(one.value, one.value_status) for one in shown.areas}
    places = {code: (one.column, one.row) for code, one in layout().items()}
    taken = {places.get(code) for code in values}
    absent = (code for code in councils_now if code not in values)
    return values | {
        code: MapValue(None, "missing") for code in absent if places.get(code) not in taken
    }


def _counts(
    site: Site, metric: Metric, beside: Sequence[Compared], around: Around
) -> Iterator[tuple[str, Table | None, str]]:
    """Give the tables of areas that are not ranked; long ones as a CSV only."""
    for one in beside:
        period = words.period_name(one.period_type, one.period_start)
        named = said_of.areas_named(one.area_type)
        csv = f"data/metric/{metric.metric_id}-{_slug(one.area_type)}.csv"
        table = _area_table(site, metric, one, csv, around)
        said = f"{len(one.areas)} {named} in {period}"
        yield said, table if len(one.areas) <= MOST_ROWS else None, csv


def _changes(metric: Metric, changed: Sequence[Changed]) -> Table:
    columns = (
        Column("area", "Area"),
        Column("period", "Period"),
        Column("was", "Before", is_number=True),
        Column("is", "Now", is_number=True),
        Column("change", "What happened"),
    )
    rows = [
        [
            Cell(one.area_name),
            Cell(words.period_name(one.period_type, one.period_start)),
            _value_cell(one.old_value, one.old_status or "missing", metric),
            _value_cell(one.new_value, one.new_status or "missing", metric),
            Cell(f"{one.change}: {one.explanation}" if one.explanation else one.change),
        ]
        for one in changed
    ]
    return Table("changes-table", f"Largest changes of {metric.title}", columns, rows)


def _revised(figures: Sequence[Figure]) -> Iterator[str]:
    """Say how many of England's figures were issued again by their publisher."""
    known = [one for one in figures if one.value is not None]
    count = sum(one.maturity == "revised" for one in known)
    if count:
        lengths = said_of.PERIOD_NAMES.get(known[0].period_type, "periods")
        yield (
            f"Of England's {len(known)} {lengths} with a figure, {count} "
            f"{'was' if count == 1 else 'were'} issued again by the publisher; the last issue "
            "is shown."
        )


def _revised_returns(metric: Metric, around: Around) -> Iterator[str]:
    """Say in which of its returns editions differ; a return has figures of other metrics too."""
    for one in metric.source_returns.split("; "):
        if count := around.revisions.get(one, 0):
            title = around.returns.get(one, one)
            yield (
                f"{title}: {words.number(count)} of all its figures differ between one edition "
                "of a period and the next."
            )


def _rates(metric: Metric, every: Mapping[str, Metric]) -> list[Metric]:
    """Return what a count is the base of, by one step or more, and areas can be compared by."""
    found: list[Metric] = []
    bases = {metric.metric_id}
    while new := [
        one for one in every.values() if one.base_metric_id in bases and one.metric_id not in bases
    ]:
        bases |= {one.metric_id for one in new}
        found += [one for one in new if one.is_computed and one.is_comparable]
    return found


def _method(metric: Metric) -> Iterator[tuple[str, str]]:
    yield "Above the line", metric.numerator
    if metric.denominator != "none":
        yield "Below the line", metric.denominator
    yield "Unit", words.unit_name(metric.unit)
    yield "Better", said_of.POLARITIES.get(metric.polarity, metric.polarity)
    yield "Rounding", metric.rounding[:1].upper() + metric.rounding[1:]
    yield "Intervals", said_of.interval_in_words(metric.interval_method)
    if metric.is_computed:
        yield "Boundaries", said_of.boundary_in_words(metric)
        yield "Control limits", metric.why_no_control_chart or "Of the last 36 months of a segment"


def _returns(metric: Metric, around: Around) -> Iterator[tuple[str, str | None]]:
    for one in metric.source_returns.split("; "):
        if one and one != "none":
            href = f"sources/{one}.html" if one in around.returns else None
            yield around.returns.get(one, one.replace("_", " ").capitalize()), href


def _related(metric: Metric, every: Mapping[str, Metric]) -> list[Metric]:
    """Return the metrics that this one is made of, and those that are made of it."""
    own = {metric.base_metric_id, metric.denominator_metric_id}
    return [
        one
        for one in every.values()
        if one.metric_id in own
        or metric.metric_id in (one.base_metric_id, one.denominator_metric_id)
    ]


def _heading(metric: Metric) -> str:
    name = words.unit_name(metric.unit)
    money = metric.unit if words.pounds(metric.unit) else name
    shown = name if money == name else money.replace("GBP", "£", 1)
    return f"{shown[:1].upper()}{shown[1:]}"


def _period_cell(figure: Figure) -> Cell:
    place = figure.period_start.isoformat()
    length = FINEST_FIRST.index(figure.period_type)
    return Cell(_kept_together(said_of.period_of(figure)), sort=f"{place}-{length}")


def _value_cell(value: float | None, status: str, metric: Metric) -> Cell:
    return Cell(words.shown(value, status, metric.unit), sort=value)


def _span_cell(low: float | None, high: float | None, metric: Metric) -> Cell:
    if low is None or high is None:
        return Cell("")
    decimals = words.decimals_for(metric.unit)
    return Cell(f"{words.number(low, decimals)} to {words.number(high, decimals)}")


def _kept_together(text: str) -> Markup:
    return Markup('<span class="keep">{}</span>').format(text)


def _slug(name: str) -> str:
    return name.replace("_", "-")
