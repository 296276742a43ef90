"""What the pages of councils are made of: each query is asked once and handed out by council.

A query for each of 153 councils would read the largest marts a thousand times over.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from publishing.scorecard.site import Site
from publishing.scorecard.standing import COUNCIL_PAST, COUNCIL_STANDINGS

ENGLAND = "E92000001"

Row = Mapping[str, object]

_BODIES = """
    SELECT area_code, period_start, metric_id, value, value_status, segment, lineage_id
    FROM metric_value
    WHERE boundary = 'current' AND period_type = 'financial_year' AND metric_id IN
        ('delayed_days', 'delayed_days_nhs', 'delayed_days_social_care', 'delayed_days_both')
    ORDER BY area_code, period_start
"""
RATE = "delayed_days_per_day_per_100k_adults"
"""The delayed days of which a council's months are drawn: those that can be set beside England."""

_RATE = """
    SELECT v.area_code, v.period_start, v.value, v.value_status, v.maturity, v.segment,
        v.lineage_id, v.unit, there.value AS england, there.value_status AS england_status,
        there.segment AS england_segment
    FROM metric_value AS v
    LEFT JOIN metric_value AS there ON there.metric_id = v.metric_id AND there.area_code = ?
        AND there.boundary = v.boundary AND there.period_type = v.period_type
        AND there.period_start = v.period_start
    WHERE v.metric_id = ? AND v.boundary = 'current' AND v.period_type = 'month'
    ORDER BY v.area_code, v.period_start
"""
_REASONS = """
    WITH page AS (SELECT unnest(?) AS area_code, unnest(?) AS page_code),
    day AS (
        SELECT page_code, year(period_start - INTERVAL 3 MONTH) AS first_year, period_start,
            reason, delayed_days, lineage_id
        FROM delayed_days JOIN page USING (area_code) WHERE split = 'reason'
    ),
    whole AS (
        SELECT page_code, first_year FROM (
            SELECT page_code, first_year, reason, count(delayed_days) AS months FROM day
            GROUP BY ALL
        )
        GROUP BY page_code, first_year HAVING min(months) = 12 AND max(months) = 12
    ),
    told AS (
        SELECT page_code, first_year FROM whole
        QUALIFY first_year >= max(first_year) OVER (PARTITION BY page_code) - ?
    )
    SELECT page_code AS area_code, first_year, reason, sum(delayed_days) AS days,
        list(lineage_id ORDER BY period_start DESC) AS lineage_ids
    FROM day JOIN told USING (page_code, first_year)
    GROUP BY page_code, first_year, reason
    ORDER BY page_code, first_year DESC, days DESC, reason
"""
_MONTH_SPLITS = (
    ("total", "split = 'total'"),
    *(
        (f"body_{body}", f"split = 'responsible_body' AND responsible_body = '{body}'")
        for body in ("nhs", "social_care", "both")
    ),
    *(
        (f"care_{care}", f"split = 'care_type' AND care_type = '{care}'")
        for care in ("acute", "non_acute")
    ),
    *(
        (f"reason_{reason}", f"split = 'reason' AND reason = '{reason}'")
        for reason in ("a", "b", "c", "di", "dii", "e", "f", "g", "h", "i", "o")
    ),
)
MONTH_KEYS = tuple(key for key, _ in _MONTH_SPLITS)
"""The columns of a council's months: the total and its splits."""

_SPLIT_COLUMNS = ", ".join(
    f"any_value(coalesce(delayed_days::VARCHAR, value_status)) FILTER ({which}) AS {key}"
    for key, which in _MONTH_SPLITS
)
_MONTHS = f"""
    SELECT page_code AS area_code, area_code AS reported_for, period_start, {_SPLIT_COLUMNS}
    FROM delayed_days
    JOIN (SELECT unnest(?) AS area_code, unnest(?) AS page_code) AS page USING (area_code)
    GROUP BY ALL
    ORDER BY page_code, period_start, reported_for
"""  # noqa: S608 - the splits are ours
_SPENDING = """
    WITH page AS (SELECT unnest(?) AS area_code, unnest(?) AS page_code),
    per_adult AS (
        SELECT metric.metric_id, metric.unit, metric.base_metric_id AS real_id,
            in_real.base_metric_id AS cash_id
        FROM metric JOIN metric AS in_real ON in_real.metric_id = metric.base_metric_id
        JOIN metric_value ON metric_value.metric_id = metric.metric_id
        WHERE metric.derivation = 'spending_per_population'
            AND starts_with(metric.metric_id, 'asc_net_')
        GROUP BY ALL
        ORDER BY count(metric_value.value) DESC, metric.metric_id
        LIMIT 1
    ),
    figure AS (
        SELECT * FROM metric_value
        WHERE boundary = 'as_reported' AND period_type = 'financial_year'
            AND starts_with(metric_id, 'asc_net_')
    )
    SELECT page.page_code AS area_code, each.area_code AS reported_for, each.period_start,
        per_adult.unit, each.value, each.value_status,
        each.segment, each.lineage_id, there.value AS england,
        there.value_status AS england_status, cash.value AS cash,
        cash.value_status AS cash_status, in_real.value AS in_real,
        in_real.value_status AS real_status, prices.price_ratio
    FROM per_adult
    JOIN figure AS each ON each.metric_id = per_adult.metric_id
    JOIN page ON page.area_code = each.area_code
    LEFT JOIN figure AS there ON there.metric_id = each.metric_id AND there.area_code = ?
        AND there.period_start = each.period_start
    LEFT JOIN figure AS in_real ON in_real.metric_id = per_adult.real_id
        AND in_real.area_code = each.area_code AND in_real.period_start = each.period_start
    LEFT JOIN figure AS cash ON cash.metric_id = per_adult.cash_id
        AND cash.area_code = each.area_code AND cash.period_start = each.period_start
    LEFT JOIN (
        SELECT period_start, max(price_ratio) AS price_ratio FROM deflator GROUP BY ALL
    ) AS prices ON prices.period_start = each.period_start
    -- A year of both codes is the council's own.
    QUALIFY row_number() OVER (
        PARTITION BY page.page_code, each.period_start ORDER BY each.area_code <> page.page_code
    ) = 1
    ORDER BY page.page_code, each.period_start DESC
"""
_FUND = """
    SELECT area_code, period_start, plan_version, side, split_by, member, value, value_status,
        source
    FROM bcf_money ORDER BY area_code, period_start DESC, side, split_by, member
"""
_PEOPLE = """
    SELECT area_code, mid_year, age_band, population, value_status, series, published_on
    FROM population
    QUALIFY mid_year = max(mid_year) OVER (PARTITION BY area_code)
    ORDER BY area_code, population DESC
"""
_PEERS = """
    SELECT peer.area_code, peer_code, area.name, distance
    FROM peer JOIN area ON area.area_code = peer_code
    WHERE is_latest_vintage
    ORDER BY peer.area_code, peer_rank
"""


class ByArea:
    """Rows in the order of their `area_code`, taken area by area, each once."""

    def __init__(self, rows: Iterable[Row]) -> None:
        """Begin; no row is read before the first is taken."""
        self._groups = groupby(rows, key=lambda row: str(row["area_code"]))
        self._waiting: tuple[str, Iterator[Row]] | None = None
        self._has_begun = False

    def take(self, area_code: str) -> list[Row]:
        """Return the rows of an area, which must come after those that were taken before."""
        if not self._has_begun:
            self._has_begun, self._waiting = True, next(self._groups, None)
        while self._waiting and self._waiting[0] < area_code:
            self._waiting = next(self._groups, None)
        if self._waiting is None or self._waiting[0] != area_code:
            return []
        rows = list(self._waiting[1])
        self._waiting = next(self._groups, None)
        return rows


@dataclass(frozen=True)
class CouncilRows:
    """What the marts have of one council: rows of the queries above, in their order."""

    standings: list[Row]
    past: list[Row]
    rate: list[Row]
    bodies: list[Row]
    reasons: list[Row]
    months: list[Row]
    spending: list[Row]
    fund: list[Row]
    people: list[Row]
    peers: list[Row]


def by_council(
    site: Site, codes: Sequence[str], continued: Mapping[str, str]
) -> Iterator[tuple[str, CouncilRows]]:
    """Give the rows of each council, in the order of codes.

    `continued` leads from a former council to the one that continues it whole: its delayed days
    by reason and its spending, given on the boundaries of the time only, are shown with those of
    that one.
    """
    pages = {code: code for code in codes} | dict(continued)
    led = [list(pages), list(pages.values())]
    streams = [
        ByArea(site.each(sql, parameters))
        for sql, parameters in (
            (COUNCIL_STANDINGS, []),
            (COUNCIL_PAST, []),
            (_RATE, [ENGLAND, RATE]),
            (_BODIES, []),
            (_REASONS, [*led, 1]),
            (_MONTHS, led),
            (_SPENDING, [*led, ENGLAND]),
            (_FUND, []),
            (_PEOPLE, []),
            (_PEERS, []),
        )
    ]
    for code in sorted(codes):
        yield code, CouncilRows(*(stream.take(code) for stream in streams))


def england_reasons(site: Site) -> list[Row]:
    """Return England's delayed days by year and reason, as `CouncilRows.reasons` has them."""
    return list(site.each(_REASONS, [[ENGLAND], [ENGLAND], 100]))
