-- A figure with a part that has no value has none, or is flagged as partial; and one without a
-- value says how many parts it lacks.
select
    metric_id,
    area_code,
    boundary,
    period_type,
    period_start,
    value,
    parts,
    parts_missing,
    is_partial
from {{ ref('metric_value') }}
where
    parts < 1
    or parts_missing not between 0 and parts
    or (parts_missing > 0 and value is not null and not is_partial)
    or (is_partial and (value is null or parts_missing = 0))
    or (parts_missing = 0 and value is null and denominator_id is null)
