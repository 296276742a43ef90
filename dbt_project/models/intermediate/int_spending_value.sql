-- Money in the shape of a figure: what boards pooled and spent by their quarterly returns, and what
-- councils spent on social care, in cash, in the prices of one year, and for each adult. A basis is
-- a metric of its own: no figure mixes two.
with spending as (
    select
        spending.*,
        contract.unit as contract_unit,
        coalesce(segment.segment, 'undefined') as segment
    from {{ ref('int_spending_year') }} as spending
    inner join {{ ref('metric_contracts') }} as contract
        on spending.metric_id = contract.metric_id
    left join {{ ref('series_segments') }} as segment
        on
            spending.metric_id = segment.metric_id
            and spending.period_start between segment.first_period_start
            and coalesce(segment.last_period_start, {{ end_of_time() }})
),

cash as (
    select
        metric_id,
        area_code,
        period_start,
        period_end,
        value,
        value as numerator,
        cast(null as double) as denominator,
        cast(null as {{ dbt.type_string() }}) as denominator_id,
        contract_unit as unit,
        status_rank,
        maturity,
        is_synthetic,
        segment,
        parts,
        parts_missing,
        published_on,
        lineage_id,
        cast(null as {{ dbt.type_string() }}) as base_lineage_id,
        cast(null as {{ dbt.type_string() }}) as denominator_lineage_id,
        cast(null as {{ dbt.type_string() }}) as operation,
        cast(null as {{ dbt.type_string() }}) as denominator_operation
    from spending
),

real as (
    select
        contract.metric_id,
        cash.area_code,
        cash.period_start,
        cash.period_end,
        cash.value / deflator.price_ratio as value,
        cash.value as numerator,
        deflator.price_ratio as denominator,
        deflator.deflator_id as denominator_id,
        contract.unit,
        greatest(
            cash.status_rank,
            case when deflator.price_ratio is null then {{ missing_rank() }} else 0 end
        ) as status_rank,
        cash.maturity,
        cash.is_synthetic or coalesce(deflator.is_synthetic, false) as is_synthetic,
        cash.segment,
        -- The index of a year is a part too, and may be the one that is not there.
        cash.parts + case when deflator.price_ratio is null then 1 else 0 end as parts,
        cash.parts_missing
        + case when deflator.price_ratio is null then 1 else 0 end as parts_missing,
        case
            when deflator.published_on > cash.published_on then deflator.published_on
            else cash.published_on
        end as published_on,
        {{ lineage_id([
            "'figure'", 'contract.metric_id', 'cash.area_code', "'financial_year'",
            'cash.period_start'
        ]) }} as lineage_id,
        cash.lineage_id as base_lineage_id,
        deflator.lineage_id as denominator_lineage_id,
        'in cash' as operation,
        'deflator' as denominator_operation
    from cash
    inner join {{ ref('metric_contracts') }} as contract
        on cash.metric_id = contract.base_metric_id and contract.derivation = 'real_terms'
    left join {{ ref('int_deflator') }} as deflator on cash.period_start = deflator.period_start
),

money as (
    select * from cash
    union all
    select * from real
),

per_adult as (
    select
        contract.metric_id,
        money.area_code,
        money.period_start,
        money.period_end,
        contract.multiplier * money.value / population.population as value,
        money.value as numerator,
        population.population as denominator,
        population.population_id as denominator_id,
        contract.unit,
        greatest(
            money.status_rank,
            case
                when population.population_id is null then {{ missing_rank() }}
                else {{ status_rank('population.value_status') }}
            end
        ) as status_rank,
        money.maturity,
        money.is_synthetic,
        case
            when
                money.segment in ('straddles_a_break', 'undefined')
                or population.series = '{{ var("main_population_series") }}'
                or population.series is null
                then money.segment
            else concat(money.segment, '; population ', population.series)
        end as segment,
        -- The adults of a year are a part too, and may be the one that is not there.
        money.parts + case when population.population_id is null then 1 else 0 end as parts,
        money.parts_missing
        + case when population.population_id is null then 1 else 0 end as parts_missing,
        case
            when population.published_on > money.published_on then population.published_on
            else coalesce(money.published_on, population.published_on)
        end as published_on,
        {{ lineage_id([
            "'figure'", 'contract.metric_id', 'money.area_code', "'financial_year'",
            'money.period_start'
        ]) }} as lineage_id,
        money.lineage_id as base_lineage_id,
        population.lineage_id as denominator_lineage_id,
        'divided by population' as operation,
        'population' as denominator_operation
    from money
    inner join {{ ref('metric_contracts') }} as contract
        on
            money.metric_id = contract.base_metric_id
            and contract.derivation = 'spending_per_population'
    left join {{ ref('int_population') }} as population
        on
            money.area_code = population.area_code
            and contract.age_band = population.age_band
            and {{ mid_year_of('money.period_start') }} = population.mid_year
),

yearly as (
    select * from money
    union all
    select * from per_adult
)

select
    metric_id,
    'as_reported' as boundary,
    area_code,
    'financial_year' as period_type,
    period_start,
    period_end,
    case when {{ rank_has_value('status_rank') }} then value end as value,
    cast(null as double) as lower,
    cast(null as double) as upper,
    numerator,
    denominator,
    denominator_id,
    unit,
    {{ status_of_rank('status_rank') }} as value_status,
    maturity,
    is_synthetic,
    segment,
    cast(0 as double) as apportioned_share,
    parts,
    parts_missing,
    false as is_partial,
    published_on,
    false as is_same_as_reported,
    lineage_id,
    base_lineage_id,
    denominator_lineage_id,
    operation,
    denominator_operation
from yearly
union all
select
    figure.metric_id,
    'as_reported' as boundary,
    figure.area_code,
    figure.period_type,
    figure.period_start,
    figure.period_end,
    figure.value,
    cast(null as double) as lower,
    cast(null as double) as upper,
    figure.value as numerator,
    cast(null as double) as denominator,
    cast(null as {{ dbt.type_string() }}) as denominator_id,
    figure.unit,
    figure.value_status,
    figure.maturity,
    figure.is_synthetic,
    coalesce(segment.segment, 'undefined') as segment,
    cast(0 as double) as apportioned_share,
    figure.parts,
    figure.parts_missing,
    false as is_partial,
    figure.published_on,
    false as is_same_as_reported,
    figure.lineage_id,
    cast(null as {{ dbt.type_string() }}) as base_lineage_id,
    cast(null as {{ dbt.type_string() }}) as denominator_lineage_id,
    cast(null as {{ dbt.type_string() }}) as operation,
    cast(null as {{ dbt.type_string() }}) as denominator_operation
from {{ ref('int_board_figure') }} as figure
left join {{ ref('series_segments') }} as segment
    on
        figure.metric_id = segment.metric_id
        and figure.period_start between segment.first_period_start
        and coalesce(segment.last_period_start, {{ end_of_time() }})
