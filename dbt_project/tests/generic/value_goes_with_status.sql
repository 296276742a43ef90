{#- Fails for each row that has a value without a status that allows one, or the reverse. -#}
{% test value_goes_with_status(model, value_column) %}
select
    {{ value_column }},
    value_status
from {{ model }}
where ({{ value_column }} is null) = (value_status in ('reported', 'estimated'))
{% endtest %}
