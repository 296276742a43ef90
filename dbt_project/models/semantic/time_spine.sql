-- Every day of the months in use.
with number as (
    {% for number in range(31) -%}
        select {{ number }} as days_on
        {% if not loop.last -%} union all {%- endif %}
    {% endfor %}
),

day as (
    select
        cast(
            {{ dbt.dateadd('day', 'number.days_on', 'month.month_start') }} as date
        ) as calendar_day,
        month.month_end
    from {{ ref('int_month') }} as month
    cross join number
)

select calendar_day from day
where calendar_day <= month_end
