{#- Why a published figure has the verdict it has, in words: said from the figures, and from the
    sentence that `published_metrics` gives for what no figure tells. Of the columns of
    `int_reconciliation`, once a row is judged and explained. -#}
{% macro reconciliation_words() -%}
    concat(
        case
            when is_synthetic
                then 'From synthetic returns, so it says nothing about the published figure. '
            else ''
        end,
        case verdict
            when 'not published' then 'The publisher gives no value.'
            when 'no such metric'
                then
                    case
                        when metric_id is null then stated_why
                        else
                            concat(
                                'Metric ', metric_id, ' is not in this warehouse.',
                                case
                                    when stated_why is null then ''
                                    else concat(' ', stated_why)
                                end
                            )
                    end
            when 'no figure'
                then
                    case
                        when is_expected
                            then
                                'A file of the return and period is loaded, and gives no figure.'
                        when value_status is null
                            then 'No loaded return gives the figure for this area and period.'
                        else concat('The released figure is ', value_status, '.')
                    end
            when 'reproduced' then 'The released figure rounds to the published one.'
            when 'published input'
                then
                    'The mart takes the figure from the publisher, so nothing tests it here.'
            when 'consistent'
                then
                    concat(
                        'Worked out from other published figures, it rounds to the published ',
                        'one; that tests none of them.'
                    )
            when 'within rounding'
                then
                    concat(
                        'It is not what the released figure rounds to, but within what ',
                        'rounding leaves open.'
                    )
            when 'within one step'
                then
                    concat(
                        'The released figure is within one step of the published one, more than ',
                        'rounding explains: cut short, added up from rounded parts, or revised; ',
                        'it is not known which.'
                    )
            when 'adds up' then 'The parts add up to the whole, as far as rounding lets them.'
            when 'does not add up'
                then
                    concat(
                        'The parts that were printed do not add up to the whole that was printed.',
                        case
                            when suspect_metric is not null
                                then
                                    concat(
                                        ' ', suspect_metric, ' is printed as ',
                                        {{ whole_number('suspect_printed') }},
                                        ', and the open returns give ',
                                        {{ whole_number('suspect_released') }},
                                        ': that is the whole difference.'
                                    )
                            when open_value is null then ''
                            when abs(open_value - computed_value) < published_precision / 2.0
                                then
                                    concat(
                                        ' The open returns give the sum of the parts: ',
                                        'the whole was misprinted.'
                                    )
                            when abs(open_value - published_value) < published_precision / 2.0
                                then ' The open returns give the whole: a part was misprinted.'
                            else
                                ' The open returns give neither.'
                        end
                    )
            else
                concat(
                    case
                        when must_match then 'It has to match, and does not. '
                        when explanation = 'estimated' or stated_why is null then ''
                        else concat(stated_why, ' ')
                    end,
                    case explanation
                        when 'misprint'
                            then
                                concat(
                                    'It was misprinted: the figures printed with it agree with ',
                                    'the released one.'
                                )
                        when 'estimated'
                            then
                                concat(
                                    'The released figure is estimated from those of other years ',
                                    'or areas, so it need not be the published one.'
                                )
                        when 'revised'
                            then
                                concat(
                                    'An earlier edition that is stored here gives it: it was ',
                                    'revised since.'
                                )
                        else
                            concat(
                                'No earlier edition that is stored here gives it: the difference ',
                                'is not explained.'
                            )
                    end
                )
        end
    )
{%- endmacro %}
