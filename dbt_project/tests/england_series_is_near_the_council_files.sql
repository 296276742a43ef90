-- The national series counts by hospital, the council files by residence; they are revised on
-- different days. More than one in a hundred apart is worth a look, never a reason to choose.
{{ config(severity='warn') }}
select
    series.period_start,
    series.measure,
    series.breakdown,
    series.value as series_value,
    total.value as council_file_value
from {{ ref('int_current_observation') }} as series
inner join {{ ref('int_current_observation') }} as total
    on
        series.table_id = total.table_id
        and series.measure = total.measure
        and series.breakdown = total.breakdown
        and series.period_start = total.period_start
        and series.area_code = total.area_code
where
    series.subject_type = 'country'
    and not series.is_control_total
    and total.is_control_total
    and series.breakdown = ''
    and abs(series.value - total.value) > 0.01 * total.value
