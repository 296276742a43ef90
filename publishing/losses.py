"""What a candidate no longer gives as the current release does: figures lost, or gone back."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date

import duckdb

from publishing.changes import (
    Decided,
    accepted_metrics,
    can_be_compared,
    find_held,
    side_of_candidate,
    side_of_release,
)
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
            end as fate,
            {why} as why
        from {released} as released
        left join candidate.marts.metric_value as built
            using (metric_id, area_code, boundary, period_type, period_start)
        where released.value is not null
    )
    select metric_id, fate, count(*), count(distinct area_code),
        min(period_start), max(period_start), why
    from compared where fate is not null
    group by metric_id, fate, why order by fate desc, metric_id, why
"""


@dataclass(frozen=True)
class Loss:
    """Figures of one metric and what would become of them: how many, of how many areas, when.

    `why` is the decision of a person that the loss follows from, empty for none.
    """

    metric_id: str
    fate: str
    figures: int
    areas: int
    first_period: str
    last_period: str
    why: str = ""

    def __str__(self) -> str:
        span = f"{self.first_period} to {self.last_period}"
        why = f" ({self.why})" if self.why else ""
        return f"{self.metric_id}: {self.figures:,} figures of {self.areas} areas, {span}{why}"


def losses(connection: duckdb.DuckDBPyConnection, standing: Release) -> list[Loss]:
    """Compare the attached `candidate` with the current release; give the losses nobody decided on.

    A figure that a newer vintage suppresses or withdraws in so many words is not lost; one that
    is absent or merely missing is, and one that an older vintage gives goes back. The release's
    Parquet is read, because it may be whole where the database is damaged; where it is not as it
    was released, nothing can be compared.
    """
    return [loss for loss in _found(connection, standing) if not loss.why]


def decided_losses(connection: duckdb.DuckDBPyConnection, standing: Release) -> list[Loss]:
    """Give the losses that a person decided on: a file set aside, a metric's loss accepted."""
    return [loss for loss in _found(connection, standing) if loss.why]


def _found(connection: duckdb.DuckDBPyConnection, standing: Release) -> list[Loss]:
    if not is_as_released(standing, FIGURES):
        return []
    released = f"read_parquet({text_literal(str(standing.path / FIGURES))})"
    why = _why(connection, standing)
    rows = connection.execute(_COMPARED.format(released=released, why=why)).fetchall()
    return [
        Loss(metric, fate, figures, areas, str(first), str(last), said)
        for metric, fate, figures, areas, first, last, said in rows
    ]


def _why(connection: duckdb.DuckDBPyConnection, standing: Release) -> str:
    """Give SQL for the decision that excuses a figure of the current release, '' for none.

    The decisions are those that the candidate was built with; an old candidate has none.
    """
    decisions, today = _decided(connection)
    if not decisions or today is None:
        return "''"
    cases = []
    if can_be_compared(standing):
        old, new = side_of_release(standing), side_of_candidate("candidate", "candidate")
        find_held(connection, old, new, decisions)
        cases.append(
            "when released.lineage_id in (select lineage_id from touched_held) "
            "then 'file set aside'"
        )
    accepted = accepted_metrics(decisions, today=today, last=standing)
    for metric_id, decided in sorted(accepted.items()):
        said = f"accepted by {decided.decided_by}: {decided.reason}"
        cases.append(
            f"when released.metric_id = {text_literal(metric_id)} then {text_literal(said)}"
        )
    return f"case {' '.join(cases)} else '' end" if cases else "''"


def _decided(connection: duckdb.DuckDBPyConnection) -> tuple[list[Decided], date | None]:
    there = connection.execute(
        "select count(*) from duckdb_tables() where database_name = 'candidate' "
        "and schema_name = 'history' and table_name in ('decision', 'context')"
    ).fetchone()
    if there != (2,):
        return [], None
    rows = connection.execute(
        "select decision_id, kind, subject, reason, decided_by, decided_at, until "
        "from candidate.history.decision order by decision_id"
    ).fetchall()
    day = connection.execute("select today from candidate.history.context").fetchone()
    decided = [replace(Decided(*row), decided_at=row[5].replace(tzinfo=UTC)) for row in rows]
    return decided, day[0] if day else None
