"""What a candidate no longer gives as the current release does: figures lost, or gone back."""

from __future__ import annotations

from dataclasses import dataclass

import duckdb

from publishing.mart_tables import text_literal
from publishing.pointer import Release, is_as_released

FIGURES = "parquet/metric_value.parquet"

# A file without a date ranks below every dated one, so going back to it is going back too.
_COMPARED = """
    with compared as (
        select
            released.metric_id,
            released.area_code,
            released.period_start,
            case
                when coalesce(built.value_status, 'missing') = 'missing' then 'would be lost'
                when coalesce(built.published_on, date '0001-01-01') < released.published_on
                    then 'would go back to an older vintage'
            end as fate
        from {released} as released
        left join candidate.marts.metric_value as built
            using (metric_id, area_code, boundary, period_type, period_start)
        where released.value is not null
    )
    select metric_id, fate, count(*), count(distinct area_code),
        min(period_start), max(period_start)
    from compared where fate is not null
    group by metric_id, fate order by fate desc, metric_id
"""


@dataclass(frozen=True)
class Loss:
    """Figures of one metric and what would become of them: how many, of how many areas, when."""

    metric_id: str
    fate: str
    figures: int
    areas: int
    first_period: str
    last_period: str

    def __str__(self) -> str:
        span = f"{self.first_period} to {self.last_period}"
        return f"{self.metric_id}: {self.figures:,} figures of {self.areas} areas, {span}"


def losses(connection: duckdb.DuckDBPyConnection, standing: Release) -> list[Loss]:
    """Compare the attached `candidate` with the current release.

    A figure that a newer vintage suppresses or withdraws in so many words is not lost; one that
    is absent or merely missing is, and one that an older vintage gives goes back. The release's
    Parquet is read, because it may be whole where the database is damaged; where it is not as it
    was released, nothing can be compared.
    """
    if not is_as_released(standing, FIGURES):
        return []
    released = f"read_parquet({text_literal(str(standing.path / FIGURES))})"
    rows = connection.execute(_COMPARED.format(released=released)).fetchall()
    return [
        Loss(metric, fate, figures, areas, str(first), str(last))
        for metric, fate, figures, areas, first, last in rows
    ]
