-- Published figures, one for each metric, area and period: a cell, several cells of a row added up,
-- or the mean of the days of a month. A sum or mean has a value only when every cell of it has one.
-- Of several returns the first that says something is taken, by the order in the metric's contract;
-- one that withholds a figure says something. A survey that nobody answered gives no figure, also
-- where another return copies the 0 that is printed for it.
with figure as (
    select
        cell.metric_id,
        cell.place,
        cell.preference,
        cell.return_id,
        cell.how,
        cell.scale,
        cell.area_code,
        cell.figure_period_type as period_type,
        cell.figure_period_start as period_start,
        period.period_end,
        min(
            case
                when cell.how = 'daily_mean' then period.calendar_days else cell.cells
            end
        ) as parts,
        count(case when cell.part_played = 'value' then 1 end) as cells,
        count(case when cell.part_played = 'value' then cell.value end) as valued,
        max(
            case when cell.part_played = 'value' then {{ status_rank('cell.value_status') }} end
        ) as worst_rank,
        sum(case when cell.part_played = 'value' then cell.value end) as total,
        {% for role in
            ['numerator', 'denominator', 'margin', 'lower', 'upper', 'respondents'] -%}
            max(case when cell.part_played = '{{ role }}' then cell.value end) as {{ role }},
        {% endfor -%}
        max(cell.published_on) as published_on,
        min(cell.maturity) as maturity,
        max(case when cell.is_synthetic then 1 else 0 end) = 1 as is_synthetic,
        min(case when cell.part_played = 'value' then cell.lineage_id end) as cell_lineage_id
    from {{ ref('int_published_placed') }} as cell
    inner join {{ ref('int_period') }} as period
        on
            cell.figure_period_type = period.period_type
            and cell.figure_period_start = period.period_start
    group by
        cell.metric_id, cell.place, cell.preference, cell.return_id, cell.how, cell.scale,
        cell.area_code, cell.figure_period_type, cell.figure_period_start, period.period_end
    having
        count(case when cell.part_played = 'value' then 1 end) > 0
        -- Bodies that were made up for a synthetic file may share an area: it has no figure then.
        and not (
            max(case when cell.is_synthetic then 1 else 0 end) = 1
            and cell.how = 'as_is'
            and count(case when cell.part_played = 'value' then 1 end) > 1
        )
),

answered as (
    select
        *,
        coalesce(
            min(respondents) over (partition by metric_id, area_code, period_type, period_start)
            = 0,
            false
        ) as is_unanswered
    from figure
),

worked_out as (
    select
        *,
        greatest(
            worst_rank,
            case when cells <> parts then {{ missing_rank() }} else 0 end,
            case when is_unanswered then {{ not_collected_rank() }} else 0 end
        ) as status_rank
    from answered
),

-- A period in which no area could have a figure is no period of the metric.
spoken_of as (
    select
        metric_id,
        period_type,
        period_start
    from worked_out
    group by metric_id, period_type, period_start
    having
        min(case when status_rank = {{ not_applicable_rank() }} then 1 else 0 end) = 0
),

ranked as (
    select
        worked_out.*,
        row_number() over (
            partition by
                worked_out.metric_id, worked_out.area_code, worked_out.period_type,
                worked_out.period_start
            order by
                case
                    when
                        {{ rank_has_value('worked_out.status_rank') }}
                        or worked_out.status_rank = {{ suppressed_rank() }}
                        then 0
                    else 1
                end,
                worked_out.place,
                worked_out.preference
        ) as source_rank
    from worked_out
    inner join spoken_of
        on
            worked_out.metric_id = spoken_of.metric_id
            and worked_out.period_type = spoken_of.period_type
            and worked_out.period_start = spoken_of.period_start
)

select
    ranked.metric_id,
    ranked.return_id,
    ranked.preference,
    ranked.area_code,
    ranked.period_type,
    ranked.period_start,
    ranked.period_end,
    ranked.source_rank,
    ranked.how,
    ranked.scale,
    contract.unit,
    case
        when {{ rank_has_value('ranked.status_rank') }} and ranked.cells = ranked.parts
            then
                round(
                    ranked.scale * ranked.total
                    / case when ranked.how = 'daily_mean' then ranked.parts else 1 end,
                    9
                )
    end as value,
    ranked.numerator,
    ranked.denominator,
    ranked.scale * ranked.margin as margin,
    ranked.scale * ranked.lower as lower,
    ranked.scale * ranked.upper as upper,
    {{ status_of_rank('ranked.status_rank') }} as value_status,
    ranked.maturity,
    ranked.is_synthetic,
    case
        when segment.next_period_start <= ranked.period_end then 'straddles_a_break'
        else coalesce(segment.segment, 'undefined')
    end as segment,
    ranked.parts,
    case
        when ranked.is_unanswered then ranked.parts
        else greatest(ranked.parts - ranked.valued, 0)
    end as parts_missing,
    ranked.cells,
    ranked.is_unanswered,
    ranked.published_on,
    ranked.cell_lineage_id,
    case
        when
            ranked.parts = 1 and ranked.scale = 1 and not ranked.is_unanswered
            then ranked.cell_lineage_id
        else
            {{ lineage_id([
                "'published'", 'ranked.metric_id', 'ranked.area_code', 'ranked.period_type',
                'ranked.period_start'
            ]) }}
    end as lineage_id
from ranked
inner join {{ ref('metric_contracts') }} as contract on ranked.metric_id = contract.metric_id
left join {{ ref('int_area') }} as area on ranked.area_code = area.area_code
left join {{ ref('int_metric_segment') }} as segment
    on
        ranked.metric_id = segment.metric_id
        and ranked.period_start between segment.first_period_start
        and segment.last_period_start
where area.area_code is null or {{ is_listed('area.area_type', 'contract.area_types') }}
