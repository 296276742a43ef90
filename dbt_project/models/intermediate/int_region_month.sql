-- Regions' months, as sums of their councils.
{{ sum_of_parts(ref('int_region_part'), 'region') }}
