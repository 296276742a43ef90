-- Published figures that the loaded files should give: a file of every month of the period, or of
-- the period itself, in a table that the metric is read from, of a return that tells of areas of
-- this sort. What a metric does not reach back to is not looked for, and synthetic files bind
-- nobody.
with source as (
    select
        metric_id,
        return_id,
        table_id
    from {{ ref('int_published_rule') }}
    union
    select
        contract.metric_id,
        used.return_id,
        base.table_id
    from {{ ref('metric_contracts') }} as contract
    inner join {{ ref('metric_contracts') }} as base
        on
            coalesce(contract.base_metric_id, contract.metric_id) = base.metric_id
            and base.derivation = 'cell'
    inner join {{ ref('int_used_return') }} as used
        on {{ is_listed('used.return_id', 'base.source_returns') }}
),

told as (
    select
        return_id,
        area_code
    from {{ ref('int_subject_area') }}
    union
    select
        return_id,
        area_code
    from {{ ref('int_published_subject') }}
),

told_of as (
    select distinct
        told.return_id,
        area.area_type
    from told
    inner join {{ ref('int_area') }} as area on told.area_code = area.area_code
),

held as (
    select distinct
        spanned.return_id,
        spanned.table_id,
        spanned.period_type,
        spanned.period_start
    from {{ ref('stg_file_period') }} as spanned
    inner join {{ ref('stg_source_file') }} as landed
        on spanned.source_sha256 = landed.source_sha256
    where not landed.is_synthetic
),

figure as (
    select
        printed.figure_id,
        named.metric_id,
        area.area_type,
        printed.period_type,
        printed.period_start,
        period.period_end,
        period.months
    from {{ ref('published_figures') }} as printed
    inner join {{ ref('published_metrics') }} as named
        on
            printed.published_metric = named.published_metric
            and printed.edition = named.edition
    inner join {{ ref('metric_contracts') }} as contract
        on
            named.metric_id = contract.metric_id
            and printed.period_start
            >= coalesce(contract.first_period_start, printed.period_start)
    inner join {{ ref('int_period') }} as period
        on
            printed.period_type = period.period_type
            and printed.period_start = period.period_start
    inner join {{ ref('int_area') }} as area on printed.area_code = area.area_code
)

select figure.figure_id
from figure
inner join source on figure.metric_id = source.metric_id
inner join told_of
    on
        source.return_id = told_of.return_id
        and figure.area_type = told_of.area_type
inner join held
    on
        source.return_id = held.return_id
        and source.table_id = held.table_id
        and held.period_start between figure.period_start and figure.period_end
group by figure.figure_id, figure.period_type, figure.months
having
    max(case when held.period_type = figure.period_type then 1 else 0 end) = 1
    or count(distinct case when held.period_type = 'month' then held.period_start end)
    = figure.months
