"""What differs between two releases: every figure added, removed, revised or re-statused, and why.

One comparison serves the mart `release_change`, the command `joinedup releases diff` and the page
of changes. It works on figures: a row that is only `missing` is no figure, so that a gap that is
filled is added, and a figure that becomes a gap is removed.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

import duckdb

from publishing.mart_tables import text_literal
from publishing.pointer import Release, is_as_released

NEEDED = ("metric_value", "metric", "source_file", "lineage")
"""Marts of a release that a comparison reads."""

ACCEPT_LOSS = "accept_loss"
ACCEPTED = "accepted by decision"
SET_ASIDE, HOLD_ROWS = "set_aside", "hold_rows"
"""Kinds of decisions that take a file, or cells of it, out of what is read."""


KEY = ("metric_id", "area_code", "boundary", "period_type", "period_start")

_SHORTEST = 8
_LEAST = "date '0001-01-01'"

# Columns of both sides, after the key.
_FIGURE = "period_end, value, unit, value_status, maturity, published_on, lineage_id"

_DIFFERING = f"""
    create or replace temp table differing as
    with
    old_figure as (select {", ".join(KEY)}, {_FIGURE} from {{old}} where value_status <> 'missing'),
    new_figure as (select {", ".join(KEY)}, {_FIGURE} from {{new}} where value_status <> 'missing')
    select
        {", ".join(KEY)},
        coalesce(new_figure.period_end, old_figure.period_end) as period_end,
        case
            when old_figure.value_status is null then 'added'
            when new_figure.value_status is null then 'removed'
            when old_figure.unit is distinct from new_figure.unit then 'revised'
            when old_figure.value is not null and new_figure.value is not null
                and not ({{equal}}) then 'revised'
            when old_figure.value_status <> new_figure.value_status then 'restatused'
        end as change,
        old_figure.value as old_value,
        new_figure.value as new_value,
        old_figure.value_status as old_status,
        new_figure.value_status as new_status,
        old_figure.unit as old_unit,
        new_figure.unit as new_unit,
        old_figure.maturity as old_maturity,
        new_figure.maturity as new_maturity,
        old_figure.published_on as old_published_on,
        new_figure.published_on as new_published_on,
        old_figure.lineage_id as old_lineage_id,
        new_figure.lineage_id as lineage_id
    from old_figure full join new_figure using ({", ".join(KEY)})
    where change is not null
"""  # noqa: S608 - names of our own

# Within one part in a thousand million: what is left of summing in another order.
_EQUAL = (
    "old_figure.value = new_figure.value or (isfinite(old_figure.value) and "
    "isfinite(new_figure.value) and abs(old_figure.value - new_figure.value) <= "
    "1e-9 * greatest(abs(old_figure.value), abs(new_figure.value)))"
)

# What is still coming in: the last two of a metric's shortest periods, the longer ones that hold
# one of them, and the last period of each length. By what the releases hold, not by the clock.
_OPEN = """
    create or replace temp table open_period as
    with held as (
        select distinct metric_id, period_type, period_start, period_end from {old}
        where value_status <> 'missing'
        union
        select distinct metric_id, period_type, period_start, period_end from {new}
        where value_status <> 'missing'
    ),
    length as (
        select metric_id, period_type,
            dense_rank() over (
                partition by metric_id order by min(period_end - period_start)
            ) as shortness
        from held group by metric_id, period_type
    ),
    placed as (
        select held.*, length.shortness,
            dense_rank() over (
                partition by held.metric_id, held.period_type order by held.period_start desc
            ) as age
        from held inner join length using (metric_id, period_type)
    ),
    newest as (select * from placed where shortness = 1 and age <= 2)
    select metric_id, period_type, period_start from placed where age = 1
    union
    select placed.metric_id, placed.period_type, placed.period_start
    from placed inner join newest
        on placed.metric_id = newest.metric_id
        and placed.period_start <= newest.period_end and placed.period_end >= newest.period_start
"""

# A file that takes the place of one of the same return, body and period, and bears no later date,
# says nothing of a revision, so it explains nothing.
_NEW_FILE = """
    create or replace temp table new_file as
    with
    before as (select {columns} from {old} where state = 'read'),
    after as (select {columns} from {new} where state = 'read'),
    place as (
        select return_id, subject_code, period_start, period_end,
            max(coalesce(published_on, {least})) as latest
        from before group by all
    )
    select after.source_sha256,
        place.latest is not null and coalesce(after.published_on, {least}) <= place.latest
            as is_silent
    from after
    anti join before using (source_sha256)
    left join place
        on after.return_id is not distinct from place.return_id
        and after.subject_code is not distinct from place.subject_code
        and after.period_start is not distinct from place.period_start
        and after.period_end is not distinct from place.period_end
"""
_FILE_COLUMNS = "source_sha256, return_id, {subject} subject_code, period_start, period_end, " + (
    "published_on"
)

_HELD_FILE = """
    create or replace temp table held_file as
    select before.source_sha256
    from {old} as before
    left join {new} as after
        on before.source_sha256 = after.source_sha256 and after.state = 'read'
    semi join named_file on starts_with(before.source_sha256, named_file.beginning)
    where before.state = 'read' and after.source_sha256 is null
"""
_HELD = """
    select lineage_id from {lineage} semi join held_file using (source_sha256)
    union
    select lineage_id from {lineage}
    semi join held_cell using (source_sha256, source_sheet, source_column, source_row)
"""

# Whoever knows a total and its other parts knows the part. What the last release said of whatever
# shares a return and a time with a figure that is withheld from now on is therefore not repeated.
_HIDDEN = """
    create or replace temp table hidden as
    with
    metric_return as (
        select distinct metric_id, trim(unnest(string_split(source_returns, ';'))) as source
        from (select metric_id, source_returns from {old_metric}
            union select metric_id, source_returns from {new_metric})
        union select distinct metric_id, 'metric ' || metric_id from differing
    ),
    withheld as (
        select distinct source, period_start, period_end
        from differing inner join metric_return using (metric_id)
        where new_status = 'suppressed' and old_value is not null
    )
    select distinct differing.metric_id, differing.period_start, differing.period_end
    from differing
    inner join metric_return using (metric_id)
    inner join withheld
        on metric_return.source = withheld.source
        and differing.period_start <= withheld.period_end
        and differing.period_end >= withheld.period_start
"""

# Summed in the order of the values: the last digits must be the same whenever it is done.
_SPREAD = """
    create or replace temp table spread as
    select metric_id, stddev_pop(value order by value) as deviation
    from (
        select metric_id, value from {old} where isfinite(value)
        union all
        select metric_id, value from {new} where isfinite(value)
    )
    where metric_id in (select metric_id from differing)
    group by metric_id
"""

_CHANGED = f"""
    create or replace temp table changed as
    with
    judged as (
        select
            differing.*,
            open_period.metric_id is null as is_closed,
            differing.new_status is not distinct from 'suppressed'
                or hidden.metric_id is not null as is_hidden,
            old_held.lineage_id is not null as is_held,
            new_fresh.lineage_id is not null as is_fresh,
            new_silent.lineage_id is not null as is_silent,
            coalesce(new_published_on, {_LEAST}) < coalesce(old_published_on, {_LEAST})
                as goes_back,
            accepted.metric_id is not null as is_accepted,
            differing.old_unit is not distinct from differing.new_unit as is_one_unit,
            spread.deviation
        from differing
        left join open_period using (metric_id, period_type, period_start)
        left join hidden
            on differing.metric_id = hidden.metric_id
            and differing.period_start = hidden.period_start
            and differing.period_end = hidden.period_end
        left join touched_held as old_held on differing.old_lineage_id = old_held.lineage_id
        left join touched_fresh as new_fresh on differing.lineage_id = new_fresh.lineage_id
        left join touched_silent as new_silent on differing.lineage_id = new_silent.lineage_id
        left join accepted on differing.metric_id = accepted.metric_id
        left join spread on differing.metric_id = spread.metric_id
    ),
    explained as (
        select
            judged.*,
            case
                when change <> 'added' and new_status = 'suppressed' and not is_silent
                    then 'withheld now'
                when is_held then 'file set aside'
                when change <> 'removed' and change <> 'added'
                    and coalesce(new_published_on, {_LEAST}) > coalesce(old_published_on, {_LEAST})
                    then 'newer vintage'
                when change = 'revised' and old_maturity = 'provisional'
                    and new_maturity <> 'provisional' then 'became final'
                when change <> 'removed' and not (goes_back and change <> 'added') and is_fresh
                    then 'new return or file'
                when change <> 'added' and is_accepted then '{ACCEPTED}'
                when {{code_changed}} and not is_silent then 'code changed'
                else 'unexplained'
            end as explanation,
            case when is_one_unit or change in ('added', 'removed') then
                case
                    when is_hidden then 0
                    when deviation > 0
                        then abs(coalesce(new_value - old_value, new_value, old_value)) / deviation
                    else abs(coalesce(new_value - old_value, new_value, old_value))
                        / nullif(greatest(abs(new_value), abs(old_value)), 0)
                end
            end as size
        from judged
    )
    select
        {{compared_with}} as compared_with,
        metric_id,
        area_code,
        boundary,
        period_type,
        period_start,
        period_end,
        change,
        case when not is_hidden then old_value end as old_value,
        new_value,
        case when not is_hidden and is_one_unit then new_value - old_value end as difference,
        case when not is_hidden and is_one_unit and old_value <> 0
            then (new_value - old_value) / abs(old_value) end as relative_change,
        old_status,
        new_status,
        coalesce(new_unit, old_unit) as unit,
        old_published_on,
        new_published_on,
        is_closed,
        explanation,
        row_number() over (
            order by round(size, 6) desc nulls last, {", ".join(KEY)}
        ) as size_rank,
        old_lineage_id,
        lineage_id
    from explained
"""  # noqa: S608 - names of our own


@dataclass(frozen=True)
class Decided:
    """A decision of a person that stands, from the catalogue."""

    decision_id: int
    kind: str
    subject: str
    reason: str
    decided_by: str
    decided_at: datetime
    until: date | None


@dataclass(frozen=True)
class Side:
    """One of the two: its id, and its marts as SQL relations."""

    id: str
    metric_value: str
    metric: str
    source_file: str
    lineage: str


def side_of_release(release: Release) -> Side:
    """Give the marts of a release: its Parquet, which may be whole where the database is not."""
    folder = release.path / "parquet"
    marts = {
        name: f"read_parquet({text_literal(str(folder / f'{name}.parquet'))})" for name in NEEDED
    }
    return Side(id=release.id, **marts)


def side_of_candidate(database: str, name: str) -> Side:
    """Give the marts of an open or attached database, which has no id yet."""
    return Side(id=name, **{mart: f"{database}.marts.{mart}" for mart in NEEDED})


def can_be_compared(release: Release) -> bool:
    """Say whether what a comparison reads of a release is byte for byte as it was released."""
    return all(is_as_released(release, f"parquet/{name}.parquet") for name in NEEDED)


def code_of(release: Release) -> str | None:
    """Give the fingerprint of the code that made a release, None where it does not tell."""
    return release.manifest.code_fingerprint


def is_other_code(release: Release, code_fingerprint: str | None) -> bool:
    """Say whether a release was made by other code; where one does not tell, it may have been."""
    return code_fingerprint is None or code_of(release) != code_fingerprint


def compare(
    connection: duckdb.DuckDBPyConnection,
    old: Side,
    new: Side,
    *,
    code_changed: bool,
    decisions: Sequence[Decided] = (),
    accepted: Sequence[str] = (),
) -> int:
    """Make the temporary table `changed`, with the columns of mart `release_change`.

    `new` is the later of the two: what it withholds is not told of the older one either.
    `accepted` names the metrics whose losses and changes a person has accepted. Temporary tables
    `open_period` and `hidden` (metrics and periods) are left too. Returns the number of changes.
    """
    values = {"old": old.metric_value, "new": new.metric_value}
    connection.execute(_DIFFERING.format(**values, equal=_EQUAL))
    connection.execute(_OPEN.format(**values))
    metrics = {"old_metric": old.metric, "new_metric": new.metric}
    connection.execute(_HIDDEN.format(**metrics))
    connection.execute(_SPREAD.format(**values))
    _accept(connection, accepted)
    _look_at_files(connection, old, new, decisions)
    connection.execute(
        _CHANGED.format(
            code_changed="true" if code_changed else "false", compared_with=text_literal(old.id)
        )
    )
    return _count(connection, "changed")


def accepted_metrics(
    decisions: Sequence[Decided], *, today: date, last: Release
) -> dict[str, Decided]:
    """Give the metrics whose losses a person has accepted, and the decision.

    With a last day it holds to that day; without one it holds for the next release only, so it
    must have been made after `last`, the release compared with.
    """
    return {
        decided.subject: decided
        for decided in decisions
        if decided.kind == ACCEPT_LOSS
        and (decided.until >= today if decided.until else is_since(decided, last))
    }


def is_since(decided: Decided, release: Release) -> bool:
    """Say whether a decision was made after a release: the next one is the first to show it."""
    return decided.decided_at > release.manifest.made_at


def _accept(connection: duckdb.DuckDBPyConnection, metrics: Sequence[str]) -> None:
    connection.execute("create or replace temp table accepted (metric_id varchar)")
    for metric_id in sorted(set(metrics)):
        connection.execute("insert into accepted values (?)", [metric_id])


def _look_at_files(
    connection: duckdb.DuckDBPyConnection, old: Side, new: Side, decisions: Sequence[Decided]
) -> None:
    """Find the figures behind which there is a new file, or one that a person set aside."""
    has_subject = all(
        "subject_code" in _columns(connection, side.source_file) for side in (old, new)
    )
    connection.execute(
        _NEW_FILE.format(
            old=old.source_file,
            new=new.source_file,
            columns=_FILE_COLUMNS.format(subject="" if has_subject else "null::varchar as"),
            least=_LEAST,
        )
    )
    find_held(connection, old, new, decisions)
    for name, condition in (("touched_fresh", "not is_silent"), ("touched_silent", "is_silent")):
        first = (
            f"select lineage_id from {new.lineage} "  # noqa: S608 - names of our own
            f"semi join (from new_file where {condition}) using (source_sha256)"
        )
        _touch(connection, name, new.lineage, first)


def find_held(
    connection: duckdb.DuckDBPyConnection, old: Side, new: Side, decisions: Sequence[Decided]
) -> None:
    """Make temporary table `touched_held`: old figures of which a person held a file or cells."""
    connection.execute("create or replace temp table named_file (beginning varchar)")
    connection.execute(
        "create or replace temp table held_cell (source_sha256 varchar, source_sheet varchar, "
        "source_column varchar, source_row integer)"
    )
    for decided in decisions:
        if decided.kind == SET_ASIDE and len(decided.subject) >= _SHORTEST:
            connection.execute("insert into named_file values (?)", [decided.subject])
        elif decided.kind == HOLD_ROWS:
            said = json.loads(decided.subject)
            for cell in said["cells"]:
                connection.execute(
                    "insert into held_cell values (?, ?, ?, ?)", [said["sha256"], *cell]
                )
    connection.execute(_HELD_FILE.format(old=old.source_file, new=new.source_file))
    _touch(connection, "touched_held", old.lineage, _HELD.format(lineage=old.lineage))


def _touch(connection: duckdb.DuckDBPyConnection, name: str, lineage: str, first: str) -> None:
    """Collect the figures that rest on some others, however many figures lie between."""
    connection.execute(
        f"create or replace temp table {name} as select distinct lineage_id from ({first})"  # noqa: S608 - names of our own
    )
    connection.execute(f"create or replace temp table frontier as select * from {name}")  # noqa: S608 - names of our own
    while _count(connection, "frontier"):
        connection.execute(
            f"create or replace temp table next_frontier as "  # noqa: S608 - names of our own
            f"select distinct step.lineage_id from {lineage} as step "
            "semi join frontier on step.child_lineage_id = frontier.lineage_id "
            f"anti join {name} on step.lineage_id = {name}.lineage_id"
        )
        connection.execute(f"insert into {name} select * from next_frontier")  # noqa: S608 - names of our own
        connection.execute("create or replace temp table frontier as select * from next_frontier")


def _columns(connection: duckdb.DuckDBPyConnection, relation: str) -> set[str]:
    rows = connection.execute(f"describe select * from {relation}").fetchall()  # noqa: S608 - names of our own
    return {str(row[0]) for row in rows}


def _count(connection: duckdb.DuckDBPyConnection, table: str) -> int:
    row = connection.execute(f"select count(*) from {table}").fetchone()  # noqa: S608 - names of our own
    return int(row[0]) if row else 0
