-- Published amounts, and what boards put into their plans: contributions by source, the minimum and
-- what is above it, and spending by every way that a plan sorts its schemes.
with line as (
    select
        area_code,
        file_period_start as period_start,
        plan_version,
        table_id,
        breakdown,
        value,
        is_synthetic,
        {{ status_rank('value_status') }} as status_rank,
        {{ breakdown_member('breakdown', 'source') }} as source_of_funding
    from {{ ref('int_board_observation') }}
    where
        return_id = 'better_care_fund_plan'
        and area_code is not null
        and (
            (table_id = 'funding' and measure = 'contribution')
            or (table_id = 'expenditure' and measure = 'scheme_expenditure')
        )
        and value_status <> 'not_applicable'
),

-- The plans that list what was put in: each has to list every part of the minimum.
asked as (
    select
        area_code,
        period_start,
        plan_version,
        max(case when is_synthetic then 1 else 0 end) = 1 as is_synthetic
    from line
    where table_id = 'funding'
    group by area_code, period_start, plan_version
),

sorted as (
    select
        area_code,
        period_start,
        plan_version,
        'contribution' as side,
        case
            when source_of_funding = 'total_bcf_pooled_budget' then 'total' else 'source'
        end as split_by,
        case
            when source_of_funding = 'total_bcf_pooled_budget' then 'total' else source_of_funding
        end as member,
        value,
        status_rank,
        is_synthetic
    from line
    where table_id = 'funding'
    union all
    select
        asked.area_code,
        asked.period_start,
        asked.plan_version,
        'contribution' as side,
        'minimum' as split_by,
        'minimum' as member,
        line.value,
        coalesce(line.status_rank, {{ missing_rank() }}) as status_rank,
        asked.is_synthetic
    from asked
    inner join {{ ref('bcf_minimum_parts') }} as minimum_part
        on asked.period_start = minimum_part.period_start
    left join line
        on
            asked.area_code = line.area_code
            and asked.period_start = line.period_start
            and asked.plan_version = line.plan_version
            and minimum_part.source_of_funding = line.source_of_funding
            and line.table_id = 'funding'
    union all
    select
        area_code,
        period_start,
        plan_version,
        'spending' as side,
        'total' as split_by,
        'total' as member,
        value,
        status_rank,
        is_synthetic
    from line
    where table_id = 'expenditure'
    {% for dimension in ['scheme_type', 'area_of_spend', 'commissioner', 'provider', 'source'] %}
        union all
        select
            area_code,
            period_start,
            plan_version,
            'spending' as side,
            '{{ dimension }}' as split_by,
            {{ breakdown_member('breakdown', dimension) }} as member,
            value,
            status_rank,
            is_synthetic
        from line
        where table_id = 'expenditure'
    {% endfor %}
),

board as (
    select
        area_code,
        period_start,
        plan_version,
        side,
        split_by,
        member,
        case when {{ rank_has_value('max(status_rank)') }} then round(sum(value), 6) end as value,
        {{ status_of_rank('max(status_rank)') }} as value_status,
        max(case when is_synthetic then 1 else 0 end) = 1 as is_synthetic
    from sorted
    group by area_code, period_start, plan_version, side, split_by, member
),

amount as (
    select
        'published' as origin,
        area_code,
        period_start,
        plan_version,
        side,
        split_by,
        member,
        value,
        value - step / 2 as lower,
        value + step / 2 as upper,
        'reported' as value_status,
        false as is_synthetic,
        claim_id,
        source
    from {{ ref('published_bcf_money') }}
    union all
    select
        'board_returns' as origin,
        area_code,
        period_start,
        plan_version,
        side,
        split_by,
        member,
        value,
        value as lower,
        value as upper,
        value_status,
        is_synthetic,
        cast(null as {{ dbt.type_string() }}) as claim_id,
        'The board''s own plan' as source
    from board
),

-- The voluntary part: what was pooled beyond the minimum.
above as (
    select
        total.origin,
        total.area_code,
        total.period_start,
        total.plan_version,
        total.side,
        'above_minimum' as split_by,
        'above_minimum' as member,
        total.value - least_sum.value as value,
        total.lower - least_sum.upper as lower,
        total.upper - least_sum.lower as upper,
        case
            when total.value is null then total.value_status
            when least_sum.value is null then least_sum.value_status
            when
                total.value_status = 'estimated' or least_sum.value_status = 'estimated'
                then 'estimated'
            else 'reported'
        end as value_status,
        total.is_synthetic,
        cast(null as {{ dbt.type_string() }}) as claim_id,
        'The total less the minimum' as source
    from amount as total
    inner join amount as least_sum
        on
            total.origin = least_sum.origin
            and total.area_code = least_sum.area_code
            and total.period_start = least_sum.period_start
            and total.plan_version = least_sum.plan_version
            and total.side = least_sum.side
            and least_sum.split_by = 'minimum'
    where total.split_by = 'total' and total.side = 'contribution'
),

every_amount as (
    select * from amount
    union all
    select * from above
),

shared as (
    select
        every_amount.*,
        whole.value as whole_value
    from every_amount
    left join amount as whole
        on
            every_amount.origin = whole.origin
            and every_amount.area_code = whole.area_code
            and every_amount.period_start = whole.period_start
            and every_amount.plan_version = whole.plan_version
            and every_amount.side = whole.side
            and whole.split_by = 'total'
)

select
    cast(shared.area_code as {{ dbt.type_string() }}) as area_code,
    cast('financial_year' as {{ dbt.type_string() }}) as period_type,
    cast(shared.period_start as date) as period_start,
    cast(period.period_end as date) as period_end,
    cast(shared.origin as {{ dbt.type_string() }}) as origin,
    cast(shared.plan_version as {{ dbt.type_string() }}) as plan_version,
    cast(shared.side as {{ dbt.type_string() }}) as side,
    cast(shared.split_by as {{ dbt.type_string() }}) as split_by,
    cast(shared.member as {{ dbt.type_string() }}) as member,
    cast(shared.value as double) as value,
    cast(shared.lower as double) as lower,
    cast(shared.upper as double) as upper,
    cast(100 * shared.value / nullif(shared.whole_value, 0) as double) as share_of_total,
    cast(shared.value_status as {{ dbt.type_string() }}) as value_status,
    cast(shared.is_synthetic as boolean) as is_synthetic,
    cast(shared.claim_id as {{ dbt.type_string() }}) as claim_id,
    cast(shared.source as {{ dbt.type_string() }}) as source
from shared
inner join {{ ref('int_period') }} as period
    on period.period_type = 'financial_year' and shared.period_start = period.period_start
