{#- Intervals of counts and proportions, at 95 per cent to compare figures or at 99.8 per cent.

    A rate takes the interval of its count, through the same denominator and multiplier:
    `multiplier * poisson_lower('numerator') / denominator`. A proportion's is between 0 and 1.
    An argument is a column, not an expression. None of these is right for delayed days: days
    cluster in patients. -#}
{% macro z_95() -%}1.959963984540054{%- endmacro %}

{% macro z_998() -%}3.090232306167813{%- endmacro %}

{#- Byar's limit of a count, near the exact one from 10 up; poisson_lower is for any count. Of nought
    the formula has no lower limit: it is nought. -#}
{% macro byar_lower(count, z=none) -%}
    case
        when {{ count }} > 0
            then
                {{ count }}
                * power(
                    1.0 - 1.0 / (9.0 * {{ count }})
                    - {{ z or z_95() }} / (3.0 * sqrt({{ count }})),
                    3
                )
        when {{ count }} = 0 then 0.0
    end
{%- endmacro %}

{% macro byar_upper(count, z=none) -%}
    case
        when {{ count }} >= 0
            then
                ({{ count }} + 1.0)
                * power(
                    1.0 - 1.0 / (9.0 * ({{ count }} + 1.0))
                    + {{ z or z_95() }} / (3.0 * sqrt({{ count }} + 1.0)),
                    3
                )
    end
{%- endmacro %}

{#- The limits of a Poisson count: the exact ones below 10, Byar's from there on. `level` is '95' or
    '99.8'. A count below 10 that is not whole came through a share and has none. -#}
{% macro poisson_lower(count, level='95') -%}
    {%- set exact = {
        '95': [
            0, 0.025317808, 0.242209279, 0.618672123, 1.089865374,
            1.623486390, 2.201894253, 2.814363052, 3.453832177, 4.115373097
        ],
        '99.8': [
            0, 0.001000500, 0.045402018, 0.190533378, 0.428552414,
            0.739371732, 1.107104660, 1.520336260, 1.970813922, 2.452424404
        ]
    } -%}
    case
        when {{ count }} >= 10 then {{ byar_lower(count, z_95() if level == '95' else z_998()) }}
        {%- for limit in exact[level] %}
        when {{ count }} = {{ loop.index0 }} then cast({{ limit }} as double)
        {%- endfor %}
    end
{%- endmacro %}

{% macro poisson_upper(count, level='95') -%}
    {%- set exact = {
        '95': [
            3.688879454, 5.571643391, 7.224687668, 8.767273070, 10.241588675,
            11.668332079, 13.059474023, 14.422675362, 15.763189220, 17.084803451
        ],
        '99.8': [
            6.907755279, 9.233413476, 11.228872242, 13.062240779, 14.794149223,
            16.454745204, 18.061636840, 19.626177395, 21.156198166, 22.657373309
        ]
    } -%}
    case
        when {{ count }} >= 10 then {{ byar_upper(count, z_95() if level == '95' else z_998()) }}
        {%- for limit in exact[level] %}
        when {{ count }} = {{ loop.index0 }} then cast({{ limit }} as double)
        {%- endfor %}
    end
{%- endmacro %}

{#- Wilson's score interval of a proportion: numerator out of denominator, from 0 to 1. -#}
{% macro wilson_lower(numerator, denominator, z=none) -%}
    {{ wilson_limit(numerator, denominator, '-', z or z_95()) }}
{%- endmacro %}

{% macro wilson_upper(numerator, denominator, z=none) -%}
    {{ wilson_limit(numerator, denominator, '+', z or z_95()) }}
{%- endmacro %}

{#- Half of the score interval; none where the numerator does not lie from nought to the denominator.
    At 0 and at 1 the nearer limit is the proportion itself, which doubles miss by a hair. -#}
{% macro wilson_limit(numerator, denominator, side, z) -%}
    case
        when {{ denominator }} > 0 and {{ numerator }} between 0 and {{ denominator }}
            then
                greatest(0.0, least(1.0,
                    (
                        2.0 * {{ numerator }} + {{ z }} * {{ z }}
                        {{ side }} {{ z }} * sqrt(
                            {{ z }} * {{ z }}
                            + 4.0 * {{ numerator }}
                            * (1.0 - {{ numerator }} / cast({{ denominator }} as double))
                        )
                    ) / (2.0 * ({{ denominator }} + {{ z }} * {{ z }}))
                ))
    end
{%- endmacro %}
