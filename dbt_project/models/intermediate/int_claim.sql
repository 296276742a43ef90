-- Nothing is typed in but what was published and how it is to be worked out.
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
    where boundary = 'as_reported'
),

beside as (
    select
        published.claim_id,
        published.source,
        published.claim,
        published.metric_id,
        published.area_code,
        published.comparison,
        published.published_value,
        published.published_unit,
        published.published_precision,
        published.is_open,
        published.why_not_open,
        period.name as period,
        base_period.name as base_period,
        figure.lineage_id as figure_lineage_id,
        base.lineage_id as base_lineage_id,
        coalesce(figure.is_synthetic, false) or coalesce(base.is_synthetic, false) as is_synthetic,
        {{ why_no_change('figure.segment', 'base.segment') }} as why_no_change,
        case published.comparison
            when 'level' then figure.value
            when 'change'
                then
                    {{ change_between(
                        'figure.value', 'figure.segment', 'base.value', 'base.segment'
                    ) }}
            when 'percent_change'
                then
                    {{ change_between(
                        'figure.value', 'figure.segment', 'base.value', 'base.segment', 'percent'
                    ) }}
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
),

judged as (
    select
        *,
        case
            when not is_open then 'not open data'
            when figure_value is null then null
            -- Counted in steps: a step of 0.1 times a whole number is seldom the printed decimal.
            when
                round(figure_value / published_precision)
                = round(published_value / published_precision)
                then 'reproduced'
            when
                round(abs(figure_value - published_value) / published_precision, 6) <= 1
                then 'within rounding'
            else 'differs'
        end as verdict
    from beside
)

select
    claim_id,
    source,
    claim,
    metric_id,
    area_code,
    period,
    base_period,
    comparison,
    published_value,
    published_unit,
    published_precision,
    case when is_open then figure_value end as computed_value,
    verdict,
    concat(
        case
            when is_synthetic
                then 'From synthetic returns, so it says nothing about the published figure. '
            else ''
        end,
        case
            when not is_open then why_not_open
            when comparison <> 'level' and why_no_change is not null
                then why_no_change
            when figure_value is null
                then 'The returns for the periods are not all loaded: nothing is worked out.'
            when verdict = 'reproduced'
                then 'The open returns give a figure that rounds to the published one.'
            when verdict = 'within rounding'
                then 'The open returns give a figure within one unit of the published precision.'
            else 'The open returns give another figure.'
        end
    ) as why,
    case when not is_open then figure_value end as open_figure,
    is_synthetic,
    figure_lineage_id,
    base_lineage_id,
    case
        when figure_value is not null then {{ lineage_id(["'claim'", 'claim_id']) }}
    end as lineage_id
from judged
