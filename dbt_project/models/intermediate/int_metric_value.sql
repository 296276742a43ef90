{{ config(materialized='view') }}

-- Every metric in one shape, from the branches that make them, with the interval that its contract
-- names: byar (of a count, exact below 10) or wilson (of a proportion); any other word leaves those
-- that the publisher states, or none. A value that the publisher rounded lies outside its interval
-- by that rounding at most, and the interval reaches to it then: further outside, numerator and
-- denominator are not its own and give it none (published_rate_agrees_with_its_counts names it).
-- Small counts that the publisher rounded give none.
with figure as (
    {% for branch in [
        'int_counted_value',
        'int_published_value',
        'int_ratio_value',
        'int_spending_value',
        'int_missing_period',
    ] -%}
        select {{ metric_value_columns() | join(', ') }}
        from {{ ref(branch) }}
        {% if not loop.last -%} union all {%- endif %}
    {% endfor %}
),

with_interval as (
    select
        figure.*,
        1e-9 * greatest(abs(figure.value), 1) + 0.5000001 * coalesce(contract.value_rounded_to, 0)
        + case
            when figure.denominator > 0
                then
                    contract.multiplier * coalesce(contract.counts_rounded_to, 0) / 2
                    * (1 + figure.numerator / figure.denominator) / figure.denominator
            else 0
        end as rounding,
        case
            when figure.value is null or figure.numerator is null or figure.denominator is null
                then null
            when
                contract.counts_rounded_to > 1
                and figure.numerator < 20 * contract.counts_rounded_to
                then null
            when contract.interval_method = 'byar'
                then
                    contract.multiplier * {{ poisson_lower('figure.numerator') }}
                    / figure.denominator
            when contract.interval_method = 'wilson'
                then
                    contract.multiplier
                    * {{ wilson_lower('figure.numerator', 'figure.denominator') }}
        end as worked_out_lower,
        case
            when figure.value is null or figure.numerator is null or figure.denominator is null
                then null
            when
                contract.counts_rounded_to > 1
                and figure.numerator < 20 * contract.counts_rounded_to
                then null
            when contract.interval_method = 'byar'
                then
                    contract.multiplier * {{ poisson_upper('figure.numerator') }}
                    / figure.denominator
            when contract.interval_method = 'wilson'
                then
                    contract.multiplier
                    * {{ wilson_upper('figure.numerator', 'figure.denominator') }}
        end as worked_out_upper
    from figure
    left join {{ ref('metric_contracts') }} as contract on figure.metric_id = contract.metric_id
)

select
    {% for column in metric_value_columns() -%}
        {% if column == 'lower' -%}
            case
                when worked_out_lower is null then lower
                when value < worked_out_lower - rounding or value > worked_out_upper + rounding
                    then null
                else least(worked_out_lower, value)
            end as lower
        {%- elif column == 'upper' -%}
            case
                when worked_out_upper is null then upper
                when value < worked_out_lower - rounding or value > worked_out_upper + rounding
                    then null
                else greatest(worked_out_upper, value)
            end as upper
        {%- else -%}
            {{ column }}
        {%- endif %}
        {%- if not loop.last %},{% endif %}
    {% endfor %}
from with_interval
