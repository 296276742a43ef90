-- What the open returns give for each published claim. Nothing is typed in but what was published
-- and how it is to be worked out.
with figure as (
    select
        metric_id,
        area_code,
        period_type,
        period_start,
        value,
        segment,
        is_synthetic,
        lineage_id
    from {{ ref('int_metric_value') }}
    where
        boundary = 'as_reported'
        and metric_id in (select claimed.metric_id from {{ ref('published_claims') }} as claimed)
),

-- A list of sites is counted; where none was read there is no count, and not nought.
site as (
    select
        cast(count(*) as double) as sites,
        max(case when landed.is_synthetic then 1 else 0 end) = 1 as is_synthetic
    from {{ ref('stg_programme_sites') }} as listed
    inner join {{ ref('source_file') }} as landed
        on
            listed.source_sha256 = landed.source_sha256
            and landed.is_current_vintage
    having count(*) > 0
),

-- Of the bases of spending, the one that was published for the very years of the claim.
spending as (
    select
        claim_id,
        real_change_percent
    from {{ ref('int_spending_change') }}
    where basis_id = 'asc_gross_current_overview' and is_national and is_same_span
),

-- Where the returns do not give what would be compared, the period still has its name.
beside as (
    select
        published.claim_id,
        published.comparison,
        coalesce(period.name, published.period_stated) as period,
        base_period.name as base_period,
        figure.lineage_id as figure_lineage_id,
        base.lineage_id as base_lineage_id,
        coalesce(figure.is_synthetic, base.is_synthetic, site.is_synthetic, false)
        or coalesce(base.is_synthetic, false) as is_synthetic,
        case
            when published.comparison <> 'level'
                then {{ why_no_change('figure.segment', 'base.segment') }}
        end as why_no_change,
        case published.comparison
            when 'level' then figure.value / published.unit_factor
            when 'change'
                then
                    {{ change_between(
                        'figure.value', 'figure.segment', 'base.value', 'base.segment'
                    ) }} / published.unit_factor
            when 'percent_change'
                then
                    {{ change_between(
                        'figure.value', 'figure.segment', 'base.value', 'base.segment', 'percent'
                    ) }}
            else coalesce(site.sites, spending.real_change_percent)
        end as figure_value
    from {{ ref('published_claims') }} as published
    left join {{ ref('int_period') }} as period
        on
            published.period_type = period.period_type
            and published.period_start = period.period_start
    left join {{ ref('int_period') }} as base_period
        on
            published.period_type = base_period.period_type
            and published.base_period_start = base_period.period_start
    left join figure
        on
            published.metric_id = figure.metric_id
            and published.area_code = figure.area_code
            and published.period_type = figure.period_type
            and published.period_start = figure.period_start
    left join figure as base
        on
            published.metric_id = base.metric_id
            and published.area_code = base.area_code
            and published.period_type = base.period_type
            and published.base_period_start = base.period_start
    left join site on published.basis = 'sites'
    left join spending
        on published.claim_id = spending.claim_id and published.basis = 'spending'
)

select * from beside
