-- How spending changed over the years of a published claim, on each basis that is here: between the
-- first and the last of those years that the basis has, within one segment of its series.
with claim as (
    select
        claim_id,
        first_year_start,
        last_year_start,
        real_change_percent,
        step,
        basis,
        source
    from {{ ref('published_spending_changes') }}
),

pair as (
    select
        cash.metric_id as basis_id,
        cash.metric_id,
        deflated.metric_id as real_metric_id,
        cash.area_code,
        cash.period_start,
        cash.segment,
        cash.value as cash_value,
        deflated.value as real_value,
        cash.is_synthetic or deflated.is_synthetic as is_synthetic
    from {{ ref('int_spending_value') }} as cash
    inner join {{ ref('metric_contracts') }} as contract
        on cash.metric_id = contract.base_metric_id and contract.derivation = 'real_terms'
    inner join {{ ref('int_spending_value') }} as deflated
        on
            contract.metric_id = deflated.metric_id
            and cash.area_code = deflated.area_code
            and cash.period_start = deflated.period_start
    where deflated.value is not null
    union all
    select
        basis_id,
        cast(null as {{ dbt.type_string() }}) as metric_id,
        cast(null as {{ dbt.type_string() }}) as real_metric_id,
        area_code,
        period_start,
        'published' as segment,
        cast(null as double) as cash_value,
        real_value,
        false as is_synthetic
    from {{ ref('published_spending') }}
),

spanned as (
    select
        claim.claim_id,
        pair.basis_id,
        pair.area_code,
        min(pair.period_start) as base_period_start,
        max(pair.period_start) as period_start
    from pair
    inner join claim
        on pair.period_start between claim.first_year_start and claim.last_year_start
    group by claim.claim_id, pair.basis_id, pair.area_code
    having min(pair.period_start) < max(pair.period_start)
),

compared as (
    select
        spanned.claim_id,
        spanned.basis_id,
        base.metric_id,
        base.real_metric_id,
        spanned.area_code,
        spanned.base_period_start,
        spanned.period_start,
        base.cash_value as base_cash_value,
        latest.cash_value,
        base.real_value as base_real_value,
        latest.real_value,
        {{ change_between(
            'latest.cash_value', 'latest.segment', 'base.cash_value', 'base.segment', 'percent'
        ) }} as cash_change_percent,
        {{ change_between(
            'latest.real_value', 'latest.segment', 'base.real_value', 'base.segment', 'percent'
        ) }} as real_change_percent,
        {{ why_no_change('latest.segment', 'base.segment') }} as why_no_change,
        spanned.base_period_start = claim.first_year_start
        and spanned.period_start = claim.last_year_start as is_same_span,
        base.is_synthetic or latest.is_synthetic as is_synthetic,
        claim.first_year_start as claimed_base_period_start,
        claim.last_year_start as claimed_period_start,
        claim.real_change_percent as published_change_percent,
        claim.step as published_step,
        claim.basis as published_basis,
        claim.source as published_source
    from spanned
    inner join claim on spanned.claim_id = claim.claim_id
    inner join pair as base
        on
            spanned.basis_id = base.basis_id
            and spanned.area_code = base.area_code
            and spanned.base_period_start = base.period_start
    inner join pair as latest
        on
            spanned.basis_id = latest.basis_id
            and spanned.area_code = latest.area_code
            and spanned.period_start = latest.period_start
)

select
    *,
    area_code = '{{ var("england_code") }}' as is_national,
    round(real_change_percent / published_step) * published_step as rounded_change_percent
from compared
