"""What a candidate no longer has: figures that the current release gives and it does not."""

from __future__ import annotations

from dataclasses import dataclass

import duckdb

from publishing.mart_tables import text_literal
from publishing.pointer import Release

_LOST = """
    with lost as (
        select released.metric_id, released.area_code, released.period_start
        from standing.marts.metric_value as released
        left join candidate.marts.metric_value as built
            using (metric_id, area_code, boundary, period_type, period_start)
        where released.value is not null
            and coalesce(built.value_status, 'missing') = 'missing'
    )
    select metric_id, count(*), count(distinct area_code), min(period_start), max(period_start)
    from lost group by metric_id order by metric_id
"""


@dataclass(frozen=True)
class Loss:
    """Figures of one metric that would vanish: how many, of how many areas, between when."""

    metric_id: str
    figures: int
    areas: int
    first_period: str
    last_period: str

    def __str__(self) -> str:
        span = f"{self.first_period} to {self.last_period}"
        return f"{self.metric_id}: {self.figures:,} figures of {self.areas} areas, {span}"


def losses(connection: duckdb.DuckDBPyConnection, standing: Release) -> list[Loss]:
    """Compare the attached `candidate` with the current release.

    A figure that a newer vintage suppresses or withdraws in so many words is not lost;
    one that is absent or merely missing is.
    """
    connection.execute(f"attach {text_literal(str(standing.marts))} as standing (read_only)")
    try:
        rows = connection.execute(_LOST).fetchall()
    finally:
        connection.execute("detach standing")
    return [
        Loss(m, figures, areas, str(first), str(last)) for m, figures, areas, first, last in rows
    ]
