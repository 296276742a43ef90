-- Spending of an area in a year: one cell, or several of its file added up. Where no file has a row
-- of England, it is the sum of the councils, and given only where each of them is there.
with area_year as (
    select
        metric_id,
        area_code,
        period_start,
        max(period_end) as period_end,
        round(sum(value), 6) as value,
        max({{ status_rank('value_status') }}) as status_rank,
        min(unit) as unit,
        max(published_on) as published_on,
        min(maturity) as maturity,
        max(case when is_synthetic then 1 else 0 end) = 1 as is_synthetic,
        count(*) as parts,
        count(*) - count(value) as parts_missing,
        case
            when count(*) = 1 then min(lineage_id)
            else {{ lineage_id(["'spending'", 'metric_id', 'area_code', 'period_start']) }}
        end as lineage_id,
        count(*) = 1 as is_cell
    from {{ ref('int_spending_cell') }}
    group by metric_id, area_code, period_start
),

without_england as (
    select
        council.metric_id,
        council.period_start
    from area_year as council
    group by council.metric_id, council.period_start
    having max(case when council.area_code = '{{ var("england_code") }}' then 1 else 0 end) = 0
),

expected as (
    select
        without_england.metric_id,
        without_england.period_start,
        area.area_code
    from without_england
    inner join {{ ref('areas') }} as area
        on
            area.area_type = 'council'
            and without_england.period_start between area.valid_from
            and coalesce(area.valid_to, {{ end_of_time() }})
),

england as (
    select
        expected.metric_id,
        '{{ var("england_code") }}' as area_code,
        expected.period_start,
        max(area_year.period_end) as period_end,
        round(sum(area_year.value), 6) as value,
        max(coalesce(area_year.status_rank, {{ missing_rank() }})) as status_rank,
        min(area_year.unit) as unit,
        max(area_year.published_on) as published_on,
        min(area_year.maturity) as maturity,
        max(case when area_year.is_synthetic then 1 else 0 end) = 1 as is_synthetic,
        count(*) as parts,
        count(*) - count(area_year.value) as parts_missing,
        {{ lineage_id([
            "'spending'", 'expected.metric_id', "'" ~ var('england_code') ~ "'",
            'expected.period_start'
        ]) }} as lineage_id,
        false as is_cell
    from expected
    left join area_year
        on
            expected.metric_id = area_year.metric_id
            and expected.period_start = area_year.period_start
            and expected.area_code = area_year.area_code
    group by expected.metric_id, expected.period_start
),

every_area as (
    select * from area_year
    union all
    select * from england
)

select
    metric_id,
    area_code,
    period_start,
    period_end,
    case when {{ rank_has_value('status_rank') }} then value end as value,
    status_rank,
    {{ status_of_rank('status_rank') }} as value_status,
    unit,
    published_on,
    maturity,
    is_synthetic,
    parts,
    parts_missing,
    is_cell,
    lineage_id
from every_area
