-- Each published change in spending beside what every basis here gives, and why they differ: said
-- from the figures, not typed.
with index_of as (
    select
        period_start,
        price_ratio
    from {{ ref('int_deflator') }}
),

england_of_all as (
    select
        cash.period_start,
        cash.value,
        deflated.value as real_value,
        cash.segment
    from {{ ref('int_spending_value') }} as cash
    inner join {{ ref('int_spending_value') }} as deflated
        on
            cash.area_code = deflated.area_code
            and cash.period_start = deflated.period_start
            and deflated.metric_id = 'social_care_net_current_outturn_real'
    where
        cash.metric_id = 'social_care_net_current_outturn'
        and cash.area_code = '{{ var("england_code") }}'
),

nhs_income as (
    select
        area_code,
        max(period_start) as period_start,
        max(value) as value
    from {{ ref('int_spending_value') }}
    where metric_id = 'asc_nhs_income_return' and value is not null
    group by area_code
    having count(*) = 1
),

measured as (
    select
        changed.*,
        -- What a first year that is not here would have had to be, in cash, for the published
        -- change to hold on this basis.
        case
            when not changed.is_same_span and changed.metric_id is not null
                then
                    changed.real_value * first_index.price_ratio
                    / (1 + changed.published_change_percent / 100)
        end as needed_base_cash_value,
        combined_first.value as combined_first_value,
        100 * changed.base_cash_value / combined_base.value as adult_share_at_base,
        {{ change_between(
            'combined_base.real_value', 'combined_base.segment', 'combined_first.real_value',
            'combined_first.segment', 'percent'
        ) }} as combined_change_percent,
        nhs_income.value as nhs_income,
        nhs_income.period_start as nhs_income_period_start
    from {{ ref('int_spending_change') }} as changed
    left join index_of as first_index
        on changed.claimed_base_period_start = first_index.period_start
    left join england_of_all as combined_first
        on
            changed.claimed_base_period_start = combined_first.period_start
            and changed.is_national
            and changed.basis_id = 'asc_net_current_outturn'
    left join england_of_all as combined_base
        on
            changed.base_period_start = combined_base.period_start
            and changed.is_national
            and changed.basis_id = 'asc_net_current_outturn'
    left join nhs_income
        on changed.area_code = nhs_income.area_code and changed.is_national
),

worded as (
    select
        *,
        {{ financial_year_name('base_period_start') }} as base_period,
        {{ financial_year_name('period_start') }} as period,
        {{ financial_year_name('claimed_base_period_start') }} as claimed_base_period,
        {{ financial_year_name('claimed_period_start') }} as claimed_period,
        {{ financial_year_name('nhs_income_period_start') }} as nhs_income_period
    from measured
)

select
    claim_id,
    basis_id,
    area_code,
    base_period_start,
    period_start,
    base_cash_value,
    cash_value,
    cash_change_percent,
    base_real_value,
    real_value,
    real_change_percent,
    is_same_span,
    is_national,
    published_change_percent,
    published_basis,
    needed_base_cash_value,
    is_synthetic,
    case
        when not is_national then null
        when why_no_change is not null then why_no_change
        else concat(
            case
                when is_synthetic
                    then 'From synthetic returns: it says nothing about what was published. '
                else ''
            end,
            case
                when
                    is_same_span
                    and round(abs(rounded_change_percent - published_change_percent), 6) = 0
                    then 'The same years and, rounded, the same change.'
                when is_same_span
                    then concat(
                        'The same years, and another basis: what was published is ',
                        published_basis, '.'
                    )
                else concat(
                    'Of the years ', claimed_base_period, ' to ', claimed_period,
                    ' this basis has figures from ', base_period, ' to ', period,
                    ' only, so the changes are over other years.'
                )
            end,
            case
                when combined_first_value is not null
                    then concat(
                        ' The files of ', claimed_base_period,
                        ' give one amount for children and adults, ',
                        {{ whole_number('combined_first_value / 1000') }},
                        ' million. For the published change to hold here, ',
                        {{ tenths('100 * needed_base_cash_value / combined_first_value') }},
                        '% of it must have been for adults; in ', base_period, ' it was ',
                        {{ tenths('adult_share_at_base') }},
                        '%.'
                    )
                else ''
            end,
            case
                when combined_change_percent is not null
                    then concat(
                        ' From ', claimed_base_period, ' to ', base_period,
                        ' spending on both together changed by ',
                        {{ tenths('combined_change_percent') }},
                        '% in real terms.'
                    )
                else ''
            end,
            case
                when nhs_income is not null
                    then concat(
                        ' The finance return counts ',
                        {{ whole_number('nhs_income / 1000') }},
                        ' million of income from the NHS in ', nhs_income_period,
                        '. Whether the published figures count it as spending is not said.'
                    )
                else ''
            end
        )
    end as why
from worded
