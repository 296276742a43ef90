-- England's monthly activity is printed twice: in the series and under the commissioners. They are
-- revised on different days; more than half in a hundred apart is worth a look. Rows that a test
-- finds may be kept with the release, so what is withheld is not looked at.
{{ config(severity='warn') }}
with withheld as (
    select distinct
        measure,
        period_start
    from {{ ref('int_withheld') }}
    where area_code = '{{ var("england_code") }}'
)

select
    series.period_start,
    series.measure,
    series.value as series_value,
    total.value as commissioner_file_value,
    total.source_sha256
from {{ ref('int_current_observation') }} as series
inner join {{ ref('int_current_observation') }} as total
    on
        series.measure = total.measure
        and series.breakdown = total.breakdown
        and series.period_start = total.period_start
left join withheld
    on series.measure = withheld.measure and series.period_start = withheld.period_start
where
    withheld.measure is null
    and series.table_id = 'england'
    and total.table_id = 'commissioner'
    and total.is_control_total
    and abs(series.value - total.value) > 0.005 * total.value
