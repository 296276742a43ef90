-- Metrics that are counted from months: counts as they are, counts for each calendar day, and
-- counts for each so many people.
with counted as (
    select
        metric_id,
        boundary,
        area_code,
        period_type,
        period_start,
        period_end,
        value,
        cast(null as double) as lower,
        cast(null as double) as upper,
        value as numerator,
        cast(null as double) as denominator,
        cast(null as {{ dbt.type_string() }}) as denominator_id,
        unit,
        value_status,
        maturity,
        is_synthetic,
        segment,
        apportioned_share,
        parts,
        parts_missing,
        is_partial,
        published_on,
        is_same_as_reported,
        lineage_id,
        cast(null as {{ dbt.type_string() }}) as base_lineage_id,
        cast(null as {{ dbt.type_string() }}) as denominator_lineage_id,
        cast(null as {{ dbt.type_string() }}) as operation,
        cast(null as {{ dbt.type_string() }}) as denominator_operation
    from {{ ref('int_metric_period') }}
),

per_calendar_day as (
    select
        contract.metric_id,
        base.boundary,
        base.area_code,
        base.period_type,
        base.period_start,
        base.period_end,
        base.value / base.calendar_days as value,
        cast(null as double) as lower,
        cast(null as double) as upper,
        base.value as numerator,
        cast(base.calendar_days as double) as denominator,
        cast(null as {{ dbt.type_string() }}) as denominator_id,
        contract.unit,
        base.value_status,
        base.maturity,
        base.is_synthetic,
        base.segment,
        base.apportioned_share,
        base.parts,
        base.parts_missing,
        base.is_partial,
        base.published_on,
        base.is_same_as_reported,
        {{ lineage_id([
            "'figure'", 'contract.metric_id', 'base.lineage_area_code', 'base.period_type',
            'base.period_start',
            boundary_of_lineage('base.boundary', 'base.is_same_as_reported')
        ]) }} as lineage_id,
        base.lineage_id as base_lineage_id,
        cast(null as {{ dbt.type_string() }}) as denominator_lineage_id,
        'divided by calendar days' as operation,
        cast(null as {{ dbt.type_string() }}) as denominator_operation
    from {{ ref('int_metric_period') }} as base
    inner join {{ ref('metric_contracts') }} as contract
        on base.metric_id = contract.base_metric_id
    where
        contract.derivation = 'per_calendar_day'
        and {{ is_listed('base.period_type', 'contract.period_types') }}
),

divided as (
    select
        contract.metric_id,
        contract.unit,
        contract.multiplier,
        contract.derivation,
        base.boundary,
        base.area_code,
        base.period_type,
        base.period_start,
        base.period_end,
        base.value as numerator,
        base.maturity,
        base.is_synthetic,
        -- Populations of two series are not compared either.
        case
            when
                base.segment in ('straddles_a_break', 'undefined')
                or population.series = '{{ var("main_population_series") }}'
                or population.series is null
                then base.segment
            else concat(base.segment, '; population ', population.series)
        end as segment,
        base.apportioned_share,
        base.parts,
        base.parts_missing,
        base.is_partial,
        case
            when population.published_on > base.published_on then population.published_on
            else coalesce(base.published_on, population.published_on)
        end as published_on,
        base.lineage_id as base_lineage_id,
        population.population_id as denominator_id,
        population.lineage_id as denominator_lineage_id,
        population.population
        * case
            when contract.derivation = 'per_population_and_day' then base.calendar_days else 1
        end as denominator,
        base.is_same_as_reported
        and base.lineage_area_code = base.area_code as is_same_as_reported,
        greatest(
            {{ status_rank('base.value_status') }}, {{ status_rank('population.value_status') }}
        ) as status_rank
    from {{ ref('int_metric_period') }} as base
    inner join {{ ref('metric_contracts') }} as contract
        on
            base.metric_id = contract.base_metric_id
            and contract.derivation in ('per_population', 'per_population_and_day')
    inner join {{ ref('int_population') }} as population
        on
            base.area_code = population.area_code
            and contract.age_band = population.age_band
            and {{ mid_year_of('base.period_start') }} = population.mid_year
    inner join {{ ref('int_area') }} as area
        on
            base.area_code = area.area_code
            and area.area_type in ('council', 'region', 'country')
    where
        {{ is_listed('base.period_type', 'contract.period_types') }}
        and base.period_start
        >= coalesce(contract.first_period_start, base.period_start)
),

per_population as (
    select
        metric_id,
        boundary,
        area_code,
        period_type,
        period_start,
        period_end,
        case
            when {{ rank_has_value('status_rank') }} then multiplier * numerator / denominator
        end as value,
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
        apportioned_share,
        parts,
        parts_missing,
        is_partial,
        published_on,
        is_same_as_reported,
        {{ lineage_id([
            "'figure'", 'metric_id', 'area_code', 'period_type', 'period_start',
            boundary_of_lineage('boundary', 'is_same_as_reported')
        ]) }} as lineage_id,
        base_lineage_id,
        denominator_lineage_id,
        case derivation
            when 'per_population' then 'divided by population'
            else 'divided by population and calendar days'
        end as operation,
        'population' as denominator_operation
    from divided
)

select * from counted
union all
select * from per_calendar_day
union all
select * from per_population
