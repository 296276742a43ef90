-- What a board's plan expected to save in its year, by the benefit it was to come from. A saving is
-- written as a negative amount. The sum is given only where each line has a value, or says that it
-- does not apply.
with line as (
    select
        board_code as area_code,
        plan_version,
        file_period_start as plan_year,
        case {{ breakdown_member('breakdown', 'benefit') }}
            when 'delayed_transfers' then 'delayed_days'
            else {{ breakdown_member('breakdown', 'benefit') }}
        end as measure,
        value,
        {{ status_rank('value_status') }} as status_rank
    from {{ ref('int_board_observation') }}
    where
        board_code is not null
        and table_id = 'benefits'
        and measure = 'planned_saving'
        and value_status <> 'not_applicable'
),

either as (
    select
        area_code,
        plan_version,
        plan_year,
        measure,
        value,
        status_rank
    from line
    union all
    select
        area_code,
        plan_version,
        plan_year,
        'all' as measure,
        value,
        status_rank
    from line
)

select
    area_code,
    plan_version,
    plan_year,
    measure,
    case
        when {{ rank_has_value('max(status_rank)') }} then round(-sum(value), 6)
    end as planned_saving
from either
group by area_code, plan_version, plan_year, measure
