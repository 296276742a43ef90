{#- The segment of a figure worked out from two others: theirs where it is one, both where it is not. -#}
{% macro segment_of_two(segment, other) -%}
    case
        when {{ segment }} = {{ other }} then {{ segment }}
        when {{ segment }} in ('straddles_a_break', 'undefined') then {{ segment }}
        when {{ other }} in ('straddles_a_break', 'undefined') then {{ other }}
        when {{ other }} = 'whole_series' then {{ segment }}
        when {{ segment }} = 'whole_series' then {{ other }}
        else concat({{ segment }}, '; ', {{ other }})
    end
{%- endmacro %}
