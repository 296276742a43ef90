-- Populations before anything is interpolated: stated; else the sum of the areas that an area was
-- made from; regions and England else the sum of their councils.
{% for model in ['int_population_stated', 'int_population_linked', 'int_population_summed'] -%}
    select
        {{ population_columns() | indent(4) }},
        lineage_id
    from {{ ref(model) }}
    {% if not loop.last -%} union all {%- endif %}
{% endfor %}
