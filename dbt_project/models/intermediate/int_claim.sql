-- Published claims, each with the figure it is tested against and a verdict that follows from both.
with tested as (
    select
        published.claim_id,
        published.source,
        published.claim,
        published.kind,
        published.programme_id,
        published.basis,
        published.metric_id,
        published.area_code,
        published.comparison,
        published.published_value,
        published.published_unit,
        published.published_precision,
        published.restates_claim_id,
        published.stated_verdict,
        published.stated_why,
        figure.period,
        figure.base_period,
        figure.is_synthetic,
        figure.why_no_change,
        figure.figure_lineage_id,
        figure.base_lineage_id,
        arithmetic.words as arithmetic_words,
        arithmetic.lower as computed_lower,
        arithmetic.upper as computed_upper,
        coalesce(figure.figure_value, arithmetic.value) as figure_value
    from {{ ref('published_claims') }} as published
    left join {{ ref('int_claim_figure') }} as figure on published.claim_id = figure.claim_id
    left join {{ ref('int_claim_arithmetic') }} as arithmetic
        on published.claim_id = arithmetic.claim_id
),

judged as (
    select
        *,
        case
            when stated_verdict is not null then stated_verdict
            when figure_value is null then null
            -- Counted in steps: a step of 0.1 times a whole number is seldom the printed decimal.
            when
                round(figure_value / published_precision)
                = round(published_value / published_precision)
                -- What follows from figures of the same reports is no test of them.
                then case when basis = 'arithmetic' then 'consistent' else 'reproduced' end
            -- Sums worked out from rounded figures are open by as much as those were rounded.
            when
                basis = 'arithmetic'
                and published_value + published_precision / 2.0 >= computed_lower
                and published_value - published_precision / 2.0 <= computed_upper
                then 'within rounding'
            when
                basis <> 'arithmetic'
                and round(abs(figure_value - published_value) / published_precision, 6) <= 1
                then 'within one step'
            else 'differs'
        end as own_verdict
    from tested
),

-- A claim that says another again, with the same figure, has all that the other has; one with
-- another figure differs from it.
settled as (
    select
        judged.claim_id,
        judged.source,
        judged.claim,
        judged.kind,
        judged.programme_id,
        judged.area_code,
        judged.published_value,
        judged.published_unit,
        judged.published_precision,
        judged.restates_claim_id,
        judged.why_no_change,
        case
            when judged.restates_claim_id is null then null
            when original.claim_id is not null then 'same'
            when judged.published_value = -repeated.published_value then 'sign_dropped'
            else 'other'
        end as restatement,
        coalesce(original.basis, judged.basis) as basis,
        coalesce(original.arithmetic_words, judged.arithmetic_words) as arithmetic_words,
        coalesce(original.computed_lower, judged.computed_lower) as computed_lower,
        coalesce(original.computed_upper, judged.computed_upper) as computed_upper,
        coalesce(judged.metric_id, original.metric_id) as metric_id,
        coalesce(judged.comparison, original.comparison) as comparison,
        coalesce(judged.period, repeated.period) as period,
        coalesce(judged.base_period, original.base_period) as base_period,
        coalesce(original.is_synthetic, judged.is_synthetic, false) as is_synthetic,
        coalesce(original.figure_lineage_id, judged.figure_lineage_id) as figure_lineage_id,
        coalesce(original.base_lineage_id, judged.base_lineage_id) as base_lineage_id,
        coalesce(original.stated_why, judged.stated_why) as stated_why,
        coalesce(original.stated_verdict, judged.stated_verdict) as stated_verdict,
        case
            when judged.restates_claim_id is null then judged.figure_value
            when original.claim_id is null then repeated.published_value
            else original.figure_value
        end as figure_value,
        case
            when judged.restates_claim_id is null then judged.own_verdict
            when original.claim_id is null then 'differs'
            else original.own_verdict
        end as verdict
    from judged
    left join judged as repeated on judged.restates_claim_id = repeated.claim_id
    left join judged as original
        on
            judged.restates_claim_id = original.claim_id
            and judged.published_value = original.published_value
)

select
    claim_id,
    source,
    claim,
    kind,
    programme_id,
    basis,
    metric_id,
    area_code,
    period,
    base_period,
    comparison,
    published_value,
    published_unit,
    published_precision,
    restates_claim_id,
    case when stated_verdict is null then figure_value end as computed_value,
    case when stated_verdict is null then computed_lower end as computed_lower,
    case when stated_verdict is null then computed_upper end as computed_upper,
    verdict,
    concat(
        case
            when is_synthetic
                then 'From synthetic returns, so it says nothing about the published figure. '
            else ''
        end,
        case
            when restatement = 'same' then concat('It says ', restates_claim_id, ' again. ')
            else ''
        end,
        case
            when restatement = 'sign_dropped'
                then
                    concat(
                        'It is the size of ', restates_claim_id,
                        ' without its minus sign: a fall is told as a rise.'
                    )
            when restatement = 'other'
                then concat('It is another figure than ', restates_claim_id, ', which it repeats.')
            when stated_verdict is not null then stated_why
            when why_no_change is not null then why_no_change
            when figure_value is null
                then 'The returns for the periods are not all loaded: nothing is worked out.'
            when basis = 'arithmetic'
                then
                    concat(
                        case verdict
                            when 'consistent'
                                then 'It follows from published figures, none of them tested here: '
                            when 'within rounding'
                                then
                                    concat(
                                        'Not what the published figures round to, but within what ',
                                        'their rounding leaves open: '
                                    )
                            else 'It does not follow from the published figures: '
                        end,
                        arithmetic_words,
                        '.'
                    )
            when basis = 'sites' then 'Counted in the list of sites that was read.'
            when verdict = 'reproduced'
                then 'The open returns give a figure that rounds to the published one.'
            when verdict = 'within one step'
                then
                    concat(
                        'The open returns give a figure within one step of the published one, ',
                        'more than rounding explains.'
                    )
            else 'The open returns give another figure.'
        end
    ) as why,
    case when stated_verdict is not null then figure_value end as open_figure,
    is_synthetic,
    figure_lineage_id,
    base_lineage_id,
    case
        when figure_lineage_id is not null and figure_value is not null
            then {{ lineage_id(["'claim'", 'claim_id']) }}
    end as lineage_id
from settled
