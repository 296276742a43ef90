{#- Fails for each value outside its column's vocabulary; one pass for all columns of a model.

    vocabularies: a map from column to its members. Nulls are left to never_null. -#}
{% test allowed_members(model, vocabularies) %}
{% for column, members in vocabularies.items() %}
select distinct
    '{{ column }}' as column_name,
    {{ column }} as stranger
from {{ model }}
where {{ column }} not in ('{{ members | join("', '") }}')
{% if not loop.last %}union all{% endif %}
{% endfor %}
{% endtest %}
