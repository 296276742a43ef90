{#- The columns every statistical return has in the lake, typed. A staging model of a return selects
    them and nothing else: what a figure means is decided further down. -#}
{% macro observations_of(return_id) -%}
    {{ observations_in(source('lake', return_id)) }}
{%- endmacro %}

{#- The same columns of any relation that has them. -#}
{% macro observations_in(relation) -%}
select
    cast(return_id as {{ dbt.type_string() }}) as return_id,
    cast(layout_id as {{ dbt.type_string() }}) as layout_id,
    cast(table_id as {{ dbt.type_string() }}) as table_id,
    cast(period_type as {{ dbt.type_string() }}) as period_type,
    cast(period_start as date) as period_start,
    cast(period_end as date) as period_end,
    cast(subject_type as {{ dbt.type_string() }}) as subject_type,
    cast(subject_code as {{ dbt.type_string() }}) as subject_code,
    cast(subject_name as {{ dbt.type_string() }}) as subject_name,
    cast(subject_ons_code as {{ dbt.type_string() }}) as subject_ons_code,
    cast(parent_code as {{ dbt.type_string() }}) as parent_code,
    cast(parent_name as {{ dbt.type_string() }}) as parent_name,
    cast(measure as {{ dbt.type_string() }}) as measure,
    cast(breakdown as {{ dbt.type_string() }}) as breakdown,
    cast(value as double) as value,
    cast(raw_text as {{ dbt.type_string() }}) as raw_text,
    cast(value_status as {{ dbt.type_string() }}) as value_status,
    cast(unit as {{ dbt.type_string() }}) as unit,
    cast(is_control_total as boolean) as is_control_total,
    cast(source_sha256 as {{ dbt.type_string() }}) as source_sha256,
    cast(source_sheet as {{ dbt.type_string() }}) as source_sheet,
    cast(source_row as integer) as source_row,
    cast(source_column as {{ dbt.type_string() }}) as source_column
from {{ relation }}
{%- endmacro %}
