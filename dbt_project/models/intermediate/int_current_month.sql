-- Months on today's boundaries.
{{ sum_of_parts(ref('int_current_part'), 'current') }}
