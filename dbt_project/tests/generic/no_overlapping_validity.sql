{#- Fails for each code that stands for two areas on the same day. -#}
{% test no_overlapping_validity(model, code_column) %}
select
    earlier.{{ code_column }},
    earlier.area_code,
    later.area_code as other_area_code
from {{ model }} as earlier
inner join {{ model }} as later
    on
        earlier.{{ code_column }} = later.{{ code_column }}
        and earlier.area_code < later.area_code
        and earlier.valid_from <= coalesce(later.valid_to, {{ end_of_time() }})
        and later.valid_from <= coalesce(earlier.valid_to, {{ end_of_time() }})
{% endtest %}
