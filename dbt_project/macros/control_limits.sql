{#- The mean of a column, the same in whatever order it is added up. -#}
{% macro exact_mean(value) -%}
    round(avg(cast({{ value }} as decimal(38, 9))), 9)
{%- endmacro %}

{#- Limits of an XmR chart, as Making Data Count draws them: the mean, and 2.66 mean moving ranges to
    either side of it. They come from how much the series itself varies from month to month and
    suppose no distribution, so they hold for days too, which cluster in patients.

    `side` is '+' or '-'. -#}
{% macro control_limit(mean, mean_range, side) -%}
    round({{ mean }} {{ side }} 2.66 * {{ mean_range }}, 9)
{%- endmacro %}

{#- Two thirds of the way from the mean to the limit. -#}
{% macro near_limit(mean, mean_range, side) -%}
    round({{ mean }} {{ side }} 2.66 * {{ mean_range }} * 2.0 / 3.0, 9)
{%- endmacro %}

{#- Whether a moving range is an ordinary one: those far above the mean of all are left out, once, so
    that one jump does not widen the limits it should be seen by. -#}
{% macro is_ordinary_range(moving_range, mean_range) -%}
    ({{ moving_range }} < 3.267 * {{ mean_range }} or {{ mean_range }} = 0)
{%- endmacro %}

{#- Under as many points no limits are drawn. -#}
{% macro fewest_points() -%}12{%- endmacro %}

{#- Nor under as many moving ranges, those of twelve months without a gap: the limits are made of the
    ranges, and points that lie far apart have few. -#}
{% macro fewest_ranges() -%}11{%- endmacro %}

{#- Limits are of as many calendar months up to the last point of a segment, three years: a series
    that drifts for longer has nearly every point of it outside the limits of the whole. -#}
{% macro months_of_a_chart() -%}36{%- endmacro %}

{#- As many points in a row make a run on one side of the mean, or a rise or fall. -#}
{% macro run_points() -%}7{%- endmacro %}

{#- A limit that lies beyond what the unit can reach ends there. -#}
{% macro within_bounds(limit, lowest, highest) -%}
    case
        when {{ limit }} < {{ lowest }} then cast({{ lowest }} as double)
        when {{ limit }} > {{ highest }} then cast({{ highest }} as double)
        else {{ limit }}
    end
{%- endmacro %}

{#- What a signal means: `direction` is 1 up, -1 down; nought where there is no signal, and null of a
    month that is not judged. Where most months of a chart signal, one signal says nothing of its
    month. -#}
{% macro variation(direction, polarity, is_drifting) -%}
    case
        when {{ direction }} is null then null
        when {{ is_drifting }} then 'drifting'
        when {{ direction }} = 0 then 'common_cause'
        when {{ polarity }} = 'context' then 'special_cause'
        when ({{ direction }} = 1) = ({{ polarity }} = 'higher') then 'improvement'
        else 'concern'
    end
{%- endmacro %}

{#- Whether a process that stays as it is will keep a target: always, never, or now and then. -#}
{% macro assurance(target, lower_limit, upper_limit, polarity) -%}
    case
        when {{ polarity }} = 'context' then null
        when {{ target }} > {{ upper_limit }}
            then case {{ polarity }} when 'lower' then 'pass' else 'fail' end
        when {{ target }} < {{ lower_limit }}
            then case {{ polarity }} when 'lower' then 'fail' else 'pass' end
        when {{ target }} is not null and {{ upper_limit }} is not null then 'hit_and_miss'
    end
{%- endmacro %}
