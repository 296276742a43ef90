-- England by every way that the loaded files allow, for each metric and month, beside the released
-- figure. Where they differ, the seed of explained differences says why: it holds for these very
-- files, by the days they were published, and for no synthetic ones. What is withheld or rounded is
-- so on every way.
{% set england = var("england_code") %}
with printed as (
    select
        contract.metric_id,
        observation.period_start,
        case when observation.is_control_total then 'england_row' else 'time_series' end as route,
        case
            when withheld.area_code is not null then null
            when
                {{ is_rounded('observation.unit', 'true', 'profile') }}
                then round(observation.value / profile.round_to) * profile.round_to
            else observation.value
        end as value,
        case
            when withheld.area_code is not null then 'suppressed' else observation.value_status
        end as value_status,
        1 as parts,
        case
            when
                withheld.area_code is null
                and {{ rank_has_value(status_rank('observation.value_status')) }}
                then 0
            else 1
        end as parts_missing,
        observation.published_on,
        observation.is_synthetic
    from {{ ref('int_current_observation') }} as observation
    inner join {{ ref('int_disclosure_profile') }} as profile
        on observation.return_id = profile.return_id
    left join {{ ref('int_withheld') }} as withheld
        on
            observation.return_id = withheld.return_id
            and observation.table_id = withheld.table_id
            and observation.measure = withheld.measure
            and observation.period_start = withheld.period_start
            and observation.period_end = withheld.period_end
            and observation.area_code = withheld.area_code
            and observation.breakdown = withheld.breakdown
    inner join {{ ref('metric_contracts') }} as contract
        on
            contract.derivation = 'cell'
            and observation.measure = contract.measure
            and observation.breakdown = coalesce(contract.breakdown, '')
            and (
                (
                    {{ is_listed('observation.return_id', 'contract.source_returns') }}
                    and observation.table_id = contract.table_id
                )
                or
                {{ is_listed('observation.return_id', "coalesce(contract.checked_against, '')") }}
            )
    where observation.area_code = '{{ england }}'
),

part as (
    select
        figure.metric_id,
        figure.period_start,
        case area.area_type
            when 'commissioner' then 'commissioner_sum' else 'council_sum'
        end as route,
        figure.value,
        figure.value_status,
        1 as parts,
        case
            when {{ rank_has_value(status_rank('figure.value_status')) }} then 0 else 1
        end as parts_missing,
        figure.published_on,
        figure.is_synthetic
    from {{ ref('int_metric_month') }} as figure
    left join {{ ref('int_area') }} as area on figure.area_code = area.area_code
    where figure.area_code <> '{{ england }}'
    union all
    -- Regions, and what belongs to none: people from outside England, national commissioners.
    select
        figure.metric_id,
        figure.period_start,
        'region_sum' as route,
        figure.value,
        figure.value_status,
        figure.parts,
        figure.parts_missing,
        figure.published_on,
        figure.is_synthetic
    from {{ ref('int_reported_month') }} as figure
    inner join {{ ref('int_area') }} as area on figure.area_code = area.area_code
    where area.area_type in ('region', 'outside_england') or area.area_class = 'national'
    union all
    select
        figure.metric_id,
        figure.period_start,
        'boards_sum' as route,
        figure.value,
        figure.value_status,
        figure.parts,
        figure.parts_missing,
        figure.published_on,
        figure.is_synthetic
    from {{ ref('int_reported_month') }} as figure
    inner join {{ ref('metric_contracts') }} as contract
        on figure.metric_id = contract.metric_id and contract.is_apportioned_to_councils
    inner join {{ ref('int_area') }} as area on figure.area_code = area.area_code
    where area.area_type in ('council', 'outside_england') or area.area_class = 'national'
),

region as (
    select
        metric_id,
        period_start,
        count(*) as regions
    from {{ ref('int_region_month') }}
    group by metric_id, period_start
),

summed as (
    select
        part.metric_id,
        part.period_start,
        part.route,
        case
            when {{ rank_has_value('max(' ~ status_rank('part.value_status') ~ ')') }}
                then round(sum(part.value), 6)
        end as value,
        {{ status_of_rank('max(' ~ status_rank('part.value_status') ~ ')') }} as value_status,
        sum(part.parts) as parts,
        sum(part.parts_missing) as parts_missing,
        max(part.published_on) as published_on,
        max(case when part.is_synthetic then 1 else 0 end) = 1 as is_synthetic
    from part
    left join region
        on part.metric_id = region.metric_id and part.period_start = region.period_start
    -- A few regions are no way to England.
    where
        part.route <> 'region_sum'
        or region.regions = (
            select count(*) from {{ ref('areas') }} as area
            where area.area_type = 'region'
        )
    group by part.metric_id, part.period_start, part.route
),

route as (
    select * from printed
    union all
    select * from summed
),

beside as (
    select
        route.metric_id,
        route.period_start,
        route.route,
        route.value,
        route.value_status,
        route.parts,
        route.parts_missing,
        route.published_on,
        released.value as released_value,
        released.published_on as released_published_on,
        -- Sums of decimals in another order differ far behind the point.
        round(route.value - released.value, 6) as difference,
        route.is_synthetic or released.is_synthetic as is_synthetic
    from route
    inner join {{ ref('int_metric_month') }} as released
        on
            route.metric_id = released.metric_id
            and route.period_start = released.period_start
            and released.area_code = '{{ england }}'
)

select
    beside.metric_id,
    beside.period_start,
    beside.route,
    beside.value,
    beside.value_status,
    beside.parts,
    beside.parts_missing,
    beside.published_on,
    beside.released_value,
    beside.released_published_on,
    beside.difference,
    beside.is_synthetic,
    explained.difference as explained_difference,
    case
        when beside.is_synthetic and beside.difference <> 0
            then 'Synthetic figures, of which some are made to differ.'
        when abs(beside.difference - explained.difference) < 0.000001 then explained.reason
    end as explanation,
    case
        when beside.is_synthetic and beside.difference <> 0 then 'demonstration/README.md'
        when abs(beside.difference - explained.difference) < 0.000001 then explained.source
    end as explanation_source
from beside
left join {{ ref('explained_differences') }} as explained
    on
        beside.metric_id = explained.metric_id
        and beside.period_start = explained.period_start
        and {{ is_listed('beside.route', 'explained.routes') }}
        and beside.published_on = explained.published_on
        and beside.released_published_on = explained.released_published_on
        and not beside.is_synthetic
