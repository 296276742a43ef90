-- The national series counts by hospital, the council files by residence; they are revised on
-- different days, so they are near and not equal. Headings that were swapped in one of them are
-- not near: this is every body, care type and reason, not the totals alone.
select
    series.period_start,
    series.table_id,
    series.measure,
    series.breakdown,
    series.value as series_value,
    total.value as council_file_value,
    total.source_sha256
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
    and abs(series.value - total.value) > 0.02 * total.value
    and abs(series.value - total.value) > 50
