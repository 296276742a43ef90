-- Published figures beside the released ones, and the parts of a published whole beside the whole.
-- Nothing is typed in but what was published, and which metric it is. What a mart takes from the
-- publisher, or works out from such figures, is told from what rests on returns.
with released as (
    select
        metric_id,
        area_code,
        period_type,
        period_start,
        value,
        cast(0 as double) as slack,
        'returns' as evidence,
        value_status,
        is_synthetic,
        lineage_id
    from {{ ref('int_metric_value') }}
    where
        boundary = 'as_reported'
        and metric_id in (select named.metric_id from {{ ref('published_metrics') }} as named)
    union all
    select
        concat('population ', age_band) as metric_id,
        area_code,
        'mid_year' as period_type,
        {{ mid_year_day('mid_year') }} as period_start,
        population as value,
        cast(0 as double) as slack,
        'returns' as evidence,
        value_status,
        false as is_synthetic,
        lineage_id
    from {{ ref('int_population') }}
    union all
    select
        concat('delayed_days ', care_type) as metric_id,
        area_code,
        'month' as period_type,
        period_start,
        delayed_days as value,
        cast(0 as double) as slack,
        'returns' as evidence,
        value_status,
        is_synthetic,
        lineage_id
    from {{ ref('int_delayed_days') }}
    where split = 'care_type' and responsible_body = 'all' and reason = 'all'
    {% for column, outturn_source, evidence in [
        ('planned_saving', 'published', 'input'),
        ('change_planned', 'published', 'input'),
        ('change_made', 'published', 'input'),
        ('change_made', 'open_returns', 'returns'),
        ('cost_over_plan', 'published', 'arithmetic'),
    ] -%}
        union all
        select
            concat('bcf_outturn ', measure, ' {{ column }} {{ outturn_source }} ', plan_version)
                as metric_id,
            area_code,
            period_type,
            period_start,
            {{ column }} as value,
            {% if evidence == 'arithmetic' -%}
                greatest({{ column }}_upper - {{ column }}, {{ column }} - {{ column }}_lower)
            {%- else -%}
                cast(0 as double)
            {%- endif %} as slack,
            '{{ evidence }}' as evidence,
            value_status,
            is_synthetic,
            cast(null as {{ dbt.type_string() }}) as lineage_id
        from {{ ref('bcf_outturn') }}
        where scenario = 'planned' and outturn_source = '{{ outturn_source }}'
    {% endfor -%}
    union all
    select
        concat('bcf_money ', side, ' ', split_by, ' ', member, ' ', plan_version) as metric_id,
        area_code,
        period_type,
        period_start,
        value,
        cast(0 as double) as slack,
        'input' as evidence,
        value_status,
        is_synthetic,
        cast(null as {{ dbt.type_string() }}) as lineage_id
    from {{ ref('bcf_money') }}
    where origin = 'published'
),

known as (
    select metric_id from {{ ref('metric_contracts') }}
    union
    select distinct metric_id from released
),

-- The population that a year of spending is divided by is the one of the year's midsummer.
figure as (
    select
        figure_id,
        published_metric,
        edition,
        area_code,
        area_name,
        period_stated,
        published_value,
        published_unit,
        source,
        certainty,
        case
            when
                published_metric like 'Population%'
                and period_type = 'financial_year'
                then 'mid_year'
            else period_type
        end as period_type,
        case
            when
                published_metric like 'Population%'
                and period_type = 'financial_year'
                then {{ mid_year_day(mid_year_of('period_start')) }}
            else period_start
        end as period_start
    from {{ ref('published_figures') }}
),

beside as (
    select
        figure.figure_id,
        'figure' as kind,
        figure.published_metric,
        figure.edition,
        named.metric_id,
        figure.area_code,
        figure.area_name,
        figure.period_type,
        figure.period_start,
        figure.period_stated,
        figure.published_value,
        figure.published_unit,
        named.published_precision,
        named.unit_factor,
        named.must_match,
        named.why as stated_why,
        figure.source,
        figure.certainty,
        released.value_status,
        released.lineage_id,
        released.evidence,
        known.metric_id is not null as is_known,
        coalesce(released.is_synthetic, false) as is_synthetic,
        -- What was withheld is not looked for; nobody withholds England.
        expected.figure_id is not null
        and (
            coalesce(released.value_status, '') <> 'suppressed'
            or figure.area_code = '{{ var("england_code") }}'
        ) as is_expected,
        released.value / named.unit_factor as computed_value,
        -- The published figure is rounded, and so may be those that the released one comes from.
        named.published_precision / 2.0
        + coalesce(released.slack, 0) / named.unit_factor as tolerance,
        cast(null as double) as open_value
    from figure
    inner join {{ ref('published_metrics') }} as named
        on
            figure.published_metric = named.published_metric
            and figure.edition = named.edition
    left join known on named.metric_id = known.metric_id
    left join released
        on
            named.metric_id = released.metric_id
            and figure.area_code = released.area_code
            and figure.period_type = released.period_type
            and figure.period_start = released.period_start
    left join {{ ref('int_expected_figure') }} as expected
        on figure.figure_id = expected.figure_id
),

part as (
    select
        split.split_id,
        split.whole_value,
        split.metric_id,
        beside.area_code,
        min(whole.figure_id) as whole_id,
        min(beside.figure_id) as first_part_id,
        min(beside.area_name) as area_name,
        beside.period_type,
        beside.period_start,
        min(beside.period_stated) as period_stated,
        coalesce(max(whole.published_value), split.whole_value) as published_value,
        min(beside.published_unit) as published_unit,
        min(beside.published_precision) as published_precision,
        min(beside.source) as source,
        min(beside.certainty) as certainty,
        round(sum(beside.published_value), 6) as summed,
        -- As many half steps as there are rounded figures; a whole that is no figure is exact.
        (sum(beside.published_precision) + coalesce(max(whole.published_precision), 0)) / 2.0
            as tolerance,
        max(whole.computed_value) as open_value,
        max(case when whole.is_synthetic then 1 else 0 end) = 1 as is_synthetic,
        max(whole.lineage_id) as lineage_id
    from {{ ref('published_splits') }} as split
    inner join beside
        on
            split.part_metric = beside.published_metric
            and split.part_edition = beside.edition
    left join beside as whole
        on
            split.whole_metric = whole.published_metric
            and split.whole_edition = whole.edition
            and beside.area_code = whole.area_code
            and beside.period_type = whole.period_type
            and beside.period_start = whole.period_start
    group by
        split.split_id,
        split.whole_value,
        split.metric_id,
        beside.area_code,
        beside.period_type,
        beside.period_start
    -- A part that is not known cannot be told from one that is wrong.
    having
        count(beside.published_value) = (
            select count(*) from {{ ref('published_splits') }} as every_part
            where every_part.split_id = split.split_id
        )
        and coalesce(max(whole.published_value), split.whole_value) is not null
),

-- A part that is off by what the whole is off by, where there is only one.
suspect as (
    select
        part.split_id,
        part.area_code,
        part.period_type,
        part.period_start,
        min(beside.figure_id) as suspect_figure_id,
        min(beside.published_metric) as suspect_metric,
        min(beside.published_value) as suspect_printed,
        min(beside.computed_value) as suspect_released
    from part
    inner join {{ ref('published_splits') }} as split on part.split_id = split.split_id
    inner join beside
        on
            split.part_metric = beside.published_metric
            and split.part_edition = beside.edition
            and part.area_code = beside.area_code
            and part.period_type = beside.period_type
            and part.period_start = beside.period_start
    where
        abs(part.summed - part.published_value) > part.tolerance
        -- To the step, or a revision of about the same size would pass for a misprint.
        and abs(
            (beside.published_value - beside.computed_value) - (part.summed - part.published_value)
        )
        < beside.published_precision / 2.0
    group by part.split_id, part.area_code, part.period_type, part.period_start
    having count(*) = 1
),

-- A figure that the figures printed with it show to be misprinted.
misprint as (
    select suspect_figure_id as figure_id
    from suspect
    union
    select whole_id as figure_id
    from part
    where
        whole_id is not null
        and abs(summed - published_value) > tolerance
        and abs(open_value - summed) < published_precision / 2.0
),

-- A figure that an earlier edition of the return shows as it was printed.
revised as (
    select distinct beside.figure_id
    from beside
    inner join {{ ref('int_earlier_edition') }} as earlier
        on
            beside.metric_id = earlier.metric_id
            and beside.area_code = earlier.area_code
            and beside.period_type = earlier.period_type
            and beside.period_start = earlier.period_start
    where
        round(earlier.value / beside.unit_factor / beside.published_precision)
        = round(beside.published_value / beside.published_precision)
),

both_kinds as (
    select
        figure_id,
        kind,
        published_metric,
        edition,
        metric_id,
        area_code,
        area_name,
        period_type,
        period_start,
        period_stated,
        published_value,
        published_unit,
        published_precision,
        unit_factor,
        computed_value,
        tolerance,
        must_match,
        is_expected,
        stated_why,
        source,
        certainty,
        is_known,
        is_synthetic,
        value_status,
        evidence,
        open_value,
        cast(null as {{ dbt.type_string() }}) as suspect_metric,
        cast(null as double) as suspect_printed,
        cast(null as double) as suspect_released,
        lineage_id
    from beside
    union all
    select
        concat(coalesce(part.whole_id, part.first_part_id), ' parts') as figure_id,
        'split' as kind,
        part.split_id as published_metric,
        'parts' as edition,
        part.metric_id,
        part.area_code,
        part.area_name,
        part.period_type,
        part.period_start,
        part.period_stated,
        part.published_value,
        part.published_unit,
        part.published_precision,
        cast(null as double) as unit_factor,
        part.summed as computed_value,
        part.tolerance,
        false as must_match,
        false as is_expected,
        cast(null as {{ dbt.type_string() }}) as stated_why,
        part.source,
        part.certainty,
        true as is_known,
        part.is_synthetic,
        'reported' as value_status,
        'returns' as evidence,
        part.open_value,
        suspect.suspect_metric,
        suspect.suspect_printed,
        suspect.suspect_released,
        part.lineage_id
    from part
    left join suspect
        on
            part.split_id = suspect.split_id
            and part.area_code = suspect.area_code
            and part.period_type = suspect.period_type
            and part.period_start = suspect.period_start
),

judged as (
    select
        *,
        case
            when published_value is null then 'not published'
            when metric_id is null and kind = 'figure' then 'no such metric'
            when not is_known then 'no such metric'
            when computed_value is null then 'no figure'
            when
                kind = 'split'
                and round(abs(computed_value - published_value), 6) <= round(tolerance, 6)
                then 'adds up'
            when kind = 'split' then 'does not add up'
            when
                round(computed_value / published_precision)
                = round(published_value / published_precision)
                then
                    case evidence
                        when 'input' then 'published input'
                        when 'arithmetic' then 'consistent'
                        else 'reproduced'
                    end
            when round(abs(computed_value - published_value) / tolerance, 6) <= 1
                then 'within rounding'
            when round(abs(computed_value - published_value) / published_precision, 6) <= 1
                then 'within one step'
            else 'differs'
        end as verdict
    from both_kinds
),

explained as (
    select
        judged.*,
        case
            when judged.verdict <> 'differs' then null
            when misprint.figure_id is not null then 'misprint'
            when judged.value_status = 'estimated' then 'estimated'
            when revised.figure_id is not null then 'revised'
            else 'not explained'
        end as explanation
    from judged
    left join misprint on judged.figure_id = misprint.figure_id
    left join revised on judged.figure_id = revised.figure_id
)

select
    figure_id,
    kind,
    published_metric,
    edition,
    case when is_known then metric_id end as metric_id,
    area_code,
    area_name,
    period_type,
    period_start,
    period_stated,
    published_value,
    published_unit,
    published_precision,
    unit_factor,
    computed_value,
    computed_value - published_value as difference,
    tolerance,
    verdict,
    explanation,
    must_match,
    is_expected,
    {{ reconciliation_words() }} as why,
    source,
    certainty,
    is_synthetic,
    lineage_id
from explained
